"""The ROC curve and the share found at a share of false alarms: by hand, and against brute force."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.roc import roc_points, tpr_at_fpr, tpr_if_answered


def test_the_curve_takes_equal_scores_at_once() -> None:
    points = roc_points([3.0, 2.0, 2.0], [2.0, 1.0])
    assert points.tolist() == [[0, 0], [0, pytest.approx(1 / 3)], [0.5, 1], [1, 1]]


def test_the_area_under_the_curve_is_the_auc() -> None:
    rng = np.random.default_rng(4)
    yes, no = rng.integers(0, 9, 23) + 2.0, rng.integers(0, 9, 31) + 0.0
    points = roc_points(yes, no)
    auc = stats.auc(np.concatenate((yes, no)), [True] * 23 + [False] * 31)
    assert isinstance(auc, Estimate)
    assert np.trapezoid(points[:, 1], points[:, 0]) == pytest.approx(auc.value, abs=1e-12)


def test_delong_is_the_sum_over_all_pairs() -> None:
    """Structural components by the definition, pair by pair (DeLong et al. 1988, eq. 4 to 6)."""
    rng = np.random.default_rng(8)
    yes, no = rng.integers(0, 12, 17) + 3.0, rng.integers(0, 12, 21) + 0.0

    def beats(a: float, b: float) -> float:
        return 1.0 if a > b else 0.5 if a == b else 0.0

    of_yes = [sum(beats(a, b) for b in no) / len(no) for a in yes]
    of_no = [sum(beats(a, b) for a in yes) / len(yes) for b in no]
    area = sum(of_yes) / len(yes)
    variance = sum(sum((value - area) ** 2 for value in side) / (len(side) - 1) / len(side) for side in (of_yes, of_no))
    found = stats.auc_statistic(np.concatenate((yes, no)), [True] * 17 + [False] * 21)
    assert not isinstance(found, Undefined)
    assert found.value == pytest.approx(area, abs=1e-12)
    logit, error = math.log(area / (1 - area)), math.sqrt(variance) / (area * (1 - area))
    low, high = (1 / (1 + math.exp(-(logit + sign * 1.5 * error))) for sign in (-1, 1))
    found_low, found_high = found.limits(1.5)
    assert found_low <= low + 1e-9
    assert found_high >= high - 1e-9
    if "Newcombe" not in stats.auc(np.concatenate((yes, no)), [True] * 17 + [False] * 21).method:  # type: ignore[union-attr]
        assert (found_low, found_high) == pytest.approx((low, high), abs=1e-9)


def test_the_threshold_is_the_lowest_that_keeps_the_bound() -> None:
    """Of 300 negatives three may lie above: the fourth largest is the threshold, and what equals it is not above."""
    negatives = np.arange(300.0)
    positives = np.array([299.5, 297.0, 296.5, 296.0, 10.0])
    found = tpr_at_fpr(positives, negatives, 0.01)
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(3 / 5)
    cuts = [cut for cut in np.unique([*positives, *negatives]) if (negatives >= cut).mean() <= 0.01]
    assert found.value == max(float((positives >= cut).mean()) for cut in cuts)


@pytest.mark.parametrize("seed", range(6))
def test_brute_force_agrees_with_ties(seed: int) -> None:
    rng = np.random.default_rng(seed)
    negatives, positives = rng.integers(0, 40, 320).astype(float), rng.integers(5, 45, 25).astype(float)
    found = tpr_at_fpr(positives, negatives, 0.05)
    assert isinstance(found, Estimate)
    cuts = [*np.unique([*positives, *negatives]), math.inf]
    best = max(float((positives >= cut).mean()) for cut in cuts if (negatives >= cut).mean() <= 0.05)
    assert found.value == pytest.approx(best)
    assert found.low <= found.value <= found.high


def test_the_interval_is_the_mixture_by_enumeration() -> None:
    """Two ways to the same number: the chance of each J by the binomial formula, the beta tail by the binomial sum."""
    negatives, positives, fpr = np.arange(30.0), np.array([29.5, 28.5, 20.0, 3.0]), 0.1
    found = tpr_at_fpr(positives, negatives, fpr)
    assert isinstance(found, Estimate)
    above = [int((positives > cut).sum()) for cut in sorted(negatives, reverse=True)] + [4]

    def tail(count: int, rate: float) -> float:
        """P(at least `count` of 4)."""
        return sum(math.comb(4, k) * rate**k * (1 - rate) ** (4 - k) for k in range(count, 5))

    def mixed(rate: float, upper: bool) -> float:
        total = 0.0
        for behind in range(31):
            weight = math.comb(30, behind) * fpr**behind * (1 - fpr) ** (30 - behind)
            for count in (0 if behind == 0 else above[behind - 1], above[behind]):
                total += weight / 2 * (tail(count + 1, rate) if upper else tail(count, rate))
        return total

    assert mixed(found.low, upper=False) == pytest.approx(0.025, abs=1e-6)
    assert mixed(found.high, upper=True) == pytest.approx(0.975, abs=1e-6)


def test_too_few_negatives_say_nothing_of_the_tail() -> None:
    few = tpr_at_fpr([1.0, 2.0], np.arange(299.0), 0.01)
    assert isinstance(few, Undefined)
    assert "300" in few.reason
    assert isinstance(tpr_at_fpr([1.0, math.nan], np.arange(300.0), 0.01), Undefined)


def test_what_is_missing_could_lie_anywhere() -> None:
    """By brute force over the ends: missing scores above all others or below them."""
    positives, negatives = np.array([9.0, 5.0, 1.0, 0.5]), np.arange(300.0) / 40
    found = tpr_at_fpr(positives, negatives, 0.01)
    completed = tpr_if_answered(found, positives, negatives, 0.01, (1, 2))
    assert isinstance(completed, Estimate)
    assert completed.if_answered is not None
    values = []
    for yes, no in itertools.product((-99.0, 99.0), repeat=2):
        whole = tpr_at_fpr([*positives, yes], [*negatives, no, no], 0.01)
        assert isinstance(whole, Estimate)
        values.append(whole.value)
    assert completed.if_answered[0] <= min(values)
    assert completed.if_answered[1] >= max(values)
