"""The one way an Estimate is made: from an interval as a function of its level."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit.records import Estimate, Interval

LEVEL = 0.95
"""Confidence level of the interval that is shown."""

LEVELS: tuple[float, ...] = tuple(1 - 0.05 / 2**k for k in range(1, 11))
"""Rising levels kept in `Estimate.wider`, for rules that are decided at a level corrected for many metrics."""

UNBOUNDED = (float("-inf"), float("inf"))
IntervalAt: TypeAlias = Callable[[float], tuple[float, float]]
"""Low and high as a function of the level, or of the number of standard errors where its name is `limits`."""
FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]


@lru_cache(maxsize=256)
def normal_quantile(level: float) -> float:
    """The z of a two-sided interval: 1.95996 at level 0.95."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def normal_level(z: float) -> float:
    """The level of the two-sided normal interval of `z` standard errors: the inverse of `normal_quantile`."""
    return math.erf(z / math.sqrt(2))


@lru_cache(maxsize=4096)
def t_quantile(level: float, df: float) -> float:
    """The t of a two-sided interval with `df` degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(df, 0.5 + level / 2))


def estimate(
    value: float,
    interval: IntervalAt,
    *,
    n: float,
    method: str,
    level: float = LEVEL,
    bounds: tuple[float, float] = UNBOUNDED,
) -> Estimate:
    """The Estimate of `value` with `interval(level)` and the wider intervals of `LEVELS`.

    Every interval is clipped to `bounds` (the range of the parameter), widened to hold the value, and widened to hold
    the interval of the level before it, so that the intervals are nested. Of an effective `n` the whole part is kept.
    """
    value = _clip(value, bounds)
    low = high = value
    intervals: list[Interval] = []
    for stored_level in (level, *(wide for wide in LEVELS if wide > level + 1e-12)):
        below, above = interval(stored_level)
        low, high = min(low, _clip(below, bounds)), max(high, _clip(above, bounds))
        intervals.append(Interval(stored_level, low, high))
    shown, *wider = intervals
    return Estimate(
        value=value, low=shown.low, high=shown.high, level=level, n=int(n + 1e-9), method=method, wider=tuple(wider)
    )


def _clip(value: float, bounds: tuple[float, float]) -> float:
    return float(min(max(value, bounds[0]), bounds[1]))
