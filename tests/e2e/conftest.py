"""What tests of whole runs share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from browsing import chromium
from golden.sample import sample

from fairwitness.audit.records import Measured


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, for the tests of one file."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    from fairwitness.reports.html import render

    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render(sample()), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="session")
def short_address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same page with few rows of each kind: axe looks at every element, and rows of one kind are alike."""
    from fairwitness.reports.evidence import Cuts
    from fairwitness.reports.html import draw

    audit = sample()
    results = []
    for result in audit.results:
        if isinstance(result, Measured):
            surplus = [metric for metric in result.metrics if metric.scope == "detail"][13:]
            result = replace(result, metrics=tuple(metric for metric in result.metrics if metric not in surplus))
        results.append(result)
    path = tmp_path_factory.mktemp("short") / "report.html"
    path.write_text(draw(replace(audit, results=tuple(results)), "en", Cuts(7, 7)), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.goto(address)
    yield opened
    context.close()
