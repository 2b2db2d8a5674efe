"""Cells of evidence tables: texts with their blanks, pairs with their difference, numbers, flags."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TypeGuard

from markupsafe import Markup, escape

from assay.audit.records import Cell, Column
from assay.reports.numbers import Number, column_decimals, exponent, fixed, reads_zero
from assay.reports.text import clean, line, removed

BLANKS = re.compile(r"\[MASK\]|\{blank\}")
BLANK_MARK = Markup('<span class="bl" role="img" aria-label="[MASK]"></span>')
HIDDEN_MARK = Markup('<span class="hid" title="{0}">+{0}</span>')
WORDS = re.compile(r"\[MASK\]|[\u3400-\u9fff]|\w+|\s+|[^\w\s]")
TEXTUAL = ("text", "prompt")
NUMERIC = ("number", "weight", "error")
LONG = 30


@dataclass(frozen=True, slots=True)
class Shape:
    """A drawn column: one column of the document, or the two versions of a pair."""

    columns: tuple[Column, ...]
    indexes: tuple[int, ...]
    decimals: int
    long: bool = False

    @property
    def role(self) -> str:
        """How the cells are drawn."""
        return "pair" if len(self.columns) > 1 else self.columns[0].role


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column."""

    name: str
    unit: str
    role: str
    secret: bool


@dataclass(frozen=True, slots=True)
class Table:
    """Heads, the rows that are always open, and those that are folded."""

    heads: tuple[Head, ...]
    first: tuple[Markup, ...]
    rest: tuple[Markup, ...]


def columns_of(columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]]) -> tuple[Shape, ...]:
    """The drawn columns: flags first, exactly two prompt columns become one pair."""
    prompts = [index for index, column in enumerate(columns) if column.role == "prompt"]
    pair = len(prompts) == 2 and not any(columns[index].secret for index in prompts)
    shapes: list[Shape] = []
    for index, column in enumerate(columns):
        if pair and index == prompts[0]:
            shapes.append(Shape(tuple(columns[k] for k in prompts), tuple(prompts), 0))
        elif not (pair and index in prompts):
            numbers = [float(cell) for row in rows if is_number(cell := row[index])]
            long = any(len(str(row[index])) > LONG for row in rows if row[index] is not None)
            shapes.append(Shape((column,), (index,), column_decimals(numbers), long))
    return tuple(sorted(shapes, key=lambda shape: shape.role != "flag"))


def head_of(shapes: Sequence[Shape]) -> tuple[Head, ...]:
    """The heads of the drawn columns."""
    return tuple(
        Head(
            " / ".join(line(column.name) for column in shape.columns),
            line(shape.columns[0].unit),
            "number" if shape.role in NUMERIC else shape.role,
            any(column.secret for column in shape.columns),
        )
        for shape in shapes
    )


def draw_row(shapes: Sequence[Shape], row: Sequence[Cell], *, failing: bool) -> Markup:
    """One table row; the first label of it is its head."""
    parts = ['<tr class="bad">' if failing else "<tr>"]
    headed = False
    for shape in shapes:
        if shape.role == "pair":
            parts.append(f'<td class="x">{draw_pair([str(row[index]) for index in shape.indexes])}</td>')
            continue
        cell, column = row[shape.indexes[0]], shape.columns[0]
        if not headed and column.role in ("label", "token") and not is_number(cell):
            headed = True
            parts.append(f'<th scope="row">{draw_text(str(cell)) if cell is not None else "–"}</th>')
        else:
            parts.append(_draw(cell, shape))
    return Markup("".join(parts) + "</tr>")  # noqa: S704 - every cell went through escape


def _draw(cell: Cell, shape: Shape) -> str:
    column, decimals = shape.columns[0], shape.decimals
    if column.role == "flag":
        return f'<td class="f">{Markup("▲ ") + escape(line(column.name)) if cell is True else ""}</td>'
    if cell is None:
        return '<td class="n">–</td>' if column.role in NUMERIC else "<td>–</td>"
    if is_number(cell):
        shown = in_column(float(cell), decimals)
        exact = "" if float(shown.text.replace("−", "-").replace(",", "")) == cell else f' data-v="{cell!r}"'
        return f'<td class="n"{exact}>{shown.text}</td>'
    kind = "s" if column.secret else ("x" if column.role in TEXTUAL else "l") if shape.long else ""
    return f"<td{f' class={kind!r}' if kind else ''}>{draw_text(str(cell))}</td>"


def is_number(cell: Cell) -> TypeGuard[int | float]:
    """Whether the cell is a number; true and false are not."""
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def in_column(value: float, decimals: int) -> Number:
    """A plain number of a table; zero is 0, and what would only read as zero is written with an exponent."""
    text = fixed(value, decimals)
    return Number(exponent(value) if reads_zero(text) else text, repr(value))


def draw_text(text: str) -> Markup:
    """Escaped text: blanks drawn, line breaks kept, and a mark that counts the characters taken out."""
    shown = BLANK_MARK.join(escape(part) for part in BLANKS.split(clean(text)))
    gone = removed(text)
    return shown + HIDDEN_MARK.format(gone) if gone else shown


def draw_pair(texts: Sequence[str]) -> Markup:
    """Two versions under each other; the words that differ are underlined."""
    left, right = (WORDS.findall(clean(text)) for text in texts)
    upper, lower = Markup(), Markup()
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        upper += _part(left[i1:i2], differs=tag != "equal")
        lower += _part(right[j1:j2], differs=tag != "equal")
    return Markup("<p>") + upper + Markup("</p><p>") + lower + Markup("</p>")


def _part(words: Sequence[str], *, differs: bool) -> Markup:
    drawn = BLANK_MARK.join(escape(part) for part in BLANKS.split("".join(words)))
    return Markup("<u>") + drawn + Markup("</u>") if differs and words else drawn
