"""Shares of yes-or-no values that clusters tie together: Wilson's limits at the effective count.

A share near 0 or 1 is no place for a symmetric interval: with t limits 0 hits of 65 leave more room above than 1 hit
does. Here one hit more never gives a lower limit, whatever the clusters (`_worst`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.clusters import (
    Clusters,
    Labels,
    Values,
    cluster_count,
    cluster_means,
    factors_of,
)
from fairwitness.audit.stats.equal import ROUNDING
from fairwitness.audit.stats.fullest import largest_variance
from fairwitness.audit.stats.levels import LEVEL, FloatArray, IntArray, normal_level, t_quantile
from fairwitness.audit.stats.mover import Statistic
from fairwitness.audit.stats.proportions import rate_statistic, wilson
from fairwitness.audit.stats.weights import few_clusters

METHOD = "Wilson at the effective count"


def share(
    values: Values, clusters: Clusters = None, level: float = LEVEL, *, whole_clusters: bool = False
) -> Estimate | Undefined:
    """The share of hits among values of 0 and 1, each of the same weight; n is the number of equally large clusters.

    Wilson's limits at the effective count v (1 - v) / error² (Korn & Graubard, Survey Methodology 24 (1998) 193-201;
    Franco et al., Journal of Survey Statistics and Methodology 7 (2019) 334-364), never more than the values are, with
    the t quantile of as many degrees of freedom as there are clusters, less one. At 0 hits, and where all are hits, the
    exact binomial limit is taken where it is tighter. The error is clustered by one label a value or by two
    (`clusters`, as `mean`; none: each value on its own).

    Where hits are few they do not tell how clusters hang together. `whole_clusters` allows for clusters that are all
    hits or none: no limit is tighter than the binomial one of so many clusters without a hit (with all of them).
    Undefined below two clusters and for a value that is not a finite number; raises ValueError for other values than 0
    and 1.
    """
    statistic = share_statistic(values, clusters, whole_clusters=whole_clusters)
    if isinstance(statistic, Undefined):
        return statistic
    return statistic.estimate(METHOD if clusters is None else f"{METHOD} of clusters", (0.0, 1.0), level)


def share_statistic(
    values: Values, clusters: Clusters = None, *, whole_clusters: bool = False
) -> Statistic | Undefined:
    """The share as `share`, for sums, contrasts and gaps."""
    hits, problem = hits_of(values, clusters)
    if problem:
        return problem
    factors = factors_of(clusters, len(hits))
    n = cluster_count(factors)
    df, fewest = max(n - 1, 1.0), n if whole_clusters else math.inf
    above, below = _worst(hits, factors), _worst(1 - hits, factors)

    def limits(z: float) -> tuple[float, float]:
        least = _unseen(normal_level(z), fewest)
        return 1 - max(below.upper(z, df), least), max(above.upper(z, df), least)

    value, count = float(hits.mean()), above.counts[-1]
    return Statistic(value, rate_statistic(value * count, count).variance, n, limits)


def crossed_counts(values: Values, first: Labels, second: Labels) -> tuple[float, float]:
    """Effective hits and effective size of a share of values of 0 and 1 that two labels tie together.

    The size is the effective count of `share`, times the allowance for few clusters of `clustered_counts`: for
    estimators that take counts and the normal quantile. It is 1 at least, as of values of one cluster. Raises
    ValueError without values and for others than 0 and 1.
    """
    hits = np.asarray(values, dtype=np.float64)
    if not hits.size or not np.isin(hits, (0.0, 1.0)).all():
        raise ValueError("a share is of values of 0 and 1")
    factors = factors_of((first, second), len(hits))
    value = float(hits.mean())
    variance = float(largest_variance(hits, factors, np.arange(int(hits.sum()) + 1) / len(hits))[-1])
    size = max(1.0, _effective(value, variance, len(hits)) * few_clusters(cluster_count(factors)))
    return value * size, size


def hits_of(values: Values, clusters: Clusters) -> tuple[FloatArray, Undefined | None]:
    """The values, and why they have no share. Raises ValueError for other values than 0 and 1."""
    _, problem = cluster_means(values, clusters)
    hits = np.asarray(values, dtype=np.float64)
    if not problem and not np.isin(hits, (0.0, 1.0)).all():
        raise ValueError("a share is of values of 0 and 1")
    return hits, problem


def effective_share(value: float, error: float, most: float, df: float, n: float) -> Statistic:
    """A share that has its own standard error (of weighted or mixed values), as `share`; `most` bounds its count."""
    count = _effective(value, error**2, most)
    above, below = _Worst((value,), (count,), most), _Worst((1 - value,), (count,), most)
    variance = rate_statistic(value * count, count).variance
    return Statistic(value, variance, n, lambda z: (1 - below.upper(z, df), above.upper(z, df)))


@dataclass(frozen=True, slots=True)
class _Worst:
    """Shares and effective counts of which the one with the highest limit counts; `most` is the number of values."""

    shares: tuple[float, ...]
    counts: tuple[float, ...]
    most: float

    def upper(self, z: float, df: float) -> float:
        """The upper limit at `z` standard errors of a normal distribution."""
        level = normal_level(z)
        t = t_quantile(level, df)
        pairs = zip(self.shares, self.counts, strict=True)
        limit = max(wilson(worst * count, count, t)[1] for worst, count in pairs)
        if self.shares[-1] > 0:
            return limit
        whole = t_quantile(level, max(self.most - 1, 1.0))
        return min(limit, _unseen(level, self.most * (whole / t) ** 2))


def _unseen(level: float, count: float) -> float:
    """The exact binomial limit of a share that `count` independent values do not show."""
    return 1.0 - float(((1 - level) / 2) ** (1 / count))


def _worst(hits: FloatArray, factors: tuple[IntArray, ...]) -> _Worst:
    """The share with its effective count, and those that fewer of the same hits could have had with a higher limit.

    A hit more can spread the hits over more clusters, so that the error falls. Therefore the limit is the highest that
    any part of the hits gives: of each number of hits the largest error that so many of them can have. That bound rises
    with every hit, so that the limit does.
    """
    total, n = int(hits.sum()), len(hits)
    numbers = np.arange(total + 1)
    shares = numbers / n
    variances = largest_variance(hits, factors, shares)
    kept: list[tuple[float, float]] = []
    for value, variance in zip(shares[::-1].tolist(), variances[::-1].tolist(), strict=True):
        count = _effective(value, variance, n)
        if not kept or count < kept[-1][1] * (1 - ROUNDING):
            kept.append((value, count))
    kept.reverse()
    return _Worst(tuple(value for value, _ in kept), tuple(count for _, count in kept), n)


def _effective(value: float, variance: float, most: float) -> float:
    """How many independent values tell as much, between 1 and `most`; `most` where nothing varies."""
    spread = value * (1 - value)
    return float(most) if spread >= most * variance else max(1.0, spread / variance)
