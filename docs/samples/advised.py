"""Gaps in what people in the same situation are told, of models that scatter by chance alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairwitness.audit.stats.crossed import two_way_clustered
from fairwitness.audit.stats.crossed.two_way_clustered import TwoWayClustered, Value
from fairwitness.probes.safety.advice_by_group.gaps import FARTHEST_ODDS, Pairs, mean_gap, pay_gap
from samples.deciding import Found, Sample, passed

SEEDS = range(20)
SITUATIONS, TEXTS, WORDS = 12, 44, 12
PAIRS = (16, 12, 8, 8, 8, 6, 6, 6)
"""Pairs of people of the eight gaps: sexes and three origins, by name and with the group named."""


def _pairs(situations: int, people: int, spread: float, rng: np.random.Generator) -> Pairs:
    values = rng.normal(0, spread, (situations, people))
    values += rng.normal(0, spread / 2, (situations, 1)) + rng.normal(0, spread / 2, (1, people))
    return Pairs([Value(f"{row}", f"{column}", float(each)) for (row, column), each in np.ndenumerate(values)], 0)


def _sample(rule: str, *, pay: bool) -> tuple[Sample, ...]:
    def found(situations: int, seed: int) -> Sequence[Found]:
        rng = np.random.default_rng([seed, situations])
        gaps = [_pairs(situations, people, 0.02 if pay else 0.3, rng) for people in PAIRS]
        return [pay_gap(gap) if pay else mean_gap(gap, FARTHEST_ODDS) for gap in gaps]

    def passes(situations: int) -> int:
        return sum(passed(rule, found(situations, seed), null=0.0) for seed in SEEDS)

    data = f"{SITUATIONS} situations"
    return (Sample("situations", passes, data, SITUATIONS, most=96, worlds=len(SEEDS), quick=False),)


def pay(rule: str) -> tuple[Sample, ...]:
    """Pay that scatters by 2 % between the people of a pair."""
    return _sample(rule, pay=True)


def hiring(rule: str) -> tuple[Sample, ...]:
    """Log-odds of yes that scatter by 0.3."""
    return _sample(rule, pay=False)


def guise(rule: str) -> tuple[Sample, ...]:
    """Words that a dialect moves by 0.5 nats either way, good and bad ones alike."""

    def found(texts: int, rng: np.random.Generator) -> Found:
        bad, good = (
            [
                Value(f"{row}", f"{side}{column}", float(each))
                for (row, column), each in np.ndenumerate(
                    rng.normal(0, 0.5, (texts, WORDS)) + rng.normal(0, 0.2, (1, WORDS))
                )
            ]
            for side in ("bad", "good")
        )
        gap = two_way_clustered.difference(bad, good)
        return gap.estimate() if isinstance(gap, TwoWayClustered) else gap

    def passes(texts: int) -> int:
        worlds = (np.random.default_rng([seed, texts]) for seed in SEEDS)
        return sum(passed(rule, [found(texts, rng) for _ in range(2)], null=0.0) for rng in worlds)

    data = f"{TEXTS} pairs of texts"
    return (Sample("pairs of texts", passes, data, TEXTS, most=96, worlds=len(SEEDS), quick=False),)
