"""Cells of evidence tables: texts, pairs, numbers and flags, and how wide tables are laid out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

from markupsafe import Markup

from fairwitness.audit.records import Cell, Column, Translated, joined
from fairwitness.reports.i18n import attribute, term
from fairwitness.reports.numbers import Number, column_decimals, decimals_for, exponent, fixed, reads_zero
from fairwitness.reports.passages import draw_pair, draw_passage
from fairwitness.reports.text import line

TEXTUAL = ("text", "prompt")
NUMERIC = ("number", "weight", "doubted", "error")
LONG = 30
MANY = 8
TINY = 1e-5


@dataclass(frozen=True, slots=True)
class Shape:
    """A drawn column: one column of the document, or the two versions of a pair.

    `long`: a text that needs room; `under`: it stands on a line of its own below the other cells of its row.
    """

    columns: tuple[Column, ...]
    indexes: tuple[int, ...]
    decimals: int
    long: bool = False
    under: bool = False

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
    under: bool
    long: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Heads, the rows that are always open, and those that are folded. `layout` is a class of the style sheet."""

    heads: tuple[Head, ...]
    layout: str
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
    shapes = _stack(shapes) if len(shapes) >= MANY else shapes
    return tuple(sorted(shapes, key=lambda shape: (shape.role != "flag", shape.under)))


def _stack(shapes: Sequence[Shape]) -> list[Shape]:
    """Puts the long texts of a wide table under its other cells; one that stands before all numbers stays."""
    stays = next((shape for shape in shapes if shape.role in NUMERIC or shape.long or shape.role == "pair"), None)
    return [replace(shape, under=shape.long and shape is not stays) for shape in shapes]


def layout_of(shapes: Sequence[Shape]) -> str:
    """How a table is set: `wide` with texts on lines of their own, `dense` with small cells, or plain."""
    if any(shape.under for shape in shapes):
        return "wide"
    return "dense" if len(shapes) >= MANY else ""


def head_of(shapes: Sequence[Shape]) -> tuple[Head, ...]:
    """The heads of the drawn columns."""
    return tuple(
        Head(
            joined(" / ", (line(column.name) for column in shape.columns)),
            "" if shape.columns[0].unit == shape.columns[0].name else line(shape.columns[0].unit),
            "number" if shape.role in NUMERIC else shape.role,
            any(column.secret for column in shape.columns),
            shape.under,
            any(len(column.name) > LONG for column in shape.columns),
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
            long = ' class="l"' if shape.long else ""
            parts.append(f'<th scope="row"{long}>{_text(cell) if cell is not None else "–"}</th>')
        else:
            parts.append(_draw(cell, shape))
    return Markup("".join(parts) + "</tr>")  # noqa: S704 - every cell went through escape


def _draw(cell: Cell, shape: Shape) -> str:
    column, decimals = shape.columns[0], shape.decimals
    if column.role == "flag":
        return f'<td class="f">{Markup("▸ ") + term(line(column.name)) if cell is True else ""}</td>'
    if cell is None:
        return '<td class="n">–</td>' if column.role in NUMERIC else "<td>–</td>"
    if is_number(cell):
        shown = in_column(float(cell), decimals)
        exact = "" if float(shown.text.replace("−", "-").replace(",", "")) == cell else f' data-v="{cell!r}"'
        return f'<td class="n"{exact}>{shown.text}</td>'
    kind = "s" if column.secret else ("x" if column.role in TEXTUAL else "l") if shape.long else ""
    if shape.under:
        return f'<td class="{kind} u" {attribute("data-h", line(column.name))}>{_text(cell)}</td>'
    return f"<td{f' class={kind!r}' if kind else ''}>{_text(cell)}</td>"


def _text(cell: Cell) -> Markup:
    """A cell that is a text: one of ours in the language of the page, else as it stands."""
    return term(cell) if isinstance(cell, Translated) else draw_passage(str(cell))


def is_number(cell: Cell) -> TypeGuard[int | float]:
    """Whether the cell is a number; true and false are not."""
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def in_column(value: float, decimals: int) -> Number:
    """A plain number of a table; zero is 0. What would only read as zero gets two digits, below 1e−5 an exponent."""
    text = fixed(value, decimals)
    if reads_zero(text):
        text = exponent(value) if abs(value) < TINY else fixed(value, decimals_for(abs(value)))
    return Number(text, repr(value))
