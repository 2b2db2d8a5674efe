"""The bias-corrected and accelerated bootstrap, vectorised and bounded in memory."""

from __future__ import annotations

import math

import numpy as np

from fairwitness.audit.stats.levels import FloatArray, IntervalAt, normal_quantile, t_quantile

_DRAWS_AT_ONCE = 2_000_000
_TAIL_LEAST = 5.0


def resamples(units: int) -> int:
    """How many resamples serve for so many units: 1,999 to 9,999."""
    return int(min(9_999, max(1_999, _DRAWS_AT_ONCE // units)))


def resampled_means(values: FloatArray, count: int, seed: int) -> FloatArray:
    """Means over the first axis of `count` resamples with replacement of values [units, ...]: [count, ...]."""
    rng = np.random.default_rng(seed)
    units = len(values)
    rows = max(1, _DRAWS_AT_ONCE // values.size)
    means = [
        values[rng.integers(0, units, size=(min(rows, count - start), units))].mean(axis=1)
        for start in range(0, count, rows)
    ]
    return np.concatenate(means)


def bca(values: FloatArray, seed: int) -> IntervalAt:
    """The BCa interval of the mean as a function of its level (Efron 1987); values must not be constant."""
    means = resampled_means(values, resamples(len(values)), seed)
    # the mean without one value moves against that value: the skewness of the values is that of the jackknife, negated
    return bca_interval(means, float(values.mean()), acceleration(-values), len(values))


def acceleration(jackknife: FloatArray, counts: FloatArray | None = None) -> float:
    """Efron's acceleration from the statistics without one unit; `counts` says how many units each of them stands for.

    Efron, Journal of the American Statistical Association 82 (1987) 171-185, eq. 6.6. 0 where the statistics agree.
    """
    weights = np.ones(len(jackknife)) if counts is None else counts
    centred = weights @ jackknife / weights.sum() - jackknife
    spread = float(weights @ centred**2)
    return float(weights @ centred**3) / (6 * spread**1.5) if spread > 0 else 0.0


def bca_interval(draws: FloatArray, value: float, accelerated: float, units: float) -> IntervalAt:
    """The BCa interval, as a function of its level, of a statistic from its resampled values, which must vary.

    The normal quantile is replaced by sqrt(m / (m - 1)) times that of t with m - 1 degrees of freedom, m the units
    (Hesterberg, The American Statistician 69 (2015) 371-386), without which 40 normal values are covered 94.0 % of the
    time, not 95 %. Where fewer than five resamples would lie beyond a limit, the widest interval that the resamples can
    resolve is stretched on each side by the ratio of the quantiles.
    """
    from scipy.special import ndtr, ndtri

    ordered = np.sort(draws)
    below = (np.searchsorted(ordered, value, "left") + np.searchsorted(ordered, value, "right")) / 2
    bias = float(ndtri(np.clip(below / len(ordered), 0.5 / len(ordered), 1 - 0.5 / len(ordered))))
    farthest = normal_quantile(1 - 2 * _TAIL_LEAST / len(ordered))

    def limits(z: float) -> tuple[float, float]:
        ends = bias + np.array([-z, z])
        low, high = np.quantile(ordered, ndtr(bias + ends / (1 - accelerated * ends)))
        return float(low), float(high)

    def interval(level: float) -> tuple[float, float]:
        z = math.sqrt(units / (units - 1)) * t_quantile(level, units - 1)
        if z <= farthest:
            return limits(z)
        low, high = limits(farthest)
        return value - (value - low) * z / farthest, value + (high - value) * z / farthest

    return interval
