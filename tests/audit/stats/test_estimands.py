"""A mean over clusters is one of two quantities, and its name is an argument."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.levels import FloatArray

VALUES, LABELS = [1.0, 1.0, 1.0, 3.0, 5.0, 5.0], ["a", "a", "a", "b", "c", "c"]


def defined(value: object) -> Estimate:
    assert isinstance(value, Estimate), value
    return value


def first_column(means: FloatArray) -> FloatArray:
    return means[..., 0]


def test_values_weigh_the_same_or_clusters_do() -> None:
    assert defined(stats.mean(VALUES, LABELS, weigh="clusters")).value == 3.0  # of 1, 3, 5
    assert defined(stats.mean(VALUES, LABELS, weigh="values")).value == pytest.approx(16 / 6)
    zeros = [0.0] * len(VALUES)
    for weigh, expected in (("clusters", 3.0), ("values", 16 / 6)):
        paired = stats.paired_difference(VALUES, zeros, LABELS, weigh=weigh)  # type: ignore[arg-type]
        sample = stats.mean_statistic(VALUES, LABELS, weigh=weigh)  # type: ignore[arg-type]
        assert not isinstance(sample, Undefined)
        assert (defined(paired).value, sample.value) == pytest.approx((expected, expected))
        [contrast] = stats.mean_contrasts([VALUES, VALUES[3:]], 1, [LABELS, LABELS[3:]], weigh=weigh)  # type: ignore[arg-type]
        assert defined(contrast).value == pytest.approx(expected - (4.0 if weigh == "clusters" else 13 / 3))


def test_one_factor_given_twice_is_that_factor() -> None:
    assert stats.mean(VALUES, (LABELS, LABELS), weigh="values") == stats.mean(VALUES, LABELS, weigh="values")


UNNAMED: tuple[Callable[[], object], ...] = (
    lambda: stats.mean(VALUES, LABELS),
    lambda: stats.mean_statistic(VALUES, (LABELS, LABELS)),
    lambda: stats.paired_difference(VALUES, VALUES, LABELS),
    lambda: stats.mean_contrasts([VALUES, VALUES], 0, [LABELS, LABELS]),
)
TWO: Any = (LABELS, list(range(6)))
OF_TWO_FACTORS: tuple[Callable[[], object], ...] = (
    lambda: stats.mean(VALUES, TWO, weigh="clusters"),
    lambda: stats.mean_difference(VALUES, VALUES, TWO),
    lambda: stats.rmse(VALUES, TWO),
    lambda: stats.paired_bootstrap(np.eye(6), first_column, TWO),
)


@pytest.mark.parametrize("call", UNNAMED)
def test_clusters_without_a_named_estimand_are_a_bug(call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="needs weigh='values' or weigh='clusters'"):
        call()


@pytest.mark.parametrize("call", OF_TWO_FACTORS)
def test_two_factors_have_no_mean_of_clusters(call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="two factors have no mean of clusters"):
        call()
