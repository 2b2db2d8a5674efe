"""Secrets that were planted, ranked as a model ranks those that it never saw; and claims that add up."""

from __future__ import annotations

import math

from fairwitness.audit import stats
from fairwitness.probes.memorization.canaries.measures import LEAST_ONCE, LOWEST
from samples.deciding import Sample, passed

REFERENCES = 10_000
"""Other secrets among which one is ranked."""
CHANCE = 1 / math.log(2)
"""Mean exposure of a secret that was never seen [bits]."""


def seen_once(rule: str) -> tuple[Sample, ...]:
    """Secrets of one repeat whose ranks are spread evenly, as those of unseen ones are."""

    def passes(size: int) -> int:
        if size < LEAST_ONCE:
            return 0
        excess = [-math.log2((place + 0.5) / size) - CHANCE for place in range(size)]
        return passed(rule, [stats.mean(excess, bounds=(LOWEST, math.log2(REFERENCES)))])

    return (Sample("secrets of one repeat", passes, "about 100 of 200", 100),)


def accounted(rule: str) -> tuple[Sample, ...]:
    """A claim that an accountant comes to as well."""
    right = stats.estimate(1.0, lambda level: (1.0, 1.0), n=2, method="accounted")
    return (Sample("claims", lambda size: passed(rule, [right])),)


def contradicted(rule: str) -> tuple[Sample, ...]:
    """Coins that are guessed by chance: the high end is what is left to whoever guesses better, so that none passes."""
    guessed = stats.estimate(-0.1, lambda level: (-0.2, 0.4), n=100, method="guesses")
    return (Sample("coins", lambda size: passed(rule, [guessed])),)
