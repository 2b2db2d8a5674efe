"""The one line of a mitigation: before, after and change with their intervals, in the units that readers know."""

from __future__ import annotations

from typing import Any

import pytest

from fairwitness.audit.comparison import Change, Comparison, Side
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.reports.comparison.headline import headline


def estimate(value: float, low: float, high: float) -> Estimate:
    return Estimate(value=value, low=low, high=high, level=0.95, n=9, method="")


def change(name: str, unit: str, before: Any, after: Any, moved: Any, **parts: Any) -> Change:
    metric = Metric(name=name, estimate=after, unit=unit, better="none", claim="", **parts)
    scale: Any = "factor" if unit == "ratio" else "difference"
    return Change("p", metric, before, after, moved, scale, "paired", gated=True)


def said(*changes: Change) -> str:
    side = Side("f", "m", "", "0", "", "complete", "pass", "p", "", 0)
    made = Comparison(base=side, new=side, changes=changes, unmatched=(), warnings=())
    return headline(made, [f"p/{name}" for name in ("accuracy", "gap", "ratio", "absent")])


@pytest.mark.parametrize(
    ("unit", "null", "text"),
    [
        ("share", None, "accuracy 71.6 % [68.0, 75.0] → 74.8 % [71.0, 78.0] (+3.2 points [−1.0, +7.4])"),
        ("share", 0.0, "accuracy 71.6 points [68.0, 75.0] → 74.8 points [71.0, 78.0] (+3.2 points [−1.0, +7.4])"),
        ("nats", None, "accuracy 0.716 [0.680, 0.750] → 0.748 [0.710, 0.780] (+0.032 [−0.010, +0.074])"),
    ],
)
def test_shares_are_in_per_cent_and_their_changes_in_points(unit: str, null: float | None, text: str) -> None:
    ends = (estimate(0.716, 0.68, 0.75), estimate(0.748, 0.71, 0.78), estimate(0.032, -0.01, 0.074))
    assert said(change("accuracy", unit, *ends, null=null)) == text


def test_ratios_change_by_a_factor_and_groups_are_named() -> None:
    ends = (estimate(0.5, 0.4, 0.6), estimate(1.0, 0.9, 1.1), estimate(2.0, 1.5, 2.6))
    line = said(change("ratio", "ratio", *ends, variant={"groups": "sex"}))
    assert line == "ratio by sex 0.50 [0.40, 0.60] → 1.00 [0.90, 1.10] (× 2.0 [1.5, 2.6])"


def test_what_one_side_did_not_measure_is_told_and_what_neither_did_is_not() -> None:
    found, none = estimate(0.5, 0.4, 0.6), Undefined("too few")
    assert said(change("gap", "nats", found, none, none)) == "gap 0.50 [0.40, 0.60] → –"
    assert said(change("gap", "nats", none, none, none)) == ""
