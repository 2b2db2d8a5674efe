"""The bias-corrected and accelerated bootstrap of a mean, vectorised and bounded in memory."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from assay.audit.stats.ladder import IntervalAt, normal_quantile, t_quantile

_DRAWS_AT_ONCE = 2_000_000
_TAIL_LEAST = 5.0


def resamples(units: int) -> int:
    """How many resamples serve for so many units: 1,999 to 9,999."""
    return int(min(9_999, max(1_999, _DRAWS_AT_ONCE // units)))


def resampled_means(values: npt.NDArray[np.float64], count: int, seed: int) -> npt.NDArray[np.float64]:
    """Sorted means of `count` resamples with replacement of the values."""
    rng = np.random.default_rng(seed)
    rows = max(1, _DRAWS_AT_ONCE // len(values))
    means = [
        values[rng.integers(0, len(values), size=(min(rows, count - start), len(values)))].mean(axis=1)
        for start in range(0, count, rows)
    ]
    return np.sort(np.concatenate(means))


def bca(values: npt.NDArray[np.float64], seed: int) -> IntervalAt:
    """The BCa interval of the mean as a function of its level (Efron 1987); values must not be constant.

    The normal quantile is replaced by sqrt(m / (m - 1)) times that of t with m - 1 degrees of freedom (Hesterberg, The
    American Statistician 69 (2015) 371-386), without which 40 normal values are covered 94.0 % of the time, not 95 %.
    Where fewer than five resamples would lie beyond a limit, the widest interval that the resamples can resolve is
    stretched on each side by the ratio of the quantiles.
    """
    from scipy.special import ndtr, ndtri

    units = len(values)
    means = resampled_means(values, resamples(units), seed)
    value = float(values.mean())
    below = (np.searchsorted(means, value, "left") + np.searchsorted(means, value, "right")) / 2
    bias = float(ndtri(np.clip(below / len(means), 0.5 / len(means), 1 - 0.5 / len(means))))
    centred = values - value
    acceleration = float((centred**3).sum() / (6 * (centred**2).sum() ** 1.5))
    farthest = normal_quantile(1 - 2 * _TAIL_LEAST / len(means))

    def limits(z: float) -> tuple[float, float]:
        ends = bias + np.array([-z, z])
        low, high = np.quantile(means, ndtr(bias + ends / (1 - acceleration * ends)))
        return float(low), float(high)

    def interval(level: float) -> tuple[float, float]:
        z = math.sqrt(units / (units - 1)) * t_quantile(level, units - 1)
        if z <= farthest:
            return limits(z)
        low, high = limits(farthest)
        return value - (value - low) * z / farthest, value + (high - value) * z / farthest

    return interval
