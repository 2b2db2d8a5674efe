"""A beeswarm: a row of dots for each label, a dot a value; empty dots stand for low shades and full ones for high."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from markupsafe import Markup

from fairwitness.audit.records import Evidence, Measured, Name, Picture, joined
from fairwitness.reports.i18n import both
from fairwitness.reports.numbers import compact
from fairwitness.reports.pictures.charted import Charted, charted, framed, named, text_at
from fairwitness.reports.plots import plain, short
from fairwitness.reports.svg import ends, nice_ticks
from fairwitness.reports.text import line

LEFT, WIDE = 170, 380
ROW, BIN = 30, 4
"""Pixels of a row, and of a place in it that one dot takes."""
MOST_ROWS, MOST_STACKED = 20, 5
SHADES = 3
"""Looks of dots: low, between, high; and one for those without a shade."""


def beeswarm(picture: Picture, result: Measured, places: Mapping[str, str]) -> Charted | None:
    """Each table of label, value and shade."""
    return charted(picture, named(picture, result, "table"), result, places, draw, ("pic.beeswarm.key",))


def draw(piece: Evidence) -> Markup:
    """The drawing; empty for a table of other columns and where nothing has a value."""
    shaded = len(piece.columns) > 2
    rows = [
        (_label(row[0]), value, plain(row[2]) if shaded else None)
        for row in piece.rows
        if len(row) > 1 and (value := plain(row[1])) is not None
    ]
    if not rows:
        return Markup()
    labels = list(dict.fromkeys(label for label, _, _ in rows))[:MOST_ROWS]
    values = [value for label, value, _ in rows if label in labels]
    low, high = ends(min(0.0, *values), max(0.0, *values))
    bottom = ROW * len(labels) + 4

    def place_of(value: float) -> float:
        return LEFT + (value - low) / (high - low) * WIDE

    shapes = [f'<path class="g" d="M{round(place_of(tick), 1):g} 2V{bottom}"/>' for tick in nice_ticks(low, high)]
    shapes.append(f'<path class="z" d="M{round(place_of(0), 1):g} 2V{bottom}"/>')
    paths: dict[int, list[str]] = {}
    for number, label in enumerate(labels):
        taken: Counter[int] = Counter()
        for _, value, shade in (row for row in rows if row[0] == label):
            x = round(place_of(value) / BIN)
            taken[x] += 1
            offset = (taken[x] // 2) * (1 if taken[x] % 2 else -1)
            if abs(offset) > MOST_STACKED // 2:
                offset = (MOST_STACKED // 2) * (1 if offset > 0 else -1)
            y = ROW * (number + 0.5) + offset * BIN
            paths.setdefault(_look(shade), []).append(f"M{x * BIN} {y:g}h0")
        shapes.append(text_at(LEFT - 10, ROW * (number + 0.5) + 4, short(label, LEFT - 16), "e"))
    shapes += [_dots(look, "".join(path)) for look, path in sorted(paths.items())]
    shapes += [
        text_at(round(place_of(tick), 1), bottom + 14, Name(compact(tick)), "tm") for tick in nice_ticks(low, high)
    ]
    unit = line(piece.columns[1].unit)
    shapes.append(text_at(LEFT + WIDE, bottom + 30, joined(" ", [line(piece.columns[1].name), unit]), "e"))
    desc = both("pic.beeswarm.desc", n=len(values), labels=len(labels))
    return framed("bs", line(piece.caption), desc, (LEFT + WIDE + 18, bottom + 36), "".join(shapes))


def _label(cell: object) -> str:
    return line(cell if isinstance(cell, str) else str(cell)) or "–"


def _look(shade: float | None) -> int:
    """0 for the lowest third of shades, 2 for the highest, 3 for none."""
    return SHADES if shade is None else max(0, min(SHADES - 1, int(shade * SHADES)))


def _dots(look: int, path: str) -> str:
    """Dots of one look: full ones, or rings with a smaller dot of paper on them."""
    inner = f'<path class="bi" d="{path}"/>' if look == 0 else ""
    return f'<path class="bd{look}" d="{path}"/>{inner}'
