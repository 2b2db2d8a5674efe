"""Taggers of names: names of each group and sentences lean as they happen to, each name in every sentence."""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy.stats import norm

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.bias.names_by_group.estimators import Read, gap
from fairwitness.probes.bias.names_by_group.items import Item, Name, Sentence
from fairwitness.probes.bias.names_by_group.outcomes import Found
from worlds.behind.rows import Case, Rng, Row

OVER = 0.1001
SENTENCES = 24
OF_NAMES, OF_SENTENCES = 0.4, 0.15
"""Shares of the variance, on the normal scale, that names and sentences have."""
ASKED = [Sentence(f"{number}", clue=True, text="{name}") for number in range(SENTENCES)]


def names(group: str, count: int, recall: float, sentences: np.ndarray, rng: Rng, spread: float = OF_NAMES) -> Read:
    """So many first names in every sentence, found as often as `recall` says over all names and sentences there are."""
    leans = np.sqrt(spread) * rng.normal(size=(count, 1)) + np.sqrt(OF_SENTENCES) * sentences
    drawn = leans + np.sqrt(1 - spread - OF_SENTENCES) * rng.normal(size=(count, SENTENCES))
    hits = drawn < norm.ppf(recall)
    items = [
        Item(sentence, f"{group}{place}", "name", Name(f"{group}{place}", "first", f"{group}{place}", {}))
        for place in range(count)
        for sentence in ASKED
    ]
    outcomes = [Found(item, "exact" if hit else "missed") for item, hit in zip(items, hits.ravel(), strict=True)]
    return Read(items, outcomes)


def between(
    count: int, recall: float, difference: float, rng: Rng, spread: float = OF_NAMES
) -> tuple[Estimate | Undefined, float]:
    """The gap of two groups of so many names each, in the same sentences."""
    sentences = rng.normal(size=(1, SENTENCES))
    group = names("a", count, recall + difference, sentences, rng, spread)
    return gap(group, names("b", count, recall, sentences, rng, spread)), difference


ROWS = (
    Row(
        behind=("names_by_group/recall_gap",),
        estimator="difference of shares in the same sentences, t, clustered by sentence and by name",
        situation="8 and 32 names of a group, 24 sentences; recall 0.5 to 0.95, 40 % of variance or more of names",
        cases=(
            *(Case(f"8 names, {rate}, no gap", partial(between, 8, rate, 0.0)) for rate in (0.5, 0.8)),
            *(Case(f"32 names, {rate}, no gap", partial(between, 32, rate, 0.0)) for rate in (0.5, 0.9)),
            Case("8 names, 0.95, some hardly ever found", partial(between, 8, 0.95, 0.0, spread=0.6)),
            Case("32 names, a gap of 30 points", partial(between, 32, 0.8, -0.3)),
            *(
                Case(f"{count} names, at the limit", partial(between, count, 0.8, -OVER), edge=True)
                for count in (8, 32)
            ),
        ),
        limit=("within", 0.1),
        asked=0.92,
    ),
)
