"""Values that belong together: the mean that each cluster counts for, and means with two factors as chance."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit import reasons
from fairwitness.audit.records import Undefined
from fairwitness.audit.stats.equal import ROUNDING, all_equal
from fairwitness.audit.stats.levels import FloatArray, IntArray
from fairwitness.audit.stats.weights import effective_size

Values: TypeAlias = Sequence[float] | npt.NDArray[Any]
Labels: TypeAlias = Sequence[Hashable] | npt.NDArray[Any]
Clusters: TypeAlias = Labels | tuple[Labels, Labels] | None
Weigh: TypeAlias = Literal["values", "clusters"]
"""What weighs the same in a mean: every value, or every cluster whatever its size."""
BALANCED = "values balance out"
"""Said of a mean whose values vary and whose clusters agree: its error is that of values without clusters."""


def cluster_means(values: Values, clusters: Clusters) -> tuple[FloatArray, Undefined | None]:
    """One mean per cluster (of two factors of the one with fewer), or the reason why nothing can be estimated."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"values have {array.ndim} dimensions, not one")
    odd = int(array.size - np.isfinite(array).sum())
    if odd:
        return array, reasons.not_finite(odd, array.size)
    codes = _codes(clusters, array.size)
    if codes is not None and array.size:
        array = np.bincount(codes, weights=array) / np.bincount(codes)
    if array.size < 2:
        return array, reasons.few(array.size, 2, "values" if clusters is None else "clusters")
    return array, None


@dataclass(frozen=True, slots=True)
class TwoWayMean:
    """A mean of values, its standard error clustered two ways, and on how many equally large clusters it rests."""

    value: float
    error: float
    count: float
    method: str

    @property
    def df(self) -> float:
        """Degrees of freedom: as many as clusters, less one."""
        return max(self.count - 1, 1.0)


def two_way_mean(values: Values, first: Labels, second: Labels, unit: float = 1.0) -> TwoWayMean:
    """The mean of values of equal weight that two labels tie together; both have two clusters or more.

    The clusters that count are those of the factor with fewer, and of very unequal ones fewer: as many equal clusters
    as would weigh as unevenly (`effective_size` of their sizes). The error is 0 where values are all equal (`unit` as
    for `all_equal`). Where they vary and balance out in all clusters of either factor, as the fields of a chequerboard
    do, clusters say nothing of chance, and the error is that of values without clusters.
    """
    array = np.asarray(values, dtype=np.float64)
    value = float(array.mean())
    influence = (array - value) / len(array)
    error = two_way_error(influence, first, second)
    count = min(effective_size(np.bincount(numbered(labels, len(array)))) for labels in (first, second))
    nested = lies_within(first, second) or lies_within(second, first)
    method = "t over clusters, pooled" if nested else "t, clustered two ways"
    if all_equal(array, unit):
        error = 0.0
    elif error <= ROUNDING * max(float(np.abs(array).max()), unit):
        error, method = independent_error(influence), f"{method}, {BALANCED}"
    return TwoWayMean(value, error, count, method)


def independent_error(influence: FloatArray) -> float:
    """Standard error of a sum of influences of values that nothing ties together."""
    return math.sqrt(float(influence @ influence) * len(influence) / (len(influence) - 1))


def two_way_error(influence: FloatArray, first: Labels, second: Labels) -> float:
    """Standard error of a sum of influences that two labels tie together: variance clustered two ways.

    Cameron, Gelbach & Miller 2011, eq. 2.11, never below either one-way variance. Where one factor lies within the
    other that is the variance of the coarser one alone.
    """
    first_variance, other = _variance(influence, first), _variance(influence, second)
    if lies_within(first, second):
        return math.sqrt(other)
    if lies_within(second, first):
        return math.sqrt(first_variance)
    both = _variance(influence, list(zip(first, second, strict=True)))
    return math.sqrt(max(first_variance + other - both, first_variance, other))


def lies_within(inner: Labels, outer: Labels) -> bool:
    """Whether all values of each inner label have one outer label."""
    return len(set(zip(inner, outer, strict=True))) == len(set(inner))


def _variance(influence: FloatArray, labels: Labels) -> float:
    sums = np.bincount(numbered(labels, len(influence)), weights=influence)
    return float(sums @ sums) * len(sums) / max(len(sums) - 1, 1)


def _codes(clusters: Clusters, size: int) -> IntArray | None:
    """Cluster numbers; of two factors those of the one with fewer clusters."""
    if clusters is None:
        return None
    both = two_factors(clusters)
    if both is None:
        return numbered(clusters, size)
    first, second = (numbered(part, size) for part in both)
    return first if len(np.unique(first)) <= len(np.unique(second)) else second


def one_factor(clusters: Clusters) -> Labels | None:
    """The labels of one factor, or none. Raises ValueError for two: they have no mean of clusters."""
    if two_factors(clusters) is not None:
        raise ValueError("clusters of two factors have no mean of clusters: weigh='values'")
    return clusters  # type: ignore[return-value]


def two_factors(clusters: Clusters) -> tuple[Labels, Labels] | None:
    """Both label sequences where clusters are those of two factors."""
    if isinstance(clusters, tuple) and len(clusters) == 2:
        first, second = clusters
        if isinstance(first, np.ndarray | list | tuple) and isinstance(second, np.ndarray | list | tuple):
            return first, second
    return None


def numbered(labels: Any, size: int) -> IntArray:
    """Cluster numbers from 0 in the order of appearance. Raises ValueError where labels are not one a value."""
    if len(labels) != size:
        raise ValueError(f"{len(labels)} cluster labels for {size} values")
    plain = labels.tolist() if isinstance(labels, np.ndarray) else list(labels)
    numbers: dict[Hashable, int] = {label: number for number, label in enumerate(dict.fromkeys(plain))}
    return np.fromiter(map(numbers.__getitem__, plain), dtype=np.int64, count=size)


def factors_of(clusters: Clusters, size: int) -> tuple[IntArray, ...]:
    """The factors that the variance is clustered by: of two of which one lies in the other, the coarser alone."""
    both = two_factors(clusters)
    if both is None:
        labels = np.arange(size) if clusters is None else numbered(clusters, size)
        return (labels,)
    first, second = (numbered(labels, size) for labels in both)
    if lies_within(first, second):
        return (second,)
    return (first,) if lies_within(second, first) else (first, second)


def cluster_count(factors: tuple[IntArray, ...]) -> float:
    """Equally large clusters of the factor with fewer."""
    return min(effective_size(np.bincount(labels)) for labels in factors)
