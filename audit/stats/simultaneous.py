"""Several groups at once: contrasts against a reference and the largest gap, with intervals that hold together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from assay.audit.records import Estimate, Undefined
from assay.audit.stats.ladder import LEVEL, estimate, normal_quantile
from assay.audit.stats.proportions import newcombe, wilson

_FARTHEST = 9.0


def rate_contrasts(hits: Sequence[int], n: Sequence[int], reference: int, level: float = LEVEL) -> list[Estimate]:
    """Rate of each group minus the rate of group `reference`, in the order given without the reference.

    All intervals hold at once with the level's probability (max-T; Dunnett 1955, Hothorn et al. 2008): Newcombe's
    hybrid score limits at the quantile of the largest of the correlated |T|, found by integration, so without chance.
    Every group needs at least one unit.
    """
    critical = lru_cache(maxsize=64)(contrast_quantile(hits, n, reference))
    return [
        _difference(hits[index], n[index], hits[reference], n[reference], critical, level)
        for index in range(len(n))
        if index != reference
    ]


def contrast_quantile(hits: Sequence[int], n: Sequence[int], reference: int) -> Callable[[float], float]:
    """The max-T quantile of the contrasts with the reference, as a function of the level."""
    counts, sizes = np.asarray(hits, dtype=np.float64), np.asarray(n, dtype=np.float64)
    if (sizes < 1).any():
        raise ValueError("a group has no units")
    shares = (counts + 0.5) / (sizes + 1)
    variances = shares * (1 - shares) / sizes
    others = np.delete(variances, reference)
    return lambda level: max_t_quantile(level, others, float(variances[reference]))


def rate_gap(hits: Sequence[int], n: Sequence[int], level: float = LEVEL) -> Estimate | Undefined:
    """The largest rate minus the smallest, from simultaneous intervals of all pairs (Tukey-Kramer quantile).

    Conservative where there is no gap: a true gap of 0 lies on the boundary. Its interval is no test of a gap; the
    permutation null is. Undefined below two groups with units.
    """
    groups = [(count, size) for count, size in zip(hits, n, strict=True) if size > 0]
    if len(groups) < 2:
        return Undefined(f"not estimable: {len(groups)} group(s), 2 needed")
    shares = np.array([count / size for count, size in groups])

    def interval(rung: float) -> tuple[float, float]:
        return _widest_pair(groups, shares, range_quantile(rung, len(groups)))

    return estimate(
        float(np.ptp(shares)),
        interval,
        n=sum(size for _, size in groups),
        method="largest of all pairs, simultaneous",
        level=level,
        bounds=(0.0, 1.0),
    )


def _widest_pair(groups: Sequence[tuple[int, int]], shares: npt.NDArray[np.float64], z: float) -> tuple[float, float]:
    """The largest lower and the largest upper of Newcombe's limits over all ordered pairs of groups."""
    lows, highs = np.array([wilson(count, size, z) for count, size in groups]).T
    below, above = (shares - lows) ** 2, (highs - shares) ** 2
    low, high = -math.inf, -math.inf
    for at, share in enumerate(shares):
        gaps = share - shares
        low = max(low, float(np.delete(gaps - np.sqrt(below[at] + above), at).max()))
        high = max(high, float(np.delete(gaps + np.sqrt(above[at] + below), at).max()))
    return low, high


def max_t_quantile(level: float, variances: npt.NDArray[np.float64], reference: float) -> float:
    """The c with P(all |T_i| <= c) = level, where T_i = (X_i - X_0) / its standard error, all X normal, X_0 shared."""
    from scipy.special import ndtr

    own = np.sqrt(variances)[:, None]
    error = np.sqrt(variances + reference)[:, None]
    grid, weights = _normal_grid(math.sqrt(reference / float(variances.min())), 0.0)
    shared = np.sqrt(reference) * grid[None, :]

    def excess(c: float) -> float:
        inside = ndtr((c * error + shared) / own) - ndtr((-c * error + shared) / own)
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


def _normal_grid(steepness: float, start: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
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


def _difference(
    hits_a: int, n_a: int, hits_b: int, n_b: int, critical: Callable[[float], float], level: float
) -> Estimate:
    return estimate(
        hits_a / n_a - hits_b / n_b,
        lambda rung: newcombe(hits_a, n_a, hits_b, n_b, critical(rung)),
        n=n_a + n_b,
        method="Newcombe, max-T",
        level=level,
        bounds=(-1.0, 1.0),
    )
