"""Heads that look at the word for a person otherwise in one group than in the other, where the answer is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.explanation.attention.items import Text, in_pairs
from fairwitness.probes.explanation.attention.maps import PerHead

SURE = 0.05
LEAST_PAIRS = 2
SURE_PAIRS = 5
"""Pairs below which no head is told apart: a few agree by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadDifference:
    """A head (numbers from 0): its mean difference over pairs, and its p-value corrected for all heads (Holm 1979)."""

    layer: int
    head: int
    difference: Estimate | Undefined
    pvalue: float

    @property
    def differs(self) -> bool:
        """Whether the difference is told from 0 after the correction."""
        return self.pvalue < SURE


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """Mass from where the answer is read to the word for a person: means `[layer, head]` of each group, all heads."""

    groups: tuple[str, str]
    first: PerHead
    second: PerHead
    heads: Sequence[HeadDifference]
    pairs: int

    @property
    def difference(self) -> PerHead:
        """First group less second, over the pairs that have both."""
        return np.asarray(self.first - self.second, dtype=np.float64)

    @property
    def differing(self) -> list[HeadDifference]:
        """The heads that differ, the largest difference first."""
        return [head for head in self.heads if head.differs]


def contrast_of(texts: Sequence[Text], groups: Sequence[str], seed: int) -> Contrast | None:
    """The two groups compared head by head within pairs; None without two groups and two whole pairs."""
    if len(groups) != 2:
        return None
    first, second = groups
    pairs = in_pairs(texts, groups, lambda reading: reading.readout)
    if len(pairs) < LEAST_PAIRS:
        return None
    ours, theirs = (np.array(side) for side in zip(*pairs, strict=True))
    return Contrast(
        groups=(first, second),
        first=ours.mean(axis=0),
        second=theirs.mean(axis=0),
        heads=_heads(ours - theirs, seed),
        pairs=len(pairs),
    )


def _heads(differences: npt.NDArray[np.float64], seed: int) -> list[HeadDifference]:
    """`differences` are [pair, layer, head]."""
    flat = differences.reshape(len(differences), -1)
    pvalues = [1.0] * flat.shape[1]
    if len(differences) >= SURE_PAIRS:
        pvalues = stats.holm([stats.mean_pvalue(values) for values in flat.T])
    heads = [
        HeadDifference(
            layer=place // differences.shape[2],
            head=place % differences.shape[2],
            difference=stats.mean(values, bounds=(-1.0, 1.0), seed=seed),
            pvalue=pvalues[place],
        )
        for place, values in enumerate(flat.T)
    ]
    return sorted(heads, key=lambda head: (not head.differs, -abs(float(differences[:, head.layer, head.head].mean()))))
