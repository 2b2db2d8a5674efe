"""A page whose every text is hostile, in a real browser: nothing of it runs, asks, hides or widens anything."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from browsing import NEEDED, watched
from golden.sample import sample
from hostile import Planter, corpus

from fairwitness.audit.records import Audit, Measured
from fairwitness.reports import html

pytestmark = [pytest.mark.browser, *NEEDED]
ENDLESS = 1_000_000
"""Characters of a text without a blank."""


def opened(browser: Any, folder: Path, audit: Audit, width: int) -> Any:
    path = folder / "report.html"
    path.write_text(html.render(audit), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900})
    watch = watched(page)
    page.goto(path.as_uri())
    return page, watch, path.as_uri()


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_of_theirs_runs_or_widens_the_page(browser: Any, tmp_path: Path, width: int) -> None:
    audit = Planter(itertools.cycle(corpus())).audit(sample())
    page, watch, address = opened(browser, tmp_path, audit, width)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for button in page.locator("#tools button, #filter button").all():
        button.click()
    page.locator("#filter input").fill("<script>")
    assert watch.said == []
    assert watch.asked == [address]
    assert page.evaluate("window.owned") is None
    assert page.title().endswith("Fairwitness")
    assert page.locator("footer").is_visible()
    page.close()


@pytest.mark.slow
def test_a_text_of_a_megabyte_without_a_blank_is_cut_and_widens_nothing(browser: Any, tmp_path: Path) -> None:
    endless = "w" * ENDLESS
    audit = sample()
    first = next(result for result in audit.results if isinstance(result, Measured))
    piece = replace(first.evidence[0], caption=endless)
    metric = replace(first.metrics[0], claim=endless, by={endless: endless})
    changed = replace(
        first, evidence=(piece, *first.evidence[1:]), metrics=(metric, *first.metrics[1:]), notes=(endless,)
    )
    results = tuple(changed if result is first else result for result in audit.results)
    page, watch, _ = opened(browser, tmp_path, replace(audit, results=results), 390)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert (tmp_path / "report.html").stat().st_size < 10_000_000
    assert watch.said == []
    page.close()
