"""Chromium for tests of pages, where it is installed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NEEDED = (
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
    pytest.mark.skipif(find_spec("playwright") is None, reason="playwright is not installed"),
)
"""Conditions of a test that looks at a page, beside its marker `browser`."""
SIZES = {"phone": (390, 844), "laptop": (1280, 800), "wide": (1600, 1000)}
OPEN = "for (const fold of document.querySelectorAll('details')) fold.open = true"


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser without a window, closed at the end: while it is open, this thread has a running event loop."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        started = play.chromium.launch(
            executable_path=CHROMIUM, args=["--headless=new", "--no-sandbox", "--disable-gpu"]
        )
        yield started
        started.close()


@dataclass(slots=True)
class Watched:
    """What a page says and asks while it is open: it should do neither."""

    said: list[str] = field(default_factory=list)
    """Messages of the console, errors and dialogues."""
    asked: list[str] = field(default_factory=list)
    """Addresses."""


def watched(page: Any) -> Watched:
    """Notes what a page says and asks from now on; dialogues are dismissed."""
    watch = Watched()

    def dismiss(dialog: Any) -> None:
        watch.said.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.on("console", lambda message: watch.said.append(message.text))
    page.on("pageerror", lambda error: watch.said.append(str(error)))
    page.on("request", lambda request: watch.asked.append(request.url))
    return watch


def violations(page: Any, rules: Sequence[str] = ()) -> list[str]:
    """What axe finds wrong with all folds open, by these rules or by all. The page's context bypasses its policy."""
    found = find_spec("axe_core_python")
    if found is None or found.origin is None:
        pytest.skip("axe-core-python is not installed")
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    page.evaluate((Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8"))
    options = {"resultTypes": ["violations", "passes"], **({"runOnly": list(rules)} if rules else {})}
    result = page.evaluate("options => axe.run(document, options)", options)
    assert result["passes"], "axe looked at something"
    return [
        f"{violation['id']}: {violation['help']}: {[node['html'][:200] for node in violation['nodes'][:3]]}"
        for violation in result["violations"]
    ]
