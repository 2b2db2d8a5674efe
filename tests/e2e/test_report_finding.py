"""What a reader looks for is found: filters, order, and the way from a finding to its rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from browsing import NEEDED, OPEN
from golden.sample import sample
from golden.sample_base import estimate

from fairwitness.audit.records import Column, Evidence, Measured, Translated

pytestmark = [pytest.mark.browser, *NEEDED]


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
    assert shown.count() == 5, "Male, and not Female, in which Male stands too"
    assert set(figure.locator("tbody tr:not([hidden]) > :nth-child(2)").all_text_contents()) == {"Male"}
    assert "Shown: 5 of 30 rows, 0 marked" in figure.text_content()
    figure.get_by_role("button", name="sex Male ×").click()
    assert "Shown: 5" not in figure.text_content()
    assert shown.count() == 30
    assert figure.locator("button.only").count() == 0
    page.close()


def test_link_to_a_finding_opens_the_fold_it_is_in(browser: Any, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(address + "#m-gender-pronoun-gap-judge")
    assert page.locator("#m-gender-pronoun-gap-judge").is_visible()
    context.close()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_first_row_that_a_finding_shows_is_a_case_of_it(browser: Any, tmp_path: Path, language: str) -> None:
    """Of the group with fewer true positives, a row that was missed; also where the language was switched."""
    from fairwitness.reports.html import render

    audit = sample()
    first = next(one for one in audit.results if isinstance(one, Measured) and one.probe.name == "group_fairness")
    yes, no = Translated("yes", {"zh": "是"}), Translated("no", {"zh": "否"})
    rows = tuple((k, "Female" if k % 3 else "Male", no if k % 2 else yes, k % 5 == 0) for k in range(60))
    columns = (Column("row", "number"), Column("sex"), Column("selected"), Column("wrong", "flag"))
    table = Evidence(id="rows", caption="Rows", kind="table", columns=columns, rows=rows, total=60)
    asked = next(one for one in first.metrics if one.name == "false_positive_rate_difference")
    asked = replace(
        asked, name="true_positive_rate_difference", by={"sex": "Male"}, against="Female", evidence=("rows",)
    )
    known = [
        replace(
            asked, name="true_positive_rate", by={"sex": name}, against=None, estimate=at, null=None, better="higher"
        )
        for name, at in (("Male", estimate(0.4, 0.1, 200)), ("Female", estimate(0.7, 0.1, 200)))
    ]
    path = tmp_path / "report.html"
    results = (replace(first, evidence=(table,), metrics=(asked, *known)),)
    path.write_text(render(replace(audit, results=results, verdicts=())), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    if language != "en":
        page.locator("#tools button").first.click()
    page.locator("#findings a[data-only]").first.click()
    shown = page.locator("#e-group-fairness-rows tbody tr:not([hidden])")
    missed = [k for k, sex, selected, wrong in rows if sex == "Male" and selected == "no" and wrong]
    assert sorted(int(row.locator(":nth-child(2)").inner_text()) for row in shown.all()) == missed
    page.close()
