"""From the values of groups to contrasts between them, for every kind of metric."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from fairwitness.audit.metrics.arrays import FloatArray, divide


def by_group(
    metric: Callable[..., float], codes: npt.ArrayLike, *columns: npt.ArrayLike, groups: int | None = None
) -> FloatArray:
    """`metric(*columns)` on the rows of each group: [groups], NaN where a group has no rows.

    `codes` says the group of each row, from 0; `groups` is their number where the last ones may be empty. Raises
    ValueError on columns of unequal length.
    """
    places = np.asarray(codes, dtype=np.int64)
    arrays = [np.asarray(column) for column in columns]
    for array in arrays:
        if array.shape[:1] != places.shape:
            raise ValueError(f"a column has {array.shape[0] if array.ndim else 0} rows, the group codes {places.size}")
    order = np.argsort(places, kind="stable")
    count = groups if groups is not None else int(places.max(initial=-1)) + 1
    bounds = np.searchsorted(places[order], np.arange(count + 1))
    values = np.full(count, np.nan)
    for group, (start, end) in enumerate(pairwise(bounds.tolist())):
        if end > start:
            rows = order[start:end]
            values[group] = metric(*(array[rows] for array in arrays))
    return values


def against(values: npt.ArrayLike, reference: int) -> FloatArray:
    """Values [..., groups] minus the one of the reference group: [..., groups], 0 at the reference itself."""
    array = np.asarray(values, dtype=np.float64)
    difference: FloatArray = array - array[..., reference, None]
    return difference


def relative_to(values: npt.ArrayLike, reference: int) -> FloatArray:
    """Values [..., groups] over the one of the reference group; NaN where that is 0."""
    array = np.asarray(values, dtype=np.float64)
    return divide(array, array[..., reference, None])


def gap(values: npt.ArrayLike) -> FloatArray:
    """The largest minus the smallest of values [..., groups]; NaN where one of them is undefined.

    It is above 0 by chance alone: never give it an interval from percentiles of resamples.
    """
    array = np.asarray(values, dtype=np.float64)
    spread: FloatArray = array.max(axis=-1) - array.min(axis=-1)
    return spread


def lowest_ratio(values: npt.ArrayLike) -> FloatArray:
    """The smallest over the largest of values [..., groups]; NaN where all are 0 or one is undefined."""
    array = np.asarray(values, dtype=np.float64)
    return divide(array.min(axis=-1), array.max(axis=-1))
