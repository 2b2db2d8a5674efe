"""Tests by exchange: what would be seen if the groups, or the two answers of a pair, did not differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.stats.equal import ROUNDING
from fairwitness.audit.stats.levels import FloatArray, IntArray

DRAWS = 9_999
_CELLS_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True)
class GapNull:
    """The largest minus the smallest rate, observed and under no difference between groups.

    `expected` is the mean gap, and `p_value` the share of exchanges in which some difference of two groups is at least
    as many of its standard errors large as any that was observed (the observed one counted among them).
    """

    observed: float
    expected: float
    p_value: float
    draws: int


def gap_null(hits: Sequence[float], n: Sequence[float], seed: int = 0, draws: int = DRAWS) -> GapNull | None:
    """The permutation null of max - min of the groups' rates; None below two groups with units.

    What is tested is the largest difference of two groups over its standard error (studentised, Chung & Romano, Annals
    of Statistics 41 (2013) 484-507): of raw gaps, which a small group makes by chance, none between large groups could
    be told from chance. The error is that of the common rate, which no exchange changes, so that the test is exact for
    any sizes. Exchanging group labels over rows leaves the counts multivariate hypergeometric, so counts are drawn, not
    rows. Effective counts of weighted rows are rounded to whole rows, which makes the p-value of a weighted gap
    approximate.
    """
    whole = [(round(count), round(size)) for count, size in zip(hits, n, strict=True) if round(size) > 0]
    counts, sizes = np.array(whole, dtype=np.int64).reshape(-1, 2).T
    if len(sizes) < 2:
        return None
    rng = np.random.default_rng(seed)
    rates = counts / sizes
    observed, farthest = float(np.ptp(rates)), float(_farthest(rates[None], sizes)[0])
    total, reached = 0.0, 0
    step = max(1, _CELLS_AT_ONCE // len(sizes))
    for start in range(0, draws, step):
        drawn = rng.multivariate_hypergeometric(
            sizes, int(counts.sum()), size=min(step, draws - start), method="marginals"
        )
        total += float(np.ptp(drawn / sizes, axis=1).sum())
        reached += int((_farthest(drawn / sizes, sizes) >= farthest * (1 - ROUNDING)).sum())
    return GapNull(observed, total / draws, (reached + 1) / (draws + 1), draws)


def _farthest(rates: FloatArray, sizes: IntArray) -> FloatArray:
    """The largest difference of two rates over its standard error, up to that of a single row: [draws]."""
    farthest = np.zeros(len(rates))
    for index in range(len(sizes) - 1):
        error = np.sqrt(1 / sizes[index] + 1 / sizes[index + 1 :])
        farthest = np.maximum(
            farthest, (np.abs(rates[:, index + 1 :] - rates[:, index : index + 1]) / error).max(axis=1)
        )
    return farthest


def mcnemar(only_first: int, only_second: int) -> float:
    """McNemar's exact two-sided p-value from the two counts of discordant pairs; 1.0 when there are none."""
    from scipy.stats import binomtest

    if min(only_first, only_second) < 0:
        raise ValueError("a count is below 0")
    discordant = only_first + only_second
    return float(binomtest(only_first, discordant, 0.5).pvalue) if discordant else 1.0
