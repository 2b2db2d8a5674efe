"""Quantiles of the largest of several correlated statistics, integrated and so without chance."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from fairwitness.audit.stats.levels import FloatArray, normal_quantile

_FARTHEST = 9.0
_LEAST_VARIANCE = 1e-6


def contrast_quantile(variances: Sequence[float] | FloatArray, reference: int) -> Callable[[float], float]:
    """The max-T quantile of the contrasts with group `reference`, as a function of the level.

    `variances` are the squared standard errors of the groups, which are independent. A group without variance counts
    as one with a millionth of the largest.
    """
    errors = np.asarray(variances, dtype=np.float64)
    largest = float(errors.max())
    if largest <= 0:
        errors = np.ones_like(errors)
    errors = np.maximum(errors, _LEAST_VARIANCE * largest)
    others, shared = np.delete(errors, reference), float(errors[reference])
    return lru_cache(maxsize=64)(lambda level: max_t_quantile(level, others, shared))


def max_t_quantile(level: float, variances: FloatArray, reference: float) -> float:
    """The c with P(all |T_i| <= c) = level, where T_i = (X_i - X_0) / its standard error, all X normal, X_0 shared."""
    from scipy.special import ndtr

    errors = np.sqrt(variances)[:, None]
    error = np.sqrt(variances + reference)[:, None]
    grid, weights = _normal_grid(math.sqrt(reference / float(variances.min())), 0.0)
    shared = np.sqrt(reference) * grid[None, :]

    def excess(c: float) -> float:
        inside = ndtr((c * error + shared) / errors) - ndtr((-c * error + shared) / errors)
        return _excess(float(inside.prod(axis=0) @ weights), level)

    return _root(excess, *_bracket(level, len(variances)))


@lru_cache(maxsize=1024)
def range_quantile(level: float, groups: int) -> float:
    """The quantile of the range of `groups` standard normals, over root 2: the z for all pairwise differences."""
    from scipy.special import ndtr

    grid, weights = _normal_grid(1.0, -_FARTHEST)

    def excess(q: float) -> float:
        return _excess(float(groups * (weights @ (ndtr(grid) - ndtr(grid - q)) ** (groups - 1))), level)

    low, high = _bracket(level, groups * (groups - 1) // 2)
    return _root(excess, math.sqrt(2) * low, math.sqrt(2) * high) / math.sqrt(2)


def _normal_grid(steepness: float, start: float) -> tuple[FloatArray, FloatArray]:
    """Points from `start` (0 for an even integrand) and normal weights of the trapezoid rule.

    The step is a quarter of the width over which the integrand changes, and at most 0.1: then the rule is exact to
    far below the tolerance of the root.
    """
    points = int(min(1_500.0, max(10.0, 4 * steepness) * (_FARTHEST - start))) + 1
    grid = np.linspace(start, _FARTHEST, points)
    weights = np.exp(-0.5 * grid**2)
    if start == 0:
        weights[0] /= 2
    return grid, weights / weights.sum()


def _bracket(level: float, contrasts: int) -> tuple[float, float]:
    """The quantile lies between that of one contrast and Sidak's for so many."""
    return normal_quantile(level) - 1e-6, normal_quantile(level ** (1 / contrasts)) + 1e-6


def _excess(probability: float, level: float) -> float:
    """How far a probability lies above the level, on the scale of log tails, where quantiles are nearly straight."""
    return math.log(1 - level) - math.log(max(1 - probability, 1e-15))


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function crosses zero between `low` and `high` (regula falsi, Illinois variant).

    The end that comes nearest where errors of the integration leave no crossing between them, as with groups of very
    different size.
    """
    at_low, at_high = function(low), function(high)
    if at_low >= 0:
        return low
    if at_high <= 0:
        return high
    side = 0
    for _ in range(100):
        guess = high - at_high * (high - low) / (at_high - at_low)
        value = function(guess)
        if abs(value) < 1e-10 or high - low < 1e-10:
            return guess
        if value > 0:
            high, at_high = guess, value
            at_low, side = at_low / (2 if side > 0 else 1), 1
        else:
            low, at_low = guess, value
            at_high, side = at_high / (2 if side < 0 else 1), -1
    return high
