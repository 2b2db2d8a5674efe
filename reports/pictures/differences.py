"""What tells two maps apart: one less the other, cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fairwitness.audit.records import Cell, Column, Evidence, joined
from fairwitness.reports.evidence import Cuts, Exhibit, exhibit, spoken
from fairwitness.reports.i18n import both
from fairwitness.reports.pictures.matrix import signs
from fairwitness.reports.plots import plain

SIDE, LABELS = 18, 92
"""Pixels of a cell and of the labels of rows: the drawing stands beside the two maps."""


def difference_of(maps: Sequence[Evidence], anchor: str) -> Exhibit | None:
    """The first of two maps less the second, where both have the same rows and columns but for the words that differ.

    None of other numbers of maps, of two of different sizes, and where no word differs.
    """
    if len(maps) != 2 or len(maps[0].columns) != len(maps[1].columns) or len(maps[0].rows) != len(maps[1].rows):
        return None
    first, other = maps
    words = [
        (_word(here), _word(there))
        for here, there in zip(first.columns[1:], other.columns[1:], strict=True)
        if here.name != there.name
    ]
    if not words:
        return None
    columns = [_column(here, there) for here, there in zip(first.columns, other.columns, strict=True)]
    rows = [
        (_named(here[0], there[0]), *map(_less, here[1:], there[1:]))
        for here, there in zip(first.rows, other.rows, strict=True)
    ]
    caption = both("pic.maps.difference", first=words[0][0], other=words[0][1])
    piece = replace(first, caption=caption, columns=tuple(columns), rows=tuple(rows))
    if all(plain(cell) is None for row in rows for cell in row[1:]):
        return None
    return replace(exhibit(piece, anchor, Cuts(), {}), chart=signs(piece, caption, cell=SIDE, left=LABELS))


def _word(column: Column) -> str:
    """The word of a head, without the number of its place."""
    return spoken(column.name).lstrip("0123456789 ")


def _column(here: Column, there: Column) -> Column:
    return replace(here, name=_named(here.name, there.name))


def _named(here: Cell, there: Cell) -> str:
    """The label of both maps; where they differ the words of both."""
    first, other = spoken(str(here)), spoken(str(there))
    return first if here == there else joined(" / ", (first, other))


def _less(here: Cell, there: Cell) -> float | None:
    first, other = plain(here), plain(there)
    return None if first is None or other is None else first - other
