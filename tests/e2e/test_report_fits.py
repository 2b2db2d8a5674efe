"""The page fits: screens from phone to wide, paper, long words, many columns and rows."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from browsing import NEEDED, OPEN, SIZES
from golden.sample import sample

from fairwitness.audit.records import Cell, Column, Evidence, Measured

pytestmark = [pytest.mark.browser, *NEEDED]


@pytest.mark.parametrize("size", list(SIZES))
def test_fits_the_screen(browser: Any, address: str, size: str) -> None:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator(".toc.wide").is_visible() == (size != "phone")
    assert page.locator(".toc.narrow").is_visible() == (size == "phone")
    context.close()


@pytest.mark.parametrize("size", ["phone", pytest.param("laptop", marks=pytest.mark.proof)])
def test_text_without_blanks_fits_the_screen(browser: Any, tmp_path: Path, size: str) -> None:
    """A waiver, a reason and the name of a group, each of thousands of letters."""
    from fairwitness.reports.html import render

    long, name = "w" * 20_000, "c" * 2_000
    audit = sample()
    results = [
        replace(result, metrics=tuple(replace(one, by=dict.fromkeys(one.by, name)) for one in result.metrics[:3]))
        if isinstance(result, Measured)
        else replace(result, reason=long)
        for result in audit.results
    ]
    verdicts = tuple(replace(one, waiver=long, by=dict.fromkeys(one.by, name)) for one in audit.verdicts[:5])
    path = tmp_path / "report.html"
    path.write_text(render(replace(audit, results=tuple(results), verdicts=verdicts)), encoding="utf-8")
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == width
    context.close()


BROKEN = """cells => cells.flatMap(cell => {
    const walk = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), range = document.createRange(), broken = [];
    while (walk.nextNode()) for (const word of walk.currentNode.data.matchAll(/[a-z]+/g)) {
        range.setStart(walk.currentNode, word.index);
        range.setEnd(walk.currentNode, word.index + word[0].length);
        if (range.getClientRects().length > 1) broken.push(word[0]);
    }
    return broken;
})"""


def test_ordinary_words_stay_whole_in_tables_of_many_columns(browser: Any, tmp_path: Path) -> None:
    from fairwitness.reports.html import render

    audit = sample()
    first = next(result for result in audit.results if isinstance(result, Measured))
    columns = tuple(Column(f"disambiguated {'abcdefghijkl'[k]}", "number" if k % 2 else "text") for k in range(12))
    row = tuple(0.5 if k % 2 else "someone participant" for k in range(12))
    table = Evidence(id="wide", caption="Wide", kind="table", columns=columns, rows=(row,) * 3, total=3)
    path = tmp_path / "report.html"
    path.write_text(render(replace(audit, results=(replace(first, evidence=(table,)),))), encoding="utf-8")
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(path.as_uri())
    page.evaluate(OPEN)
    assert page.locator("table.ev th").filter(has_text="disambiguated").count() == 12
    assert page.locator("table.ev").locator("th, td").evaluate_all(BROKEN) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.close()


def test_what_is_open_is_short_on_screen_and_on_paper(page: Any) -> None:
    assert page.evaluate("document.documentElement.scrollHeight") <= 12 * 900
    paper = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) <= 15
    page.emulate_media(media="print")
    page.evaluate("() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    shown = "name => [...document.querySelectorAll(name)].filter(e => e.checkVisibility({contentVisibilityAuto: true}))"
    assert page.evaluate(f"({shown})('.limits li').length") > 0, "what a probe cannot tell is on paper"
    assert page.evaluate(f"({shown})('.exh summary').length") == 0, "no fold stands there closed"


def test_a_fold_of_two_hundred_rows_opens_at_once(browser: Any, tmp_path: Path) -> None:
    from fairwitness.reports.html import render

    audit = sample()
    first = audit.results[0]
    assert isinstance(first, Measured)
    rows = tuple((f"text {k} " * 12, k / 7, k % 3 == 0) for k in range(208))
    columns = (Column("text", "prompt"), Column("score", "number"), Column("worse", "flag"))
    piece = Evidence(id="many", caption="Many", kind="table", columns=columns, rows=rows, total=208)
    path = tmp_path / "report.html"
    path.write_text(render(replace(audit, results=(replace(first, evidence=(piece,)),))), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri() + "#e-gender-many")
    opened = """() => {
      const fold = document.querySelector("#e-gender-many details"), times = [];
      for (let k = 0; k < 5; k++) {
        fold.open = false; fold.offsetHeight;
        const start = performance.now();
        fold.open = true; fold.offsetHeight;
        times.push(performance.now() - start);
      }
      return Math.min(...times);
    }"""
    assert page.evaluate(opened) < 100
    assert page.locator("#e-gender-many details tbody tr").count() == 200
    page.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_words_without_blanks_do_not_widen_the_page(
    browser: Any, tmp_path_factory: pytest.TempPathFactory, width: int
) -> None:
    from fairwitness.reports.html import render

    audit, word = sample(), "w" * 3000
    results = []
    for result in audit.results:
        if isinstance(result, Measured):
            metrics = [replace(metric, by={word: word, **metric.by}, claim=word) for metric in result.metrics]
            table = Evidence(
                id="words",
                caption=word,
                kind="table",
                columns=(Column(word), Column("said", "text")),
                rows=((word, word),),
                total=1,
            )
            result = replace(result, metrics=tuple(metrics), evidence=(table, *result.evidence), notes=(word,))
        results.append(result)
    verdicts = tuple(replace(verdict, by={word: word}, waiver=word, reason=word) for verdict in audit.verdicts)
    path = tmp_path_factory.mktemp("words") / "report.html"
    path.write_text(render(replace(audit, results=tuple(results), verdicts=verdicts)), encoding="utf-8")
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(path.as_uri())
    page.evaluate(OPEN)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_a_map_of_many_tokens_does_not_widen_the_page(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    from fairwitness.reports.html import render

    audit, tokens = sample(), [f"token{number}" for number in range(24)]
    columns = (Column("token"), *(Column(token, "number", "share") for token in tokens))
    rows: tuple[tuple[Cell, ...], ...] = tuple((token, *(number / 24 for number in range(24))) for token in tokens)
    wide = Evidence(id="map", caption="Layer 1, head 1", kind="matrix", columns=columns, rows=rows, total=len(rows))
    results = [
        replace(one, evidence=(wide, *one.evidence)) if isinstance(one, Measured) else one for one in audit.results
    ]
    path = tmp_path_factory.mktemp("map") / "report.html"
    path.write_text(render(replace(audit, results=tuple(results))), encoding="utf-8")
    page = browser.new_page(viewport={"width": 375, "height": 900})
    page.goto(path.as_uri())
    assert page.locator("figure.matrix").count() > 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.close()
