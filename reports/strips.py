"""Token strips: one line of words for every method, coloured and underlined by weight, with the value printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairwitness.audit.records import Cell, Evidence
from fairwitness.reports.numbers import Number, fixed
from fairwitness.reports.text import clean, line

STEPS = 7
BLANK = "[MASK]"
WEIGHTS = ("weight", "doubted")
"""Roles of columns that are drawn as a strip."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a strip. `tone` is p1..p7 or m1..m7, empty near zero; `unsure`: smaller than twice its error.

    `exact` and `error` are the value and its standard error as the document has them, None where there is none.
    """

    word: str
    blank: bool
    value: Number | None
    tone: str
    unsure: bool
    protected: bool
    exact: float | None = None
    error: float | None = None


@dataclass(frozen=True, slots=True)
class Strip:
    """All words with the weights of one column. `wide` is the longest value in characters.

    `doubted`: of a method that failed its own checks; its values are shown in grey.
    """

    name: str
    unit: str
    tokens: tuple[Token, ...]
    wide: int
    doubted: bool = False


def strips(evidence: Evidence) -> tuple[Strip, ...]:
    """A strip for each weight column; colours share one scale where the unit is the same."""
    columns = evidence.columns
    words = next((index for index, column in enumerate(columns) if column.role == "token"), None)
    weights = [index for index, column in enumerate(columns) if column.role in WEIGHTS]
    if words is None or not weights:
        return ()
    flags = [index for index, column in enumerate(columns) if column.role == "flag"]
    made = []
    for index in weights:
        peers = [other for other in weights if columns[other].unit == columns[index].unit]
        scale = max(
            (abs(value) for other in peers for row in evidence.rows if (value := _number(row[other])) is not None),
            default=0.0,
        )
        follows = index + 1 < len(columns) and columns[index + 1].role == "error"
        tokens = tuple(
            _token(row, words, index, flags, scale, _number(row[index + 1]) if follows else None)
            for row in evidence.rows
        )
        wide = max(len(token.value.text) if token.value else 1 for token in tokens) if tokens else 1
        doubted = columns[index].role != "weight"
        made.append(Strip(line(columns[index].name), line(columns[index].unit), tokens, wide, doubted))
    return tuple(made)


def _token(
    row: Sequence[Cell], words: int, index: int, flags: Sequence[int], scale: float, error: float | None
) -> Token:
    word = clean(str(row[words]))
    value = _number(row[index])
    return Token(
        word=word.strip() or "␣",
        blank=word == BLANK,
        value=None if value is None else Number(fixed(value, 2, sign=True), repr(value)),
        tone=_tone(value, scale),
        unsure=value is not None and error is not None and abs(value) < 2 * error,
        protected=any(row[flag] is True for flag in flags),
        exact=value,
        error=error,
    )


def _tone(value: float | None, scale: float) -> str:
    if not value or not scale:
        return ""
    step = round(abs(value) / scale * STEPS)
    return f"{'p' if value > 0 else 'm'}{step}" if step else ""


def _number(cell: Cell) -> float | None:
    return float(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else None
