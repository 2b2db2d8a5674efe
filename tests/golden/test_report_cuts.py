"""What the page leaves out, and what it may weigh."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from golden.reading import read
from golden.sample import sample

from fairwitness.audit.records import (
    Audit,
    Column,
    Evidence,
    Measured,
)
from fairwitness.reports import html
from fairwitness.reports.evidence import Cuts
from fairwitness.reports.html import LAST_OF_PASSING, STEPS, least_bytes, render

pytestmark = pytest.mark.slow


def test_page_without_evidence_and_rows_by_group_keeps_its_budget() -> None:
    audit = sample()
    bare = tuple(
        replace(r, evidence=(), metrics=tuple(metric for metric in r.metrics if metric.scope != "detail"))
        if isinstance(r, Measured)
        else r
        for r in audit.results
    )
    assert len(render(replace(audit, results=bare)).encode()) < 220_000, "43,000 of them are tables of law"


@pytest.mark.slow
def test_a_row_by_group_costs_little() -> None:
    def size(keep: bool) -> tuple[int, int]:
        results, count = [], 0
        for result in sample().results:
            if isinstance(result, Measured):
                metrics = tuple(metric for metric in result.metrics if keep or metric.scope != "detail")
                count += len(metrics)
                result = replace(result, metrics=metrics, evidence=())
            results.append(result)
        page = re.sub(
            r'<figure class="pic.*?</figure>', "", render(replace(sample(), results=tuple(results))), flags=re.S
        )
        return len(page.encode()), count

    (all_bytes, all_rows), (bare_bytes, bare_rows) = size(True), size(False)
    assert all_rows - bare_rows > 60
    assert (all_bytes - bare_bytes) / (all_rows - bare_rows) < 230


def many_rows(count: int, every: int = 100) -> Audit:
    audit = sample()
    rows = tuple((f"row {k} " + "word " * 40, float(k), k % every == 0) for k in range(count))
    columns = (Column("text", "text"), Column("score", "number"), Column("failing", "flag"))
    piece = Evidence(id="big", caption="Many rows", kind="table", columns=columns, rows=rows, total=count)
    first = audit.results[0]
    assert isinstance(first, Measured)
    return replace(audit, results=(replace(first, evidence=(piece,)), *audit.results[1:]))


@pytest.mark.slow
def test_passing_rows_are_cut_before_the_page_passes_its_limit() -> None:
    page = render(many_rows(3000), wanted_bytes=490_000)
    assert len(page.encode()) <= 490_000
    tree = read(page)
    figure = tree.find("figure", id="e-gender-big")[0]
    drawn = [row for body in figure.find("tbody") for row in body.find("tr")]
    assert sum("bad" in row.attributes.get("class", "") for row in drawn) == 30, "no failing row is cut"
    assert len(drawn) == 230
    assert "2,770 rows left out" in figure.text
    assert "left out of this page" in tree.find("header", id="top")[0].text


def test_failing_rows_are_cut_only_where_no_page_could_hold_them(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Cuts] = []

    def drawing(audit: Audit, language: str, cuts: Cuts) -> str:
        drawn.append(cuts)
        return "x" * (least_bytes(audit, cuts) + 1000)

    monkeypatch.setattr(html, "draw", drawing)
    bad = many_rows(3000, every=1)
    whole = least_bytes(bad, STEPS[LAST_OF_PASSING])
    assert len(render(bad, wanted_bytes=1000, most_bytes=2 * whole)) == whole + 1000
    assert [cuts.failing for cuts in drawn] == [None], "what cannot be small enough is not drawn"
    drawn.clear()
    assert len(render(bad, wanted_bytes=1000, most_bytes=whole // 2)) <= whole // 2
    assert [cuts.failing for cuts in drawn] == [1000]


@pytest.mark.slow
def test_a_long_table_shows_its_first_rows_and_no_warning_at_the_top() -> None:
    tree = read(render(many_rows(3000)))
    figure = tree.find("figure", id="e-gender-big")[0]
    assert len([row for body in figure.find("tbody") for row in body.find("tr")]) == 530
    assert "2,470 rows left out" in figure.text
    assert "left out" not in tree.find("header", id="top")[0].text


@pytest.mark.slow
def test_page_says_nothing_of_cuts_when_there_are_none() -> None:
    tree = read(render(sample()))
    assert "left out" not in tree.text
