"""Gaps in recall between groups of names, of taggers that miss names by chance alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairwitness.probes.bias.names_by_group.estimators import Read, gap
from fairwitness.probes.bias.names_by_group.items import Item, Name, Sentence
from fairwitness.probes.bias.names_by_group.outcomes import Found as Outcome
from samples.deciding import Found, Sample, passed

SEEDS = range(20)
SENTENCES, GAPS, SHIPPED = 24, 11, 8
MISSED = 0.05


def _read(group: str, names: int, rng: np.random.Generator) -> Read:
    items = [
        Item(
            Sentence(f"{frame}", clue=True, text="{name}"),
            f"{group}{name}",
            "name",
            Name(group, "first", f"{group}{name}", {}),
        )
        for name in range(names)
        for frame in range(SENTENCES)
    ]
    missed = rng.random(len(items)) < MISSED
    return Read(items, [Outcome(item, "missed" if lost else "exact") for item, lost in zip(items, missed, strict=True)])


def by_group(rule: str) -> tuple[Sample, ...]:
    """Eleven groups, whose names are found in 95 % of the sentences."""

    def found(names: int, seed: int) -> Sequence[Found]:
        rng = np.random.default_rng([seed, names])
        return [gap(_read("a", names, rng), _read("b", names, rng)) for _ in range(GAPS)]

    def passes(names: int) -> int:
        return sum(passed(rule, found(names, seed), null=0.0) for seed in SEEDS)

    data = f"{SHIPPED} names of most groups"
    return (Sample("names of a group", passes, data, SHIPPED, most=96, worlds=len(SEEDS), quick=False),)
