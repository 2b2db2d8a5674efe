"""Tests, corrections, simultaneous intervals and power against hand-made numbers, tables and scipy."""

from __future__ import annotations

import math
from itertools import permutations
from statistics import NormalDist
from time import perf_counter

import numpy as np
import pytest
from scipy import stats as scipy_stats

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.quantiles import contrast_quantile, max_t_quantile, range_quantile


def test_holm_by_hand() -> None:
    # sorted .005 .01 .03 .04 times 4 3 2 1 = .02 .03 .06 .04, made monotone: .02 .03 .06 .06
    assert stats.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert stats.holm([]) == []
    assert stats.holm([0.9, 0.8]) == [1.0, 1.0]


def test_benjamini_hochberg_takes_ranks_and_not_the_order_of_sorting() -> None:
    # where argsort differs from ranks: sorted .01 .02 .03 times 3/1 3/2 3/3 = .03 .03 .03
    assert stats.benjamini_hochberg([0.02, 0.03, 0.01]) == pytest.approx([0.03, 0.03, 0.03])
    p = [0.2, 0.001, 0.04, 0.03, 0.5, 0.012]
    assert stats.benjamini_hochberg(p) == pytest.approx(scipy_stats.false_discovery_control(p, method="bh").tolist())


def test_a_p_value_outside_its_range_is_a_bug() -> None:
    with pytest.raises(ValueError, match="p-value"):
        stats.holm([0.1, math.nan])


def test_mcnemar_by_hand() -> None:
    assert stats.mcnemar(0, 5) == pytest.approx(2 / 32)
    assert stats.mcnemar(1, 5) == pytest.approx(2 * (1 + 6) / 64)
    assert stats.mcnemar(0, 0) == stats.mcnemar(4, 4) == 1.0


def test_gap_null_equals_full_enumeration() -> None:
    # two groups of three, two hits in all: among 15 placements 6 put both in one group (gap 2/3), 9 split them (gap 0)
    null = stats.gap_null([2, 0], [3, 3], seed=1)
    assert null is not None
    assert null.observed == pytest.approx(2 / 3)
    assert null.expected == pytest.approx(6 / 15 * 2 / 3, abs=0.01)
    assert null.p_value == pytest.approx(6 / 15, abs=0.02)


@pytest.mark.slow
def test_gap_null_by_counts_equals_exchanging_rows() -> None:
    hits, sizes = [9, 4, 2], [12, 10, 9]
    rng = np.random.default_rng(0)
    rows = np.repeat([1, 0], [15, 16])
    ends = np.cumsum(sizes)[:-1]
    gaps = [np.ptp([part.mean() for part in np.split(rng.permutation(rows), ends)]) for _ in range(4_000)]
    null = stats.gap_null(hits, sizes, seed=2)
    assert null is not None
    assert null.expected == pytest.approx(float(np.mean(gaps)), abs=0.01)
    assert null.p_value == pytest.approx(float(np.mean(np.array(gaps) >= null.observed - 1e-12)), abs=0.015)


def test_gap_null_repeats_with_its_seed_and_needs_two_groups() -> None:
    assert stats.gap_null([3, 5], [9, 9], seed=4) == stats.gap_null([3, 5], [9, 9], seed=4)
    assert stats.gap_null([3, 0], [9, 0]) is None


@pytest.mark.parametrize(("groups", "expected"), [(2, 2.772), (3, 3.314), (5, 3.858), (10, 4.474), (20, 5.012)])
def test_range_quantile_is_the_printed_table(groups: int, expected: float) -> None:
    # upper 5 % points of the studentised range, infinite degrees of freedom (Harter 1960)
    assert range_quantile(0.95, groups) * math.sqrt(2) == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize(("contrasts", "expected"), [(1, 1.96), (2, 2.21), (3, 2.35), (5, 2.51), (9, 2.69)])
def test_max_t_quantile_is_the_table_of_dunnett(contrasts: int, expected: float) -> None:
    # two-sided 5 % points, equal groups, infinite degrees of freedom (Dunnett 1964)
    assert max_t_quantile(0.95, np.ones(contrasts), 1.0) == pytest.approx(expected, abs=5e-3)


@pytest.mark.slow
def test_max_t_quantile_of_unequal_groups_equals_simulation() -> None:
    variances, reference = np.array([0.5, 0.01, 3.0]), 0.2
    normal = np.random.default_rng(0).normal(size=(400_000, 4))
    contrasts = normal[:, 1:] * np.sqrt(variances) - normal[:, :1] * math.sqrt(reference)
    largest = np.abs(contrasts / np.sqrt(variances + reference)).max(axis=1)
    assert max_t_quantile(0.95, variances, reference) == pytest.approx(np.quantile(largest, 0.95), abs=0.01)


def test_contrasts_are_signed_and_with_one_group_they_are_newcombe() -> None:
    (only,) = stats.rate_contrasts([56, 48], [70, 80], reference=1)
    plain = stats.difference(56, 70, 48, 80)
    assert isinstance(plain, Estimate)
    assert (only.value, only.low, only.high) == pytest.approx((plain.value, plain.low, plain.high))
    (turned,) = stats.rate_contrasts([56, 48], [70, 80], reference=0)
    assert (turned.value, turned.low, turned.high) == pytest.approx((-only.value, -only.high, -only.low))


def test_contrasts_widen_with_every_further_group() -> None:
    two, three = (stats.rate_contrasts([20, 25, 30][:k], [50] * k, reference=0)[0] for k in (2, 3))
    assert three.low < two.low
    assert three.high > two.high
    assert three.value == two.value


@pytest.mark.parametrize(
    ("hits", "n"), [([5, 0], [10, 10**7]), ([5, 1], [10, 10**6]), ([3, 50, 50], [10, 10**5, 10**5])]
)
def test_contrasts_with_a_reference_much_smaller_than_the_others(hits: list[int], n: list[int]) -> None:
    many = len(n) - 1
    for level in (0.95, *stats.LEVELS):
        variances = [stats.rate_statistic(count, size).variance for count, size in zip(hits, n, strict=True)]
        critical = contrast_quantile(variances, 0)(level)
        assert NormalDist().inv_cdf(0.5 + level / 2) - 1e-5 <= critical
        assert critical <= NormalDist().inv_cdf(0.5 + level ** (1 / many) / 2) + 1e-5
    assert all(one.low < one.value < one.high for one in stats.rate_contrasts(hits, n, 0))


@pytest.mark.slow
def test_gap_is_the_widest_pair_and_many_groups_do_not_stall() -> None:
    cells = [(10, 50), (20, 60), (40, 70)]
    gap = stats.rate_gap([h for h, _ in cells], [n for _, n in cells])
    z = range_quantile(0.95, 3)
    samples = [stats.rate_statistic(*cell) for cell in cells]
    pairs = [stats.linear_combination([(1.0, a), (-1.0, b)]).limits(z) for a, b in permutations(samples, 2)]
    assert isinstance(gap, Estimate)
    assert (gap.low, gap.high) == pytest.approx(
        (max(low for low, _ in pairs), max(high for _, high in pairs)), abs=1e-12
    )
    begun = perf_counter()
    assert isinstance(stats.rate_gap([40] * 500 + [60] * 500, [100] * 1000), Estimate)
    assert perf_counter() - begun < 20


def test_gap_holds_the_observed_one_and_is_undefined_for_one_group() -> None:
    gap = stats.rate_gap([10, 20, 40], [50, 50, 50])
    assert isinstance(gap, Estimate)
    assert gap.value == pytest.approx(0.6)
    assert 0.3 < gap.low < 0.6 < gap.high < 0.8
    assert isinstance(stats.rate_gap([10, 0], [50, 0]), Undefined)


def test_gap_does_not_depend_on_the_order_of_groups() -> None:
    cells = [(10, 50), (20, 60), (40, 70)]
    found = {stats.rate_gap([h for h, _ in order], [n for _, n in order]) for order in permutations(cells)}
    assert len({round(gap.low, 12) for gap in found if isinstance(gap, Estimate)}) == 1


def test_equivalence_by_hand() -> None:
    z = 1.959963984540054
    found = Estimate(value=0.01, low=0.01 - 0.02 * z, high=0.01 + 0.02 * z, level=0.95, n=100, method="normal")
    assert stats.equivalence(found, 0.05) == pytest.approx(1 - scipy_stats.norm.cdf(2.0))  # (0.05 - 0.01) / 0.02
    assert stats.equivalence(found, 0.005) > 0.5
    with pytest.raises(ValueError, match="margin"):
        stats.equivalence(found, 0.0)


def test_minimum_detectable_effect_by_hand() -> None:
    z = 1.959963984540054
    found = Estimate(value=0.0, low=-0.1 * z, high=0.1 * z, level=0.95, n=50, method="normal")
    assert stats.minimum_detectable_effect(found) == pytest.approx(0.1 * (z + 0.8416212335729143))
    assert stats.minimum_detectable_effect(Undefined("none")) is None
    assert (
        stats.minimum_detectable_effect(Estimate(value=1.0, low=1.0, high=1.0, level=0.95, n=5, method="all equal"))
        is None
    )
