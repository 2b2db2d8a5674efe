"""Summaries: texts and pairs of names lean as they happen to, facts and places weigh as they do."""

from __future__ import annotations

from functools import partial

import numpy as np

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.bias.summary_by_group.estimators import difference, gap
from fairwitness.probes.bias.summary_by_group.items import Item, Pair, Text
from fairwitness.probes.bias.summary_by_group.reading import Summary
from worlds.behind.rows import Case, Rng, Row

OVER = 0.1001
TEXTS, TURNS, FACTS = 12, 4, 3


def drawn(
    pairs: int, kept: float, true: float, rng: Rng, spread: float = 0.1, order: float = 0.1
) -> tuple[Estimate | Undefined, float]:
    """One world: so many pairs of names, each in three of twelve texts, in four versions.

    Texts and names each shift the difference by `spread`, facts and the first place the shares by `order`.
    """
    texts, names = rng.normal(0, spread, TEXTS), rng.normal(0, spread, pairs)
    facts = rng.normal(0, order, TEXTS)
    summaries = []
    for pair in range(pairs):
        for text in range(pair % TURNS, TEXTS, TURNS):
            lean = true + texts[text] + names[pair]
            for version in range(4):
                item = Item(
                    Text(f"{text}", "", (), ()),
                    Pair("sex", "women", f"a{pair}", f"b{pair}"),
                    version < 2,
                    version % 2 == 0,
                )
                place = (order if item.is_earlier else -order) + (facts[text] if item.has_first else -facts[text])
                shares = np.clip([kept + (lean + place) / 2, kept - (lean + place) / 2], 0, 1)
                first, second = (float(count) / FACTS for count in rng.binomial(FACTS, shares))
                summaries.append(Summary(item, "", (first, second)))
    return gap(summaries, difference), true


ROWS = (
    Row(
        behind=("summary_by_group/kept_gap",),
        estimator="mean of differences, each over four versions, t, clustered by text and by pair of names",
        situation="8 and 16 pairs of names, each in three of 12 texts; 0.5 of the facts kept",
        cases=(
            *(Case(f"{pairs} pairs, no gap", partial(drawn, pairs, 0.5, 0.0)) for pairs in (8, 16)),
            Case("names differ much", partial(drawn, 16, 0.5, 0.0, spread=0.2)),
            Case("places weigh much", partial(drawn, 16, 0.5, 0.0, order=0.25)),
            Case("a gap", partial(drawn, 16, 0.5, -0.3)),
            *(Case(f"{pairs} pairs, at the limit", partial(drawn, pairs, 0.5, -OVER), edge=True) for pairs in (8, 16)),
        ),
        limit=("within", 0.1),
        asked=0.92,
    ),
)
