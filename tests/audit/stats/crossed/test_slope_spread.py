"""What contrasts of arbitrary words do, and how far the end of a slope allows for it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import linregress, t

from fairwitness.audit.records import Estimate
from fairwitness.audit.stats.crossed.slope import FEWEST_PAIRS, Point, Spread, slope_estimate, spread_of
from fairwitness.audit.stats.crossed.two_way_slope import VarianceComponent

LEVELS = (0.95, 0.99, 0.999)


def pair(seed: int, slope: float = 0.0, noise: float = 0.3, jobs: int = 20, name: str = "one") -> list[Point]:
    rng = np.random.default_rng(seed)
    shares = np.linspace(0, 1, jobs)
    return [
        Point(str(at), name, float(share), float(value))
        for at, (share, value) in enumerate(zip(shares, slope * shares + noise * rng.normal(size=jobs), strict=True))
    ]


def turned(points: list[Point]) -> list[Point]:
    return [Point(one.occupation, one.family, one.share, -one.value) for one in points]


def test_the_spread_by_hand() -> None:
    found = Spread.of([1.0, -2.0, 0.5, 0.0], [0.25, 0.5, 0.5, 0.75])
    assert found.count == 4
    assert found.variance == pytest.approx(5.25 / 4 - 0.5)
    assert Spread.of([0.1, -0.1], [1.0, 1.0]).variance == 0
    assert Spread.of([], []) == Spread(0.0, 0)


def test_the_slope_of_a_pair_is_that_of_a_regression_and_its_variance_nearly() -> None:
    points = pair(3, 1.0)
    found = spread_of([points])
    line = linregress([one.share for one in points], [one.value for one in points])
    assert line.slope**2 - found.variance == pytest.approx(line.stderr**2, rel=0.4)  # for unequal noise as well


@pytest.mark.slow
def test_arbitrary_pairs_that_truly_move_have_their_variance_back_and_others_none() -> None:
    rng = np.random.default_rng(2)
    for size in (0.0, 0.5, 2.0):
        found = spread_of([pair(at, size * float(rng.normal())) for at in range(400)])
        assert math.sqrt(found.variance) == pytest.approx(size, abs=0.12)


def test_which_word_stands_first_is_nothing() -> None:
    pairs = [pair(at, 1.0 + at / 5) for at in range(24)]
    plain = spread_of(pairs)
    for which in (0, 1, None):
        other = [turned(one) if which is None or at % 2 == which else one for at, one in enumerate(pairs)]
        assert spread_of(other) == plain


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("value", "spread"), [(3.0, 0.3), (3.0, 4.0), (0.5, 0.3), (2.0, 0.0)])
def test_the_end_nearer_to_0_alone_moves_and_never_beyond_0(sign: int, value: float, spread: float) -> None:
    part = VarianceComponent(0.16, 18.0)
    whole = Spread(spread, 24).allowing(sign * value, part)
    for level in LEVELS:
        reach = float(t.ppf(0.5 + level / 2, 18.0)) * 0.4
        low, high = sorted(sign * end for end in whole(level))
        assert high == pytest.approx(value + reach)
        if value < reach:
            assert low == pytest.approx(value - reach)
            continue
        df = (0.16 + spread) ** 2 / (0.16**2 / 18 + spread**2 / 24)
        farther = float(t.ppf(0.5 + level / 2, df)) * math.sqrt(0.16 + spread)
        assert low == pytest.approx(max(0.0, value - max(reach, farther)))
        assert low >= 0


@pytest.mark.slow
def test_a_slope_like_those_of_arbitrary_pairs_is_not_shown_and_a_larger_one_is() -> None:
    def estimate(slope: float, size: float, count: int = 24) -> Estimate:
        points = [one for at in range(8) for one in pair(at, slope, name=str(at))]
        pairs = [pair(50 + at, size * (-1) ** at) for at in range(count)]
        found = slope_estimate(points, spread_of(pairs))
        assert isinstance(found, Estimate)
        return found

    assert estimate(1.0, 1.0).low == 0
    assert estimate(1.0, 0.0).low > 0.3
    assert estimate(4.0, 1.0).low > 0.5
    assert estimate(1.0, 1.0, FEWEST_PAIRS - 1).low > 0.5  # too few to allow for
    assert "24 control pairs" in estimate(1.0, 1.0).method
    assert "control" not in estimate(1.0, 1.0, FEWEST_PAIRS - 1).method
    for size in (0.0, 1.0, 9.0):  # a limit is passed neither more easily nor less
        for slope in (0.02, 0.4, 1.0):
            plain, own = estimate(slope, size, 1), estimate(slope, size)
            for limit in (0.1, 0.69, 2.0):
                assert (-limit <= own.low and own.high <= limit) == (-limit <= plain.low and plain.high <= limit)
