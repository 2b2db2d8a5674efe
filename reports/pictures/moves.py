"""Points that move: an arrow from where a group was to where it is, named once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from fairwitness.audit.records import Cell, Evidence, Name, Translated, joined
from fairwitness.reports.i18n import both, shown, turned
from fairwitness.reports.pictures.names import TALL, Box, along, free
from fairwitness.reports.pictures.scatter import frame, lines_of
from fairwitness.reports.plots import LETTER, Place, Plot, axis_name, plain, short
from fairwitness.reports.text import line

HEAD = 7.0
"""Length of an arrow's head in pixels; shorter ways are drawn without one."""


@dataclass(frozen=True, slots=True)
class _Way:
    label: str
    rows: Sequence[tuple[Cell, ...]]
    places: Sequence[Place]


def moves(evidence: Evidence) -> Markup:
    """The drawing of points whose labels repeat, each label an arrow through its rows in their order."""
    groups: dict[str, list[tuple[Cell, ...]]] = {}
    for row in evidence.rows:
        if row[0] is not None and plain(row[1]) is not None and plain(row[4]) is not None:
            groups.setdefault(line(row[0]) if isinstance(row[0], str) else str(row[0]), []).append(row)
    if not groups:
        return Markup()
    lines = [row for row in evidence.rows if row[0] is None]
    known = [row for rows in groups.values() for row in rows] + lines
    xs = [x for row in known if (x := plain(row[1])) is not None]
    ys = [y for row in known for cell in row[4:7] if (y := plain(cell)) is not None]
    plot = frame(xs, ys, axis_name(evidence.columns[1]), axis_name(evidence.columns[4]))
    ways = [
        _Way(label, rows, [plot.at(float(row[1] or 0), float(row[4] or 0)) for row in rows])
        for label, rows in groups.items()
    ]
    shapes = [*lines_of(lines, plot), *(_bars(way, plot) for way in ways), *map(_arrow, ways), *map(_ends, ways)]
    shapes.append(_names(ways, plot))
    width, height = plot.size
    series = joined(both("comma"), [label if isinstance(label, Translated) else Name(label) for label in groups])
    title, desc = line(evidence.caption), both("axes", series=series, x=plot.x_name, y=plot.title)
    return Markup(  # noqa: S704 - every text goes through escape, the rest is numbers
        f'<svg class="plot sc mv" role="img" viewBox="0 0 {width:g} {height:g}" width="{width:g}">'
        f"<title{turned(title)}>{escape(shown(title))}</title><desc{turned(desc)}>{escape(shown(desc))}</desc>"
        f"{plot.draw()}{''.join(shapes)}</svg>"
    )


def _bars(way: _Way, plot: Plot) -> str:
    path = ""
    for row, (x, _) in zip(way.rows, way.places, strict=True):
        low, high = plain(row[5]), plain(row[6])
        if low is not None and high is not None:
            path += f"M{x:g} {plot.y.at(low):g}V{plot.y.at(high):g}"
    return f'<path class="pbar" d="{path}"/>'


def _arrow(way: _Way) -> str:
    if len(way.places) < 2:
        return ""
    (x, y), (right, end) = way.places[-2:]
    path = "M" + "L".join(f"{a:g} {b:g}" for a, b in way.places)
    far = ((right - x) ** 2 + (end - y) ** 2) ** 0.5
    if far > 2 * HEAD:
        across, down = (right - x) / far, (end - y) / far
        tip = (right - 4 * across, end - 4 * down)
        back = (tip[0] - HEAD * across, tip[1] - HEAD * down)
        wing = HEAD / 2
        path += f"M{back[0] - wing * down:.1f} {back[1] + wing * across:.1f}L{tip[0]:.1f} {tip[1]:.1f}"
        path += f"L{back[0] + wing * down:.1f} {back[1] - wing * across:.1f}"
    return f'<path class="way" d="{path}"/>'


def _ends(way: _Way) -> str:
    """The point where it was, hollow, and the one where it is, full; a single one as its row says."""
    marks = []
    for number, ((x, y), row) in enumerate(zip(way.places, way.rows, strict=True), start=1):
        full = number == len(way.places) and (len(way.places) > 1 or any(cell is True for cell in row[7:]))
        look = "" if full else ' class="on"'
        marks.append(f'<circle{look} cx="{x:g}" cy="{y:g}" r="3.6"/>')
    return "".join(marks)


def _names(ways: Sequence[_Way], plot: Plot) -> str:
    taken: list[Box] = [box for way in ways for box in along(way.places)]
    taken += [(x - 4, y - 4, x + 4, y + 4) for way in ways for x, y in way.places]
    texts = []
    for way in ways:
        name = short(way.label, 190)
        tries = [free(place, len(name) * LETTER, taken, plot) for place in reversed(way.places)]
        box = next((each for each in tries if each is not None), None)
        if box is None:
            x, y = way.places[-1]
            box = (x - len(name) * LETTER, y - 19, x, y - 19 + TALL)
        taken.append(box)
        texts.append(f'<text x="{box[0]:g}" y="{box[3] - 3:g}"{turned(name)}>{escape(shown(name))}</text>')
    return f'<g class="lb">{"".join(texts)}</g>'
