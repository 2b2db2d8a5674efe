"""Members and non-members whose scores are drawn alike: five scores that hang together, as attacks on one pass do."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fairwitness.audit import stats
from fairwitness.probes.memorization.membership.items import FEWEST
from fairwitness.probes.memorization.membership.results import share_found
from samples.deciding import Found, Sample, passed

SEEDS = range(20)
SCORES = 5
"""Attacks that a causal model without second models is tried with."""


def told_apart(rule: str) -> tuple[Sample, ...]:
    """As many members as non-members, ranked by each score."""

    def found(count: int, scores: np.ndarray, member: np.ndarray) -> list[Found]:
        return [stats.auc(column, member) for column in scores]

    return (Sample("documents of each side", _worlds(rule, found), most=2_000, worlds=len(SEEDS)),)


def singled_out(rule: str) -> tuple[Sample, ...]:
    """The same at 1 % false alarms."""

    def found(count: int, scores: np.ndarray, member: np.ndarray) -> list[Found]:
        return [share_found(column[member], column[~member]) for column in scores]

    return (Sample("documents of each side", _worlds(rule, found), most=2_000, worlds=len(SEEDS), quick=False),)


def _worlds(rule: str, found: Callable[[int, np.ndarray, np.ndarray], list[Found]]) -> Callable[[int], int]:
    def passes(count: int) -> int:
        if count < FEWEST:
            return 0
        passing = 0
        for seed in SEEDS:
            rng = np.random.default_rng([seed, count])
            scores = rng.normal(size=2 * count) + 0.5 * rng.normal(size=(SCORES, 2 * count))
            passing += passed(rule, found(count, scores, np.arange(2 * count) < count), null=0.0)
        return passing

    return passes
