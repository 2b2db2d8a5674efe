"""Values that belong together, and the one mean that each cluster of them counts for."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from assay.audit.stats.ladder import FloatArray, IntArray

Values: TypeAlias = Sequence[float] | npt.NDArray[Any]
Labels: TypeAlias = Sequence[Hashable] | npt.NDArray[Any]
Clusters: TypeAlias = Labels | tuple[Labels, Labels] | None


_ROUNDING = 1e-12
"""What an error may be by rounding alone, in units of the largest value."""


def cluster_means(values: Values, clusters: Clusters) -> tuple[FloatArray, str]:
    """One mean per cluster, or the reason why nothing can be estimated from them."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"values have {array.ndim} dimensions, not one")
    odd = int(array.size - np.isfinite(array).sum())
    if odd:
        return array, f"not estimable: {odd} of {array.size} values are not finite numbers"
    codes = _codes(clusters, array.size)
    if codes is not None and array.size:
        array = np.bincount(codes, weights=array) / np.bincount(codes)
    if array.size < 2:
        unit = "values" if clusters is None else "clusters"
        return array, f"not estimable: {array.size} {unit}, 2 needed"
    return array, ""


def crossed_means_error(values: Values, clusters: Clusters) -> float | None:
    """Standard error of the mean of `cluster_means` where two factors cut across each other; None for one factor."""
    factors = _factors(clusters, len(values))
    if len(factors) < 2:
        return None
    fewer = factors[0]
    array, counts = np.asarray(values, dtype=np.float64), np.bincount(fewer)
    weights = 1 / (len(counts) * counts[fewer])
    error = crossed_error(weights * (array - weights @ array), *(one.tolist() for one in factors))
    return error if error > _ROUNDING * max(1.0, float(np.abs(array).max())) else 0.0


def crossed_error(influence: FloatArray, first: Sequence[Hashable], second: Sequence[Hashable]) -> float:
    """Standard error of a sum of influences that two labels tie together: variance clustered two ways.

    Cameron, Gelbach & Miller 2011, eq. 2.11, never below either one-way variance.
    """
    both = _variance(influence, list(zip(first, second, strict=True)))
    one, other = _variance(influence, first), _variance(influence, second)
    return math.sqrt(max(one + other - both, one, other))


def _variance(influence: FloatArray, labels: Sequence[Hashable]) -> float:
    sums = np.bincount(_numbered(labels, len(influence)), weights=influence)
    return float(sums @ sums) * len(sums) / max(len(sums) - 1, 1)


def _codes(clusters: Clusters, size: int) -> IntArray | None:
    factors = _factors(clusters, size)
    return factors[0] if factors else None


def _factors(clusters: Clusters, size: int) -> list[IntArray]:
    """The cluster numbers of each factor, the one with fewer clusters first; one alone where both cut alike."""
    if clusters is None:
        return []
    if not (isinstance(clusters, tuple) and len(clusters) == 2 and all(_is_labels(part) for part in clusters)):
        return [_numbered(clusters, size)]
    first, second = (_numbered(part, size) for part in clusters)
    if np.array_equal(first, second):
        return [first]
    return [first, second] if len(np.unique(first)) <= len(np.unique(second)) else [second, first]


def _is_labels(part: object) -> bool:
    return isinstance(part, np.ndarray | list | tuple)


def _numbered(labels: Any, size: int) -> IntArray:
    if len(labels) != size:
        raise ValueError(f"{len(labels)} cluster labels for {size} values")
    plain = labels.tolist() if isinstance(labels, np.ndarray) else labels
    numbers: dict[Hashable, int] = {}
    return np.fromiter((numbers.setdefault(label, len(numbers)) for label in plain), dtype=np.int64, count=size)
