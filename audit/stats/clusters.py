"""Values that belong together, and the one mean that each cluster of them counts for."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from assay.audit.stats.ladder import FloatArray, IntArray

Values: TypeAlias = Sequence[float] | npt.NDArray[Any]
Labels: TypeAlias = Sequence[Hashable] | npt.NDArray[Any]
Clusters: TypeAlias = Labels | tuple[Labels, Labels] | None


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


def _codes(clusters: Clusters, size: int) -> IntArray | None:
    if clusters is None:
        return None
    if isinstance(clusters, tuple) and len(clusters) == 2 and all(_is_labels(part) for part in clusters):
        first, second = (_numbered(part, size) for part in clusters)
        return first if len(np.unique(first)) <= len(np.unique(second)) else second
    return _numbered(clusters, size)


def _is_labels(part: object) -> bool:
    return isinstance(part, np.ndarray | list | tuple)


def _numbered(labels: Any, size: int) -> IntArray:
    if len(labels) != size:
        raise ValueError(f"{len(labels)} cluster labels for {size} values")
    plain = labels.tolist() if isinstance(labels, np.ndarray) else labels
    numbers: dict[Hashable, int] = {}
    return np.fromiter((numbers.setdefault(label, len(numbers)) for label in plain), dtype=np.int64, count=size)
