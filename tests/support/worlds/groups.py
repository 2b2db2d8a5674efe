"""Worlds of small groups whose true rates have a known spread."""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt

from fairwitness.audit.stats.spread import spread_limits
from worlds.cells import Cell, Rng, Shares

Floats = npt.NDArray[np.float64]
LIMIT = 0.1
"""The limit of the shipped rule on the spread."""
SITUATIONS = tuple(product((2, 3, 5, 20, 60), (0, 5), (0.05, 0.5), (0.0, 0.05, LIMIT, 0.3)))
"""Groups, rows of each (0: 5 to 29 by chance), mean rate and spread."""


def sizes(rng: Rng, groups: int, size: int) -> Floats:
    """Rows of each group: all `size`, or 5 to 29 by chance where it is 0."""
    return np.full(groups, float(size)) if size else rng.integers(5, 30, groups).astype(np.float64)


def rates(rng: Rng, kind: str, n: Floats, mean: float, spread: float) -> Floats | None:
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
    below, above = spread * np.sqrt(share / (1 - share)), spread * np.sqrt((1 - share) / share)
    found = np.where(high, mean + above, mean - below)
    return found if ((found >= 0) & (found <= 1)).all() else None


def spread_of(n: Floats, true: Floats) -> float:
    """The standard deviation of true rates over rows."""
    mean = float((n * true).sum() / n.sum())
    return float(np.sqrt((n * (true - mean) ** 2).sum() / n.sum()))


def judged(situation: tuple[int, int, float, float], kind: str, worlds: int, rng: Rng) -> Floats | None:
    """How often the interval holds the true spread, and how often it is wrongly within and wrongly beyond the limit.

    None where such rates do not exist.
    """
    groups, size, mean, wanted = situation
    counted = np.zeros(3)
    for _ in range(worlds):
        n = sizes(rng, groups, size)
        true = rates(rng, kind, n, mean, wanted)
        if true is None:
            return None
        hits, real = rng.binomial(n.astype(np.int64), true).astype(np.float64), spread_of(n, true)
        low, high = spread_limits(hits, n, 0.95)
        breaks, keeps = real > LIMIT - 1e-9, real <= LIMIT + 1e-9
        counted += [low - 1e-12 <= real <= high + 1e-12, high <= LIMIT and breaks, low > LIMIT and keeps]
    return counted / worlds


def every(kind: str, at: int) -> Shares:
    """One of the shares of `judged`, in every situation that exists; of verdicts only where the spread is the limit."""
    chosen = [situation for situation in SITUATIONS if not at or situation[3] == LIMIT]

    def shares(worlds: int, rng: Rng) -> list[float]:
        found = [judged(situation, kind, worlds, rng) for situation in chosen]
        return [float(one[at]) for one in found if one is not None]

    return shares


METHOD = "spread of small groups (inversion of Q)"
SPAN = "2-60 groups of 5-29 rows, rates 0.05 and 0.5"
EXACT = {"halves": "two kinds of group", "one": "one group apart"}


def verdicts(what: str, at: int, kind: str) -> Cell:
    """Verdicts that are wrong where the true spread is the limit."""
    situation = f"{SPAN}, spread at the limit, {EXACT[kind]}"
    return Cell(f"{METHOD}: {what}", situation, every(kind, at), 0.0, 0.04, 1_000, alarms=True)


CELLS: tuple[Cell, ...] = (
    *(Cell(METHOD, f"{SPAN}, spread 0-0.3, {words}", every(kind, 0), worlds=1_000) for kind, words in EXACT.items()),
    Cell(METHOD, f"{SPAN}, spread 0-0.3, drawn from a beta law", every("beta", 0), worlds=1_000),
    *(verdicts("wrong passes", 1, kind) for kind in EXACT),
    *(verdicts("wrong failures", 2, kind) for kind in EXACT),
)
