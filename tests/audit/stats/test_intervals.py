"""Intervals against worked examples, tables and scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined


def defined(value: Estimate | Undefined) -> Estimate:
    assert isinstance(value, Estimate), value
    return value


def test_a_mean_over_two_factors_by_hand() -> None:
    # families a, a, b, b and pairs x, y, x, y with values 1, 2, 3, 6: mean 3, influences -2/4, -1/4, 0, 3/4.
    # Variance: families 2 (9 + 9)/16 = 2.25, pairs 2 (4 + 4)/16 = 1, cells 4/3 (4 + 1 + 9)/16 = 1.17, so
    # 2.25 + 1 - 1.17 = 2.08, less than that of the families alone: 2.25, one degree of freedom.
    found = stats.mean([1, 2, 3, 6], clusters=(["a", "a", "b", "b"], ["x", "y", "x", "y"]), weigh="values")
    assert isinstance(found, Estimate)
    assert (found.value, found.n) == (3.0, 2)
    assert found.high - found.value == pytest.approx(12.7062 * 1.5, rel=1e-4)
    # three sentences that agree about occupations that do not: the sentences alone would have no width
    values = [job for _ in range(3) for job in (-1.0, 0.0, 2.0, 3.0)]
    labels = ([at // 4 for at in range(12)], [at % 4 for at in range(12)])
    crossed = stats.mean(values, clusters=labels, weigh="values")
    assert isinstance(crossed, Estimate)
    assert crossed.high - crossed.value == pytest.approx(4.302653 * np.std([-1, 0, 2, 3], ddof=1) / 2, rel=1e-6)


@pytest.mark.parametrize(("hits", "n"), [(0, 1), (0, 20), (3, 10), (81, 263), (15, 15)])
def test_proportion_is_wilson_as_scipy_has_it(hits: int, n: int) -> None:
    found = defined(stats.proportion(hits, n))
    expected = scipy_stats.binomtest(hits, n).proportion_ci(method="wilson")
    assert (found.value, found.n) == (hits / n, n)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_proportion_of_wilson_in_the_paper_of_newcombe() -> None:
    found = defined(stats.proportion(81, 263))  # Newcombe 1998a, table I: 0.2553 to 0.3662
    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)


def test_difference_is_the_worked_example_of_newcombe() -> None:
    found = defined(stats.difference(56, 70, 48, 80))  # Newcombe 1998b, table II, method 10
    assert found.value == pytest.approx(0.2)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)
    assert found.n == 150


@pytest.mark.parametrize(
    ("cells", "expected"),
    [((9, 10, 3, 10), (0.1705, 0.8090)), ((5, 56, 0, 29), (-0.0381, 0.1926)), ((10, 10, 0, 10), (0.6075, 1.0))],
)
def test_difference_in_the_corners_of_that_table(
    cells: tuple[int, int, int, int], expected: tuple[float, float]
) -> None:
    found = defined(stats.difference(*cells))
    assert (round(found.low, 4), round(found.high, 4)) == expected


def test_ratio_with_an_empty_cell_stays_finite_and_wide() -> None:
    none_of_ten = defined(stats.ratio(0, 10, 5, 10))
    assert (none_of_ten.value, none_of_ten.low) == (0.0, 0.0)
    assert 0.5 < none_of_ten.high < 1.0
    all_of_both = defined(stats.ratio(10, 10, 10, 10))
    assert all_of_both.low < 0.8 < 1.0 < 1.25 < all_of_both.high


def test_ratio_to_nothing_is_undefined() -> None:
    assert stats.ratio(5, 10, 0, 10) == Undefined("not estimable: the rate to divide by is 0 of 10")


def test_a_group_without_rows_is_undefined_and_an_impossible_count_is_a_bug() -> None:
    assert isinstance(stats.proportion(0, 0), Undefined)
    assert isinstance(stats.difference(1, 2, 0, 0), Undefined)
    assert isinstance(stats.ratio(0, 0, 1, 2), Undefined)
    with pytest.raises(ValueError, match="3 hits of 2"):
        stats.proportion(3, 2)


def test_mean_below_forty_units_is_the_t_interval() -> None:
    values = [2.0, 4.0, 4.0, 5.0, 7.0, 9.0]
    found = defined(stats.mean(values))
    expected = scipy_stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert (found.n, found.method) == (6, "t")


def test_mean_of_clusters_weighs_clusters_alike() -> None:
    values, clusters = [1.0, 1.0, 1.0, 3.0, 5.0, 5.0], ["a", "a", "a", "b", "c", "c"]
    found = defined(stats.mean(values, clusters, weigh="clusters"))  # cluster means 1, 3, 5: sd 2, t(2) = 4.302653
    assert (found.value, found.n) == (3.0, 3)
    assert found.high == pytest.approx(3 + 4.302652729911275 * 2 / math.sqrt(3))


def test_of_two_cluster_factors_both_give_the_width_and_the_smaller_count_the_degrees_of_freedom() -> None:
    values = [float(i % 7) for i in range(60)]
    occupations, templates = [f"o{i % 20}" for i in range(60)], [f"t{i % 3}" for i in range(60)]
    both = stats.mean(values, (occupations, templates), weigh="values")
    alone = defined(stats.mean(values, templates, weigh="clusters"))
    assert both == stats.mean(values, (templates, occupations), weigh="values")
    assert (defined(both).n, defined(both).value) == (3, alone.value)
    assert defined(both).high - defined(both).low >= alone.high - alone.low
    twice = defined(stats.mean(values, (templates, templates), weigh="values"))  # a factor twice is one factor
    assert (twice.low, twice.high) == pytest.approx((alone.low, alone.high))
    assert twice.n == alone.n


def test_with_two_factors_every_value_weighs_the_same_and_unequal_clusters_count_for_fewer() -> None:
    # six texts about a, one each about b and c. Mean 2/8; influences of the clusters of people:
    # (6 * 0 - 6 * 0.25)/8, (1 - 0.25)/8 twice; with 3/2 for three clusters the variance is 1.5 (2.25 + 0.5625 * 2)/64.
    # Texts lie within people, so that is all. 8 * 8 / (36 + 1 + 1) = 1.68 equal clusters, so one degree of freedom.
    found = defined(
        stats.mean([0] * 6 + [1, 1], (list(range(8)), ["a"] * 6 + ["b", "c"]), bounds=(-9, 9), weigh="values")
    )
    assert found.value == 0.25
    assert found.n == 2
    assert found.high - found.value == pytest.approx(12.7062 * math.sqrt(1.5 * 3.375 / 64), rel=1e-4)


def test_pooled_clusters_are_the_only_chance_even_where_their_values_balance_out() -> None:
    """Each pair has one 0 and one 1: drawn again, pairs give one half again, and the values alone would not say so."""
    found = defined(stats.mean([0, 1] * 20 + [1, 1], [at // 2 for at in range(42)], (0, 1), weigh="values"))
    rates = [0.5] * 20 + [1.0]
    assert found.value == pytest.approx(np.mean(rates))
    assert found.high - found.value == pytest.approx(
        scipy_stats.t.ppf(0.975, 20) * np.std(rates, ddof=1) / math.sqrt(21)
    )
    assert found.method == "t over clusters, pooled"


def test_two_text_labels_are_labels_and_not_two_factors() -> None:
    assert defined(stats.mean([1.0, 2.0], ("aa", "bb"), weigh="clusters")).n == 2


def test_mean_from_forty_units_is_bca_as_scipy_has_it_at_the_widened_level() -> None:
    values = np.random.default_rng(5).exponential(size=60)
    found = defined(stats.mean(values, seed=3))
    widened = 2 * scipy_stats.norm.cdf(math.sqrt(60 / 59) * scipy_stats.t.ppf(0.975, 59)) - 1  # Hesterberg 2015: 0.9561
    expected = scipy_stats.bootstrap(
        (values,), np.mean, method="BCa", n_resamples=9_999, confidence_level=widened, rng=np.random.default_rng(8)
    ).confidence_interval
    error = float(values.std(ddof=1)) / math.sqrt(60)
    assert found.method == "BCa bootstrap"
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.12 * error)
    assert found.high - found.value > found.value - found.low  # skewed to the right


def test_the_bootstrap_repeats_with_its_seed_and_moves_with_another() -> None:
    values = np.random.default_rng(5).normal(size=50)
    assert stats.mean(values, seed=1) == stats.mean(values, seed=1) != stats.mean(values, seed=2)


def test_equal_values_between_bounds_get_the_binomial_limit() -> None:
    found = defined(stats.mean([0.0] * 10, bounds=(0.0, 1.0)))  # Clopper & Pearson 1934, 0 of 10: 0.3085
    assert (found.low, round(found.high, 4)) == (0.0, 0.3085)


@pytest.mark.parametrize(
    ("values", "clusters", "reason"),
    [
        ([], None, "0 values, 2 needed"),
        ([1.0], None, "1 values, 2 needed"),
        ([1.0, 2.0, 3.0], ["a", "a", "a"], "1 clusters, 2 needed"),
        ([1.0, math.nan, math.inf], None, "2 of 3 values are not finite numbers"),
    ],
)
def test_mean_of_too_little_is_undefined(values: list[float], clusters: list[str] | None, reason: str) -> None:
    assert stats.mean(values, clusters, weigh="clusters") == Undefined(f"not estimable: {reason}")


def test_paired_and_unpaired_differences_of_means_as_scipy_has_them() -> None:
    first, second = [5.0, 7.0, 9.0, 4.0, 6.0], [4.0, 5.0, 8.0, 4.0, 3.0]
    paired = defined(stats.paired_difference(first, second))
    expected = scipy_stats.ttest_rel(first, second).confidence_interval(0.95)
    assert (paired.low, paired.high) == pytest.approx((expected.low, expected.high))
    unpaired = defined(stats.mean_difference(first, second))
    expected = scipy_stats.ttest_ind(first, second, equal_var=False).confidence_interval(0.95)
    assert (unpaired.low, unpaired.high) == pytest.approx((expected.low, expected.high))


def test_correlation_is_fisher_z_as_scipy_has_it() -> None:
    x, y = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], [2.0, 1.0, 4.0, 3.0, 7.0, 5.0, 6.0]
    found = defined(stats.correlation(x, y))
    oracle = scipy_stats.pearsonr(x, y)
    expected = oracle.confidence_interval(0.95)
    assert found.value == pytest.approx(oracle.statistic)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_correlation_is_undefined_on_too_few_pairs_and_on_a_constant() -> None:
    assert isinstance(stats.correlation([1, 2, 3], [1, 2, 3]), Undefined)
    assert isinstance(stats.correlation([1, 1, 1, 1], [1, 2, 3, 4]), Undefined)


def test_the_ladder_holds_ten_rising_levels() -> None:
    found = defined(stats.proportion(3, 10))
    assert [rung.level for rung in found.wider] == [1 - 0.05 / 2**k for k in range(1, 11)]
    wide = found.at(1 - 0.05 / 8)
    assert wide is not None
    expected = scipy_stats.binomtest(3, 10).proportion_ci(1 - 0.05 / 8, method="wilson")
    assert (wide.low, wide.high) == pytest.approx((expected.low, expected.high))
