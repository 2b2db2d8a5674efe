"""A finding leads to a case of it first: of the group worse off, a row in which that error was made; by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from golden.sample import sample
from golden.sample_base import estimate

from fairwitness.audit.records import Column, Evidence, Measured, Metric, Translated, Undefined
from fairwitness.probes.fairness.group_fairness.evidence import _selected
from fairwitness.reports.examples import CELLS, examples_of
from fairwitness.reports.i18n import speaking

COLUMNS = (
    Column("row", "number"),
    Column("sex"),
    Column(Translated("selected", {"zh": "入选"})),
    Column(Translated("wrong", {"zh": "错误"}), "flag"),
)
ROWS = (
    (1, "f", Translated("selected", {"zh": "入选"}), False),
    (2, "m", Translated("not selected", {"zh": "未入选"}), True),
)
TABLE = Evidence(id="rows", caption="Rows", kind="table", columns=COLUMNS, rows=ROWS, total=2)


def metric(name: str, value: float | None = None, **said: Any) -> Metric:
    known = Undefined("too few") if value is None else estimate(value, 0.1, 200)
    standard: dict[str, Any] = {"unit": "share", "better": "higher", "claim": "", "evidence": ("confusion", "rows")}
    return Metric(name=name, estimate=known, **{**standard, **said})


def tries(asked: Metric, *rates: Metric, language: str = "en") -> Any:
    first = sample().results[1]
    assert isinstance(first, Measured)
    with speaking(language):
        text = examples_of(asked, replace(first, metrics=rates, evidence=(TABLE,)))
    return json.loads(text) if text else None


def rates(name: str, f: float, m: float, better: str = "higher") -> tuple[Metric, Metric]:
    return (
        metric(name, f, by={"sex": "f"}, better=better),
        metric(name, m, by={"sex": "m"}, better=better),
    )


def test_the_cells_that_are_looked_for_are_those_that_the_probe_writes() -> None:
    assert {flag: _selected(flag) for flag in CELLS} == {flag: cells[0] for flag, cells in CELLS.items()}


OF_BOTH = ({"sex": "f"}, {"sex": "m"})


@pytest.mark.parametrize(
    ("name", "better", "case"),
    [
        # women have 0.4, men 0.7: a low rate of hits is bad for women, a high one of errors for men
        ("selection_rate", "none", {"sex": "f", "selected": "not selected"}),
        ("true_positive_rate", "higher", {"sex": "f", "selected": "not selected", "wrong": True}),
        ("false_negative_rate", "lower", {"sex": "m", "selected": "not selected", "wrong": True}),
        ("false_positive_rate", "lower", {"sex": "m", "selected": "selected", "wrong": True}),
        ("positive_predictive_value", "higher", {"sex": "f", "selected": "selected", "wrong": True}),
        ("accuracy", "higher", {"sex": "f", "wrong": True}),
    ],
)
@pytest.mark.parametrize("end", ["_difference", "_ratio"])
def test_a_comparison_of_two_groups_shows_the_error_in_the_group_with_the_worse_rate(
    name: str, better: str, case: dict[str, Any], end: str
) -> None:
    asked = metric(name + end, 0.3, by={"sex": "f"}, against="m")
    assert tries(asked, *rates(name, 0.4, 0.7, better)) == [case, *OF_BOTH]


def test_of_all_groups_of_a_column_the_one_that_is_worst_off() -> None:
    third = metric("selection_rate", 0.2, by={"sex": "x"}, better="none")
    asked = metric("impact_ratio", 0.3, variant={"groups": "sex"})
    given = (*rates("selection_rate", 0.4, 0.7, "none"), third)
    assert tries(asked, *given) == [{"sex": "x", "selected": "not selected"}]


def test_the_page_is_searched_in_its_own_language() -> None:
    asked = metric("true_positive_rate_difference", 0.3, by={"sex": "f"}, against="m")
    case = {"sex": "f", "入选": "未入选", "错误": True}
    assert tries(asked, *rates("true_positive_rate", 0.4, 0.7), language="zh") == [case, *OF_BOTH]


def test_other_metrics_show_the_rows_of_their_groups() -> None:
    asked = metric("calibration_slope_difference", 0.3, by={"sex": "f"}, against="m")
    assert tries(asked) == [*OF_BOTH]
    assert tries(metric("gap", 0.3, by={"sex": "f"})) == [{"sex": "f"}]
    assert tries(metric("accuracy", 0.3)) is None


def test_without_the_rate_of_a_group_no_case_is_claimed() -> None:
    asked = metric("accuracy_difference", 0.3, by={"sex": "f"}, against="m")
    assert tries(asked, metric("accuracy", 0.4, by={"sex": "f"}), metric("accuracy", by={"sex": "m"})) == [*OF_BOTH]
