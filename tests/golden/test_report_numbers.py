"""Every number on the page is the document's number."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from golden.reading import Node, metric_rows, read
from golden.sample import sample

from fairwitness.audit.records import Audit, Estimate, Measured, Metric, Undefined
from fairwitness.reports.html import render
from fairwitness.reports.sentences import opened
from fairwitness.reports.text import human, line

PRINTED = re.compile(r"[-−+]?\d[\d,]*(?:\.\d+)?(?:e−?\d+)?")


@pytest.fixture(scope="module")
def audit() -> Audit:
    return sample()


@pytest.fixture(scope="module")
def tree(audit: Audit) -> Node:
    return read(render(audit))


def metrics(audit: Audit) -> list[tuple[str, Metric]]:
    ran = [result for result in audit.results if isinstance(result, Measured)]
    return [(result.probe.name, metric) for result in ran for metric in result.metrics]


def plain(text: str) -> Decimal:
    return Decimal(text.replace("−", "-").replace(",", "").replace("+", ""))


def reads_as(shown: str, exact: float) -> bool:
    """Whether a printed number is this one rounded to its last digit."""
    digits = -int(plain(shown).as_tuple().exponent)
    return abs(plain(shown) - Decimal(repr(exact))) <= Decimal(10) ** -digits / 2


@pytest.mark.slow
def test_every_estimate_is_on_the_page_to_the_last_digit_where_a_rule_judges(audit: Audit, tree: Node) -> None:
    """And rounded where none does."""
    drawn: dict[str, list[list[str]]] = {}
    rounded: dict[str, list[list[str]]] = {}
    for row in tree.find("tr", kind="r"):
        numbers = [node.attributes["value"] for node in row.find("data")][:3]
        drawn.setdefault(row.attributes["id"], []).append(numbers)
        if not numbers and row.find("b"):
            rounded.setdefault(row.attributes["id"], []).append(PRINTED.findall(row.find("td", kind="c-v")[0].text))
    for section in tree.find("section", kind="probe"):
        for table in section.find("table", kind="compact"):
            stem = f"m-{section.attributes['id'][2:]}-{table.attributes['data-m']}"
            for row in table.find("tbody")[0].find("tr"):
                rounded.setdefault(stem, []).append(PRINTED.findall(row.find("td")[0].text))
    judged = {(verdict.probe, verdict.metric_key) for verdict in audit.verdicts}
    for probe, metric in metrics(audit):
        if isinstance(metric.estimate, Estimate):
            exact = [metric.estimate.value, metric.estimate.low, metric.estimate.high]
            prefix = f"m-{probe.replace('_', '-')}-{metric.name.replace('_', '-')}"
            whole = [numbers for anchor, rows in drawn.items() if anchor.startswith(prefix) for numbers in rows]
            short = [numbers for anchor, rows in rounded.items() if anchor.startswith(prefix) for numbers in rows]
            alike = any(len(row) == 3 and all(map(reads_as, row, exact)) for row in short)
            assert [repr(number) for number in exact] in whole or (alike and (probe, metric.key) not in judged), metric


@pytest.mark.slow
def test_there_is_one_row_for_every_metric(audit: Audit, tree: Node) -> None:
    assert len(metric_rows(tree)) == len(metrics(audit))


@pytest.mark.slow
def test_what_is_shown_is_the_exact_value_rounded(tree: Node) -> None:
    for node in tree.find("data"):
        shown, exact = plain(node.text), Decimal(node.attributes["value"])
        digits = -int(shown.as_tuple().exponent)
        assert abs(shown - exact) <= Decimal(10) ** -digits / 2 + Decimal("1e-12"), (node.text, exact)


def test_no_number_is_a_hyphen_or_nan(tree: Node) -> None:
    for node in tree.find("data"):
        assert "-" not in node.text
        assert "nan" not in node.text.lower()


def test_n_and_limit_stand_in_the_row(audit: Audit, tree: Node) -> None:
    row = next(row for row in tree.find("tr", kind="r") if row.attributes["id"] == "m-gender-gap-spread")
    assert row.find("td", kind="c-n")[0].text == "18"
    assert "≤ 0.15" in row.find("td", kind="c-l")[0].text
    margin = row.find("data", kind="c-g")[0]
    assert float(margin.attributes["value"]) == pytest.approx(0.15 - 0.247)
    assert margin.text == "−0.097"
    assert "Fail" in row.find("td", kind="c-o")[0].text


def test_undefined_metrics_show_their_reason_and_no_number(audit: Audit, tree: Node) -> None:
    reasons = [line(metric.estimate.reason) for _, metric in metrics(audit) if isinstance(metric.estimate, Undefined)]
    undefined = [row for row in metric_rows(tree) if row.find("td", kind="c-u")]
    shown = [row.find("td", kind="c-u")[0].text for row in undefined]
    assert sorted(text.removeprefix("Not estimable: ").removeprefix("– ") for text in shown) == sorted(reasons)
    assert not [row for row in undefined if row.find("data")]


def test_findings_quote_the_rows_they_point_to(tree: Node) -> None:
    ids = {node.attributes["id"]: node for node in tree.walk() if "id" in node.attributes}
    items = tree.find("ol", kind="findings")[0].find("li")
    assert 1 <= len(items) <= 7
    for item in items:
        target = item.find("a")[0].attributes["href"][1:]
        assert target in ids
        row = next(row for row in tree.find("tr", kind="r") if target in (row.attributes["id"], *inner_ids(row)))
        quoted = [node.attributes["value"] for node in item.find("data")]
        assert quoted == [node.attributes["value"] for node in row.find("data")][:1] or quoted == []


def inner_ids(row: Node) -> list[str]:
    return [node.attributes["id"] for node in row.walk() if "id" in node.attributes]


def test_evidence_cells_hold_the_document_s_numbers(audit: Audit, tree: Node) -> None:
    result = next(result for result in audit.results if result.probe.name == "gender")
    assert isinstance(result, Measured)
    piece = next(piece for piece in result.evidence if piece.id == "examples")
    figure = tree.find("figure", id="e-gender-examples")[0]
    shown = sorted(float(cell.attributes.get("data-v") or plain(cell.text)) for cell in figure.find("td", kind="n"))
    numeric = [index for index, column in enumerate(piece.columns) if column.role == "number"]
    expected = sorted(float(row[index]) for row in piece.rows for index in numeric)  # type: ignore[arg-type]
    assert shown == expected


def test_claims_and_labels_are_those_of_the_probe(audit: Audit, tree: Node) -> None:
    text = " ".join(tree.text.split())
    for _, metric in metrics(audit):
        if metric.scope != "detail":
            assert human(metric.name) in text
            assert not metric.claim or isinstance(metric.estimate, Undefined) or opened(line(metric.claim)) in text
