"""P-values read from stored intervals, against the exact ones of the law that the intervals come from."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats as peer

from fairwitness.audit import stats
from fairwitness.audit.comparison.paired import independent_change
from fairwitness.audit.records import Estimate, Interval
from fairwitness.audit.stats.levels import estimate
from fairwitness.audit.stats.means import t_interval
from fairwitness.probes.kit.claims import survivors


def of(found: object) -> Estimate:
    assert isinstance(found, Estimate), found
    return found


@pytest.mark.parametrize("z", [0.1, 0.7, 1.5, 1.97, 2.1, 2.3, 2.5, 3.0, 3.3, 4.0])
def test_of_normal_limits_it_is_the_exact_one(z: float) -> None:
    """At z = 2.3, p = 0.0214; the next stored level that leaves out 0 is 0.975, and p was 0.025."""
    found = stats.normal_statistic(z, 1.0, 100).estimate("normal")
    assert stats.two_sided_p(found, 0.0) == pytest.approx(math.erfc(z / math.sqrt(2)), rel=1e-9)
    turned = stats.normal_statistic(-z, 1.0, 100).estimate("normal")
    assert stats.two_sided_p(turned, 0.0) == pytest.approx(math.erfc(z / math.sqrt(2)), rel=1e-9)


@pytest.mark.parametrize("df", [1, 2, 3, 5, 10, 30, 200])
@pytest.mark.parametrize("chance", [0.9, 0.3, 0.07, 0.03, 0.013, 0.006, 0.0011, 0.00007])
def test_of_t_limits_it_is_never_below_the_exact_one_and_hardly_above(df: int, chance: float) -> None:
    t = float(peer.t.isf(chance / 2, df))
    found = estimate(t, t_interval(t, 1.0, df), n=df + 1, method="t")
    told = stats.two_sided_p(found, 0.0)
    assert chance * (1 - 1e-9) <= told
    assert told <= chance * (1.01 + (0.08 if chance < 0.05 else 1.6) / df)


@pytest.mark.parametrize("df", [2, 8, 30, math.inf])
@pytest.mark.parametrize("chance", [1e-5, 1e-6, 1e-8])
def test_beyond_the_last_level_it_falls_but_never_below_the_exact_one(df: float, chance: float) -> None:
    t = float(peer.t.isf(chance / 2, df))
    found = estimate(t, t_interval(t, 1.0, df), n=10, method="t")
    told = stats.two_sided_p(found, 0.0)
    assert chance * (1 - 1e-6) <= told < 0.05 / 2**10
    assert told < 30 * chance


@pytest.mark.parametrize(("hits", "n"), [(1, 30), (5, 30), (12, 30), (15, 100), (90, 100)])
def test_of_score_limits_it_is_that_of_the_score_test(hits: int, n: int) -> None:
    """Wilson's limits are those of the score test: z = (p - null) / sqrt(null (1 - null) / n) (Wilson 1927)."""
    found = of(stats.proportion(hits, n))
    for null in np.linspace(0.01, 0.99, 99):
        z = abs(hits / n - null) / math.sqrt(null * (1 - null) / n)
        exact = math.erfc(z / math.sqrt(2))
        if exact > 5e-5:
            told = stats.two_sided_p(found, float(null))
            assert exact * (1 - 1e-3) <= told, (null, exact, told)
            assert told <= exact * 1.1 or exact > 0.05


def test_of_a_factor_it_is_taken_on_logarithms() -> None:
    found = stats.monotone_transform(stats.normal_statistic(0.5, 0.04, 100), math.exp, 1.0).estimate(
        "log", bounds=(0.0, math.inf)
    )
    assert stats.two_sided_p(found, 1.0, factor=True) == pytest.approx(math.erfc(2.5 / math.sqrt(2)), rel=1e-9)
    open_below = Estimate(value=2.0, low=0.0, high=4.0, level=0.95, n=9, method="", wider=(Interval(0.975, 0.0, 5.0),))
    assert stats.two_sided_p(open_below, 1.0, factor=True) > 0.05


def test_in_the_corners() -> None:
    assert stats.two_sided_p(Estimate(value=0.3, low=0.1, high=0.5, level=0.95, n=9, method=""), 0.3) == 1.0
    assert stats.two_sided_p(Estimate(value=0.3, low=0.1, high=0.5, level=0.95, n=9, method=""), 0.0) == pytest.approx(
        0.05
    )
    flat = stats.normal_statistic(0.3, 0.0, 9).estimate("nothing bounds it")
    assert stats.two_sided_p(flat, 0.0) == 2 / 2**9
    clipped = Estimate(
        value=0.3,
        low=0.1,
        high=0.5,
        level=0.95,
        n=9,
        method="",
        wider=(Interval(0.975, 0.1, 0.6), Interval(0.9875, 0.1, 0.7)),
    )
    assert stats.two_sided_p(clipped, 0.05) == pytest.approx(0.0125)


def test_a_mean_has_the_p_value_of_scipy() -> None:
    values = [2.0, 4.0, 4.0, 5.0, 7.0, 9.0]
    assert stats.mean_pvalue(values, 3.0) == pytest.approx(float(peer.ttest_1samp(values, 3.0).pvalue))
    pairs = [at // 2 for at in range(6)]
    means = [3.0, 4.5, 8.0]
    for weigh in ("clusters", "values"):
        told = stats.mean_pvalue(values, 3.0, pairs, weigh=weigh)
        assert told == pytest.approx(float(peer.ttest_1samp(means, 3.0).pvalue))
    many = np.random.default_rng(1).normal(0.3, size=60)
    assert stats.mean_pvalue(many) == pytest.approx(float(peer.ttest_1samp(many, 0.0).pvalue))


def test_equal_values_have_the_sign_test_of_their_clusters() -> None:
    assert stats.mean_pvalue([1 / 3] * 6) == 2 / 2**6
    assert stats.mean_pvalue([1 / 3] * 6, clusters=[0, 0, 1, 1, 2, 2], weigh="clusters") == 2 / 2**3
    assert stats.mean_pvalue([1 / 3] * 6, clusters=([0, 0, 1, 1, 2, 2], [0, 1] * 3), weigh="values") == 2 / 2**2
    assert stats.mean_pvalue([0.1 + 0.2] * 5, 0.3) == 1.0
    assert stats.mean_pvalue([1.0]) == 1.0


def test_claims_about_parts_are_corrected_by_the_exact_p_value() -> None:
    """Of four parts one has p = 0.0125 or less: at z = 2.5 (p = 0.0124) it holds, which a step of 0.025 would deny."""
    parts = {str(z): stats.normal_statistic(z, 1.0, 100).estimate("normal") for z in (2.5, 0.1, 0.2, 0.3)}
    assert survivors(parts) == {"2.5"}
    parts["2.49"] = stats.normal_statistic(2.49, 1.0, 100).estimate("normal")
    assert survivors(parts) == set()


def two_means(rng: np.random.Generator, n: int) -> Estimate:
    a, b = rng.normal(size=(2, n))
    return of(stats.mean_difference(a, b))


def two_runs(rng: np.random.Generator, n: int) -> Estimate:
    """The change between two runs of which only the estimates are known."""
    a, b = rng.normal(size=(2, n))
    return independent_change(of(stats.mean(a)), of(stats.mean(b)))


def two_shares(rng: np.random.Generator, n: int) -> Estimate:
    a, b = rng.binomial(4 * n, 0.3, size=2)
    return independent_change(of(stats.proportion(int(a), 4 * n)), of(stats.proportion(int(b), 4 * n)))


@pytest.mark.proof
@pytest.mark.parametrize("draw", [two_means, two_runs, two_shares])
@pytest.mark.parametrize("n", [5, 15, 60])
def test_where_nothing_changed_alarms_are_as_many_as_their_level_allows(
    n: int, draw: Callable[[np.random.Generator, int], Estimate]
) -> None:
    rng, worlds = np.random.default_rng(n), 1_000 if n < 40 or draw is not two_runs else 100
    told = np.array([stats.two_sided_p(draw(rng, n), 0.0) for _ in range(worlds)])
    for level in (0.05, 0.01):
        assert (told <= level).sum() <= worlds * level + 2.6 * math.sqrt(worlds * level * (1 - level))
