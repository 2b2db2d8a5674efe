"""Evidence as a reader meets it: example tables with failing rows first, token strips, heat maps."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from fairwitness.audit.records import Cell, Column, Evidence, each
from fairwitness.reports.cells import Table, columns_of, draw_row, head_of, layout_of
from fairwitness.reports.curves import curves, points
from fairwitness.reports.i18n import shown, turned
from fairwitness.reports.numbers import compact, fixed
from fairwitness.reports.passages import draw_text
from fairwitness.reports.strips import Strip, strips
from fairwitness.reports.svg import LEVELS, heat_image
from fairwitness.reports.text import clean, line

WORD_START = re.compile(r"(?<!\S)[Ġ▁](?=\S)")
FIRST_ROWS = 8
DRAWN_WHOLE = ("curves", "points")
"""Kinds of which the drawing holds every row, so that the table below may be cut."""
LABELS_UP_TO = 60


@dataclass(frozen=True, slots=True)
class Cuts:
    """How many rows of a table may be drawn; None is no limit. What is drawn of a long table when nothing is scarce."""

    passing: int | None = 500
    failing: int | None = None


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One piece of evidence, ready to be shown. `cut` counts rows of the document that this page leaves out.

    `file` is where its rows are, when the document itself holds none; `redacted` how many rows were taken out of it.
    """

    anchor: str
    caption: str
    heading: Markup
    kind: str
    table: Table
    strips: tuple[Strip, ...]
    chart: Markup
    shown: str
    total: str
    failing: str
    cut: str
    partial: bool
    file: str
    redacted: str = ""
    sha256: str = ""

    @property
    def more(self) -> str:
        """What the rows are called that are folded."""
        return each(self.caption, lambda said: said + " +")


def exhibit(evidence: Evidence, anchor: str, cuts: Cuts, numbers: Mapping[str, int]) -> Exhibit:
    """The evidence with its failing rows first, cut to size; `numbers` says which look each label of a curve has."""
    failing, rows = kept_rows(evidence, cuts)
    shapes = columns_of(evidence.columns, rows)
    drawn = [draw_row(shapes, row, failing=index < len(failing)) for index, row in enumerate(rows)]
    first = FIRST_ROWS if evidence.kind == "table" and len(drawn) > FIRST_ROWS + 4 else len(drawn)
    return Exhibit(
        anchor=anchor,
        caption=line(evidence.caption),
        heading=draw_text(line(evidence.caption)),
        kind=evidence.kind,
        table=Table(head_of(shapes), layout_of(shapes), tuple(drawn[:first]), tuple(drawn[first:])),
        strips=strips(evidence) if evidence.kind == "tokens" else (),
        chart=chart(evidence, anchor, numbers),
        shown=fixed(len(rows) if evidence.stored is None else evidence.shown, 0),
        total=fixed(evidence.total, 0),
        failing=fixed(len(failing), 0) if failing else "",
        cut=fixed(len(evidence.rows) - len(rows), 0) if len(rows) < len(evidence.rows) else "",
        partial=len(rows) < evidence.total and evidence.stored is None,
        file="" if evidence.stored is None else evidence.stored.file,
        redacted="" if evidence.redacted is None else fixed(evidence.redacted.rows, 0),
        sha256="" if evidence.redacted is None else evidence.redacted.sha256,
    )


def kept_rows(evidence: Evidence, cuts: Cuts) -> tuple[list[tuple[Cell, ...]], list[tuple[Cell, ...]]]:
    """All failing rows, and the rows that are drawn: of a table the failing ones first."""
    if evidence.kind == "table":
        failing, passing = sort_rows(evidence.columns, evidence.rows)
        return failing, failing[: cuts.failing] + passing[: cuts.passing]
    return [], list(evidence.rows[: cuts.passing] if evidence.kind in DRAWN_WHOLE else evidence.rows)


def chart(evidence: Evidence, anchor: str, numbers: Mapping[str, int]) -> Markup:
    """The drawing of a matrix, of curves or of points; empty for the rest."""
    match evidence.kind:
        case "matrix":
            return heat_map(evidence)
        case "curves":
            return curves(evidence, anchor, numbers)
        case "points":
            return points(evidence, numbers)
        case _:
            return Markup()


def sort_rows(
    columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]]
) -> tuple[list[tuple[Cell, ...]], list[tuple[Cell, ...]]]:
    """The rows of which some flag is true, and the others, each in the order of the document."""
    flags = [index for index, column in enumerate(columns) if column.role == "flag"]
    failing = [row for row in rows if any(row[index] is True for index in flags)]
    passing = [row for row in rows if not any(row[index] is True for index in flags)]
    return failing, passing


def heat_map(evidence: Evidence, reach: float | None = None) -> Markup:
    """The matrix as an image of 16 levels up to `reach`, with its labels where they can be read."""
    names = [spoken(column.name) for column in evidence.columns[1:]]
    labels = [spoken(row[0] if isinstance(row[0], str) else str(row[0])) for row in evidence.rows]
    cells = [[float(cell) if isinstance(cell, int | float) else None for cell in row[1:]] for row in evidence.rows]
    numbers = [cell for row in cells for cell in row if cell is not None]
    if not numbers or not names:
        return Markup()
    low, high = min(0.0, *numbers), max(numbers) if reach is None else reach
    names, labels = [_short(name) for name in names], [_short(label) for label in labels]
    legible = max(len(names), len(labels)) <= LABELS_UP_TO
    side = 20 if max(len(names), len(labels)) <= 24 else 13
    left, top = (_room(labels), _room(names)) if legible else (4, 4)
    width, height = side * len(names), side * len(labels)
    unit = line(evidence.columns[1].unit)
    frame = (left + width + (_room(names) // 2 if legible else 4), top + height + 34)
    parts = [
        f'<svg class="heat" role="img" viewBox="0 0 {frame[0]} {frame[1]}" width="{frame[0]}">'
        f"<title{turned(line(evidence.caption))}>{escape(shown(line(evidence.caption)))}</title>"
        f"<desc>{len(labels)} × {len(names)}; {compact(low)} – {fixed(high, 3)} {escape(shown(unit))}</desc>"
        f'<image x="{left}" y="{top}" width="{width}" height="{height}" preserveAspectRatio="none"'
        f' href="{heat_image(cells, low, high)}"/>',
        f'<image x="{left}" y="{top + height + 10}" width="96" height="8" preserveAspectRatio="none"'
        f' href="{heat_image([list(range(LEVELS))], 0, LEVELS)}"/>'
        f'<text x="{left}" y="{top + height + 30}">{compact(low)}</text>'
        f'<text x="{left + 96}" y="{top + height + 30}" text-anchor="end">{fixed(high, 2)}</text>'
        f'<text x="{left + 104}" y="{top + height + 18}"{turned(unit)}>{escape(shown(unit))}</text>',
    ]
    if legible:
        parts += [_row_label(name, left - 5, top + side * (k + 0.7)) for k, name in enumerate(labels)]
        parts += [_column_label(name, left + side * (k + 0.7), top - 5) for k, name in enumerate(names)]
    return Markup("".join(parts) + "</svg>")  # noqa: S704 - labels and caption went through escape


def _row_label(name: str, x: float, y: float) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="end"{turned(name)}>{escape(shown(name))}</text>'


def _column_label(name: str, x: float, y: float) -> str:
    return f'<text transform="translate({x:g} {y:g}) rotate(-60)"{turned(name)}>{escape(shown(name))}</text>'


def spoken(label: str) -> str:
    """A label on one line, without the signs by which tokenizers mark the start of a word."""
    return line(each(label, lambda said: WORD_START.sub("", clean(said))))


def _room(labels: Sequence[str]) -> int:
    return 14 + 7 * max(min(len(label), 14) for label in labels)


def _short(label: str) -> str:
    return each(label, lambda said: said if len(said) <= 14 else said[:13] + "…")
