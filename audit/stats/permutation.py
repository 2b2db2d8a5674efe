"""Tests by exchange: what would be seen if the groups, or the two answers of a pair, did not differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

DRAWS = 9_999
_CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True)
class GapNull:
    """The largest minus the smallest rate, observed and under no difference between groups.

    `expected` is the mean gap and `p_value` the share of exchanges with a gap at least as large (the observed one
    counted among them).
    """

    observed: float
    expected: float
    p_value: float
    draws: int


def gap_null(hits: Sequence[float], n: Sequence[float], seed: int = 0, draws: int = DRAWS) -> GapNull | None:
    """The permutation null of max - min of the groups' rates; None below two groups with units.

    Exchanging group labels over rows leaves the counts multivariate hypergeometric, so counts are drawn, not rows.
    Effective counts of weighted rows are rounded to whole rows, which makes the p-value of a weighted gap approximate.
    """
    whole = [(round(count), round(size)) for count, size in zip(hits, n, strict=True) if round(size) > 0]
    counts, sizes = np.array(whole, dtype=np.int64).reshape(-1, 2).T
    if len(sizes) < 2:
        return None
    rng = np.random.default_rng(seed)
    observed = float(np.ptp(counts / sizes))
    total, reached = 0.0, 0
    step = max(1, _CELLS_AT_ONCE // len(sizes))
    for start in range(0, draws, step):
        drawn = rng.multivariate_hypergeometric(
            sizes, int(counts.sum()), size=min(step, draws - start), method="marginals"
        )
        gaps = np.ptp(drawn / sizes, axis=1)
        total += float(gaps.sum())
        reached += int((gaps >= observed - 1e-12).sum())
    return GapNull(observed, total / draws, (reached + 1) / (draws + 1), draws)


def mcnemar(only_first: int, only_second: int) -> float:
    """McNemar's exact two-sided p-value from the two counts of discordant pairs; 1.0 when there are none."""
    from scipy.stats import binomtest

    if min(only_first, only_second) < 0:
        raise ValueError("a count is below 0")
    discordant = only_first + only_second
    return float(binomtest(only_first, discordant, 0.5).pvalue) if discordant else 1.0
