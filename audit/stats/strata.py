"""Two groups of values to be compared, the second mixed as the first is: weights, influences, clusters."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from fairwitness.audit import reasons
from fairwitness.audit.records import Undefined
from fairwitness.audit.stats.clusters import (
    Clusters,
    Labels,
    Values,
    lies_within,
    numbered,
    two_factors,
    two_way_error,
)
from fairwitness.audit.stats.levels import FloatArray
from fairwitness.audit.stats.weights import effective_size

Strata: TypeAlias = tuple[Labels, Labels]
"""The stratum of each value of the first and of the second side."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side: its mean, what each value weighs in it (1 together), and by how much each moves it.

    `labels` are two a value, which name the same clusters on both sides of a comparison. What names single values, or
    lies in the other label, is the side's own.
    """

    value: float
    weights: FloatArray
    influence: FloatArray
    labels: tuple[list[Hashable], list[Hashable]]

    @property
    def error(self) -> float:
        """Standard error, clustered by both labels."""
        return two_way_error(self.influence, *self.labels)

    @property
    def most(self) -> float:
        """As many equally weighted values (Kish)."""
        return effective_size(self.weights)

    @property
    def count(self) -> float:
        """Equally large clusters of the factor with fewer; where one label lies in the other, of the coarser."""
        first, second = self.labels
        factors = (second,) if lies_within(first, second) else (first,) if lies_within(second, first) else self.labels
        size = len(self.weights)
        return min(effective_size(np.bincount(numbered(factor, size), weights=self.weights)) for factor in factors)


def sides(
    values: tuple[Values, Values], clusters: tuple[Clusters, Clusters], strata: Strata | None
) -> tuple[Side, Side] | Undefined:
    """Both sides; values are finite and have two clusters or more.

    Each value weighs the same, unless there are `strata`: then those of the second side weigh together what the first
    side has of them, values of others count nowhere, and both errors are those within strata. The distance of a value
    from the mean of its stratum is enlarged as if the clusters of each stratum were counted alone; where a stratum has
    one cluster it is that from the mean of all. Undefined where the second side lacks a stratum of the first.
    """
    if strata is None:
        whole = [["all"] * len(side) for side in values]
        strata = whole[0], whole[1]
    first, second = (list(stratum) for stratum in strata)
    asked, here = Counter(first), Counter(second)
    lacking = sorted({str(stratum) for stratum in asked.keys() - here.keys()})
    if lacking:
        return reasons.stated("no_stratum", "not_comparable", lacking=", ".join(lacking))
    weights = np.array([asked[stratum] / len(first) / here[stratum] for stratum in second])
    kept = np.flatnonzero(weights)
    labels = [
        _labels(clustering, len(side), index)
        for index, (clustering, side) in enumerate(zip(clusters, values, strict=True))
    ]
    first_side = _side(values[0], np.full(len(first), 1 / len(first)), first, labels[0])
    there = tuple([column[place] for place in kept] for column in labels[1])
    other = _side(np.asarray(values[1])[kept], weights[kept], [second[place] for place in kept], (there[0], there[1]))
    return first_side, other


def joint_error(pair: tuple[Side, Side]) -> float:
    """Standard error of the difference of both sides, of which common clusters move both."""
    left, right = pair
    influence = np.concatenate([left.influence, -right.influence])
    first, second = ([*above, *below] for above, below in zip(left.labels, right.labels, strict=True))
    return two_way_error(influence, first, second)


def _side(
    values: Values, weights: FloatArray, strata: Sequence[Hashable], labels: tuple[list[Hashable], list[Hashable]]
) -> Side:
    array = np.asarray(values, dtype=np.float64)
    value = float(weights @ array)
    influence = weights * (array - value)
    for stratum in dict.fromkeys(strata):
        inside = np.array([label == stratum for label in strata])
        scale = _enlarged(inside, strata, labels)
        if scale is not None:
            mean = float(weights[inside] @ array[inside] / weights[inside].sum())
            influence[inside] = scale * weights[inside] * (array[inside] - mean)
    return Side(value, weights, influence, labels)


def _enlarged(members: FloatArray, strata: Sequence[Hashable], labels: Sequence[Sequence[Hashable]]) -> float | None:
    """Root of G / (G - 1) by the G clusters of this stratum over that by all clusters; None where G is 1.

    Clusters that hold several strata vary as a whole, whatever the strata are: they do not count.
    """
    nested = [label for label in labels if lies_within(label, strata)]
    factor = 1.0
    for label in nested:
        inside = len({cluster for cluster, here in zip(label, members, strict=True) if here})
        if inside < 2:
            return None
        total = len(set(label))
        factor = max(factor, inside / (inside - 1) / (total / (total - 1)))
    return math.sqrt(factor)


def _labels(clusters: Clusters, size: int, side: int) -> tuple[list[Hashable], list[Hashable]]:
    alone: list[Hashable] = [(side, index) for index in range(size)]
    both = two_factors(clusters)
    if both is None:
        return (alone if clusters is None else list(clusters)), alone
    first, second = (list(labels) for labels in both)
    if lies_within(second, first):
        return first, alone
    return (alone, second) if lies_within(first, second) else (first, second)
