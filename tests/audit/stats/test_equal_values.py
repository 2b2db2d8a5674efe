"""No interval of two or more units is without width, unless nothing bounds it; and not all that balances is equal."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.clusters import Clusters, Weigh, two_way_mean
from fairwitness.audit.stats.crossed import two_way_clustered
from fairwitness.audit.stats.crossed.two_way_clustered import Value
from fairwitness.audit.stats.equal import all_equal, unit_of

UNIT = (0.0, 1.0)
CONSTANTS = (1 / 3, 2 / 3, 0.1, 0.7, 0.0, 1.0)
SIZES = ((3, 5, 7, 9), (3, 3), (2, 3, 4), (1, 1, 30), (7, 11, 13), tuple(range(1, 46)))


def of(found: object) -> Estimate:
    assert isinstance(found, Estimate), found
    return found


def clustered(sizes: tuple[int, ...]) -> list[tuple[Clusters, Weigh]]:
    """These clusters in all ways in which a mean takes them."""
    labels = [at for at, size in enumerate(sizes) for _ in range(size)]
    others = [at % 3 for at in range(len(labels))]
    return [(labels, "clusters"), (labels, "values"), ((labels, others), "values")]


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("value", CONSTANTS)
def test_equal_values_have_the_binomial_limit_whatever_their_clusters(value: float, sizes: tuple[int, ...]) -> None:
    for clusters, weigh in clustered(sizes):
        found = of(stats.mean([value] * sum(sizes), clusters, UNIT, weigh=weigh))
        count = len(sizes) if isinstance(clusters, list) else min(3, len(sizes))
        unseen = 1 - 0.025 ** (1 / count)
        assert found.method == "all equal"
        assert (found.low, found.high) == pytest.approx((value - unseen * value, value + unseen * (1 - value)))


def test_the_order_of_equal_values_does_not_matter() -> None:
    labels = [0, 0, 0, 1, 1, 1]
    for values in ([0.1, 0.2, 0.3, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.1, 0.2, 0.3]):
        found = of(stats.mean(values, labels, UNIT, weigh="clusters"))
        assert found.method == "t over clusters, values balance out"
        error = np.sqrt(6 / 5 * 4 * 0.1**2) / 6  # two 0.1 and two 0.3 about 0.2, as if the six were independent
        assert found.high == pytest.approx(min(1.0, 0.2 + 12.7062 * error), abs=1e-5)


def test_values_that_rounding_alone_tells_apart_are_equal() -> None:
    noisy = [0.1 + 0.2, 0.3, 0.3, 0.1 + 0.2]
    assert noisy[0] != noisy[1]
    assert all_equal(noisy)
    assert not all_equal([0.3, 0.3 + 1e-9])
    differences = [one - other for one, other in zip(noisy, [0.3] * 4, strict=True)]
    assert not all_equal(differences)  # of numbers of this size they differ much
    assert all_equal(differences, unit_of((-1.0, 1.0)))  # of shares they do not
    found = of(stats.paired_difference(noisy, [0.3] * 4, bounds=(-1.0, 1.0)))
    assert (found.method, found.low < -0.5, found.high > 0.5) == ("all equal", True, True)
    assert isinstance(stats.correlation(noisy, [1, 2, 3, 4]), Undefined)
    assert isinstance(stats.rmse([*noisy, -0.3]), Undefined)


def grid(rows: int, columns: int) -> tuple[list[float], tuple[list[int], list[int]]]:
    """A chequerboard: 0 and 1 in turn, so that all rows and all columns agree where both sides are even."""
    cells = list(product(range(rows), range(columns)))
    return [float((row + column) % 2) for row, column in cells], ([row for row, _ in cells], [col for _, col in cells])


@pytest.mark.parametrize(("rows", "columns"), [(8, 60), (4, 4), (2, 2)])
def test_a_chequerboard_has_the_error_of_values_without_clusters(rows: int, columns: int) -> None:
    values, (one, other) = grid(rows, columns)
    n = rows * columns
    error = 0.5 / np.sqrt(n - 1)
    found = of(stats.mean(values, (one, other), UNIT, weigh="values"))
    assert found.method == "t, clustered two ways, values balance out"
    half = {8: 2.364624, 4: 3.182446, 2: 12.706205}[rows] * error
    assert found.high == pytest.approx(min(1.0, 0.5 + half), abs=1e-6)
    labelled = [Value(str(a), str(b), value) for a, b, value in zip(one, other, values, strict=True)]
    again = two_way_clustered.mean(labelled)
    assert not isinstance(again, Undefined)
    assert (again.error, again.estimate(UNIT).high) == pytest.approx((error, found.high))
    assert again.estimate(UNIT).method == found.method


def test_a_difference_of_chequerboards_has_a_width_and_one_of_constants_a_limit() -> None:
    values, (one, other) = grid(8, 6)
    board = [
        Value(str(a), f"{side}{b}", value) for side in "xy" for a, b, value in zip(one, other, values, strict=True)
    ]
    first, second = board[:48], board[48:]
    found = two_way_clustered.difference(first, second)
    assert not isinstance(found, Undefined)
    assert found.error == pytest.approx(np.sqrt(2 * 48 * 0.25 / 48**2 * 96 / 95))
    flat = [[Value(one.family, one.pair, value) for one in side] for side, value in ((first, 0.1), (second, 0.7))]
    assert found.estimate((-1.0, 1.0)).low < -0.1
    equal = two_way_clustered.difference(*flat)
    assert not isinstance(equal, Undefined)
    assert equal.error == 0
    limits = equal.estimate((-1.0, 1.0))
    assert (limits.method, limits.low < -0.61, limits.high > -0.59) == ("all equal", True, True)


def test_a_difference_of_constant_samples_is_as_unsure_as_its_sides() -> None:
    unseen = [1 - 0.025 ** (1 / n) for n in (5, 7)]
    found = of(stats.mean_difference([0.0] * 5, [0.0] * 7, bounds=UNIT))
    assert (found.low, found.high) == pytest.approx((-unseen[1], unseen[0]))
    apart = of(stats.mean_difference([1.0] * 5, [0.0] * 7, bounds=UNIT))
    assert apart.low == pytest.approx(1 - np.hypot(*unseen))
    one_sided = of(stats.mean_difference([0.0] * 5, [0.2, 0.4, 0.3, 0.1, 0.5], bounds=UNIT))
    t = 2.776445 * np.std([0.2, 0.4, 0.3, 0.1, 0.5], ddof=1) / np.sqrt(5)
    assert one_sided.high == pytest.approx(-0.3 + np.hypot(unseen[0], t), abs=1e-6)
    assert of(stats.mean_difference([2.0] * 5, [2.0] * 7)).high == 0.0  # nothing bounds it


@pytest.mark.proof
@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(CONSTANTS) | st.floats(0, 1),
    st.lists(st.integers(1, 9), min_size=2, max_size=50),
)
def test_no_interval_between_bounds_is_without_width(value: float, sizes: list[int]) -> None:
    """Constants, and 0 and 1 in turn, in clusters of any size."""
    for values in ([value] * sum(sizes), [float(at % 2) for at in range(sum(sizes))]):
        for clusters, weigh in clustered(tuple(sizes)):
            found = stats.mean(values, clusters, UNIT, weigh=weigh)
            assert isinstance(found, Undefined) or found.high - found.low > 1e-9
        for found in (
            stats.mean(values, bounds=UNIT),
            stats.mean_difference(values, values[::-1], bounds=UNIT),
            stats.mean_difference(values, [value] * 3, bounds=UNIT),
            *stats.mean_contrasts([values, values[::-1], [value] * 2], 0, bounds=UNIT),
        ):
            assert isinstance(found, Undefined) or found.high - found.low > 1e-9


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 1), min_size=4, max_size=60), st.integers(2, 6), st.integers(2, 6))
def test_no_share_and_no_mean_of_hits_is_without_width(hits: list[int], one: int, other: int) -> None:
    clusters = ([at % one for at in range(len(hits))], [at // other for at in range(len(hits))])
    for labels in (clusters, clusters[0]):
        for found in (stats.mean(hits, labels, UNIT, weigh="values"), stats.share(hits, labels)):
            assert isinstance(found, Undefined) or found.high - found.low > 1e-9


def test_the_error_of_a_mean_is_0_of_equal_values_alone() -> None:
    values, factors = grid(6, 6)
    assert two_way_mean(values, *factors).error > 0
    assert two_way_mean([1 / 3] * 36, *factors).error == 0
