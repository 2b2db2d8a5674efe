"""A waterfall: from one total to another, a bar for what each row adds or takes away."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from fairwitness.audit.records import Cell, Evidence, Measured, Name, Picture, joined
from fairwitness.reports.i18n import both
from fairwitness.reports.numbers import fixed
from fairwitness.reports.pictures.charted import Charted, charted, framed, named, text_at
from fairwitness.reports.plots import plain, short
from fairwitness.reports.svg import ends
from fairwitness.reports.text import line

LEFT, WIDE, RIGHT = 190, 320, 66
"""Pixels of labels, bars and values."""
ROW = 21
MOST_ROWS = 18
"""Rows that are drawn; those that add least are one bar together."""
REST = 0.01
"""Share of the way between the totals from which what no row explains is drawn."""


@dataclass(frozen=True, slots=True)
class Step:
    """A bar from `start` to `end`, or a total at `end`, with the interval of the value around its end."""

    label: str
    start: float
    end: float
    total: bool
    interval: tuple[float, float] | None = None
    rest: bool = False


def waterfall(picture: Picture, result: Measured, places: Mapping[str, str]) -> Charted | None:
    """Each piece of evidence of kind dots that has a total."""
    return charted(picture, named(picture, result, "dots"), result, places, draw, ("pic.waterfall.key",))


def draw(piece: Evidence) -> Markup:
    """The drawing; empty where no row is a total or nothing has a value."""
    steps = steps_of(piece)
    if not any(step.total for step in steps):
        return Markup()
    places = [place for step in steps for place in (step.start, step.end, *(step.interval or ()))]
    low, high = ends(min(places), max(places))
    pad = (high - low) * 0.03

    def place_of(value: float) -> float:
        return round(LEFT + (value - low + pad) / (high - low + 2 * pad) * WIDE, 1)

    shapes = []
    if low < 0 < high:
        shapes.append(f'<path class="z" d="M{place_of(0):g} 4V{ROW * len(steps) + 6}"/>')
    for number, step in enumerate(steps):
        shapes.append(_row(step, number, place_of))
    unit = line(piece.columns[1].unit)
    desc = joined(" ", [both("pic.waterfall.desc", n=len(steps)), unit])
    size = (LEFT + WIDE + RIGHT + 8, ROW * len(steps) + 10)
    return framed("wf", line(piece.caption), desc, size, "".join(shapes))


def steps_of(piece: Evidence) -> list[Step]:
    """The rows in the order of the document: those that add least as one, and what none of them explains."""
    rows = [row for row in piece.rows if plain(row[1]) is not None]
    parts = [row for row in rows if not _total(piece, row)]
    kept = sorted(parts, key=lambda row: -abs(_value(row)))[: MOST_ROWS if len(parts) > MOST_ROWS + 1 else None]
    others = [row for row in parts if row not in kept]
    steps: list[Step] = []
    reached: float | None = None
    for row in rows:
        value = _value(row)
        if _total(piece, row):
            if reached is not None and others:
                steps.append(Step(_others(len(others)), reached, reached + sum(map(_value, others)), False))
                reached = steps[-1].end
            if reached is not None and steps and abs(value - reached) > REST * abs(value - steps[0].end):
                steps.append(Step(both("pic.waterfall.rest"), reached, value, False, rest=True))
            steps.append(Step(_label(row), value, value, True))
            reached = value
        elif row in kept:
            start = reached or 0.0
            low, high = plain(row[2]), plain(row[3])
            around = None if low is None or high is None or low == high else (start + low, start + high)
            steps.append(Step(_label(row), start, start + value, False, around))
            reached = start + value
    return steps


def _others(count: int) -> str:
    return both("pic.waterfall.others", n=count)


def _total(piece: Evidence, row: Sequence[Cell]) -> bool:
    return any(cell is True for cell, column in zip(row, piece.columns, strict=True) if column.role == "flag")


def _value(row: Sequence[Cell]) -> float:
    return plain(row[1]) or 0.0


def _label(row: Sequence[Cell]) -> str:
    return line(row[0] if isinstance(row[0], str) else str(row[0]))


def _row(step: Step, number: int, place: Callable[[float], float]) -> str:
    top = 4 + ROW * number
    middle = top + ROW / 2
    parts = [text_at(LEFT - 8, middle + 4, short(step.label, LEFT - 14), "e h" if step.total else "e")]
    start, end = place(step.start), place(step.end)
    if step.total:
        parts.append(f'<path class="wt" d="M{end:g} {top + 1:g}v{ROW - 2}"/>')
        value = fixed(step.end, 2)
    else:
        change = step.end - step.start
        value = fixed(change, 2, sign=True)
        look = "wr" if step.rest else "wp" if change > 0 else "wm"
        left, width = min(start, end), max(abs(end - start), 1)
        parts.append(f'<rect class="{look}" x="{left:g}" y="{top + 4:g}" width="{width:g}" height="{ROW - 8}"/>')
        if step.interval is not None:
            low, high = map(place, step.interval)
            parts.append(f'<path class="wi" d="M{low:g} {middle:g}H{high:g}"/>')
    parts.append(f'<path class="wl" d="M{end:g} {top + ROW - 3:g}v6"/>')
    parts.append(text_at(LEFT + WIDE + RIGHT, middle + 4, Name(value), "e h" if step.total else "e"))
    return "".join(parts)
