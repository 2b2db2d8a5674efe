"""Passages: a text with the part of it that the model knew."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from fairwitness.audit.records import Cell, Column, Evidence, Measured, Name, Picture, joined
from fairwitness.reports.numbers import compact
from fairwitness.reports.passages import draw_text
from fairwitness.reports.plots import plain
from fairwitness.reports.text import clean, line

MOST_PASSAGES = 2
AROUND = 110
"""Characters to either side of the part that was known."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text with the part of it that was known; `facts` are its numbers."""

    title: str
    facts: tuple[tuple[str, str], ...]
    before: Markup
    part: Markup
    after: Markup


@dataclass(frozen=True, slots=True)
class Passages:
    """The picture."""

    caption: str
    passages: tuple[Passage, ...]
    sides: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    kind: str = "passages"
    evidence: tuple[str, ...] = ()


def passages(picture: Picture, result: Measured) -> Passages | None:
    """The first rows of a table that hold a text and a part of it. Nothing of a column that is secret is drawn."""
    made: list[Passage] = []
    for piece in result.evidence:
        if piece.id in picture.evidence and (columns := _columns(piece)):
            for row in piece.rows:
                passage = _passage(piece, row, *columns)
                if passage is not None and len(made) < MOST_PASSAGES:
                    made.append(passage)
    return Passages(line(picture.caption), tuple(made)) if made else None


def _columns(piece: Evidence) -> tuple[int, int] | None:
    """The places of the whole text and of its part; None where there are none that may be shown."""
    open_columns = [(place, column) for place, column in enumerate(piece.columns) if not column.secret]
    whole = next((place for place, column in open_columns if column.role == "prompt"), None)
    part = next((place for place, column in open_columns if column.role == "text"), None)
    return None if whole is None or part is None else (whole, part)


def _passage(piece: Evidence, row: tuple[Cell, ...], whole: int, part: int) -> Passage | None:
    text, known = clean(str(row[whole] or "")), clean(str(row[part] or "")).strip()
    start = text.find(known) if known else -1
    if start < 0:
        return None
    end = start + len(known)
    first = max(0, start - AROUND)
    first = text.rfind(" ", 0, first) + 1 if first else 0
    last = text.find(" ", min(len(text), end + AROUND))
    before = ("… " if first else "") + text[first:start]
    after = text[end:] if last < 0 else text[end:last] + " …"
    facts = [_fact(column, cell) for column, cell in zip(piece.columns, row, strict=True) if column.role == "number"]
    title = line(str(row[0] or ""))
    return Passage(
        title, tuple(fact for fact in facts[:3] if fact), draw_text(before), draw_text(known), draw_text(after)
    )


def _fact(column: Column, cell: Cell) -> tuple[str, str] | None:
    value = plain(cell)
    unit = line(column.unit)
    return (
        None
        if value is None
        else (line(column.name), joined(" ", [Name(compact(round(value, 2))), *filter(None, [unit])]))
    )
