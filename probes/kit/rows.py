"""Cells of published tables, read as text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fairwitness.audit.records import Cell, Table, quoted
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
NUMBERS = ("number",)
"""Columns that hold whole numbers."""


def place_of(word: str, text: str, where: str) -> int | None:
    """Where a word begins, read from a cell; None where that is no number or another word stands there."""
    if not word or not where.isdecimal() or not text.startswith(word, int(where)):
        return None
    return int(where)


def span_of(word: str, text: str) -> tuple[int, int] | None:
    """Where a word first stands in a text, not as a part of a longer one; None where it does not, or is empty.

    >>> span_of("she", "The sheep she has")
    (10, 13)
    """
    match = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) if word else None
    return match.span() if match else None


def rows_of(table: Table, names: Sequence[str]) -> list[tuple[str, ...]]:
    """The named columns of a table, row by row, as text; an empty cell is empty text."""
    return [tuple(map(_text, row)) for row in zip(*(table.columns[name] for name in names), strict=True)]


def full_rows(table: Table, names: Sequence[str], what: str) -> list[tuple[str, ...]]:
    """The same of a file without gaps. Raises DoesNotApply for an empty cell or a `number` that is none.

    `what` names its rows in the message.
    """
    rows = rows_of(table, names)
    for number, cells in enumerate(rows, start=1):
        for name, cell in zip(names, cells, strict=True):
            if not cell.strip():
                raise WORDS.does_not_apply("rows.empty", "data_unfit", row=number, what=what, column=quoted(name))
            if name in NUMBERS and not cell.isdigit():
                raise WORDS.does_not_apply("rows.no_number", "data_unfit", row=number, what=what, column=quoted(name))
    return rows


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)
