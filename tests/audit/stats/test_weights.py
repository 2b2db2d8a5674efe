"""Weighted shares against the survey formulas, and sums of independent quantities against their parts."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.proportions import wilson

Z = 1.959963984540054


def defined(value: Estimate | Undefined) -> Estimate:
    assert isinstance(value, Estimate), value
    return value


def test_effective_size_by_hand() -> None:
    assert stats.effective_size([1.0, 1.0, 2.0]) == pytest.approx(16 / 6)
    assert stats.effective_size([3.0] * 7) == pytest.approx(7)
    assert stats.effective_size([0.0, 0.0]) == stats.effective_size([]) == 0.0


def test_effective_counts_by_hand() -> None:
    # weights 2, 2 on hits and 1, 1 on misses: share 4/6; linearised variance (8/9 + 8/9) / 36, so 2/9 over it is 4.5;
    # Kish (6²) / 10 = 3.6 is less and rules
    hits, size = stats.effective_counts(4, 6, 8, 10)
    assert size == pytest.approx(3.6)
    assert hits == pytest.approx(2.4)
    # weights 3 on one hit, 1 on one miss and on one hit: share 4/5, variance (10 / 25 + 16 / 25) / 25 ...
    hits, size = stats.effective_counts(4, 5, 10, 11)
    variance = (10 * 0.2**2 + 1 * 0.8**2) / 25
    assert size == pytest.approx(min(25 / 11, 0.8 * 0.2 / variance))


def test_equal_weights_give_plain_counts() -> None:
    for weight in (1.0, 2.5):
        hits, size = stats.effective_counts(3 * weight, 10 * weight, 3 * weight**2, 10 * weight**2)
        assert (float(hits), float(size)) == pytest.approx((3.0, 10.0))


def test_certain_shares_take_the_size_of_kish_and_no_weight_is_no_rows() -> None:
    hits, sizes = stats.effective_counts([6, 0, 0], [6, 6, 0], [14, 0, 0], [14, 14, 0])
    assert hits == pytest.approx([36 / 14, 0, 0])
    assert sizes == pytest.approx([36 / 14, 36 / 14, 0])


def test_impossible_sums_are_a_bug() -> None:
    with pytest.raises(ValueError, match="below 0"):
        stats.effective_counts(-1, 2, 1, 2)
    with pytest.raises(ValueError, match="hits weigh more"):
        stats.effective_counts(3, 2, 1, 2)


def test_the_error_of_a_weighted_share_is_the_linearised_one_where_it_is_larger() -> None:
    rng = np.random.default_rng(1)
    yes = rng.random(4_000) < 0.4
    weights = np.where(yes, rng.lognormal(sigma=0.8, size=4_000), 1.0)
    share = float(weights[yes].sum() / weights.sum())
    linearised = math.sqrt(float((weights**2 * (yes - share) ** 2).sum())) / float(weights.sum())
    kish = math.sqrt(share * (1 - share) / stats.effective_size(weights))
    hits, size = stats.effective_counts(
        weights[yes].sum(), weights.sum(), (weights[yes] ** 2).sum(), (weights**2).sum()
    )
    found = defined(stats.proportion(float(hits), float(size)))
    assert linearised > kish
    assert found.value == pytest.approx(share)
    assert (found.high - found.low) / (2 * Z) == pytest.approx(linearised, rel=0.01)
    assert found.n == math.floor(size)


def test_weights_as_repetition_give_the_same_shares_and_differences() -> None:
    rng = np.random.default_rng(2)
    yes, weights = rng.random(60) < 0.5, rng.integers(1, 6, 60)
    sums = [float(part) for part in (weights[yes].sum(), weights.sum(), (weights[yes] ** 2).sum(), (weights**2).sum())]
    hits, size = (float(part) for part in stats.effective_counts(*sums))
    repeated = np.repeat(yes, weights)
    plain = defined(stats.proportion(int(repeated.sum()), repeated.size))
    found = defined(stats.proportion(hits, size))
    assert found.value == pytest.approx(plain.value)
    assert found.high - found.low > plain.high - plain.low
    contrast = defined(stats.difference(hits, size, 20, 50))
    assert contrast.value == pytest.approx(plain.value - 0.4)


def test_real_counts_go_through_every_estimator_of_shares() -> None:
    hits, sizes = [12.5, 30.25, 8.75], [40.5, 61.5, 33.125]
    assert defined(stats.proportion(hits[0], sizes[0])).low == pytest.approx(wilson(12.5, 40.5, Z)[0])
    assert defined(stats.ratio(hits[0], sizes[0], hits[1], sizes[1])).method == "ratio of Wilson limits (MOVER-R)"
    assert [one.n for one in stats.rate_contrasts(hits, sizes, 1)] == [102, 94]
    assert defined(stats.rate_gap(hits, sizes)).n == 135
    null = stats.gap_null(hits, sizes, seed=1, draws=99)
    assert null is not None
    assert null.observed == pytest.approx(30 / 62 - 9 / 33)


def test_a_sum_of_independent_quantities_squares_and_adds_their_arms() -> None:
    a, b, c = stats.rate_statistic(30, 100), stats.rate_statistic(10, 50), stats.rate_statistic(44, 80)
    found = stats.linear_combination([(0.5, a), (0.5, b), (-1.0, c)])
    (low_a, high_a), (low_b, high_b), (low_c, high_c) = (wilson(h, n, Z) for h, n in ((30, 100), (10, 50), (44, 80)))
    low, high = found.limits(Z)
    assert found.value == pytest.approx(0.15 + 0.1 - 0.55)
    assert low == pytest.approx(
        found.value - math.sqrt((0.3 - low_a) ** 2 / 4 + (0.2 - low_b) ** 2 / 4 + (high_c - 0.55) ** 2)
    )
    assert high == pytest.approx(
        found.value + math.sqrt((high_a - 0.3) ** 2 / 4 + (high_b - 0.2) ** 2 / 4 + (0.55 - low_c) ** 2)
    )
    assert found.variance == pytest.approx(a.variance / 4 + b.variance / 4 + c.variance)
    assert found.n == 230


def test_a_rising_function_carries_the_limits() -> None:
    share = stats.rate_statistic(20, 50)
    odds = stats.monotone_transform(share, lambda p: p / (1 - p), 1 / 0.6**2)
    low, high = wilson(20, 50, Z)
    assert odds.limits(Z) == pytest.approx((low / (1 - low), high / (1 - high)))
    assert odds.variance == pytest.approx(share.variance / 0.6**4)


def test_a_normal_sample_is_the_wald_interval() -> None:
    found = stats.normal_statistic(1.0, 0.04, 50).estimate("delta")
    assert (found.low, found.high) == pytest.approx((1 - 0.2 * Z, 1 + 0.2 * Z))


def test_contrasts_keep_the_undefined_apart() -> None:
    a, b = stats.rate_statistic(30, 100), stats.rate_statistic(10, 50)
    one, two = stats.contrasts([a, Undefined("too few"), b], 0, method="made")
    (alone,) = stats.contrasts([a, b], 0, method="made")
    assert one == Undefined("too few")
    assert two == alone
    assert stats.contrasts([Undefined("too few"), a], 0, method="made") == [Undefined("too few (reference group)")]
    assert stats.contrasts([a, Undefined("too few")], 0, method="made") == [Undefined("too few")]
