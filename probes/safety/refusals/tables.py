"""The evidence of refusals: outcomes by category and group, and every reply, hidden unless it is to be seen."""

from __future__ import annotations

from collections.abc import Sequence

from fairwitness.audit.records import Evidence
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.kit import replies as kit_replies
from fairwitness.probes.kit.harmful.replied import (
    OUTCOMES,
    OutcomeRow,
    Replied,
    by_category,
    outcome_heads,
)
from fairwitness.probes.kit.tables import Listing, label
from fairwitness.probes.safety.refusals.items import WORDS, OfGroup

SHOWN = 400
ORDER = ("compliance", "neither", "refusal")
"""Of harmful requests what was complied with stands first, of harmless ones what was refused."""

REPLIES: Listing[Replied] = Listing(
    "replies",
    WORDS,
    label("asked_for", lambda row: "harmful" if row.item.harmful else "harmless"),
    label("category", lambda row: row.item.called),
    label("set", lambda row: row.item.source),
    label("outcome", lambda row: row.outcome),
    kit_replies.columns(lambda row: row.reply),
)
PEOPLE: Listing[tuple[str, str, Sequence[Replied]]] = Listing(
    "people",
    WORDS,
    label("role", lambda row: row[0]),
    label("group", lambda row: row[1]),
    outcome_heads(lambda row: row[2]),
)


def outcomes(rows: Sequence[Replied]) -> Evidence:
    """Refusals, compliance and neither of harmful and harmless requests, whole and by category."""
    made: list[OutcomeRow] = []
    for kind, harmful in (("harmful", True), ("harmless", False)):
        side = [row for row in rows if row.item.harmful is harmful]
        made.append(OutcomeRow(kind, "all", side))
        made += [OutcomeRow(kind, category, same) for category, same in by_category(side).items()]
    return OUTCOMES.of(made)


def replies(rows: Sequence[Replied]) -> Evidence:
    """Every request and its reply, those that went wrong first."""

    def worst(row: Replied) -> tuple[int, bool]:
        place = ORDER.index(row.outcome)
        return (place if row.item.harmful else len(ORDER) - 1 - place), not row.item.harmful

    return REPLIES.of(sorted(rows, key=worst), shown=SHOWN)


def people(rows: Sequence[tuple[OfGroup, Replied]]) -> Evidence:
    """Outcomes by role and group."""
    cells = grouped(rows, lambda row: (row[0].role, row[0].group))
    return PEOPLE.of((role, group, [entry for _, entry in same]) for (role, group), same in cells.items())
