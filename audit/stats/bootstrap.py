"""The bias-corrected and accelerated bootstrap of a mean, vectorised and bounded in memory."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from assay.audit.stats.ladder import IntervalAt, normal_quantile

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

    Where fewer than five resamples would lie beyond a limit, the interval of the highest level that the resamples
    can resolve is stretched on each side by the ratio of the normal quantiles.
    """
    from scipy.special import ndtr, ndtri

    means = resampled_means(values, resamples(len(values)), seed)
    value = float(values.mean())
    below = (np.searchsorted(means, value, "left") + np.searchsorted(means, value, "right")) / 2
    bias = float(ndtri(np.clip(below / len(means), 0.5 / len(means), 1 - 0.5 / len(means))))
    centred = values - value
    acceleration = float((centred**3).sum() / (6 * (centred**2).sum() ** 1.5))
    deepest = 1 - 2 * _TAIL_LEAST / len(means)

    def limits(level: float) -> tuple[float, float]:
        ends = bias + np.array([-1.0, 1.0]) * normal_quantile(level)
        shares = ndtr(bias + ends / (1 - acceleration * ends))
        low, high = np.quantile(means, shares)
        return float(low), float(high)

    def interval(level: float) -> tuple[float, float]:
        if level <= deepest:
            return limits(level)
        low, high = limits(deepest)
        stretch = normal_quantile(level) / normal_quantile(deepest)
        return value - (value - low) * stretch, value + (high - value) * stretch

    return interval
