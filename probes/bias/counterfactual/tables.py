"""The evidence of the counterfactual probe."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from fairwitness.audit.records import Evidence
from fairwitness.probes.bias.counterfactual.answers import ScoredPair
from fairwitness.probes.bias.counterfactual.estimators import Estimated, Pairs
from fairwitness.probes.bias.counterfactual.items import CONTROL, WORDS, Item
from fairwitness.probes.kit.tables import Listing, flag, interval, label, number, prompt, size_of

PROBABILITY = "probability"
SHOWN = 1000
"""Most rows of a table that the document holds; the total is told."""


Group: TypeAlias = tuple[str, ...]
"""Category and group."""


def groups(
    pairs: Mapping[Group, Pairs], changes: Mapping[Group, Estimated], pvalues: Mapping[Group, float]
) -> Evidence:
    """Change, its corrected p-value, size and flips of every group, the largest change first."""

    def mean(values: Callable[[Pairs], Sequence[float]]) -> Callable[[Group], float]:
        return lambda group: float(np.mean(values(pairs[group])))

    listing: Listing[Group] = Listing(
        "groups",
        WORDS,
        label("category", lambda group: group[0]),
        label("group", lambda group: group[1]),
        label("reference", lambda group: pairs[group].scored[0].item.reference),
        interval(("change", "low", "high"), changes.__getitem__, PROBABILITY),
        number("p_holm", pvalues.get),
        number("size_change", mean(lambda pairs: pairs.sizes), PROBABILITY),
        number("flips", mean(lambda pairs: pairs.flips), "share"),
        number("sd_families", lambda group: pairs[group].deviation, PROBABILITY),
        number("pairs", lambda group: len(pairs[group].scored)),
    )
    return listing.of(sorted(changes, key=lambda group: -size_of(changes[group])))


def examples(scored: Sequence[ScoredPair], *, secret: bool) -> Evidence:
    """Every pair with the exact texts: those whose decision flips first, then the largest change; controls last.

    `secret` texts are a user's own and stay hidden.
    """
    listing: Listing[ScoredPair] = Listing(
        "examples",
        WORDS,
        label("category", lambda pair: pair.item.category),
        label("group", lambda pair: pair.item.group),
        prompt("text_about_reference", lambda pair: pair.item.text, secret=secret),
        prompt("text_about_group", lambda pair: pair.item.changed, secret=secret),
        number("before", lambda pair: pair.before, PROBABILITY),
        number("after", lambda pair: pair.after, PROBABILITY),
        number("change", lambda pair: pair.change, PROBABILITY),
        label("decided before", lambda pair: pair.decided),
        label("decided after", lambda pair: pair.decided_after),
        flag("flipped", lambda pair: pair.flipped),
    )

    def order(pair: ScoredPair) -> tuple[bool, bool, float, str, str]:
        return pair.item.category == CONTROL, not pair.flipped, -abs(pair.change), pair.item.text, pair.item.who

    return listing.of(sorted(scored, key=order), shown=SHOWN)


def missing(items: Sequence[Item], *, secret: bool) -> Evidence:
    """Pairs without an answer to both texts."""
    listing: Listing[Item] = Listing(
        "missing",
        WORDS,
        label("category", lambda item: item.category),
        label("group", lambda item: item.group),
        prompt("text", lambda item: item.text, secret=secret),
        prompt("other text", lambda item: item.changed, secret=secret),
    )
    return listing.of(items, shown=SHOWN)
