"""Means of clustered values, their paired and unpaired differences."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from assay.audit.records import Estimate, Undefined
from assay.audit.stats.bootstrap import bca
from assay.audit.stats.clusters import Clusters, CrossedMean, Values, cluster_means, crossed_mean, two_factors
from assay.audit.stats.ladder import LEVEL, UNBOUNDED, FloatArray, IntervalAt, estimate, normal_level, t_quantile
from assay.audit.stats.mover import Sample
from assay.audit.stats.simultaneous import contrasts

BCA_FROM = 40
"""From this many clusters on the interval is a bootstrap; below it, a t interval."""
BCA_TO = 10_000
"""Above this many clusters the t interval is used again: skewness no longer moves it."""


def mean(
    values: Values,
    clusters: Clusters = None,
    bounds: tuple[float, float] = UNBOUNDED,
    level: float = LEVEL,
    seed: int = 0,
) -> Estimate | Undefined:
    """The mean of the cluster means (each cluster weighs the same), with n the number of clusters.

    `clusters` says which values belong together: None (each value is its own unit), one label per value, or a tuple of
    two such label sequences. With two, each value weighs the same, the variance is clustered both ways, and the t
    interval has as many degrees of freedom as the factor with fewer clusters has of them, less one (`crossed_mean`).
    With one factor, below 40 clusters a t interval on the cluster means with clusters - 1 degrees of freedom; from 40
    the BCa bootstrap over clusters, seeded; above 10,000 the t interval again. `bounds` is the range of a single value:
    intervals are clipped to it. When all cluster means are equal, finite bounds give the exact binomial limit on what
    was never seen. Clusters are taken to be exchangeable. Undefined below two clusters and where a value is not a
    finite number.
    """
    units, problem = cluster_means(values, clusters)
    if problem:
        return Undefined(problem)
    both = _crossed(values, clusters)
    if both is not None:
        interval, n = t_interval(both.value, both.error, both.df), round(both.count)
        return estimate(both.value, interval, n=n, method=both.method, level=level, bounds=bounds)
    value = float(units.mean())
    interval, method = _interval(units, bounds, seed)
    named = method if clusters is None else f"{method} over clusters"
    return estimate(value, interval, n=len(units), method=named, level=level, bounds=bounds)


def paired_difference(
    first: Values,
    second: Values,
    clusters: Clusters = None,
    bounds: tuple[float, float] = UNBOUNDED,
    level: float = LEVEL,
    seed: int = 0,
) -> Estimate | Undefined:
    """The mean of first - second over the same items, clustered and bounded as `mean`; `bounds` are the difference's.

    From 40 clusters on this is the paired cluster bootstrap: whole clusters of pairs are resampled.
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.shape != b.shape:
        raise ValueError(f"{a.size} values are paired with {b.size}")
    return mean(a - b, clusters, bounds, level, seed)


def mean_difference(
    first: Values,
    second: Values,
    clusters_first: Clusters = None,
    clusters_second: Clusters = None,
    bounds: tuple[float, float] = UNBOUNDED,
    level: float = LEVEL,
) -> Estimate | Undefined:
    """The mean of cluster means of first minus that of second, two independent samples, Welch's t interval.

    `bounds` are the difference's. `n` is the number of clusters of both. Undefined below two clusters in either.
    """
    a, problem_a = cluster_means(first, clusters_first)
    b, problem_b = cluster_means(second, clusters_second)
    if problem_a or problem_b:
        return Undefined(problem_a or problem_b)
    share_a, share_b = float(a.var(ddof=1)) / len(a), float(b.var(ddof=1)) / len(b)
    error = math.sqrt(share_a + share_b)
    spread = share_a**2 / (len(a) - 1) + share_b**2 / (len(b) - 1)
    df = (share_a + share_b) ** 2 / spread if spread > 0 else float(len(a) + len(b) - 2)
    value = float(a.mean() - b.mean())
    return estimate(
        value, t_interval(value, error, df), n=len(a) + len(b), method="Welch t", level=level, bounds=bounds
    )


def mean_contrasts(
    groups: Sequence[Values],
    reference: int,
    clusters: Sequence[Clusters] | None = None,
    bounds: tuple[float, float] = UNBOUNDED,
    level: float = LEVEL,
    seed: int = 0,
) -> list[Estimate | Undefined]:
    """Mean of each group minus that of group `reference`, without it, all intervals at once (max-T).

    The limits of both means (`mean`, clustered where `clusters` gives the labels of each group), squared and added, at
    the max-T quantile; t limits are taken at the level that this quantile stands for, each with its own degrees of
    freedom, as in Hasler & Hothorn, Biometrical Journal 50 (2008) 793-800. `bounds` are those of a single value.
    """
    factors = clusters or [None] * len(groups)
    samples = [mean_sample(values, own, bounds, seed) for values, own in zip(groups, factors, strict=True)]
    width = bounds[1] - bounds[0]
    return contrasts(samples, reference, method="means, max-T", bounds=(-width, width), level=level)


def mean_sample(
    values: Values, clusters: Clusters = None, bounds: tuple[float, float] = UNBOUNDED, seed: int = 0
) -> Sample | Undefined:
    """The mean of one group as `mean`, for sums, contrasts and gaps."""
    units, problem = cluster_means(values, clusters)
    if problem:
        return Undefined(problem)
    both = _crossed(values, clusters)
    if both is not None:
        crossed = t_interval(both.value, both.error, both.df)
        return Sample(both.value, both.error**2, both.count, lambda z: crossed(normal_level(z)))
    value, variance = float(units.mean()), float(units.var(ddof=1)) / len(units)
    at = _interval(units, bounds, seed)[0]
    return Sample(value, variance, len(units), lambda z: at(normal_level(z)))


def _crossed(values: Values, clusters: Clusters) -> CrossedMean | None:
    """The mean with two factors as chance; None with one, and where nothing varies."""
    both = two_factors(clusters)
    found = None if both is None else crossed_mean(values, *both)
    return found if found is not None and found.error > 0 else None


def _interval(units: FloatArray, bounds: tuple[float, float], seed: int) -> tuple[IntervalAt, str]:
    value, count = float(units.mean()), len(units)
    if float(np.ptp(units)) == 0.0:
        return constant_interval(float(units[0]), count, bounds), "all equal"
    if BCA_FROM <= count <= BCA_TO:
        return bca(units, seed), "BCa bootstrap"
    error = float(units.std(ddof=1)) / math.sqrt(count)
    return t_interval(value, error, count - 1), "t"


def t_interval(value: float, error: float, df: float) -> IntervalAt:
    """The t interval as a function of its level."""

    def interval(level: float) -> tuple[float, float]:
        half = t_quantile(level, df) * error
        return value - half, value + half

    return interval


def constant_interval(value: float, count: int, bounds: tuple[float, float]) -> IntervalAt:
    """How far the mean may lie from a value that all units share, when a unit can be no further than its bounds."""
    low_room = value - bounds[0] if math.isfinite(bounds[0]) else 0.0
    high_room = bounds[1] - value if math.isfinite(bounds[1]) else 0.0

    def interval(level: float) -> tuple[float, float]:
        unseen = 1 - ((1 - level) / 2) ** (1 / count)
        return value - unseen * low_room, value + unseen * high_room

    return interval
