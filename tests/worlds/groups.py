"""Worlds of small groups whose true rates have a known spread."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def sizes(rng: np.random.Generator, groups: int, size: int) -> Floats:
    """Rows of each group: all `size`, or 5 to 29 by chance where it is 0."""
    return np.full(groups, float(size)) if size else rng.integers(5, 30, groups).astype(np.float64)


def rates(rng: np.random.Generator, kind: str, n: Floats, mean: float, spread: float) -> Floats | None:
    """True rates with this mean over rows, and this spread but for `beta`, which draws them; None where there are none.

    `halves` are two kinds of group; `one` is a single group apart from all others; `beta` draws from a beta law of that
    mean and standard deviation.
    """
    if spread == 0:
        return np.full(len(n), mean)
    if kind == "beta":
        size = mean * (1 - mean) / spread**2 - 1
        return rng.beta(mean * size, (1 - mean) * size, len(n)) if size > 0 else None
    high = np.arange(len(n)) < (1 if kind == "one" else max(1, len(n) // 2))
    if mean > 0.5:
        high = ~high
    share = n[high].sum() / n.sum()
    found = np.where(high, mean + spread * np.sqrt((1 - share) / share), mean - spread * np.sqrt(share / (1 - share)))
    return found if ((found >= 0) & (found <= 1)).all() else None


def spread_of(n: Floats, true: Floats) -> float:
    """The standard deviation of true rates over rows."""
    mean = float((n * true).sum() / n.sum())
    return float(np.sqrt((n * (true - mean) ** 2).sum() / n.sum()))
