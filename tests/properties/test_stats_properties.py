"""What must hold of every interval and correction, whatever the numbers."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined

pytestmark = pytest.mark.slow

shares = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
numbers = st.floats(-1e6, 1e6, allow_nan=False)
rows = st.lists(st.tuples(st.integers(-5, 5), st.booleans(), st.integers(0, 4)), max_size=40)
cells = st.lists(st.lists(st.integers(0, 60), min_size=4, max_size=4), min_size=2, max_size=4)
pvalues = st.lists(st.floats(0, 1), max_size=12)


def sound(found: Estimate | Undefined, low: float = -math.inf, high: float = math.inf) -> None:
    """Nested rungs that hold the value and stay in range; or a reason."""
    if isinstance(found, Undefined):
        assert found.reason.startswith("not estimable: ")
        return
    ends = [(found.low, found.high), *((rung.low, rung.high) for rung in found.wider)]
    assert len(ends) == 11
    for inner, outer in pairwise(ends):
        assert outer[0] <= inner[0] <= found.value <= inner[1] <= outer[1]
    assert low <= ends[-1][0]
    assert ends[-1][1] <= high


@settings(deadline=None)
@given(shares, shares)
def test_intervals_of_shares_are_sound_and_never_of_no_width(a: tuple[int, int], b: tuple[int, int]) -> None:
    for found, low, high in (
        (stats.proportion(*a), 0.0, 1.0),
        (stats.difference(*a, *b), -1.0, 1.0),
        (stats.ratio(*a, *b), 0.0, math.inf),
        (stats.rate_gap([a[0], b[0]], [a[1], b[1]]), 0.0, 1.0),
    ):
        sound(found, low, high)
        assert isinstance(found, Undefined) or found.low < found.high


@settings(deadline=None)
@given(shares, shares)
def test_differences_and_ratios_turn_with_their_groups(a: tuple[int, int], b: tuple[int, int]) -> None:
    one, other = stats.difference(*a, *b), stats.difference(*b, *a)
    assert isinstance(one, Estimate)
    assert isinstance(other, Estimate)
    assert math.isclose(one.low, -other.high, abs_tol=1e-12)
    assert math.isclose(one.value, -other.value, abs_tol=1e-12)
    up, down = stats.ratio(*a, *b), stats.ratio(*b, *a)
    if isinstance(up, Estimate) and isinstance(down, Estimate):
        assert math.isclose(up.value * down.value, 1.0, rel_tol=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.lists(shares, min_size=2, max_size=6), st.integers(0, 5))
def test_contrasts_are_sound_and_wider_than_alone(groups: list[tuple[int, int]], chosen: int) -> None:
    reference = chosen % len(groups)
    hits, sizes = [h for h, _ in groups], [n for _, n in groups]
    others = [group for at, group in enumerate(groups) if at != reference]
    for found, group in zip(stats.rate_contrasts(hits, sizes, reference), others, strict=True):
        sound(found, -1.0, 1.0)
        alone = stats.difference(*group, *groups[reference])
        assert isinstance(alone, Estimate)
        assert found.low <= alone.low + 1e-9
        assert found.high >= alone.high - 1e-9


@settings(deadline=None)
@given(st.lists(numbers, max_size=30), st.lists(st.sampled_from("abcdef"), min_size=30, max_size=30))
def test_means_are_sound(values: list[float], labels: list[str]) -> None:
    sound(stats.mean(values))
    sound(stats.mean(values, labels[: len(values)], bounds=(-1e6, 1e6), weigh="clusters"), -1e6, 1e6)
    sound(stats.mean_difference(values, values[: len(values) // 2]))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=40, max_size=60), st.integers(0, 9))
def test_bootstrapped_means_are_sound(values: list[float], seed: int) -> None:
    sound(stats.mean(values, bounds=(0.0, 1.0), seed=seed), 0.0, 1.0)


@settings(deadline=None)
@given(st.lists(st.tuples(numbers, numbers), max_size=20))
def test_correlations_are_sound(pairs: list[tuple[float, float]]) -> None:
    x, y = [a for a, _ in pairs], [b for _, b in pairs]
    sound(stats.correlation(x, y), -1.0, 1.0)


@settings(deadline=None)
@given(pvalues)
def test_corrections_keep_order_and_never_shrink(p: list[float]) -> None:
    strict, loose = stats.holm(p), stats.benjamini_hochberg(p)
    for before, high, low in zip(p, strict, loose, strict=True):
        assert before <= low + 1e-12
        assert low <= high + 1e-12
        assert high <= 1
    order = sorted(range(len(p)), key=lambda at: p[at])
    for corrected in (strict, loose):
        assert [corrected[at] for at in order] == sorted(corrected)


@settings(deadline=None)
@given(st.lists(shares, min_size=2, max_size=5), st.integers(0, 99))
def test_the_null_of_a_gap_is_a_probability_and_an_expectation(groups: list[tuple[int, int]], seed: int) -> None:
    null = stats.gap_null([h for h, _ in groups], [n for _, n in groups], seed=seed, draws=99)
    assert null is not None
    assert 0.01 <= null.p_value <= 1
    assert 0 <= null.expected <= 1


@settings(deadline=None)
@given(rows)
def test_aucs_are_sound_never_of_no_width_and_turn_with_their_scores(table: list[tuple[int, bool, int]]) -> None:
    scores, positive, weights = [row[0] for row in table], [row[1] for row in table], [row[2] for row in table]
    for found in (stats.auc(scores, positive), stats.auc(scores, positive, weights)):
        sound(found, 0.0, 1.0)
        assert isinstance(found, Undefined) or found.low < found.high
    one, turned = stats.auc(scores, positive), stats.auc([-score for score in scores], positive)
    swapped = stats.auc(scores, [not flag for flag in positive])
    cubed = stats.auc([score**3 for score in scores], positive)
    if isinstance(one, Estimate):
        for other in (turned, swapped):
            assert isinstance(other, Estimate)
            assert math.isclose(one.value, 1 - other.value, abs_tol=1e-12)
            assert math.isclose(one.low, 1 - other.high, abs_tol=1e-9)
        assert isinstance(cubed, Estimate)
        assert math.isclose(one.value, cubed.value, abs_tol=1e-12)
        assert math.isclose(one.high, cubed.high, abs_tol=1e-9)


@settings(deadline=None)
@given(rows)
def test_weights_of_an_auc_are_repetition(table: list[tuple[int, bool, int]]) -> None:
    scores, positive, weights = [row[0] for row in table], [row[1] for row in table], [row[2] for row in table]
    weighted = stats.auc(scores, positive, weights)
    repeated = stats.auc(np.repeat(scores, weights), np.repeat(np.array(positive, dtype=bool), weights))
    if isinstance(weighted, Estimate):
        assert isinstance(repeated, Estimate)
        assert math.isclose(weighted.value, repeated.value, abs_tol=1e-12)


@settings(deadline=None)
@given(rows, rows)
def test_differences_of_aucs_are_sound(one: list[tuple[int, bool, int]], other: list[tuple[int, bool, int]]) -> None:
    first, second = (([row[0] for row in table], [row[1] for row in table]) for table in (one, other))
    sound(stats.auc_difference(*first, *second), -1.0, 1.0)
    sound(stats.paired_auc_difference(first[0], [row[2] for row in one], first[1]), -1.0, 1.0)
    for found in stats.auc_contrasts([first, second, first], 0):
        assert isinstance(found, Undefined) or found.low <= found.value <= found.high


@settings(deadline=None)
@given(st.tuples(*[st.integers(0, 50)] * 4))
def test_paired_shares_are_sound_and_turn(pairs: tuple[int, int, int, int]) -> None:
    both, first, second, neither = pairs
    found, turned = stats.paired_rate_difference(*pairs), stats.paired_rate_difference(both, second, first, neither)
    sound(found, -1.0, 1.0)
    if isinstance(found, Estimate):
        assert isinstance(turned, Estimate)
        assert math.isclose(found.low, -turned.high, abs_tol=1e-12)
        swapped = stats.paired_rate_difference(neither, second, first, both)
        assert isinstance(swapped, Estimate)
        assert math.isclose(found.low, -swapped.high, abs_tol=1e-9)


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=40))
def test_effective_counts_keep_the_share_and_are_never_more_than_the_rows(table: list[tuple[bool, int]]) -> None:
    weights = np.array([weight for _, weight in table], dtype=float)
    yes = np.array([flag for flag, _ in table])
    sums = weights[yes].sum(), weights.sum(), (weights[yes] ** 2).sum(), (weights**2).sum()
    hits, size = (float(part) for part in stats.effective_counts(*sums))
    assert size <= (weights > 0).sum() + 1e-9
    if weights.sum() > 0:
        assert size >= 1 - 1e-9
        assert math.isclose(hits / size, weights[yes].sum() / weights.sum(), abs_tol=1e-12)
        sound(stats.proportion(hits, size), 0.0, 1.0)


@settings(max_examples=25, deadline=None)
@given(cells, st.integers(0, 9))
def test_statistics_of_tables_are_sound(table: list[list[int]], seed: int) -> None:
    counts = np.array(table)
    if counts.sum() == 0:
        return

    def selected(
        tables: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        with np.errstate(invalid="ignore"):
            return np.asarray((tables[..., 1] + tables[..., 3]) / tables.sum(axis=-1), dtype=np.float64)

    for found in stats.table_estimates(counts, selected, seed=seed, draws=199, bounds=(0.0, 1.0)):
        sound(found, 0.0, 1.0)
    for found in stats.table_contrasts(counts, selected, 0, seed=seed, draws=199, bounds=(-1.0, 1.0)):
        sound(found, -1.0, 1.0)
    joint = counts[:2].reshape(2, 2, 2)
    if joint.sum() > 0:
        for found in stats.paired_change(joint, lambda tables: tables[..., 1], seed=seed, draws=199):
            sound(found)


@settings(deadline=None)
@given(st.lists(numbers, max_size=30), st.lists(numbers, max_size=30))
def test_errors_of_regressors_are_sound(first: list[float], second: list[float]) -> None:
    sound(stats.rmse(first), 0.0)
    sound(stats.rmse_difference(first, second))
    for found in (*stats.mean_contrasts([first, second, first], 0), *stats.rmse_contrasts([first, second], 1)):
        sound(found)
    count = min(len(first), len(second))
    sound(stats.paired_bootstrap(np.array([first[:count], second[:count]]).T.reshape(count, 2), lambda m: m[..., 0]))
