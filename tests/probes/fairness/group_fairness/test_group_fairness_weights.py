"""Rows that count more or less than one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from decision_tables import audit, cells, metric, table_of, value
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwitness.audit.errors import BadData, BadOption
from fairwitness.audit.records import Cell, Estimate, Undefined

HAND = {"m": (40, 10, 15, 35), "f": (50, 10, 20, 20)}  # tn, fp, fn, tp
COMPARED = ("selection_rate_ratio", "impact_ratio", "selection_rate_gap")
SMALL: dict[str, Any] = {"label": "y", "min_group": 2, "min_class": 1, "favourable": "1", "groups": "sex,age"}


@pytest.mark.proof
@settings(max_examples=2, deadline=None)
@given(st.integers(0, 10_000))
def test_whole_weights_give_the_values_of_repeated_rows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = 80
    columns: dict[str, list[Cell]] = {
        "sex": [*rng.choice(["f", "m", "x"], rows).tolist()],
        "age": [*rng.choice(["old", "young"], rows).tolist()],
        "y": rng.integers(0, 2, rows).tolist(),
        "prediction": rng.integers(0, 2, rows).tolist(),
    }
    weights = rng.integers(1, 5, rows).tolist()
    columns["y"][:2], columns["prediction"][:2] = [0, 1], [1, 0]
    repeated = {
        name: [cell for cell, count in zip(column, weights, strict=True) for _ in range(count)]
        for name, column in columns.items()
    }
    one = audit({**columns, "w": weights}, weight="w", **SMALL, reference=("m", "old"))
    many = audit(repeated, **SMALL, reference=("m", "old"))
    values = {metric.key: metric.estimate for metric in many.metrics}
    compared = 0
    together = {"(smaller groups together)", "(all other groups)"}
    for found in one.metrics:
        if {"small_groups", "gap"} & {*found.tags} or together & {*found.by.values()}:
            continue  # weights that leave less than two rows make a group a small one
        expected = values[found.key]
        if isinstance(found.estimate, Estimate) and isinstance(expected, Estimate):
            assert found.estimate.value == pytest.approx(expected.value, abs=1e-9), found.name
            compared += 1
    assert compared > 100


@pytest.mark.slow
def test_equal_weights_change_nothing() -> None:
    columns = cells(HAND)
    plain, weighted = audit(columns, label="y"), audit({**columns, "w": [2.5] * 200}, label="y", weight="w")
    for one, two in zip(plain.metrics, weighted.metrics, strict=True):
        assert one.key == two.key
        if isinstance(one.estimate, Estimate):
            assert isinstance(two.estimate, Estimate)
            for end in ("value", "low", "high", "n"):
                assert getattr(two.estimate, end) == pytest.approx(getattr(one.estimate, end), abs=1e-9), one.name


def test_unequal_weights_by_hand() -> None:
    """60 selected rows of weight 3 and 40 others of weight 1 in group m; group f has no weights to speak of."""
    columns: dict[str, Sequence[Cell]] = {
        "sex": ["m"] * 100 + ["f"] * 100,
        "prediction": [1] * 60 + [0] * 40 + [1, 0] * 50,
        "w": [3] * 60 + [1] * 40 + [1] * 100,
    }
    found = audit(columns, weight="w", reference="m")
    estimate = metric(found, "selection_rate", sex="m").estimate
    assert isinstance(estimate, Estimate)
    share = 180 / 220
    variance = (60 * 9 * (1 - share) ** 2 + 40 * share**2) / 220**2
    assert estimate.value == pytest.approx(share)
    assert estimate.n == int(min(220**2 / (60 * 9 + 40), share * (1 - share) / variance))
    assert value(found, "selection_rate_ratio", sex="f") == pytest.approx(0.5 / share)
    counted = {row["group"]: row for row in table_of(found, "confusion")}
    assert (counted["m"]["weight of rows"], counted["m"]["weight of selected"]) == (220, 180)
    assert (counted["m"]["rows"], counted["m"]["selected"]) == (100, 60)
    assert [row["weight"] for row in table_of(found, "decisions")] == columns["w"]


def test_a_group_without_weight_is_not_estimable() -> None:
    columns: dict[str, Sequence[Cell]] = {
        "sex": ["m"] * 60 + ["f"] * 60,
        "prediction": [1, 0] * 60,
        "w": [1] * 60 + [0] * 60,
    }
    found = audit(columns, weight="w", reference="m")
    assert metric(found, "selection_rate", sex="f").estimate == Undefined(
        "not estimable: rows weigh as much as 0 equal rows, 2 needed: judged as the smaller groups, of which it is the "
        "only one",
        "not_asked",
    )
    together = metric(found, "selection_rate_difference", sex="(smaller groups together)").estimate
    assert together == Undefined("not estimable: rows weigh as much as 0 equal rows, 2 needed")
    assert value(found, "selection_rate", sex="m") == 0.5
    assert isinstance(metric(found, "selection_rate_difference", sex="f").estimate, Undefined)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, 2, "three", 4] * 25, r"weight column 'w': 25 of 100 rows have no number, for example row 3 \('three'\)"),
        ([1, 2, None, 4] * 25, r"weight column 'w': 25 of 100 rows have no number, for example row 3 \(None\)"),
        ([1, float("nan"), 1, 1] * 25, r"25 of 100 rows have no number, for example row 2 \(nan\)"),
        ([1, -0.5, 1, 1] * 25, r"25 of 100 rows have a negative weight, for example row 2 \(-0.5\)"),
        ([0] * 100, "weight column 'w': all 100 rows have the weight 0"),
    ],
)
def test_weights_that_count_nothing_are_refused(weights: list[Cell], message: str) -> None:
    with pytest.raises(BadData, match=message):
        audit({"sex": ["m", "f"] * 50, "prediction": [1, 0] * 50, "w": weights}, weight="w")


def test_a_weight_column_that_is_not_there_is_named() -> None:
    with pytest.raises(BadOption, match=r"weight column 'v' is not in the table"):
        audit({"sex": ["m", "f"] * 50, "prediction": [1, 0] * 50, "w": [1] * 100}, weight="v")


def test_rows_of_weight_nothing_take_no_decision() -> None:
    """Where all refused rows weigh nothing, every group is selected in all that counts: nothing was decided."""
    decided: list[Cell] = [*[0] * 90, *[1] * 10, *[0] * 40, *[1] * 60]
    columns: dict[str, list[Cell]] = {"sex": [*["f"] * 100, *["m"] * 100], "prediction": decided, "w": decided}
    plain = [one for one in audit(columns).metrics if one.name in COMPARED and one.by]
    found = [one for one in audit(columns, weight="w").metrics if one.name in COMPARED and one.by]
    assert all(isinstance(one.estimate, Estimate) for one in plain)
    assert [one.name for one in found] == [one.name for one in plain]
    assert {one.estimate.kind for one in found if isinstance(one.estimate, Undefined)} == {"not_interpretable"}
    assert not any(isinstance(one.estimate, Estimate) for one in found)


def test_classes_of_weight_nothing_take_no_decision() -> None:
    outcomes: list[Cell] = ["a", "b", "c"] * 100
    columns: dict[str, list[Cell]] = {
        "sex": ["f", "m"] * 150,
        "y": outcomes,
        "prediction": outcomes,
        "w": [1.0, 0.0, 0.0] * 100,
    }
    found = audit(columns, label="y", weight="w")
    gaps = [one.estimate for one in found.metrics if one.name == "class_selection_rate_gap"]
    assert gaps
    assert {one.kind for one in gaps if isinstance(one, Undefined)} == {"not_interpretable"}
    assert not any(isinstance(one, Estimate) for one in gaps)


@pytest.mark.parametrize(("role", "named"), [("label", "y"), ("prediction", "d")])
def test_an_outcome_is_no_weight(role: str, named: str) -> None:
    outcomes: list[Cell] = [1, 0] * 50
    columns: dict[str, list[Cell]] = {"sex": ["f", "m"] * 50, "y": outcomes, "prediction": outcomes, "d": outcomes}
    with pytest.raises(BadOption, match=f"'{named}' is both weight and {role}"):
        audit(columns, label="y", prediction="d", weight=named)
