"""A matrix of signs: full squares above 0, empty ones below, as large as the number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from fairwitness.audit.records import Evidence, Measured, Name, Picture, each, joined
from fairwitness.reports.evidence import Cuts, Exhibit, exhibit
from fairwitness.reports.i18n import shown, turned
from fairwitness.reports.numbers import compact
from fairwitness.reports.plots import plain
from fairwitness.reports.text import line

CELL, LEFT = 26, 176
MOST_ROWS = 40


@dataclass(frozen=True, slots=True)
class Matrix:
    """The picture, and the evidence that it draws as an exhibit with its table."""

    caption: str
    sides: tuple[str, ...]
    svg: Markup
    exhibit: Exhibit
    rows: int
    total: int
    names: tuple[str, ...] = ()
    kind: str = "matrix"

    @property
    def evidence(self) -> tuple[str, ...]:
        """Anchors of the evidence that need not be drawn again."""
        return (self.exhibit.anchor,)


def matrix(picture: Picture, result: Measured, places: Mapping[str, str]) -> Matrix | None:
    """The first matrix of the picture that has a number."""
    tables = {piece.id: piece for piece in result.evidence if piece.kind == "matrix"}
    for name in picture.evidence:
        piece = tables.get(name)
        if piece is not None and any(plain(cell) is not None for row in piece.rows for cell in row[1:]):
            caption = line(picture.caption) or line(piece.caption)
            made = exhibit(piece, places[name], Cuts(), {})
            return Matrix(caption, tuple(map(line, picture.sides)), signs(piece, caption), made, *_sizes(piece))
    return None


def _sizes(piece: Evidence) -> tuple[int, int]:
    """Rows that are drawn, and all."""
    return min(len(piece.rows), MOST_ROWS), len(piece.rows)


def signs(piece: Evidence, caption: str, *, cell: int = CELL, left: int = LEFT) -> Markup:
    """The drawing: one square of so many pixels a cell, and so many for the labels of rows."""
    columns, rows = piece.columns[1:], piece.rows[:MOST_ROWS]
    numbers = [plain(number) for row in rows for number in row[1:]]
    largest = max(abs(number) for number in numbers if number is not None) or 1.0
    top = 20 + 5.0 * max(min(len(line(column.name)), 22) for column in columns)
    width, height = left + cell * len(columns) + left // 2, top + cell * len(rows) + 8
    parts = []
    for number, column in enumerate(columns):
        name = _cut(line(column.name), 22)
        x, y = left + cell * (number + 0.6), top - 6
        parts.append(f'<text transform="translate({x:g} {y:g}) rotate(-55)"{turned(name)}>{escape(shown(name))}</text>')
    for number, row in enumerate(rows):
        label = _cut(line(row[0]) if isinstance(row[0], str) else str(row[0]), 26)
        y = top + cell * number
        parts.append(f'<path class="g" d="M{left} {y + cell:g}h{cell * len(columns)}"/>')
        parts.append(f'<text class="e" x="{left - 8}" y="{y + cell / 2 + 4:g}">{escape(shown(label))}</text>')
        for place, shade in enumerate(row[1:]):
            parts.append(_sign(plain(shade), largest, cell, left + cell * (place + 0.5), y + cell / 2))
    size = Name(f"{len(rows)} × {len(columns)}; ± {compact(float(f'{largest:.3g}'))}")
    desc = joined(" ", [size, line(columns[0].unit)])
    return Markup(  # noqa: S704 - every text goes through escape, the rest is numbers
        f'<svg class="plot mx" role="img" viewBox="0 0 {width:g} {height:g}" width="{width:g}">'
        f"<title{turned(caption)}>{escape(shown(caption))}</title><desc{turned(desc)}>{escape(shown(desc))}</desc>"
        f"{''.join(parts)}</svg>"
    )


def _sign(value: float | None, largest: float, cell: int, x: float, y: float) -> str:
    """A square, full above 0 and empty below, whose area is the number; nothing at 0, a cross where there is none."""
    if value == 0:
        return ""
    if value is None:
        return f'<path class="no" d="M{x - 3:g} {y - 3:g}l6 6m0-6l-6 6"/>'
    side = round(max(1.5, (cell - 5) * (abs(value) / largest) ** 0.5), 1)
    kind = "up" if value > 0 else "dn"
    box = f'x="{x - side / 2:g}" y="{y - side / 2:g}" width="{side:g}" height="{side:g}"'
    return f'<rect class="{kind}" {box}><title>{compact(float(f"{value:.3g}"))}</title></rect>'


def _cut(text: str, most: int) -> str:
    return each(text, lambda said: said if len(said) <= most else said[: most - 1] + "…")
