"""Corrections for asking many questions of the same data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def holm(pvalues: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values in the order given: the chance of any false alarm stays below the level."""
    p = _checked(pvalues)
    order = np.argsort(p, kind="stable")
    adjusted = np.maximum.accumulate((len(p) - np.arange(len(p))) * p[order]) if len(p) else p
    return _restored(np.minimum(adjusted, 1.0), order)


def benjamini_hochberg(pvalues: Sequence[float]) -> list[float]:
    """Benjamini-Hochberg adjusted p-values in the order given: the expected share of false alarms among alarms."""
    p = _checked(pvalues)
    order = np.argsort(p, kind="stable")[::-1]
    ranks = np.arange(len(p), 0, -1)
    adjusted = np.minimum.accumulate(p[order] * len(p) / ranks) if len(p) else p
    return _restored(np.minimum(adjusted, 1.0), order)


def _checked(pvalues: Sequence[float]) -> npt.NDArray[np.float64]:
    p = np.asarray(pvalues, dtype=np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("a p-value is not between 0 and 1")
    return p


def _restored(values: npt.NDArray[np.float64], order: npt.NDArray[np.intp]) -> list[float]:
    out = np.empty_like(values)
    out[order] = values
    return [float(value) for value in out]
