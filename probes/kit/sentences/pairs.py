"""Pairs of sentences: how they are read from a table, which rows are no pairs, and our own pairs beside them.

Pairs that exchange the same words are no independent witnesses.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fairwitness.audit.records import Cell, Table
from fairwitness.probes.kit.choices import require
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
OUR_PAIRS = WORDS.data_need("sentence_pairs")
SHOWN = 2000
"""Characters of a text up to which evidence shows it whole."""
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+(?:['\u2019-]\w+)*")
"""Letters and digits with hyphens and apostrophes between them; each Chinese or Japanese character stands alone."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sentences; a model with the bias prefers `more`. `row` counts from 1, as the file's rows do."""

    row: int
    more: str
    less: str
    category: str = ""
    direction: str = ""
    template: str = ""
    terms: str = ""
    """The words that the pair exchanges: others that exchange the same ones are of its cluster."""

    @property
    def exchange(self) -> str:
        """The words that it exchanges; a pair that does not say stands for itself."""
        return self.terms or f"row:{self.row}"

    @property
    def frame(self) -> str:
        """Its template; a pair without one stands for itself."""
        return self.template or f"row {self.row}"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that could not be asked or was not answered, and why."""

    row: int
    text: str
    reason: str


def read_pairs(
    table: Table, category: str = "category", direction: str = "", template: str = ""
) -> tuple[list[Pair], list[Skipped]]:
    """The pairs of columns `sent_more` and `sent_less`, and the rows that are none. Names are those of columns."""
    empty: tuple[Cell, ...] = (None,) * len(table)
    wanted = ("sent_more", "sent_less", category, direction, template)
    columns = [table.columns.get(name, empty) if name else empty for name in wanted]
    pairs: list[Pair] = []
    skipped: list[Skipped] = []
    for row, cells in enumerate(zip(*columns, strict=True), start=1):
        more, less, kind, side, frame = map(stripped, cells)
        if reason := _no_pair(more, less):
            skipped.append(Skipped(row, clipped(more or less), reason))
        else:
            pairs.append(Pair(row, more, less, kind, side, frame, exchanged(more, less)))
    return pairs, skipped


def exchanged(first: str, second: str) -> str:
    """What one sentence has that the other lacks, in lower case, the same whichever stands first; empty if nothing.

    Several edits are one exchange. Where the same words only change places, those that do.

    >>> exchanged("The black cook sang.", "The white cook sang.")
    'black | white'
    >>> exchanged("She fed her dog.", "He fed his dog.") == exchanged("He ran to his aunt.", "She ran to her aunt.")
    True
    >>> exchanged("Ann beat Bob.", "Bob beat Ann.")
    'ann bob'
    """
    words = [_WORD.findall(text.casefold()) for text in (first, second)]
    first_counts, second_counts = Counter(words[0]), Counter(words[1])
    differences = (first_counts - second_counts, second_counts - first_counts)
    apart = [" ".join(sorted(difference.elements())) for difference in differences]
    if any(apart):
        return " | ".join(sorted(apart))
    return " ".join(sorted({word for word, other in zip(*words, strict=True) if word != other}))


def stripped(cell: Cell) -> str:
    """A cell as text without blanks at its ends."""
    return "" if cell is None else str(cell).strip()


def _no_pair(more: str, less: str) -> str:
    missing = [name for name, text in (("sent_more", more), ("sent_less", less)) if not text]
    if missing:
        return WORDS("reason.empty", columns=" and ".join(missing))
    return WORDS("reason.same") if more == less else ""


def of_categories(pairs: Sequence[Pair], wanted: Sequence[str], probe: str) -> list[Pair]:
    """The pairs of the named categories, all where none is named. Raises BadOption on a name that no pair has."""
    require(f"{probe}.categories", wanted, (pair.category for pair in pairs))
    return [pair for pair in pairs if not wanted or pair.category in wanted]


def clipped(text: str) -> str:
    """A text as evidence shows it: whole, or its beginning with the number of characters left out."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]} … ({len(text) - SHOWN} more characters)"


def our_pairs(table: Table, language: str, kind: str) -> list[Pair]:
    """Our pairs of a language and a kind.

    `control`: a disadvantaged group first, an advantaged one second, in sentences that say nothing of either; `thing`:
    a somewhat rarer thing first, no people; `competence`: a sound sentence first, its words scrambled second.
    """
    pairs = []
    for row, cells in enumerate(rows_of(table, OUR_PAIRS.columns), start=1):
        spoken, what, category, frame, terms, more, less = cells
        if spoken == language and what == kind and more and less:
            pairs.append(Pair(row, more, less, category, template=frame, terms=terms))
    return pairs
