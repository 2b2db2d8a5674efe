"""Cells of published tables, read as text."""

from __future__ import annotations

from collections.abc import Sequence

from fairwitness.audit.records import Cell, Table


def place_of(word: str, text: str, at: str) -> int | None:
    """Where a word begins, read from a cell; None where that is no number or another word stands there."""
    if not word or not at.isdecimal() or not text.startswith(word, int(at)):
        return None
    return int(at)


def rows_of(table: Table, names: Sequence[str]) -> list[tuple[str, ...]]:
    """The named columns of a table, row by row, as text; an empty cell is empty text."""
    return [tuple(map(_text, row)) for row in zip(*(table.columns[name] for name in names), strict=True)]


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)
