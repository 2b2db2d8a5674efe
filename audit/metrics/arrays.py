"""What the formulas share: quotients that may be undefined, and counting by place."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
Weights: TypeAlias = npt.ArrayLike | None


def divide(over: npt.ArrayLike, under: npt.ArrayLike) -> FloatArray:
    """Elementwise quotient in float64; NaN where `under` is 0."""
    a, b = np.broadcast_arrays(np.asarray(over, dtype=np.float64), np.asarray(under, dtype=np.float64))
    quotient = np.full(a.shape, math.nan)
    np.divide(a, b, out=quotient, where=b != 0)
    return quotient


def tally(places: npt.NDArray[np.int64], count: int, weights: npt.ArrayLike | None = None) -> FloatArray:
    """How many rows, or how much weight, fall on each of the places 0 to count - 1: [count]."""
    return np.bincount(places, weights=weights, minlength=count).astype(np.float64)


def refuse(odd: npt.NDArray[np.bool_], values: FloatArray, why: str) -> None:
    """Raises ValueError with the first odd value, its row counted from 1 and how many there are; nothing if none is."""
    if odd.any():
        row = int(odd.argmax())
        raise ValueError(f"{values[row]} in row {row + 1} {why} ({int(odd.sum())} of {odd.size} rows)")
