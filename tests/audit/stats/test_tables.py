"""Tables resampled instead of rows, and changes of the same rows, against rows, scipy and printed numbers."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats as scipy_stats

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined

Array = npt.NDArray[np.float64]
COUNTS = np.array([[40, 12, 9, 39], [22, 15, 18, 25], [12, 3, 4, 11]])
"""tn, fp, fn, tp of three groups."""


def defined(value: Estimate | Undefined) -> Estimate:
    assert isinstance(value, Estimate), value
    return value


def f1(counts: Array) -> Array:
    _, fp, fn, tp = np.moveaxis(counts, -1, 0)
    return np.asarray(2 * tp / (2 * tp + fp + fn), dtype=np.float64)


def selected(counts: Array) -> Array:
    return np.asarray((counts[..., 1] + counts[..., 3]) / counts.sum(axis=-1), dtype=np.float64)


@pytest.mark.slow
def test_resampled_tables_equal_resampled_rows_in_distribution() -> None:
    draws = 20_000
    cells = np.repeat(np.arange(12), COUNTS.ravel())
    picked = np.random.default_rng(1).integers(0, cells.size, size=(draws, cells.size))
    tables = np.stack([(cells[picked] == cell).sum(axis=1) for cell in range(12)], axis=1).reshape(draws, 3, 4)
    for statistic in (f1, selected):
        by_rows, by_table = statistic(tables), stats.table_bootstrap(COUNTS, statistic, seed=2, draws=draws)
        assert by_table.shape == (draws, 3)
        for group in range(3):
            assert scipy_stats.ks_2samp(by_rows[:, group], by_table[:, group]).pvalue > 0.001
            quantiles = [np.quantile(found[:, group], [0.025, 0.5, 0.975]) for found in (by_rows, by_table)]
            assert quantiles[0] == pytest.approx(quantiles[1], abs=0.1 * by_rows[:, group].std())
        assert np.corrcoef(by_rows.T) == pytest.approx(np.corrcoef(by_table.T), abs=0.03)


def test_draws_are_portioned_and_repeat_with_their_seed() -> None:
    found = stats.table_bootstrap(COUNTS, selected, seed=3, draws=300)
    assert np.array_equal(found, stats.table_bootstrap(COUNTS, selected, seed=3, draws=300))
    assert not np.array_equal(found, stats.table_bootstrap(COUNTS, selected, seed=4, draws=300))


@pytest.mark.slow
def test_memory_does_not_grow_with_the_draws() -> None:
    counts = np.full((100, 4), 1_000)
    peaks = []
    for draws in (3_000, 15_000):
        tracemalloc.start()
        stats.table_bootstrap(counts, lambda tables: selected(tables).max(axis=1), draws=draws)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0] < 100e6


def test_a_share_of_a_table_has_nearly_the_interval_of_a_share() -> None:
    (found,) = stats.table_estimates(np.array([180, 120]), lambda tables: tables[..., 1] / tables.sum(axis=-1), seed=5)
    expected = defined(stats.proportion(120, 300))
    width = expected.high - expected.low
    assert defined(found).value == expected.value
    assert (defined(found).low, defined(found).high) == pytest.approx((expected.low, expected.high), abs=0.04 * width)
    assert (defined(found).n, defined(found).method) == (300, "BCa bootstrap of the table")


def test_intervals_of_a_table_are_those_scipy_finds_from_its_rows() -> None:
    rows = np.repeat(np.arange(4), COUNTS[0])
    outcome, decision = rows // 2, rows % 2

    def of_rows(truth: Array, chosen: Array) -> float:
        return float(2 * (truth * chosen).sum() / (truth.sum() + chosen.sum()))

    expected = scipy_stats.bootstrap(
        (outcome, decision), of_rows, paired=True, vectorized=False, method="BCa", n_resamples=4_999,
        rng=np.random.default_rng(6),
    ).confidence_interval  # fmt: skip
    (found,) = stats.table_estimates(COUNTS[0], f1, seed=7)
    width = expected.high - expected.low
    assert (defined(found).low, defined(found).high) == pytest.approx((expected.low, expected.high), abs=0.06 * width)


def test_contrasts_of_a_table_are_wider_together_and_signed() -> None:
    one, other = stats.table_contrasts(COUNTS, f1, 0, seed=8)
    (alone,) = stats.table_contrasts(COUNTS[:2], f1, 0, seed=8)
    values = f1(COUNTS.astype(float))
    assert defined(one).value == pytest.approx(values[1] - values[0])
    assert defined(other).value == pytest.approx(values[2] - values[0])
    assert defined(one).high - defined(one).low > 1.05 * (defined(alone).high - defined(alone).low)
    assert defined(one).method == "BCa bootstrap of the table, max-T"


def test_contrasts_of_rates_by_table_are_near_those_by_formula() -> None:
    counts = np.array([[400, 200, 150, 250], [300, 250, 130, 120], [500, 100, 90, 310]])
    hits, sizes = counts[:, [1, 3]].sum(axis=1), counts.sum(axis=1)
    exact = stats.rate_contrasts(hits.tolist(), sizes.tolist(), 0)
    for found, expected in zip(stats.table_contrasts(counts, selected, 0, seed=9), exact, strict=True):
        width = expected.high - expected.low
        assert defined(found).value == pytest.approx(expected.value)
        assert (defined(found).low, defined(found).high) == pytest.approx(
            (expected.low, expected.high), abs=0.04 * width
        )


def test_what_has_no_value_is_undefined_and_leaves_the_others_alone() -> None:
    counts = np.array([[30, 10, 10, 30], [20, 0, 0, 0], [25, 10, 5, 20]])
    with np.errstate(invalid="ignore"):
        none, some = stats.table_contrasts(counts, f1, 0, seed=10)
        assert none == Undefined("not estimable: the counts give no value")
        assert defined(some).value == pytest.approx(40 / 55 - 60 / 80)
        assert all(isinstance(found, Undefined) for found in stats.table_contrasts(counts, f1, 1, seed=10))
        rare = np.array([[200, 1, 0, 1]])
        (missing,) = stats.table_estimates(rare, f1, seed=10)
    assert isinstance(missing, Undefined)
    assert "of resamples have no value" in missing.reason


def test_a_table_in_which_nothing_varies_is_undefined() -> None:
    (found,) = stats.table_estimates(np.array([50, 0]), lambda tables: tables[..., 1] / tables.sum(axis=-1))
    assert found == Undefined("not estimable: no resample differs from what was seen")


@pytest.mark.parametrize("counts", [[[1, -1]], [[0, 0]], [[1.0, math.nan]]])
def test_an_impossible_table_is_a_bug(counts: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="table of counts"):
        stats.table_bootstrap(np.array(counts), selected)


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ((36, 12, 2, 0), (0.0569, 0.3404)),  # Newcombe 1998c, method 10
        ((59, 6, 16, 80), (-0.1186, -0.0046)),  # Fagerland, Lydersen & Laake 2017, chapter 8 (data of Cavo et al. 2012)
    ],
)
def test_paired_shares_are_the_worked_examples(pairs: tuple[int, ...], expected: tuple[float, float]) -> None:
    found = defined(stats.paired_rate_difference(*pairs))
    assert (round(found.low, 4), round(found.high, 4)) == expected
    turned = defined(stats.paired_rate_difference(pairs[0], pairs[2], pairs[1], pairs[3]))
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))


def test_paired_shares_without_a_change_are_narrow_and_without_pairs_undefined() -> None:
    same = defined(stats.paired_rate_difference(30, 0, 0, 70))
    apart = defined(stats.difference(30, 100, 30, 100))
    assert 0 < same.high - same.low < 0.2 * (apart.high - apart.low)
    assert stats.paired_rate_difference(0, 0, 0, 0) == Undefined("not estimable: no pairs")
    with pytest.raises(ValueError, match="no counts of pairs"):
        stats.paired_rate_difference(-1, 2, 3, 4)


def paired_rows(rows: int, seed: int) -> tuple[npt.NDArray[np.int64], ...]:
    rng = np.random.default_rng(seed)
    group, truth = rng.integers(0, 2, rows), rng.integers(0, 2, rows)
    before = (rng.random(rows) < 0.3 + 0.3 * truth + 0.1 * group).astype(np.int64)
    return group, truth, before, np.where(rng.random(rows) < 0.25, 1 - before, before)


def test_the_joint_table_counts_rows() -> None:
    table = stats.joint_table([0, 1, 1], [1, 0, 0], [0, 1, 1], [1, 1, 0], 2)
    assert table.shape == (2, 2, 2, 2)
    assert table.sum() == 3
    assert (table[0, 1, 0, 1], table[1, 0, 1, 1], table[1, 0, 1, 0]) == (1, 1, 1)


def test_the_change_of_a_share_by_table_is_near_the_closed_form() -> None:
    group, truth, before, after = paired_rows(600, 11)
    table = stats.joint_table(group, truth, before, after, 2)

    def disparity(tables: Array) -> Array:
        rates = selected(tables.reshape(-1, 2, 4))
        return rates[:, 1] - rates[:, 0]

    (found,) = stats.paired_change(table, disparity, seed=12)
    joint = table.sum(axis=1)
    one, base = (
        stats.paired_rate_statistic(*(float(joint[at][cell]) for cell in ((1, 1), (0, 1), (1, 0), (0, 0))))
        for at in (1, 0)
    )
    expected = stats.linear_combination([(1.0, one), (-1.0, base)]).estimate("paired")
    direct = [after[group == at].mean() - before[group == at].mean() for at in (1, 0)]
    width = expected.high - expected.low
    assert expected.value == pytest.approx(direct[0] - direct[1])
    assert defined(found).value == pytest.approx(expected.value)
    assert (defined(found).low, defined(found).high) == pytest.approx((expected.low, expected.high), abs=0.05 * width)


def test_no_changed_row_is_undefined_and_not_certainty() -> None:
    group, truth, before, _ = paired_rows(200, 13)
    (found,) = stats.paired_change(stats.joint_table(group, truth, before, before, 2), lambda t: t[:, 0, 0, 1] / 9)
    assert found == Undefined("not estimable: no resample differs from what was seen")


def test_the_paired_bootstrap_of_a_mean_difference_is_that_of_the_differences() -> None:
    rng = np.random.default_rng(14)
    first, second = rng.exponential(size=80), rng.exponential(size=80)
    labels = np.arange(80) % 50
    for clusters in (None, labels):
        found = defined(
            stats.paired_bootstrap(np.stack([first, second], axis=1), lambda m: m[..., 0] - m[..., 1], clusters, seed=1)
        )
        expected = defined(stats.paired_difference(first, second, clusters, seed=1, weigh="clusters"))
        assert (found.value, found.low, found.high) == pytest.approx((expected.value, expected.low, expected.high))
    few = defined(stats.paired_bootstrap(np.stack([first, second], axis=1)[:20], lambda m: m[..., 0] - m[..., 1]))
    plain = defined(stats.paired_difference(first[:20], second[:20]))
    assert (few.low, few.high, few.method) == pytest.approx((plain.low, plain.high, "paired jackknife t"))


def test_the_change_of_an_rmse_is_what_scipy_finds() -> None:
    rng = np.random.default_rng(15)
    first = rng.normal(size=100)
    second = 0.6 * first + rng.normal(scale=0.4, size=100)

    def change(m: Array) -> Array:
        return np.asarray(np.sqrt(m[..., 1]) - np.sqrt(m[..., 0]), dtype=np.float64)

    found = defined(stats.paired_bootstrap(np.stack([first**2, second**2], axis=1), change, seed=2))
    expected = scipy_stats.bootstrap(
        (first, second), lambda a, b, axis: np.sqrt((b**2).mean(axis=axis)) - np.sqrt((a**2).mean(axis=axis)),
        paired=True, method="BCa", rng=np.random.default_rng(3),
    ).confidence_interval  # fmt: skip
    width = expected.high - expected.low
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.05 * width)


def test_the_paired_bootstrap_says_when_there_is_nothing_to_say() -> None:
    same = np.ones((50, 2))
    assert stats.paired_bootstrap(same, lambda m: m[..., 0]) == Undefined("not estimable: the units do not differ")
    assert isinstance(stats.paired_bootstrap(same[:1], lambda m: m[..., 0]), Undefined)
    holes = np.array([[1.0, math.nan], [2.0, 3.0]])
    assert stats.paired_bootstrap(holes, lambda m: m[..., 0]) == Undefined(
        "not estimable: 1 of 2 values are not finite numbers"
    )
