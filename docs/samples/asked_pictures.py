"""Answers about pictures and captions of them, by models that get it wrong by chance alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairwitness.probes.kit.tied_shares import Tied
from samples.deciding import Found, Sample, passed

SEEDS = range(20)
WRONG, FLIPPED, MISSED = 0.05, 0.02, 0.2
CHANGES, THINGS = 6, 2


def _tied(pairs: int, each: int, rate: float, rng: np.random.Generator) -> Tied:
    hits = (rng.random((pairs, each)) < rate).astype(float)
    return Tied(hits.ravel().tolist(), [pair for pair in range(pairs) for _ in range(each)])


def by_pair(rule: str, each: tuple[int, int], rate: float) -> tuple[Sample, ...]:
    """One group compared with another, in pairs of pictures; so many values of each side of a pair."""

    def found(pairs: int, seed: int) -> Sequence[Found]:
        rng = np.random.default_rng([seed, pairs])
        return [_tied(pairs, each[0], rate, rng).less(_tied(pairs, each[1], rate, rng))]

    def passes(pairs: int) -> int:
        return sum(passed(rule, found(pairs, seed), null=0.0) for seed in SEEDS)

    return (Sample("pairs of pictures", passes, step=5, most=400, worlds=len(SEEDS), quick=False),)
