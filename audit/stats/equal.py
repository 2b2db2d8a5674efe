"""When values count as all equal, and how far their mean may lie from what none of them showed."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from fairwitness.audit.stats.levels import UNBOUNDED, IntervalAt

ROUNDING = 1e-12
"""What rounding alone may make of equal numbers, in units of the largest of them."""


def all_equal(values: npt.ArrayLike, unit: float = 0.0) -> bool:
    """Whether values differ by no more than rounding alone makes numbers of their size, or of the size of `unit`.

    `unit` is the size of the numbers that the values were computed from, where it is larger than theirs: differences of
    shares, each near 1, are known to 1e-16 and not to 1e-16 of themselves.
    """
    array = np.asarray(values, dtype=np.float64)
    return not array.size or float(np.ptp(array)) <= ROUNDING * max(float(np.abs(array).max()), unit)


def unless_rounding(error: float, largest: float) -> float:
    """The error of values up to `largest`; 0 where rounding alone can make one so small."""
    return error if error > ROUNDING * max(1.0, largest) else 0.0


def unit_of(bounds: tuple[float, float]) -> float:
    """The size of the numbers that values within such bounds are made from; 0 where nothing bounds them."""
    return max((abs(end) for end in bounds if math.isfinite(end)), default=0.0)


def constant_interval(value: float, count: int, bounds: tuple[float, float] = UNBOUNDED) -> IntervalAt:
    """How far the mean may lie from a value that all units share, when a unit can be no further than its bounds."""
    low_room = value - bounds[0] if math.isfinite(bounds[0]) else 0.0
    high_room = bounds[1] - value if math.isfinite(bounds[1]) else 0.0

    def interval(level: float) -> tuple[float, float]:
        unseen = 1 - ((1 - level) / 2) ** (1 / count)
        return value - unseen * low_room, value + unseen * high_room

    return interval
