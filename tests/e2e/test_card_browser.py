"""The card of a run in a real browser, on a light and on a dark host: read without a barrier, and nothing runs."""

from __future__ import annotations

from typing import Any

import pytest
from browsing import NEEDED, violations, watched
from golden.sample import sample

from fairwitness.reports import card

pytestmark = [pytest.mark.browser, *NEEDED]
HOSTS = {"light": ("#ffffff", "#111111"), "dark": ("#111418", "#e6e6e6")}
"""Paper and ink of a notebook."""
RULES = ("color-contrast", "list", "listitem", "html-has-lang")


@pytest.mark.parametrize("host", HOSTS)
def test_the_card_reads_well_on_a_light_and_a_dark_host(browser: Any, host: str) -> None:
    paper, ink = HOSTS[host]
    body = card.render(sample(), page="runs/a/report.html", temporary=True)
    page = browser.new_page(viewport={"width": 390, "height": 800})
    watch = watched(page)
    page.set_content(f"<html lang=en><title>t</title><body style='background:{paper};color:{ink}'>{body}</body></html>")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator(".fairwitness-card li").count() == card.MOST_FINDINGS
    assert violations(page, RULES) == []
    assert watch.said == watch.asked == []
    page.close()
