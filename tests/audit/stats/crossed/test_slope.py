"""The slope over two crossed factors: its error against plain matrices, Welch and the model that it is right under."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import ttest_ind

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.crossed.slope import FEWEST, Point, answered_slope, slope, slope_estimate
from fairwitness.audit.stats.crossed.two_way_slope import Grid, VarianceComponent, both

Floats = npt.NDArray[np.float64]
RNG = np.random.default_rng(11)
HOLES = RNG.random((12, 5)) > 0.3
SHARES = np.sort(RNG.random(12))
VALUES = RNG.normal(size=(12, 5)) + 2 * SHARES[:, None]


def points_of(there: npt.NDArray[np.bool_], shares: Floats, values: Floats) -> list[Point]:
    places = np.argwhere(there)
    return [Point(f"job {j}", f"family {f}", float(shares[j]), float(values[j, f])) for j, f in places]


def full(jobs: int, families: int, values: Floats) -> Grid:
    return Grid(np.ones((jobs, families), dtype=np.bool_), np.linspace(0, 1, jobs) ** 1.5, values)


def by_matrices(labels: npt.NDArray[np.int64]) -> tuple[float, float, float]:
    """Slope, CR2 variance and degrees of freedom of one factor by the paper's equations, nothing simplified."""
    jobs, families = np.nonzero(HOLES)
    x = np.column_stack([np.eye(5)[families], SHARES[jobs]])
    y = VALUES[HOLES]
    inverse = np.linalg.inv(x.T @ x)
    hat = x @ inverse @ x.T
    left = np.eye(len(y)) - hat
    own = (inverse @ x.T)[-1]
    value, residuals = float(own @ y), left @ y
    vectors = []
    for label in np.unique(labels):
        inside = labels == label
        roots, axes = np.linalg.eigh(left[np.ix_(inside, inside)])
        half = [0.0 if root < 1e-9 else root**-0.5 for root in roots]
        vector = np.zeros(len(y))
        vector[inside] = axes @ np.diag(half) @ axes.T @ own[inside]
        vectors.append(vector)
    variance = sum(float(vector @ residuals) ** 2 for vector in vectors)
    products = np.array([[one @ left @ other for other in vectors] for one in vectors])
    return value, variance, float(np.trace(products) ** 2 / (products**2).sum())


def test_each_factor_has_the_variance_and_the_degrees_of_freedom_of_the_paper() -> None:
    jobs, families = np.nonzero(HOLES)
    grid = Grid(HOLES, SHARES, VALUES)
    for part, labels in ((grid.occupations(), jobs), (grid.families(), families)):
        value, variance, df = by_matrices(labels)
        assert part is not None
        assert grid.value == pytest.approx(value)
        assert (part.variance, part.df) == pytest.approx((variance, df))


def test_of_two_kinds_of_occupations_the_part_of_occupations_is_welchs() -> None:
    """Shares of 0 and 1: the slope is a difference of means, of 5 and 7 occupations in two equal families."""
    kinds = np.repeat([0.0, 1.0], [5, 7])
    own = RNG.normal(size=12) * (1 + 2 * kinds)
    grid = Grid(np.ones((12, 2), dtype=np.bool_), kinds, np.column_stack([own, own]))
    part = grid.occupations()
    assert part is not None
    welch = ttest_ind(own[5:], own[:5], equal_var=False)
    assert grid.value / np.sqrt(part.variance) == pytest.approx(welch.statistic)


def test_the_variance_is_unbiased_where_occupations_slopes_of_families_and_cells_vary() -> None:
    """Each part is a square of the values, so its mean is the sum over what varies, one at a time."""
    jobs, families = 11, 4

    def mean(effects: list[Floats]) -> tuple[float, float, float]:
        grids = [full(jobs, families, one) for one in effects]
        first, second = [one.occupations() for one in grids], [one.families() for one in grids]
        return (
            sum(one.variance for one in first if one is not None),
            sum(one.variance for one in second if one is not None),
            sum(one.cells() for one in grids),
        )

    def truth(effects: list[Floats]) -> float:
        return sum(full(jobs, families, one).value ** 2 for one in effects)

    ones = np.ones((jobs, families))
    shares = np.linspace(0, 1, jobs)[:, None] ** 1.5
    of_jobs = [ones * np.eye(jobs)[:, [at]] for at in range(jobs)]
    of_slopes = [shares * np.eye(families)[at] for at in range(families)]
    of_cells = [one.reshape(jobs, families) for one in np.eye(jobs * families)]
    for effects in (of_jobs, of_slopes, of_cells):
        first, second, shared = mean(effects)
        assert first + second - shared == pytest.approx(truth(effects))
    assert mean(of_jobs)[1:] == pytest.approx((0, 0))
    assert mean(of_slopes)[::2] == pytest.approx((0, 0))


def test_degrees_of_freedom_by_hand() -> None:
    found = both(VarianceComponent(3.0, 6.0), VarianceComponent(1.0, 2.0), 0.8)
    assert (found.variance, found.df) == pytest.approx((3.2, 3.2**2 / (9 / 6 + 1 / 2)))
    assert both(VarianceComponent(3.0, 6.0), VarianceComponent(1.0, 2.0), 2.0).variance == 3.0  # never below either
    assert (
        both(VarianceComponent(1.0, 20.0), VarianceComponent(1.0, 20.0), 0.0).df == 20
    )  # two parts have 40 by the formula, and one 20
    assert both(VarianceComponent(0.0, 6.0), VarianceComponent(0.0, 2.0), 0.0) == VarianceComponent(0.0, 2.0)


@pytest.mark.parametrize("jobs", [3, FEWEST - 1])
def test_few_occupations_have_no_slope_and_are_told_how_many_are_needed(jobs: int) -> None:
    shares = np.linspace(0, 1, jobs)
    found = slope_estimate(points_of(np.ones((jobs, 8), dtype=np.bool_), shares, RNG.normal(size=(jobs, 8))))
    assert isinstance(found, Undefined)
    assert found.kind == "not_estimable"
    assert f"{jobs} occupations and 8 sentence families, 10 and 2 needed" in found.reason


def test_what_one_occupation_or_one_family_makes_is_no_slope() -> None:
    there = np.ones((12, 3), dtype=np.bool_)
    one_apart = np.where(np.arange(12) == 4, 0.9, 0.3)
    values = RNG.normal(size=(12, 3))
    for found in (
        slope_estimate(points_of(there, one_apart, values)),
        slope_estimate(points_of(there, np.full(12, 0.1), values)),
        slope_estimate(points_of(np.eye(12, 3, dtype=np.bool_) | (np.arange(3) == 0), SHARES, values)),
        slope_estimate(points_of(there[:, :1], SHARES, values)),
    ):
        assert isinstance(found, Undefined), found
    assert slope(points_of(there, np.full(12, 0.1), values)) is None


def test_values_of_one_cell_count_as_their_mean() -> None:
    points = points_of(HOLES, SHARES, VALUES)
    twice = [Point(one.occupation, one.family, one.share, one.value + more) for one in points for more in (-1, 1)]
    twice += [Point(one.occupation, one.family, one.share, one.value) for one in points[:7]]
    one, other = slope_estimate(points), slope_estimate(twice)
    assert isinstance(one, Estimate)
    assert isinstance(other, Estimate)
    assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high))


def test_the_same_answer_beside_every_occupation_is_no_answer_however_few_there_are() -> None:
    points = points_of(np.ones((4, 2), dtype=np.bool_), SHARES[:4], np.ones((4, 1)) * [[0.3, -0.1]])
    found = answered_slope(points, [], (-1, 1))
    assert isinstance(found, Undefined)
    assert found.kind == "not_interpretable"
