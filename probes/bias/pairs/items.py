"""Pairs of sentences: how they are read from a table, which rows are no pairs, and which are asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile

from fairwitness.audit.records import Cell, Table
from fairwitness.probes.bias.pairs.exchanges import exchanged
from fairwitness.probes.kit.choices import require

SHOWN = 2000
"""Characters of a text up to which evidence shows it whole."""


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
    count = len(table)
    empty: tuple[Cell, ...] = (None,) * count
    wanted = ("sent_more", "sent_less", category, direction, template)
    named = [table.columns.get(name, empty) if name else empty for name in wanted]
    pairs: list[Pair] = []
    skipped: list[Skipped] = []
    for row, (more, less, kind, side, frame) in enumerate(zip(*named, strict=True), start=1):
        first, second = _text(more), _text(less)
        if problem := _problem(first, second):
            skipped.append(Skipped(row, clipped(first or second), problem))
        else:
            pairs.append(Pair(row, first, second, _text(kind), _text(side), _text(frame), exchanged(first, second)))
    return pairs, skipped


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell).strip()


def _problem(more: str, less: str) -> str:
    if not more or not less:
        missing = [name for name, text in (("sent_more", more), ("sent_less", less)) if not text]
        return f"empty: {' and '.join(missing)}"
    return "both sentences are the same" if more == less else ""


def of_categories(pairs: Sequence[Pair], wanted: Sequence[str], probe: str) -> list[Pair]:
    """The pairs of the named categories, all where none is named. Raises BadOption on a name that no pair has."""
    require(f"{probe}.categories", wanted, (pair.category for pair in pairs))
    return [pair for pair in pairs if not wanted or pair.category in wanted]


def clipped(text: str) -> str:
    """A text as evidence shows it: whole, or its beginning with the number of characters left out."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]} … ({len(text) - SHOWN} more characters)"


COMPARED = 1_000_000
"""Pairs of words up to which all are compared: beyond, the time would grow with the square of the length."""
RULES = "1"
"""Version of the rules below; a change of them is another version."""


def _several(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether more than one stretch of words differs. Of very long texts: whether what differs is long too."""
    if len(first) * len(second) > COMPARED:
        same = sum(1 for _ in takewhile(lambda both: both[0] == both[1], zip(first, second, strict=False)))
        first, second = first[same:], second[same:]
        ends = zip(reversed(first), reversed(second), strict=False)
        same = sum(1 for _ in takewhile(lambda both: both[0] == both[1], ends))
        first, second = first[: len(first) - same], second[: len(second) - same]
        if len(first) * len(second) > COMPARED:
            return True
    changed = SequenceMatcher(None, first, second, autojunk=False).get_opcodes()
    return sum(tag != "equal" for tag, *_ in changed) > 1


def flaws(pair: Pair, seen: set[tuple[str, str]]) -> tuple[str, ...]:
    """Why a pair is no minimal edit (version 1): other word counts, more than one changed stretch, seen before.

    Words are what blanks separate; stretches are those of `difflib` over words. Adds the pair to `seen`.
    """
    first, second = pair.more.split(), pair.less.split()
    found = []
    if len(first) != len(second):
        found.append("word counts differ")
    if _several(first, second):
        found.append("more than one stretch differs")
    if (pair.more, pair.less) in seen:
        found.append("duplicate")
    seen.add((pair.more, pair.less))
    return tuple(found)
