"""Pictures of two groups, of models that match them with texts by chance alone."""

from __future__ import annotations

import numpy as np

from fairwitness.audit.stats.picture_groups import Scores, association, first_shares, share_gap
from samples.deciding import Found, Sample, passed

SEEDS = range(20)
TEXTS, TESTS, QUERIES, FIRST = 8, 2, 12, 10


def beside_texts(rule: str) -> tuple[Sample, ...]:
    """Two groups of as many pictures, in two tests of two sets of eight texts."""

    def found(pictures: int, seed: int) -> list[Found]:
        rng = np.random.default_rng([seed, pictures])
        drawn = [rng.normal(size=(2 * pictures, 2 * TEXTS)) for _ in range(TESTS)]
        effects = [association(Scores(values, pictures, TEXTS)) for values in drawn]
        return [effect for effect in effects if effect is not None]

    def passes(pictures: int) -> int:
        return sum(passed(rule, found(pictures, seed), null=0.0) for seed in SEEDS) if pictures >= 4 else 0

    return (Sample("pictures of a group", passes, most=400, worlds=len(SEEDS), quick=False),)


def shown_first(rule: str) -> tuple[Sample, ...]:
    """A group of half the pictures, among the first ten of each query."""

    def found(pictures: int, seed: int) -> list[Found]:
        rng = np.random.default_rng([seed, pictures])
        gap = share_gap(
            first_shares(rng.normal(size=(QUERIES, 2 * pictures)), FIRST), np.arange(2 * pictures) < pictures
        )
        return [] if gap is None else [gap]

    def passes(pictures: int) -> int:
        return sum(passed(rule, found(pictures, seed), null=0.0) for seed in SEEDS) if pictures > FIRST else 0

    return (Sample("pictures of a group", passes, most=400, worlds=len(SEEDS), quick=False),)
