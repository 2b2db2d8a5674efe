"""Differences of two shares whose values stand in clusters, some of them on both sides."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.clusters import Clusters, Values
from fairwitness.audit.stats.levels import LEVEL, FloatArray, normal_level, t_quantile
from fairwitness.audit.stats.mover import Statistic, difference_limits
from fairwitness.audit.stats.shares import effective_share, hits_of
from fairwitness.audit.stats.strata import Side, Strata, joint_error, sides


def share_difference(
    first: Values,
    second: Values,
    clusters_first: Clusters,
    clusters_second: Clusters,
    level: float = LEVEL,
    *,
    strata: Strata | None = None,
) -> Estimate | Undefined:
    """The share of first less that of second, where clusters of the same label on both sides tie the sides together.

    The arms of both intervals (`share`), squared and added, less twice the correlation times their product (Zou 2007;
    Newcombe 1998, method 10). The covariance is that of the clusters; a positive one is lessened by half of what one
    hit on either side makes, as Newcombe's continuity correction lessens it for pairs, so that a single hit in common
    leaves an interval. Unlike a share a difference has the error of its own hits alone: the bound that keeps a share
    from getting better by one hit more would make it up to twice as wide where clusters are few and large. n is that of
    the side with fewer clusters.

    `strata` gives each value of either side a stratum; the second share is then the one that it would be if it were
    mixed as the first is, with the effective count of its weights, and both errors are those within strata (`sides`).
    Weights rest on fewer values, and the arms of lopsided limits hardly cancel: on each side the wider of these limits
    and the t limits of the difference is taken.
    Undefined as `share` is, for either side, and where the second has no value of a stratum of the first.
    """
    values, clusters = (first, second), (clusters_first, clusters_second)
    for side_values, labels in zip(values, clusters, strict=True):
        _, problem = hits_of(side_values, labels)
        if problem:
            return problem
    pair = sides(values, clusters, strata)
    if isinstance(pair, Undefined):
        return pair
    above, other = (
        effective_share(_kept(side), side.error, side.most, max(side.count - 1, 1.0), side.count) for side in pair
    )
    tied, value, n = _correlation((above, other), pair), above.value - other.value, min(above.n, other.n)
    error = joint_error(pair) if strata else 0.0

    def limits(z: float) -> tuple[float, float]:
        low, high = difference_limits(above, other, z, tied)
        half = t_quantile(normal_level(z), max(n - 1, 1.0)) * error
        return min(low, value - half), max(high, value + half)

    variance = max(0.0, above.variance + other.variance - 2 * tied * (above.variance * other.variance) ** 0.5)
    both = Statistic(value, variance, n, limits)
    return both.estimate("difference of shares, Wilson at the effective count", (-1.0, 1.0), level)


def _kept(side: Side) -> float:
    """The share, kept by rounding within 0 and 1."""
    return min(1.0, max(0.0, side.value))


def _correlation(statistics: Sequence[Statistic], pair: Sequence[Side]) -> float:
    """The correlation of two shares by the clusters that they have in common."""
    parts = [side.influence for side in pair]
    (first, other), (first_there, other_there) = (side.labels for side in pair)
    shared = _covariance(parts, (first, first_there)) + _covariance(parts, (other, other_there))
    cells = [list(zip(*side.labels, strict=True)) for side in pair]
    shared -= _covariance(parts, cells)
    if shared > 0:
        shared = max(0.0, shared - 0.5 / (pair[0].most * pair[1].most))
    scale = math.sqrt(statistics[0].variance * statistics[1].variance)
    return max(-1.0, min(1.0, shared / scale))


def _covariance(parts: Sequence[FloatArray], labels: Sequence[Sequence[Hashable]]) -> float:
    """The sum over the clusters that both sides have of the products of their influences."""
    sums: list[dict[Hashable, float]] = []
    for part, side_labels in zip(parts, labels, strict=True):
        by_label: dict[Hashable, float] = {}
        for label, value in zip(side_labels, part.tolist(), strict=True):
            by_label[label] = by_label.get(label, 0.0) + value
        sums.append(by_label)
    both = sums[0].keys() & sums[1].keys()
    return math.fsum(sums[0][label] * sums[1][label] for label in both) * len(both) / max(len(both) - 1, 1)
