"""The probe against fairlearn on random tables, and what may not change its numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from decision_tables import audit, value
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairwitness.audit.records import Cell, Estimate

fairlearn = pytest.importorskip("fairlearn.metrics", reason="fairlearn is not installed")
OPTIONS: dict[str, Any] = {"label": "y", "min_group": 2, "min_class": 1, "favourable": "1"}
RATES = {
    "selection_rate": fairlearn.selection_rate,
    "true_positive_rate": fairlearn.true_positive_rate,
    "false_positive_rate": fairlearn.false_positive_rate,
    "false_negative_rate": fairlearn.false_negative_rate,
    "true_negative_rate": fairlearn.true_negative_rate,
}
few = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def tables(draw: st.DrawFn) -> dict[str, list[Cell]]:
    """Random decisions in which both outcomes occur, in two to four groups of at least two rows."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    groups, rows = draw(st.integers(2, 4)), draw(st.integers(20, 120))
    sex = [f"g{number % groups}" for number in range(rows)]
    y = rng.integers(0, 2, size=rows).tolist()
    prediction = rng.integers(0, 2, size=rows).tolist()
    y[:2], prediction[:2] = [0, 1], [1, 0]
    return {"sex": [*sex], "y": y, "prediction": prediction}


@pytest.mark.proof
@few
@given(tables())
def test_rates_and_gaps_are_those_of_fairlearn(columns: dict[str, list[Cell]]) -> None:
    found = audit(columns, **OPTIONS)
    estimates = {(one.name, one.by.get("sex")): one.estimate for one in found.metrics if one.against is None}
    frame = fairlearn.MetricFrame(
        metrics=RATES, y_true=columns["y"], y_pred=columns["prediction"], sensitive_features=columns["sex"]
    )
    for name in RATES:
        for group, expected in frame.by_group[name].items():
            estimate = estimates[name, str(group)]
            if isinstance(estimate, Estimate):
                assert estimate.value == pytest.approx(expected, abs=1e-12)
            else:
                assert "0 rows" in estimate.reason
    assert value(found, "selection_rate_gap", groups="sex") == pytest.approx(frame.difference()["selection_rate"])


@pytest.mark.proof
def test_the_example_in_the_documentation_of_fairlearn() -> None:
    y = [1, 1, 1, 1, 1, 0, 0, 1, 1, 0]
    decided = [0, 1, 1, 1, 1, 0, 0, 0, 1, 1]
    sex = ["Female"] * 5 + ["Male"] * 5
    found = audit({"sex": sex, "y": y, "prediction": decided}, **OPTIONS)
    assert (value(found, "selection_rate", sex="Female"), value(found, "selection_rate", sex="Male")) == (0.8, 0.4)
    assert value(found, "accuracy_gap", groups="sex") == pytest.approx(0.2)


@pytest.mark.proof
@few
@given(tables(), st.integers(0, 1_000))
def test_the_order_of_rows_changes_no_metric(columns: dict[str, list[Cell]], seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(columns["sex"]))
    turned = {name: [column[at] for at in order] for name, column in columns.items()}
    assert audit(columns, **OPTIONS).metrics == audit(turned, **OPTIONS).metrics


@pytest.mark.proof
@few
@given(tables())
def test_counting_the_other_outcome_mirrors_the_rates(columns: dict[str, list[Cell]]) -> None:
    ones, noughts = audit(columns, **OPTIONS), audit(columns, **{**OPTIONS, "favourable": "0"})
    pairs = {"selection_rate": -1, "base_rate": -1}
    for name in pairs:
        assert value(ones, name) == pytest.approx(1 - value(noughts, name))
    assert value(ones, "accuracy") == value(noughts, "accuracy")
    assert value(ones, "true_positive_rate") == value(noughts, "true_negative_rate")


@pytest.mark.proof
@few
@given(tables())
def test_every_row_twice_leaves_rates_and_narrows_intervals(columns: dict[str, list[Cell]]) -> None:
    once, twice = audit(columns, **OPTIONS), audit({name: cells * 2 for name, cells in columns.items()}, **OPTIONS)
    for one, two in zip(once.metrics, twice.metrics, strict=True):
        if isinstance(one.estimate, Estimate) and isinstance(two.estimate, Estimate) and "rate" in one.tags:
            assert one.estimate.value == pytest.approx(two.estimate.value)
            assert two.estimate.high - two.estimate.low < one.estimate.high - one.estimate.low
