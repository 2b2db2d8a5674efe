"""P-values of one value: of a mean by its error, and of any estimate by the intervals that it holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from fairwitness.audit.records import Estimate
from fairwitness.audit.stats.equal import ROUNDING
from fairwitness.audit.stats.levels import normal_quantile

Knot = tuple[float, float]
"""How far a limit lies from the value, and the standard errors of a normal distribution at its level."""


def t_pvalue(distance: float, error: float, units: float) -> float:
    """Two-sided p-value of a mean so far from the null value: Student's t with `units` - 1 degrees of freedom.

    An error of 0 says that all units are equal: then it is the chance that so many of them all lie on one side (the
    sign test), and 1 where they lie on the null value, up to rounding. At least one degree of freedom is taken.
    """
    if error == 0:
        return 1.0 if abs(distance) <= ROUNDING else min(1.0, 2 * 0.5**units)
    from scipy.special import stdtr

    return float(2 * stdtr(max(units - 1, 1.0), -abs(distance) / error))


def two_sided_p(estimate: Estimate, null: float, *, factor: bool = False) -> float:
    """The two-sided p-value of `null`, from the intervals of any make that an estimate holds.

    It is one minus the level of the interval that `null` would just touch. Between two stored limits the normal
    quantile is taken to grow with the distance from the value, for a `factor` on logarithms: exactly so for normal
    limits. Of a line between two limits and the lines through those before and after them the lowest is taken,
    so that p is not below the exact one where the quantile grows ever more slowly (t limits) or ever faster (limits
    that near a bound). Beyond the last limit p falls with the power of the distance that it has between the last two.
    An interval without width gives the sign test of its units.
    """
    scale: Callable[[float], float] = math.log if factor else float
    value, centre = scale(estimate.value), scale(null)
    if value == centre:
        return 1.0
    distance = abs(value - centre)
    knots = [(0.0, 0.0), *_arms(estimate, scale, above=centre > value)]
    last = sum(arm < distance * (1 - 1e-12) for arm, _ in knots) - 1
    if last == len(knots) - 1:
        return _beyond(knots, distance) if knots[-1][0] > 0 else t_pvalue(distance, 0.0, estimate.n)
    return min(1.0, math.erfc(_between(knots, last, distance) / math.sqrt(2)))


def _arms(estimate: Estimate, scale: Callable[[float], float], *, above: bool) -> list[Knot]:
    """The distances of all stored limits on one side, nearest first."""
    intervals = [
        (estimate.level, estimate.low, estimate.high),
        *((wide.level, wide.low, wide.high) for wide in estimate.wider),
    ]
    value = scale(estimate.value)
    arms = []
    for level, low, high in intervals:
        end = high if above else low
        bounded = scale is float or end > 0
        arms.append((abs(scale(end) - value) if bounded else math.inf, normal_quantile(level)))
    return arms


def _between(knots: Sequence[Knot], index: int, distance: float) -> float:
    """The quantile at a distance beyond limit `index` and within the next."""
    lowest = knots[index][1]
    chord = _line(knots[index], knots[index + 1], distance)
    pairs = [(knots[start], knots[start + 1]) for start in (index - 1, index + 1) if 0 <= start < len(knots) - 1]
    beside = [_line(first, second, distance) for first, second in pairs]
    return max(lowest, min(chord, max(beside, default=chord)))


def _line(first: Knot, second: Knot, distance: float) -> float:
    """The quantile at a distance on the line through two limits; infinite where they are one."""
    (near, low), (far, high) = first, second
    if math.isinf(far):
        return low
    return low + (high - low) * (distance - near) / (far - near) if far > near else math.inf


def _beyond(knots: Sequence[Knot], distance: float) -> float:
    """The p-value beyond the last limit: log p grows with log distance as between the last two."""
    (near, low), (far, high) = knots[-2:]
    p, wider = math.erfc(high / math.sqrt(2)), math.erfc(low / math.sqrt(2))
    if not 0 < near < far:
        return p
    power = math.log(wider / p) / math.log(far / near)
    return float(p * (far / distance) ** power)
