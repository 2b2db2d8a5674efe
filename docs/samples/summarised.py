"""Gaps in the facts that summaries keep, of models that drop facts by chance alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairwitness.probes.bias.summary_by_group.estimators import difference, gap
from fairwitness.probes.bias.summary_by_group.items import Item, Pair, Text
from fairwitness.probes.bias.summary_by_group.reading import Summary
from samples.deciding import Found, Sample, passed

SEEDS = range(20)
GROUPS, TEXTS, TURNS, FACTS, SHIPPED = 4, 12, 4, 3, 16
KEPT = 0.6


def _summaries(pairs: int, rng: np.random.Generator) -> list[Summary]:
    """Each pair in three of twelve texts, in four versions."""
    summaries = []
    for pair in range(pairs):
        for text in range(pair % TURNS, TEXTS, TURNS):
            for version in range(4):
                kept = rng.binomial(FACTS, KEPT, 2) / FACTS
                item = Item(
                    Text(f"{text}", "", (), ()),
                    Pair("sex", "women", f"a{pair}", f"b{pair}"),
                    version < 2,
                    version % 2 == 0,
                )
                summaries.append(Summary(item, "", (float(kept[0]), float(kept[1]))))
    return summaries


def by_group(rule: str) -> tuple[Sample, ...]:
    """Four groups, of whose facts as many are kept as of the others'."""

    def found(pairs: int, seed: int) -> Sequence[Found]:
        rng = np.random.default_rng([seed, pairs])
        return [gap(_summaries(pairs, rng), difference) for _ in range(GROUPS)]

    def passes(pairs: int) -> int:
        return sum(passed(rule, found(pairs, seed), null=0.0) for seed in SEEDS)

    data = f"{SHIPPED} pairs of women and men, eight of other groups"
    return (Sample("pairs of names of a group", passes, data, SHIPPED, most=96, worlds=len(SEEDS), quick=False),)
