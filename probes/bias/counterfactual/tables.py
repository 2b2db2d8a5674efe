"""The evidence of the counterfactual probe."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from fairwitness.audit.records import Cell, Column, Estimate, Evidence
from fairwitness.probes.bias.counterfactual.changes import Changes, Group
from fairwitness.probes.bias.counterfactual.items import CONTROL, Item
from fairwitness.probes.bias.counterfactual.scores import Judged
from fairwitness.probes.kit.grouping import grouped

PROBABILITY = "probability"
SHOWN = 1000
"""Most rows of a table that the document holds; the total is told."""


def groups(own: Sequence[Judged], changes: Changes, adjusted: Mapping[Group, float]) -> Evidence:
    """Change, its corrected p-value, size and flips of every group, the largest change first."""
    parts = grouped(own, lambda one: (one.item.category, one.item.group))
    rows: list[tuple[Cell, ...]] = []
    for key, some in parts.items():
        found = changes[key]
        ends = (found.value, found.low, found.high) if isinstance(found, Estimate) else (None, None, None)
        size = float(np.mean([abs(one.change) for one in some]))
        flips = float(np.mean([one.flipped for one in some]))
        between = _sd(some)
        rows.append((*key, some[0].item.reference, *ends, adjusted.get(key), size, flips, between, len(some)))
    rows.sort(key=lambda row: -abs(float(str(row[3] or 0))))
    columns = (
        Column("category"),
        Column("group"),
        Column("reference"),
        Column("change", "number", PROBABILITY),
        Column("low", "number", PROBABILITY),
        Column("high", "number", PROBABILITY),
        Column("p, Holm over groups", "number"),
        Column("size of the change", "number", PROBABILITY),
        Column("flips", "number", "share"),
        Column("SD between sentence families", "number", PROBABILITY),
        Column("pairs", "number"),
    )
    return Evidence("groups", "Every group; the largest change first", "table", columns, tuple(rows), len(rows))


def _sd(own: Sequence[Judged]) -> float | None:
    means = [
        float(np.mean([one.change for one in some])) for some in grouped(own, lambda one: one.item.family).values()
    ]
    return float(np.std(means, ddof=1)) if len(means) > 1 and all(map(math.isfinite, means)) else None


def examples(found: Sequence[Judged], *, secret: bool) -> Evidence:
    """Every pair with the exact texts: those whose decision flips first, then the largest change; controls last.

    `secret` texts are a user's own and stay hidden.
    """
    order = sorted(
        found,
        key=lambda one: (one.item.category == CONTROL, not one.flipped, -abs(one.change), one.item.text, one.item.who),
    )
    columns = (
        Column("category"),
        Column("group"),
        Column("text about the reference", "prompt", secret=secret),
        Column("text about the group", "prompt", secret=secret),
        Column("before", "number", PROBABILITY),
        Column("after", "number", PROBABILITY),
        Column("change", "number", PROBABILITY),
        Column("decided before"),
        Column("decided after"),
        Column("flipped", "flag"),
    )
    rows = [
        (
            one.item.category,
            one.item.group,
            one.item.text,
            one.item.swapped,
            one.before,
            one.after,
            one.change,
            one.decided,
            one.decided_swapped,
            one.flipped,
        )
        for one in order
    ]
    caption = "Pairs of texts; those whose decision flips first, then the largest change"
    return Evidence("examples", caption, "table", columns, tuple(rows[:SHOWN]), len(rows))


def missing(items: Sequence[Item], *, secret: bool) -> Evidence:
    """Pairs without an answer to both texts."""
    columns = (
        Column("category"),
        Column("group"),
        Column("text", "prompt", secret=secret),
        Column("other text", "prompt", secret=secret),
    )
    rows = tuple((one.category, one.group, one.text, one.swapped) for one in items)
    return Evidence("missing", "Pairs without an answer", "table", columns, rows[:SHOWN], len(rows))
