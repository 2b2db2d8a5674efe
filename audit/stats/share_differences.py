"""Differences of two shares whose values stand in clusters, some of them on both sides."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import numpy as np

from assay.audit.records import Estimate, Undefined
from assay.audit.stats.clusters import Clusters, Values, cluster_count, factors_of, lies_within, two_factors
from assay.audit.stats.fullest import largest_variance
from assay.audit.stats.ladder import LEVEL, FloatArray
from assay.audit.stats.mover import Sample, difference_limits
from assay.audit.stats.shares import effective_share, hits_of


def share_difference(
    first: Values, second: Values, clusters_first: Clusters, clusters_second: Clusters, level: float = LEVEL
) -> Estimate | Undefined:
    """The share of first less that of second, where clusters of the same label on both sides tie the sides together.

    The arms of both intervals (`share`), squared and added, less twice the correlation times their product (Zou 2007;
    Newcombe 1998, method 10). The covariance is that of the clusters; a positive one is lessened by half of what one
    hit on either side makes, as Newcombe's continuity correction lessens it for pairs, so that a single hit in common
    leaves an interval. Unlike a share a difference has the error of its own hits alone: the bound that keeps a share
    from getting better by one hit more would make it up to twice as wide where clusters are few and large. n is that of
    the side with fewer clusters. Undefined as `share` is, for either side.
    """
    one, other = _side(first, clusters_first), _side(second, clusters_second)
    if isinstance(one, Undefined):
        return one
    if isinstance(other, Undefined):
        return other
    tied = _correlation((one, other), (first, second), (clusters_first, clusters_second))
    both = Sample(
        one.value - other.value,
        max(0.0, one.variance + other.variance - 2 * tied * (one.variance * other.variance) ** 0.5),
        min(one.n, other.n),
        lambda z: difference_limits(one, other, z, tied),
    )
    return both.estimate("difference of shares, Wilson at the effective count", (-1.0, 1.0), level)


def _side(values: Values, clusters: Clusters) -> Sample | Undefined:
    """A share by the error of its own hits alone, which one hit more may lessen."""
    hits, problem = hits_of(values, clusters)
    if problem:
        return Undefined(problem)
    factors = factors_of(clusters, len(hits))
    n, value = cluster_count(factors), float(hits.mean())
    error = math.sqrt(float(largest_variance(hits, factors, np.arange(hits.sum() + 1) / len(hits))[-1]))
    return effective_share(value, error, len(hits), max(n - 1, 1.0), n)


def _correlation(sides: Sequence[Sample], values: Sequence[Values], clusters: Sequence[Clusters]) -> float:
    """The correlation of two shares by the clusters that they have in common."""
    hits = [np.asarray(side, dtype=np.float64) for side in values]
    parts = [(side - side.mean()) / len(side) for side in hits]
    labels = [_tying(own, len(side), at) for at, (own, side) in enumerate(zip(clusters, hits, strict=True))]
    (first, other), (first_there, other_there) = labels
    shared = _covariance(parts, (first, first_there)) + _covariance(parts, (other, other_there))
    cells = [list(zip(*own, strict=True)) for own in labels]
    shared -= _covariance(parts, cells)
    if shared > 0:
        shared = max(0.0, shared - 0.5 / (len(hits[0]) * len(hits[1])))
    scale = math.sqrt(sides[0].variance * sides[1].variance)
    return max(-1.0, min(1.0, shared / scale))


def _covariance(parts: Sequence[FloatArray], labels: Sequence[Sequence[Hashable]]) -> float:
    """The sum over the clusters that both sides have of the products of their influences."""
    sums: list[dict[Hashable, float]] = []
    for part, own in zip(parts, labels, strict=True):
        found: dict[Hashable, float] = {}
        for label, value in zip(own, part.tolist(), strict=True):
            found[label] = found.get(label, 0.0) + value
        sums.append(found)
    both = sums[0].keys() & sums[1].keys()
    return math.fsum(sums[0][one] * sums[1][one] for one in both) * len(both) / max(len(both) - 1, 1)


def _tying(clusters: Clusters, size: int, side: int) -> tuple[list[Hashable], list[Hashable]]:
    """Two labels a value. What names single values, or lies in the other label, ties nothing to the other side."""
    own: list[Hashable] = [(side, at) for at in range(size)]
    both = two_factors(clusters)
    if both is None:
        return (own if clusters is None else list(clusters)), own
    first, second = (list(labels) for labels in both)
    if lies_within(second, first):
        return first, own
    return (own, second) if lies_within(first, second) else (first, second)
