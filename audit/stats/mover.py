"""Limits of sums, differences and ratios from the limits of their parts (MOVER, variance estimates recovery)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fairwitness.audit.records import Estimate
from fairwitness.audit.stats.levels import LEVEL, UNBOUNDED, IntervalAt, estimate, normal_quantile


@dataclass(frozen=True, slots=True)
class Statistic:
    """A quantity of one group: its value, its squared standard error, its units, and its limits at z standard errors.

    The limits need not lie symmetrically about the value; at a larger z they are wider.
    """

    value: float
    variance: float
    n: float
    limits: IntervalAt

    def estimate(self, method: str, bounds: tuple[float, float] = UNBOUNDED, level: float = LEVEL) -> Estimate:
        """The quantity with its own interval."""
        return estimate(
            self.value,
            lambda level: self.limits(normal_quantile(level)),
            n=self.n,
            method=method,
            level=level,
            bounds=bounds,
        )


def normal_statistic(value: float, variance: float, n: float) -> Statistic:
    """A quantity with symmetric limits, from its squared standard error (delta method)."""
    error = math.sqrt(variance)
    return Statistic(value, variance, n, lambda z: (value - z * error, value + z * error))


def linear_combination(terms: Sequence[tuple[float, Statistic]]) -> Statistic:
    """The weighted sum of independent quantities; its arms are those of the terms, squared and added.

    Zou & Donner, Statistics in Medicine 27 (2008) 1693-1702, section 2. The units are those of all terms.
    """
    value = math.fsum(weight * statistic.value for weight, statistic in terms)

    def limits(z: float) -> tuple[float, float]:
        below = above = 0.0
        for weight, statistic in terms:
            ends = sorted(weight * (end - statistic.value) for end in statistic.limits(z))
            below, above = math.hypot(below, ends[0]), math.hypot(above, ends[1])
        return value - below, value + above

    variance = math.fsum(weight**2 * statistic.variance for weight, statistic in terms)
    return Statistic(value, variance, math.fsum(statistic.n for _, statistic in terms), limits)


def monotone_transform(statistic: Statistic, function: Callable[[float], float], slope: float) -> Statistic:
    """A rising function of a quantity, `slope` its derivative there: the limits are put through the function."""

    def limits(z: float) -> tuple[float, float]:
        low, high = statistic.limits(z)
        return function(low), function(high)

    return Statistic(function(statistic.value), slope**2 * statistic.variance, statistic.n, limits)


def difference_limits(a: Statistic, b: Statistic, z: float, correlation: float = 0.0) -> tuple[float, float]:
    """Limits of a - b at `z` standard errors, as `linear_combination`; both may have been measured on the same rows.

    The square of each arm is the sum of the squares of the arms of both sides, less twice `correlation` times their
    product (Newcombe, Statistics in Medicine 17 (1998) 2635-2650).
    """
    (low_a, high_a), (low_b, high_b) = a.limits(z), b.limits(z)
    middle = a.value - b.value
    return (
        middle - _third_side(a.value - low_a, high_b - b.value, correlation),
        middle + _third_side(high_a - a.value, b.value - low_b, correlation),
    )


def ratio_limits(a: Statistic, b: Statistic, z: float) -> tuple[float, float]:
    """Limits of a / b at `z` standard errors, b above 0 (Donner & Zou, Stat Methods Med Res 21 (2012) 347-359)."""
    return ratio_ends(a.value, a.limits(z), b.value, b.limits(z))


def ratio_ends(
    value_a: float, ends_a: tuple[float, float], value_b: float, ends_b: tuple[float, float]
) -> tuple[float, float]:
    """The same from the limits of both. Those of b / a are one over these, the other way round."""
    (low_a, high_a), (low_b, high_b) = ends_a, ends_b
    product = value_a * value_b
    root_low = math.sqrt(max(0.0, product**2 - low_a * (2 * value_a - low_a) * high_b * (2 * value_b - high_b)))
    root_high = math.sqrt(max(0.0, product**2 - high_a * (2 * value_a - high_a) * low_b * (2 * value_b - low_b)))
    low = low_a * (2 * value_a - low_a) / (product + root_low) if low_a > 0 else 0.0
    return low, (product + root_high) / (low_b * (2 * value_b - low_b))


def _third_side(first: float, other: float, cosine: float) -> float:
    return math.sqrt(max(0.0, first * first - 2 * cosine * first * other + other * other))
