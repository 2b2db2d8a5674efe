"""The card of a run in a real browser, on a light and on a dark host: read without a barrier, and nothing runs."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from golden.sample import sample

from fairwitness.reports import card

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
    pytest.mark.skipif(find_spec("playwright") is None, reason="playwright is not installed"),
]
HOSTS = {"light": ("#ffffff", "#111111"), "dark": ("#111418", "#e6e6e6")}
"""Paper and ink of a notebook."""
RULES = "{runOnly: ['color-contrast', 'list', 'listitem', 'html-has-lang'], resultTypes: ['violations', 'passes']}"


@pytest.mark.parametrize("host", HOSTS)
def test_the_card_reads_well_on_a_light_and_a_dark_host(host: str) -> None:
    from playwright.sync_api import sync_playwright

    paper, ink = HOSTS[host]
    body = card.render(sample(), page="runs/a/report.html", temporary=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=CHROMIUM, args=["--headless=new", "--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 390, "height": 800})
        said: list[str] = []
        asked: list[str] = []

        def dismiss(dialog: Any) -> None:
            said.append(dialog.message)
            dialog.dismiss()

        page.on("dialog", dismiss)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.set_content(
            f"<html lang=en><title>t</title><body style='background:{paper};color:{ink}'>{body}</body></html>"
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.locator(".fairwitness-card li").count() == card.MOST_FINDINGS
        if (axe := find_spec("axe_core_python")) is not None and axe.origin is not None:
            page.evaluate((Path(axe.origin).parent / "axe.min.js").read_text(encoding="utf-8"))
            result = page.evaluate(f"axe.run(document, {RULES})")
            assert [one["id"] for one in result["violations"]] == []
            assert "color-contrast" in [one["id"] for one in result["passes"]]
        browser.close()
    assert said == []
    assert asked == []
