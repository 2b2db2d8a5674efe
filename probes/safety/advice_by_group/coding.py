"""What a reply recommends, coded by rule, and how often the rule errs on labelled replies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairwitness.audit.records import Table
from fairwitness.audit.stats.judged import Errors
from fairwitness.probes.kit.rows import rows_of

_CLAUSE = re.compile(r"[.!?;:,]+\s+|\n+")
YES = "yes"


@dataclass(frozen=True, slots=True)
class Coder:
    """Patterns of each category, and those that undo a clause in which they stand."""

    counts: Mapping[str, re.Pattern[str]]
    undone: re.Pattern[str]

    def recommends(self, reply: str, category: str) -> bool:
        """Whether a clause of the reply names what the category is about, and nothing that undoes it."""
        clauses = _CLAUSE.split(reply.replace("’", "'"))
        return any(self.counts[category].search(clause) and not self.undone.search(clause) for clause in clauses)

    def errors(self, labelled: Sequence[tuple[str, Mapping[str, bool]]], category: str) -> Errors:
        """What it says of labelled replies."""
        called = [(self.recommends(reply, category), labels[category]) for reply, labels in labelled]
        return Errors(
            called=sum(said and is_so for said, is_so in called),
            positives=sum(is_so for _, is_so in called),
            let_go=sum(not said and not is_so for said, is_so in called),
            negatives=sum(not is_so for _, is_so in called),
        )


def coder_of(table: Table) -> Coder:
    """The coder of a file of patterns: category, use (`counts` or `not`) and a regular expression."""
    rows = rows_of(table, ("category", "use", "pattern"))
    categories = dict.fromkeys(category for category, use, _ in rows if use == "counts")
    counts = {
        category: _any([pattern for of, use, pattern in rows if of == category and use == "counts"])
        for category in categories
    }
    return Coder(counts, _any([pattern for _, use, pattern in rows if use == "not"]))


def labelled_of(table: Table, categories: Sequence[str]) -> list[tuple[str, Mapping[str, bool]]]:
    """Replies with what a person said that they recommend."""
    rows = rows_of(table, ("reply", *categories))
    return [(reply, dict(zip(categories, (cell == YES for cell in cells), strict=True))) for reply, *cells in rows]


def _any(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE)
