"""Metrics of several classes and of numbers against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fairwitness.audit import metrics

TRUE = [0, 0, 0, 1, 1, 2, 2, 2, 2, 2]
DECIDED = [0, 0, 1, 1, 2, 2, 2, 2, 0, 0]
TABLE = metrics.confusion(TRUE, DECIDED, 4)[0]
"""Of four classes the last one never occurs and is never decided."""


def test_confusion_and_one_against_rest_by_hand() -> None:
    assert TABLE.tolist() == [[2, 1, 0, 0], [0, 1, 1, 0], [2, 0, 3, 0], [0, 0, 0, 0]]
    assert metrics.one_against_rest(TABLE).tolist() == [[5, 2, 1, 2], [7, 1, 1, 1], [4, 1, 2, 3], [10, 0, 0, 0]]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("multiclass_accuracy", 6 / 10),
        ("micro_f1", 6 / 10),
        ("macro_recall", (2 / 3 + 1 / 2 + 3 / 5) / 3),
        ("macro_precision", (2 / 4 + 1 / 2 + 3 / 4) / 3),
        ("macro_f1", (4 / 7 + 2 / 4 + 6 / 9) / 3),
        ("class_selection_rate", [0.4, 0.2, 0.4, 0.0]),
        ("class_recall", [2 / 3, 1 / 2, 3 / 5, math.nan]),
        ("class_precision", [2 / 4, 1 / 2, 3 / 4, math.nan]),
    ],
)
def test_several_classes_by_hand(name: str, expected: float | list[float]) -> None:
    assert metrics.DEFINITIONS[name].function(TABLE) == pytest.approx(expected, nan_ok=True)


def test_groups_have_tables_of_their_own_and_empty_ones_are_undefined() -> None:
    tables = metrics.confusion(TRUE, DECIDED, 4, [0] * 5 + [2] * 5, 3, weights=[2] * 10)
    assert tables.sum(axis=0).tolist() == (2 * TABLE).tolist()
    accuracy = metrics.multiclass_accuracy(tables)
    assert accuracy[[0, 2]].tolist() == [3 / 5, 3 / 5]
    for name in ("multiclass_accuracy", "macro_recall", "macro_f1", "micro_f1"):
        assert math.isnan(metrics.DEFINITIONS[name].function(tables)[1])


def test_micro_and_macro_take_any_rate() -> None:
    assert metrics.micro(metrics.false_positive_rate, TABLE) == pytest.approx(4 / 30)
    assert metrics.macro(metrics.false_positive_rate, TABLE) == pytest.approx((2 / 7 + 1 / 8 + 1 / 5 + 0) / 4)


def test_confusion_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="decided numbers reach from 0 to 3, not within 0 to 2"):
        metrics.confusion([0, 1], [0, 3], 3)
    with pytest.raises(ValueError, match="group numbers reach from 1 to 1, not within 0 to 0"):
        metrics.confusion([0], [0], 1, [1])
    with pytest.raises(ValueError, match="2 true classes, 1 decided ones"):
        metrics.confusion([0, 1], [0], 2)
    with pytest.raises(ValueError, match=r"shape \(2, 3\) is not square"):
        metrics.one_against_rest(np.ones((2, 3)))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mean_residual", (1 - 1 + 3) / 3),
        ("root_mean_squared_error", math.sqrt(11 / 3)),
        ("mean_absolute_error", 5 / 3),
        ("r2", 1 - 11 / (114 / 9)),  # true numbers 1, 4 and 6 lie 8/3, 1/3 and 7/3 from their mean
    ],
)
def test_numbers_by_hand(name: str, expected: float) -> None:
    value = metrics.DEFINITIONS[name].function
    assert value([2, 3, 9], [1, 4, 6]) == pytest.approx(expected)
    assert math.isnan(value([], []))


def test_r2_of_numbers_that_do_not_vary_is_undefined() -> None:
    assert math.isnan(metrics.r2([1, 2, 3], [0.1, 0.1, 0.1]))
    assert math.isnan(metrics.r2([1], [5]))
    assert metrics.r2([1, 2], [1, 2]) == 1
    assert metrics.r2([1.5, 1.5], [1, 2]) == 0


def test_differences_of_numbers_are_those_of_the_values_of_groups() -> None:
    rng = np.random.default_rng(2)
    true, codes = rng.normal(size=90), rng.integers(0, 3, 90)
    predicted = true + rng.normal(size=90) + codes
    for name in ("mean_residual", "root_mean_squared_error", "mean_absolute_error", "r2"):
        value = metrics.DEFINITIONS[name].function
        own = np.array([value(predicted[codes == group], true[codes == group]) for group in range(3)])
        found = metrics.DEFINITIONS[f"{name}_difference"].function(predicted, true, codes, 0)
        assert found == pytest.approx(own - own[0], abs=1e-12)


def test_bad_numbers_are_named() -> None:
    with pytest.raises(ValueError, match=r"inf in row 2 is no finite number, as a prediction must be \(1 of 2 rows\)"):
        metrics.mean_residual([1, math.inf], [1, 2])
    with pytest.raises(ValueError, match="nan in row 1 is no finite number, as a true outcome"):
        metrics.r2([1], [math.nan])
    with pytest.raises(ValueError, match="1 predicted numbers, 2 true ones and 2 weights"):
        metrics.r2([1], [1, 2])
    with pytest.raises(ValueError, match="in row 2 is no weight"):
        metrics.r2([1, 2], [1, 2], [1, -1])
