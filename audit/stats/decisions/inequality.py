"""How unequally the benefits of decisions fall, with limits made from those of two shares."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit import reasons, stats
from fairwitness.audit.records import Undefined

Index: TypeAlias = Callable[[npt.ArrayLike], npt.NDArray[np.float64]]
"""From the four cells (tn, fp, fn, tp) of rows, in counts or shares, to the index."""
METHOD = "square-and-add of Wilson limits"
STEP = 1e-6
"""Width of the numerical derivative of an index by a share."""


def inequality(index: Index, without: stats.Statistic, twice: stats.Statistic) -> stats.Statistic | Undefined:
    """An index of the benefits 0, 1 and 2 (Speicher et al. 2018) from two shares.

    `without`: rows without a benefit among all; `twice`: with twice the usual one among those that have any.

    The two shares are independent (a multinomial is a binomial and one of the rest), so the arms that the Wilson limits
    of either make, the other held where it is, are squared and added (Zou & Donner, Statistics in Medicine 27 (2008)
    1693-1702). The delta method's symmetric limits held the truth in 71 to 94 % of worlds of 30 rows and in 84 to 95 %
    of 100; where decisions are all right they have no width. Undefined where no row has a benefit.
    """

    def index_at(first: float, second: float) -> float:
        rest = 1 - first
        return float(index(np.array([rest * (1 - second), rest * second, first, 0.0])))

    value = index_at(without.value, twice.value)
    if math.isnan(value):
        return reasons.stated("no_benefit", "no_value")

    def limits(z: float) -> tuple[float, float]:
        moved = [index_at(end, twice.value) - value for end in without.limits(z)]
        other = [index_at(without.value, end) - value for end in twice.limits(z)]
        below, above = (math.hypot(*(extreme(0.0, *ends) for ends in (moved, other))) for extreme in (min, max))
        return max(0.0, value - below), value + above

    slopes = [
        _slope(lambda share: index_at(share, twice.value), without),
        _slope(lambda share: index_at(without.value, share), twice),
    ]
    variance = sum(slope**2 * share.variance for slope, share in zip(slopes, (without, twice), strict=True))
    return stats.Statistic(value, variance, without.n, limits)


def _slope(function: Callable[[float], float], share: stats.Statistic) -> float:
    """The derivative at a share, taken inwards."""
    step = -STEP if share.value > 1 / 2 else STEP
    return (function(share.value + step) - function(share.value)) / step
