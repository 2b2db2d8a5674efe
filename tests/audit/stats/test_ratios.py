"""Ratios of rates: against their defining equations, a score interval, brute force over pairs, and one case worse."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import norm, studentized_range

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.proportions import wilson
from fairwitness.audit.stats.ratios import lowest_pair

Z = 1.959963984540054


def defined(found: Estimate | Undefined) -> Estimate:
    assert isinstance(found, Estimate), found
    return found


def by_equation(a: int, n_a: int, b: int, n_b: int, z: float = Z) -> tuple[float, float]:
    """Where the square-and-add limits of a - r b reach 0 (Donner & Zou 2012, section 2), by a root finder."""
    one, other = a / n_a, b / n_b
    (low_a, high_a), (low_b, high_b) = wilson(a, n_a, z), wilson(b, n_b, z)

    def lower(r: float) -> float:
        return one - r * other - math.hypot(one - low_a, r * (high_b - other))

    def upper(r: float) -> float:
        return one - r * other + math.hypot(high_a - one, r * (other - low_b))

    return (brentq(lower, 0, one / other) if low_a else 0.0), brentq(upper, one / other, 1e6)


def koopman(a: int, n_a: int, b: int, n_b: int, upper: bool) -> float:
    """A limit of the ratio by inverting the score test, its nuisance rate found by maximising the likelihood."""

    def statistic(r: float) -> float:
        def minus(rate: float) -> float:
            terms = ((a, r * rate), (n_a - a, 1 - r * rate), (b, rate), (n_b - b, 1 - rate))
            return -sum(count * math.log(max(chance, 1e-300)) for count, chance in terms if count)

        rate = float(minimize_scalar(minus, bounds=(1e-12, min(1.0, 1 / r) - 1e-12), method="bounded").x)
        spread = r * rate * (1 - r * rate) / n_a + r * r * rate * (1 - rate) / n_b
        return abs(a / n_a - r * b / n_b) / math.sqrt(spread) - Z

    middle = a / n_a / (b / n_b)
    return brentq(statistic, middle + 1e-9, 50) if upper else brentq(statistic, 1e-9, middle)


@pytest.mark.parametrize(
    "cells", [(56, 70, 48, 80), (0, 600, 400, 400), (0, 30, 15, 30), (3, 40, 30, 90), (9, 9, 5, 8)]
)
def test_a_ratio_solves_its_equation(cells: tuple[int, int, int, int]) -> None:
    found = defined(stats.ratio(*cells))
    assert (found.low, found.high) == pytest.approx(by_equation(*cells), rel=1e-6)
    assert found.method == "ratio of Wilson limits (MOVER-R)"


@pytest.mark.parametrize("cells", [(56, 70, 48, 80), (200, 1_000, 260, 1_100), (30, 300, 15, 100)])
def test_a_ratio_of_large_counts_is_that_of_the_logarithm(cells: tuple[int, int, int, int]) -> None:
    a, n_a, b, n_b = cells
    found, error = defined(stats.ratio(*cells)), math.sqrt(1 / a - 1 / n_a + 1 / b - 1 / n_b)  # Katz et al. 1978
    middle = a / n_a / (b / n_b)
    assert found.low == pytest.approx(middle * math.exp(-Z * error), rel=0.05)
    assert found.high == pytest.approx(middle * math.exp(Z * error), rel=0.05)


@pytest.mark.parametrize("cells", [(0, 600, 400, 500), (0, 30, 15, 30), (0, 100, 20, 100), (0, 50, 48, 50)])
def test_none_of_a_group_has_an_upper_limit_near_that_of_the_score_test(cells: tuple[int, int, int, int]) -> None:
    found = defined(stats.lowest_over_highest(cells[::2], cells[1::2]))
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(koopman(*cells, upper=True), rel=0.15)


def test_which_group_comes_first_does_not_matter() -> None:
    found = stats.lowest_over_highest((0, 400), (600, 400))
    assert found == stats.lowest_over_highest((400, 0), (400, 600))
    assert defined(found).high < 0.01


def test_two_rates_that_may_be_equal_have_the_upper_limit_one() -> None:
    found = defined(stats.lowest_over_highest((45, 50), (100, 100)))
    assert found.value == pytest.approx(0.9)
    assert found.high == 1.0
    assert found.low == pytest.approx(by_equation(45, 100, 50, 100)[0], rel=1e-6)


def test_the_lower_limit_holds_when_the_lower_rate_is_truly_the_higher() -> None:
    found = defined(stats.lowest_over_highest((459, 69), (2_000, 300)))  # 0.2295 and 0.23: the small group is unsure
    turned = by_equation(69, 300, 459, 2_000)[0]
    assert found.low <= turned < by_equation(459, 2_000, 69, 300)[0]


def test_the_highest_rate_is_sought_over_all_pairs() -> None:
    hits, rows = (4_000, 1_680, 2_400), (8_000, 4_000, 4_000)  # 50 %, 42 %, 60 %
    found = defined(stats.lowest_over_highest(hits, rows))
    assert found.value == pytest.approx(0.7)
    assert found.high < 0.8
    z = float(studentized_range.ppf(0.95, 3, np.inf)) / math.sqrt(2)
    rising = (1, 0, 2)
    limits = [by_equation(hits[i], rows[i], hits[j], rows[j], z) for i, j in combinations(rising, 2)]
    assert found.low == pytest.approx(min(low for low, _ in limits), rel=1e-5)
    assert found.high == pytest.approx(min(high for _, high in limits), rel=1e-5)
    assert defined(stats.ratio(1_680, 4_000, 4_000, 8_000)).value == pytest.approx(0.84)  # what a reference would hide


def test_each_ratio_to_the_highest_is_among_all_pairs() -> None:
    hits, rows = (60, 25, 60, 0), (100, 100, 120, 40)
    z = float(studentized_range.ppf(0.95, 4, np.inf)) / math.sqrt(2)
    highest, one, two, none = (defined(found) for found in stats.ratios_to_highest(hits, rows))
    assert one.value == pytest.approx(25 / 60)
    assert none.value == 0.0
    assert one.high == pytest.approx(by_equation(25, 100, 60, 100, z)[1], rel=1e-5)
    assert two.low == pytest.approx(by_equation(60, 120, 60, 100, z)[0], rel=1e-5)
    assert highest.value == highest.high == 1.0
    assert highest.low == pytest.approx(by_equation(60, 100, 60, 120, z)[0], rel=1e-5)
    assert none.high < 0.3


def test_a_rate_of_one_in_a_thousand_is_not_sure_to_be_above_none_of_ten() -> None:
    found = defined(stats.ratios_to_highest((1, 0), (1_000, 10))[0])
    assert found.value == 1.0
    assert found.low < 0.1


def test_nothing_to_divide_by_is_undefined() -> None:
    assert stats.lowest_over_highest((0, 0), (5, 6)) == Undefined("not estimable: no rate is above 0")
    assert stats.lowest_over_highest((3,), (5,)) == Undefined("not estimable: 1 group(s), 2 needed")
    assert stats.lowest_over_highest((3, 0), (5, 0)) == Undefined("not estimable: 1 group(s), 2 needed")
    assert stats.ratios_to_highest((0, 0), (5, 6)) == [Undefined("not estimable: no rate is above 0")] * 2


@pytest.mark.parametrize("sizes", [(30, 30), (300, 30), (47, 200), (90, 400)])
@pytest.mark.parametrize("level", [0.95, 0.995])
def test_one_hit_less_in_the_lower_group_raises_no_limit(sizes: tuple[int, int], level: float) -> None:
    z = float(norm.ppf(0.5 + level / 2))
    for higher in range(1, sizes[1] + 1, 3):
        most = math.floor(sizes[0] * higher / sizes[1] + 1e-9)
        samples = [
            (stats.rate_statistic(hits, sizes[0]), stats.rate_statistic(higher, sizes[1])) for hits in range(most + 1)
        ]
        limits = np.array([lowest_pair(pair, z) for pair in samples])
        assert (np.diff(limits, axis=0) >= -1e-12).all()
