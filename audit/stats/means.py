"""Means of values that belong together in clusters, their paired and unpaired differences.

A mean over clusters is one of two quantities, and the caller says which: `weigh="values"` is the plain mean, in which
every value weighs the same; `weigh="clusters"` the mean of the cluster means, in which every cluster does, whatever its
size. Either way clusters are what is drawn by chance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.bootstrap import bca
from fairwitness.audit.stats.clusters import (
    BALANCED,
    Clusters,
    Labels,
    Values,
    Weigh,
    cluster_means,
    factors_of,
    independent_error,
    numbered,
    one_factor,
    two_way_mean,
)
from fairwitness.audit.stats.equal import all_equal, constant_interval, unit_of, unless_rounding
from fairwitness.audit.stats.levels import LEVEL, UNBOUNDED, FloatArray, IntervalAt, estimate, normal_level, t_quantile
from fairwitness.audit.stats.mover import Statistic, linear_combination
from fairwitness.audit.stats.pvalues import t_pvalue
from fairwitness.audit.stats.simultaneous import contrasts

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
    *,
    weigh: Weigh | None = None,
) -> Estimate | Undefined:
    """The mean of values, or of cluster means, as `weigh` says; n is the number of clusters.

    `clusters` says which values belong together: None (each value is its own unit), one label per value, or a tuple of
    two such label sequences, which tie values together both ways. With clusters `weigh` has to be given:

    - "clusters": every cluster weighs the same (one factor only). Below 40 clusters a t interval on the cluster means
      with clusters - 1 degrees of freedom; from 40 the BCa bootstrap over clusters, seeded; above 10,000 the t interval
      again. So are values without clusters.
    - "values": every value weighs the same. The variance is clustered by one factor or both (`two_way_mean`), and the t
      interval has as many degrees of freedom as the factor with fewer clusters has of them, less one; clusters of very
      unequal size count for fewer.

    `bounds` is the range of a single value: intervals are clipped to it. When all values are equal, up to rounding,
    finite bounds give the exact binomial limit on what was never seen, and no bounds an interval without width. Where
    values vary and only their clusters agree, the error is that of values without clusters. Clusters are taken to be
    exchangeable. Undefined below two clusters and where a value is not a finite number. Raises ValueError where `weigh`
    is missing, and for "clusters" of two factors.
    """
    measured = _measured(values, clusters, bounds, seed, weigh)
    return measured if isinstance(measured, Undefined) else measured.estimate(bounds, level)


def paired_difference(
    first: Values,
    second: Values,
    clusters: Clusters = None,
    bounds: tuple[float, float] = UNBOUNDED,
    level: float = LEVEL,
    seed: int = 0,
    *,
    weigh: Weigh | None = None,
) -> Estimate | Undefined:
    """The mean of first - second over the same items, clustered, weighed and bounded as `mean`.

    `bounds` are the difference's. From 40 units on (values without clusters, or clusters that weigh the same) this is
    the paired bootstrap: pairs, or whole clusters of pairs, are resampled.
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.shape != b.shape:
        raise ValueError(f"{a.size} values are paired with {b.size}")
    return mean(a - b, clusters, bounds, level, seed, weigh=weigh)


def mean_difference(
    first: Values,
    second: Values,
    clusters_first: Labels | None = None,
    clusters_second: Labels | None = None,
    bounds: tuple[float, float] = UNBOUNDED,
    level: float = LEVEL,
) -> Estimate | Undefined:
    """The mean of cluster means of first minus that of second, two independent samples, Welch's t interval.

    Every cluster weighs the same. `bounds` are those of a single value. Where the units of one side are all equal, the
    limits of both means (`mean`) are squared and added instead: such a side says little of what it never showed. `n` is
    the number of clusters of both. Undefined below two clusters on either side; raises ValueError for two factors.
    """
    a, problem_a = cluster_means(first, one_factor(clusters_first))
    b, problem_b = cluster_means(second, one_factor(clusters_second))
    if problem := problem_a or problem_b:
        return problem
    width = bounds[1] - bounds[0]
    if all_equal(a, unit_of(bounds)) or all_equal(b, unit_of(bounds)):
        first_mean, other = (
            _of_clusters(*side, bounds, 0) for side in ((first, clusters_first), (second, clusters_second))
        )
        both = linear_combination([(1.0, first_mean.statistic()), (-1.0, other.statistic())])
        return both.estimate("means, square-and-add", (-width, width), level)
    share_a, share_b = float(a.var(ddof=1)) / len(a), float(b.var(ddof=1)) / len(b)
    df = (share_a + share_b) ** 2 / (share_a**2 / (len(a) - 1) + share_b**2 / (len(b) - 1))
    value = float(a.mean() - b.mean())
    interval = t_interval(value, math.sqrt(share_a + share_b), df)
    return estimate(value, interval, n=len(a) + len(b), method="Welch t", level=level, bounds=(-width, width))


def mean_contrasts(
    groups: Sequence[Values],
    reference: int,
    clusters: Sequence[Clusters] | None = None,
    bounds: tuple[float, float] = UNBOUNDED,
    level: float = LEVEL,
    seed: int = 0,
    *,
    weigh: Weigh | None = None,
) -> list[Estimate | Undefined]:
    """Mean of each group minus that of group `reference`, without it, all intervals at once (max-T).

    The limits of both means (`mean`, clustered where `clusters` gives the labels of each group), squared and added, at
    the max-T quantile; t limits are taken at the level that this quantile stands for, each with its own degrees of
    freedom, as in Hasler & Hothorn, Biometrical Journal 50 (2008) 793-800. `bounds` are those of a single value.
    """
    factors = clusters or [None] * len(groups)
    statistics = [
        mean_statistic(values, factor, bounds, seed, weigh=weigh)
        for values, factor in zip(groups, factors, strict=True)
    ]
    width = bounds[1] - bounds[0]
    return contrasts(statistics, reference, method="means, max-T", bounds=(-width, width), level=level)


def mean_statistic(
    values: Values,
    clusters: Clusters = None,
    bounds: tuple[float, float] = UNBOUNDED,
    seed: int = 0,
    *,
    weigh: Weigh | None = None,
) -> Statistic | Undefined:
    """The mean of one group as `mean`, for sums, contrasts and gaps."""
    measured = _measured(values, clusters, bounds, seed, weigh)
    return measured if isinstance(measured, Undefined) else measured.statistic()


def mean_pvalue(values: Values, null: float = 0.0, clusters: Clusters = None, *, weigh: Weigh | None = None) -> float:
    """Two-sided p-value of a mean of `null`, clustered and weighed as `mean`: t by its standard error (`t_pvalue`).

    Where all values are equal it is that of so many clusters on one side; 1 where the mean is undefined. From 40
    clusters on the interval of `mean` is a bootstrap, which p need not agree with to the digit.
    """
    measured = _measured(values, clusters, UNBOUNDED, 0, weigh)
    if isinstance(measured, Undefined):
        return 1.0
    distance = unless_rounding(abs(measured.value - null), max(abs(measured.value), abs(null)))
    return t_pvalue(distance, math.sqrt(measured.variance), measured.n)


@dataclass(frozen=True, slots=True)
class _Mean:
    """A mean, its squared standard error, the clusters that count, and its interval as a function of the level."""

    value: float
    variance: float
    n: float
    interval: IntervalAt
    method: str

    def estimate(self, bounds: tuple[float, float], level: float) -> Estimate:
        return estimate(self.value, self.interval, n=round(self.n), method=self.method, level=level, bounds=bounds)

    def statistic(self) -> Statistic:
        return Statistic(self.value, self.variance, self.n, lambda z: self.interval(normal_level(z)))


def _measured(
    values: Values, clusters: Clusters, bounds: tuple[float, float], seed: int, weigh: Weigh | None
) -> _Mean | Undefined:
    if clusters is not None and weigh is None:
        raise ValueError("a mean over clusters needs weigh='values' or weigh='clusters': which of them weigh the same")
    _, problem = cluster_means(values, clusters)
    if problem:
        return problem
    if clusters is None or weigh == "clusters":
        return _of_clusters(values, one_factor(clusters), bounds, seed)
    factors = factors_of(clusters, len(values))
    if all_equal(values, unit_of(bounds)):
        return _constant(values, min(int(labels.max()) + 1 for labels in factors), bounds)
    clustered = two_way_mean(values, factors[0], factors[-1], unit_of(bounds))
    interval = t_interval(clustered.value, clustered.error, clustered.df)
    return _Mean(clustered.value, clustered.error**2, clustered.count, interval, clustered.method)


def _of_clusters(values: Values, clusters: Labels | None, bounds: tuple[float, float], seed: int) -> _Mean:
    """The mean of cluster means, each of the same weight; of values without clusters."""
    units, _ = cluster_means(values, clusters)
    value, count, unit = float(units.mean()), len(units), unit_of(bounds)
    if all_equal(values, unit):
        return _constant(values, count, bounds)
    over = "" if clusters is None else " over clusters"
    if all_equal(units, unit):
        error = _without_clusters(values, clusters, count)
        return _Mean(value, error**2, count, t_interval(value, error, count - 1), f"t{over}, {BALANCED}")
    variance = float(units.var(ddof=1)) / count
    if BCA_FROM <= count <= BCA_TO:
        return _Mean(value, variance, count, _bca_when_asked(units, seed), f"BCa bootstrap{over}")
    return _Mean(value, variance, count, t_interval(value, math.sqrt(variance), count - 1), f"t{over}")


def _constant(values: Values, count: int, bounds: tuple[float, float]) -> _Mean:
    value = float(np.mean(np.asarray(values, dtype=np.float64)))
    return _Mean(value, 0.0, count, constant_interval(value, count, bounds), "all equal")


def _without_clusters(values: Values, clusters: Labels | None, count: int) -> float:
    """The error of a mean of cluster means that agree, as if the values in them were independent."""
    array = np.asarray(values, dtype=np.float64)
    codes = numbered(clusters, len(array)) if clusters is not None else np.arange(len(array))
    return independent_error((array - array.mean()) / (count * np.bincount(codes)[codes]))


def _bca_when_asked(units: FloatArray, seed: int) -> IntervalAt:
    """The BCa interval, resampled the first time that it is asked for."""
    made = cache(lambda: bca(units, seed))
    return lambda level: made()(level)


def t_interval(value: float, error: float, df: float) -> IntervalAt:
    """The t interval as a function of its level."""

    def interval(level: float) -> tuple[float, float]:
        half = t_quantile(level, df) * error
        return value - half, value + half

    return interval
