"""How often in a row an outcome came."""

from __future__ import annotations

from typing import Any

import pytest

from fairwitness.reports.trend import Step
from fairwitness.trend import Trend


@pytest.mark.parametrize(
    ("outcomes", "count"),
    [
        ([], 0),
        (["pass", "fail", "fail"], 2),
        (["fail", "pass"], 0),
        (["fail", None, "likely_violated", None], 2),
        (["fail", "inconclusive", "fail"], 1),
        ([None], 0),
    ],
)
def test_outcomes_in_a_row(outcomes: list[Any], count: int) -> None:
    trend = Trend([Step(step=number, outcome=outcome) for number, outcome in enumerate(outcomes)])
    assert trend.in_a_row(("fail", "likely_violated")) == count
