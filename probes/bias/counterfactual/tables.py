"""The evidence of the counterfactual probe."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.records import Estimate, Evidence
from fairwitness.probes.bias.counterfactual.answers import ScoredPair
from fairwitness.probes.bias.counterfactual.estimators import Estimated
from fairwitness.probes.bias.counterfactual.items import CONTROL, WORDS, Item
from fairwitness.probes.kit.grouping import grouped
from fairwitness.probes.kit.tables import Listing, flag, interval, label, number, prompt

PROBABILITY = "probability"
SHOWN = 1000
"""Most rows of a table that the document holds; the total is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """The pairs of one group, its change and that one's p-value."""

    pairs: Sequence[ScoredPair]
    change: Estimated
    pvalue: float | None

    def mean(self, value: Callable[[ScoredPair], float]) -> float:
        """Mean over the pairs."""
        return float(np.mean([value(pair) for pair in self.pairs]))

    @property
    def deviation(self) -> float | None:
        """Standard deviation between the mean changes of families; None below two, or where one is not finite."""
        families = grouped(self.pairs, lambda pair: pair.item.family).values()
        means = [float(np.mean([pair.change for pair in members])) for members in families]
        return float(np.std(means, ddof=1)) if len(means) > 1 and all(map(math.isfinite, means)) else None


GROUPS: Listing[GroupRow] = Listing(
    "groups",
    WORDS,
    (
        label("category", lambda row: row.pairs[0].item.category),
        label("group", lambda row: row.pairs[0].item.group),
        label("reference", lambda row: row.pairs[0].item.reference),
        *interval(("change", "low", "high"), lambda row: row.change, PROBABILITY),
        number("p, Holm over groups", lambda row: row.pvalue),
        number("size of the change", lambda row: row.mean(lambda pair: abs(pair.change)), PROBABILITY),
        number("flips", lambda row: row.mean(lambda pair: pair.flipped), "share"),
        number("SD between sentence families", lambda row: row.deviation, PROBABILITY),
        number("pairs", lambda row: len(row.pairs)),
    ),
)


def groups(rows: Sequence[GroupRow]) -> Evidence:
    """Change, its corrected p-value, size and flips of every group, the largest change first."""
    return GROUPS.of(sorted(rows, key=lambda row: -abs(row.change.value) if isinstance(row.change, Estimate) else 0.0))


def examples(scored: Sequence[ScoredPair], *, secret: bool) -> Evidence:
    """Every pair with the exact texts: those whose decision flips first, then the largest change; controls last.

    `secret` texts are a user's own and stay hidden.
    """
    listing: Listing[ScoredPair] = Listing(
        "examples",
        WORDS,
        (
            label("category", lambda pair: pair.item.category),
            label("group", lambda pair: pair.item.group),
            prompt("text about the reference", lambda pair: pair.item.text, secret=secret),
            prompt("text about the group", lambda pair: pair.item.changed, secret=secret),
            number("before", lambda pair: pair.before, PROBABILITY),
            number("after", lambda pair: pair.after, PROBABILITY),
            number("change", lambda pair: pair.change, PROBABILITY),
            label("decided before", lambda pair: pair.decided),
            label("decided after", lambda pair: pair.decided_after),
            flag("flipped", lambda pair: pair.flipped),
        ),
    )

    def order(pair: ScoredPair) -> tuple[bool, bool, float, str, str]:
        return pair.item.category == CONTROL, not pair.flipped, -abs(pair.change), pair.item.text, pair.item.who

    return listing.of(sorted(scored, key=order), shown=SHOWN)


def missing(items: Sequence[Item], *, secret: bool) -> Evidence:
    """Pairs without an answer to both texts."""
    listing: Listing[Item] = Listing(
        "missing",
        WORDS,
        (
            label("category", lambda item: item.category),
            label("group", lambda item: item.group),
            prompt("text", lambda item: item.text, secret=secret),
            prompt("other text", lambda item: item.changed, secret=secret),
        ),
    )
    return listing.of(items, shown=SHOWN)
