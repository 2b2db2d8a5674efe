"""Pictures of explanations in a real browser: read without a barrier, nothing runs, nothing is wider than a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browsing import NEEDED, OPEN, violations, watched
from explained_pictures import document

from fairwitness.reports import explained

pytestmark = [pytest.mark.browser, *NEEDED]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("explained") / "explained.html"
    path.write_text(explained.page(document()), encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_picture_reads_without_a_barrier(browser: Any, address: str, scheme: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    watch = watched(page)
    page.goto(address)
    assert page.locator("figure.pic").count() == 5, "the strip of the first text is in the pair"
    assert page.locator("svg.plot[role=img]").count() >= 7
    assert violations(page) == []
    page.locator("#tools button").first.click()
    assert page.evaluate("document.documentElement.lang") == "zh"
    assert watch.said == []
    assert watch.asked == [address]
    context.close()


def test_a_phone_shows_all_of_it(browser: Any, address: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(address)
    page.evaluate(OPEN)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


@pytest.mark.parametrize("host", [("#ffffff", "#111111"), ("#111418", "#e6e6e6")])
def test_the_view_of_a_notebook_reads_well(browser: Any, host: tuple[str, str], tmp_path: Path) -> None:
    paper, ink = host
    page = browser.new_page(viewport={"width": 390, "height": 800})
    body = explained.fragment(document())
    page.set_content(f"<html lang=en><title>t</title><body style='background:{paper};color:{ink}'>{body}</body></html>")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page, ("color-contrast", "list", "html-has-lang")) == []
    page.close()
