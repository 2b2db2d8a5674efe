"""Exposures against values worked by hand, skew-normal tails against quadrature, and the bound of one run."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import beta, skewnorm

from fairwitness.audit.stats.exposure import chance_exposure, chance_p, exposure, rank_of, sampled_limits
from fairwitness.audit.stats.extrapolated_exposure import extrapolated_exposure
from fairwitness.audit.stats.one_run import bound, ceiling, one_run, p_value
from fairwitness.audit.stats.skew_normal import fit, skew_normal_log_cdf

REFERENCES = [float(number) for number in range(1, 17)]


@pytest.mark.parametrize(("secret", "bits"), [(0.1, 4.0), (3.5, 2.0), (20.0, -0.08746)])
def test_unit_vectors(secret: float, bits: float) -> None:
    assert exposure(rank_of(secret, REFERENCES), 16) == pytest.approx(bits, abs=1e-5)


def test_ties_count_against_the_secret() -> None:
    assert rank_of(1.0, [1.0, 1.0, 2.0]) == 3
    with pytest.raises(ValueError, match="rank 18 among 16"):
        exposure(18, 16)


def test_chance_is_the_mean_over_all_ranks() -> None:
    for space in (3, 100, 1_000):
        ranks = [exposure(rank, space) for rank in range(1, space + 2)]
        assert chance_exposure(space, space + 1) == pytest.approx(float(np.mean(ranks)))
    assert chance_exposure(10**9, 10**9) == pytest.approx(math.log2(math.e), abs=1e-6)


@pytest.mark.slow
def test_secrets_off_chance_are_seen_and_those_at_chance_are_not() -> None:
    rng = np.random.default_rng(1)
    alarms = [chance_p(rng.integers(1, 102, 30).tolist(), [101] * 30) < 0.05 for _ in range(2_000)]
    assert 0.035 < np.mean(alarms) < 0.066
    assert chance_p([101] * 10, [101] * 10) < 1e-6


def test_limits_of_a_sample_hold_the_share_and_end_at_the_space() -> None:
    low, high = sampled_limits(1, 1_000, 30.0, 0.95)
    assert low == pytest.approx(-math.log2(1 - 0.025 ** (1 / 1_000)))
    assert high == 30.0
    low, high = sampled_limits(1_001, 1_000, 30.0, 0.95)
    assert low == 0.0
    assert high == pytest.approx(-math.log2(float(beta.ppf(0.025, 1_000, 1))))


@pytest.mark.slow
@pytest.mark.parametrize("shape", [-7.0, -0.8, 0.0, 0.8, 3.0])
@pytest.mark.parametrize("z", [-30.0, -6.0, -4.1, -3.9, -1.0, 0.0, 2.0])
def test_the_tail_is_right_where_scipy_underflows(z: float, shape: float) -> None:
    import mpmath

    with mpmath.workdps(30):
        ends = [z - 40, z - 20, z - 10, z - 5, z - 2, z - 1, z - 0.5, z]
        whole = mpmath.quad(lambda t: 2 * mpmath.npdf(t) * mpmath.ncdf(shape * t), ends)
        expected = float(mpmath.log(whole))
    assert skew_normal_log_cdf(np.array([z]), np.array([shape]))[0] == pytest.approx(expected, rel=1e-5, abs=1e-7)


def test_a_fit_by_moments_is_that_of_scipy() -> None:
    values = skewnorm.rvs(3, 2, 1.5, size=3_000, random_state=1)
    found = fit(values[None])
    shape, location, scale = skewnorm.fit(values, method="MM")
    assert (found.shape[0], found.location[0], found.scale[0]) == pytest.approx((shape, location, scale), rel=1e-3)
    assert found.ks_p(values) > 0.05
    assert fit(np.exp(values)[None]).ks_p(np.exp(values)) < 1e-6


def test_what_is_extrapolated_ends_at_the_space_and_needs_a_thousand_that_differ() -> None:
    values = np.random.default_rng(1).normal(20, 2, 1_000)
    made = extrapolated_exposure(12.0, values, 40.0)
    assert made is not None
    assert made.low < 14.9 < made.high  # -log2 of the normal tail at 4 standard deviations is 14.95
    capped = extrapolated_exposure(-90.0, values, 40.0)
    assert capped is not None
    assert (capped.low, capped.value, capped.high) == (40.0, 40.0, 40.0)
    assert extrapolated_exposure(12.0, values[:999], 40.0) is None
    assert extrapolated_exposure(12.0, np.full(1_000, 3.0), 40.0) is None


def test_without_delta_the_bound_is_that_of_clopper_and_pearson() -> None:
    for guesses, right in ((100, 75), (100, 100), (40, 39)):
        share = float(beta.ppf(0.05, right, guesses - right + 1))
        assert bound(guesses, guesses, right, 0.0, 0.05) == pytest.approx(math.log(share / (1 - share)), abs=1e-9)


def test_what_delta_adds_is_that_of_the_theorem_summed_in_fractions() -> None:
    coins, guesses, right, epsilon, delta = 30, 20, 17, 0.7, 1e-4
    share = 1 / (1 + math.exp(-epsilon))
    chance = [math.comb(guesses, k) * share**k * (1 - share) ** (guesses - k) for k in range(guesses + 1)]
    steps = [sum(chance[max(0, right - i) : right]) / i for i in range(1, coins + 1)]
    expected = sum(chance[right:]) + 2 * delta * coins * max(steps)
    assert p_value(coins, guesses, right, epsilon, delta) == pytest.approx(expected, rel=1e-9)


def test_the_bound_of_known_coins_reaches_the_ceiling_and_of_unknown_ones_is_nothing() -> None:
    planted = [number % 2 == 0 for number in range(200)]
    known = one_run([float(inside) for inside in planted], planted, 1e-5)
    assert known.right == known.guesses
    assert known.epsilon == pytest.approx(ceiling(200, 1e-5))
    assert ceiling(200, 1e-5) < ceiling(1_000, 1e-5)
    assert one_run(list(range(200)), planted, 1e-5).epsilon == 0.0
    with pytest.raises(ValueError, match="0 scores"):
        one_run([], [], 1e-5)
