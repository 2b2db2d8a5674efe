"""Points with their reference lines: those that lie farthest out are named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup, escape

from fairwitness.audit.records import Cell, Evidence, Measured, Name, Picture
from fairwitness.reports.curves import labels_of
from fairwitness.reports.evidence import Cuts, Exhibit, exhibit
from fairwitness.reports.i18n import both, shown, turned
from fairwitness.reports.numbers import compact
from fairwitness.reports.pictures.names import Box, along, free
from fairwitness.reports.plots import LETTER, Plot, Scale, axis_name, plain, points_of, short, spread
from fairwitness.reports.svg import nice_ticks
from fairwitness.reports.text import line

WIDTH, HEIGHT = 380.0, 250.0
NAMED = 12
"""Points that have their names beside them, at most."""
BARRED = 80
"""Points that are drawn with their intervals; of more the points alone."""


@dataclass(frozen=True, slots=True)
class Scatter:
    """The picture, and the evidence that it draws as an exhibit with its table."""

    caption: str
    sides: tuple[str, ...]
    svg: Markup
    exhibit: Exhibit
    keys: tuple[str, ...]
    names: tuple[str, ...] = ()
    kind: str = "points"

    @property
    def evidence(self) -> tuple[str, ...]:
        """Anchors of the evidence that need not be drawn again."""
        return (self.exhibit.anchor,)


@dataclass(frozen=True, slots=True)
class Point:
    """A row with both of its numbers."""

    label: str
    x: float
    y: float
    ends: tuple[float, float] | None
    flagged: bool


def scatter(picture: Picture, result: Measured, places: Mapping[str, str]) -> Scatter | None:
    """The first evidence of the picture that is there and has a point to draw."""
    tables = {piece.id: piece for piece in result.evidence if piece.kind == "points"}
    for name in picture.evidence:
        if name in tables and (points := _points(tables[name])):
            piece = tables[name]
            caption = line(picture.caption) or line(piece.caption)
            made = exhibit(piece, places[name], Cuts(), labels_of(result.evidence))
            sides, keys = tuple(map(line, picture.sides)), tuple(_keys(piece, points))
            return Scatter(caption, sides, _draw(piece, points, caption), made, keys)
    return None


def _keys(evidence: Evidence, points: Sequence[Point]) -> Iterator[str]:
    """What there is to explain: bars, a measured line, a line of no effect."""
    if len(points) <= BARRED and any(point.ends for point in points):
        yield "bars"
    lines = [row for row in evidence.rows if row[0] is None and plain(row[4]) is not None]
    if any(_ends(row) for row in lines):
        yield "fit"
    if not all(_ends(row) for row in lines):
        yield "ref"


def _points(evidence: Evidence) -> list[Point]:
    points = []
    for row in evidence.rows:
        x, y = plain(row[1]), plain(row[4])
        if row[0] is not None and x is not None and y is not None:
            label = line(row[0]) if isinstance(row[0], str) else str(row[0])
            points.append(Point(label or "–", x, y, _ends(row), any(cell is True for cell in row[7:])))
    return points


def _ends(row: Sequence[Cell]) -> tuple[float, float] | None:
    low, high = plain(row[5]), plain(row[6])
    return None if low is None or high is None else (low, high)


def _draw(evidence: Evidence, points: Sequence[Point], caption: str) -> Markup:
    lines = [row for row in evidence.rows if row[0] is None]
    ys = [point.y for point in points]
    ys += [end for point in points[:BARRED] for end in (point.ends or ()) if len(points) <= BARRED]
    ys += [y for row in lines for y in map(plain, row[4:7]) if y is not None]
    xs = [point.x for point in points] + [x for row in lines if (x := plain(row[1])) is not None]
    plot = frame(xs, ys, axis_name(evidence.columns[1]), axis_name(evidence.columns[4]))
    shapes = [*_bands(lines, plot), *lines_of(lines, plot)]
    if len(points) <= BARRED:
        shapes.append(f'<path class="pbar" d="{"".join(_bar(point, plot) for point in points)}"/>')
    shapes += [_dot(point, plot) for point in points]
    shapes.append(_names(points, plot, _obstacles(lines, plot)))
    width, height = plot.size
    series = Name(f"n = {len(points)}")
    desc = both("axes", series=series, x=plot.x_name, y=plot.title)
    return Markup(  # noqa: S704 - every text goes through escape, the rest is numbers
        f'<svg class="plot sc" role="img" viewBox="0 0 {width:g} {height:g}" width="{width:g}">'
        f"<title{turned(caption)}>{escape(shown(caption))}</title><desc{turned(desc)}>{escape(shown(desc))}</desc>"
        f"{plot.draw()}{''.join(shapes)}</svg>"
    )


def frame(xs: Sequence[float], ys: Sequence[float], x_name: str, y_name: str) -> Plot:
    """The plot that holds these values."""
    x_range, y_range = spread(xs), spread(ys)
    x_ticks, y_ticks = nice_ticks(*x_range), nice_ticks(*y_range)
    left = 10 + LETTER * max(len(compact(tick)) for tick in y_ticks)
    x = Scale(*x_range, x_ticks, round(left, 1), round(left + WIDTH, 1))
    return Plot(x, Scale(*y_range, y_ticks, 24 + HEIGHT, 24), x_name, y_name)


def _runs(lines: Sequence[Sequence[Cell]]) -> Iterator[list[Sequence[Cell]]]:
    """The stretches of reference lines, which a row without a value ends."""
    for whole, run in groupby(lines, key=lambda row: plain(row[1]) is not None and plain(row[4]) is not None):
        if whole:
            yield list(run)


def lines_of(lines: Sequence[Sequence[Cell]], plot: Plot) -> Iterator[str]:
    """Reference lines: those with an interval are what was measured, the others are what nothing would give."""
    for run in _runs(lines):
        places = [plot.at(float(row[1] or 0), float(row[4] or 0)) for row in run]
        yield f'<path class="{"fit" if any(_ends(row) for row in run) else "ref"}" d="M{points_of(places)}"/>'


def _bands(lines: Sequence[Sequence[Cell]], plot: Plot) -> Iterator[str]:
    for run in _runs(lines):
        ends = [(float(row[1] or 0), limits) for row in run if (limits := _ends(row)) is not None]
        if len(ends) > 1:
            upper = [plot.at(x, high) for x, (_, high) in ends]
            lower = [plot.at(x, low) for x, (low, _) in reversed(ends)]
            yield f'<path class="fitb" d="M{points_of([*upper, *lower])}z"/>'


def _obstacles(lines: Sequence[Sequence[Cell]], plot: Plot) -> list[Box]:
    """Boxes along the reference lines."""
    runs = ([plot.at(float(row[1] or 0), float(row[4] or 0)) for row in run] for run in _runs(lines))
    return [box for places in runs for box in along(places)]


def _bar(point: Point, plot: Plot) -> str:
    if point.ends is None:
        return ""
    x = plot.x.at(point.x)
    return f"M{x:g} {plot.y.at(point.ends[0]):g}V{plot.y.at(point.ends[1]):g}"


def _dot(point: Point, plot: Plot) -> str:
    x, y = plot.at(point.x, point.y)
    on = ' class="on"' if point.flagged else ""
    name = f"<title{turned(point.label)}>{escape(shown(point.label))}</title>"
    return f'<circle{on} cx="{x:g}" cy="{y:g}" r="3.4">{name}</circle>'


def _names(points: Sequence[Point], plot: Plot, obstacles: Sequence[Box]) -> str:
    """Names of the points farthest out that fit beside them without touching a name or a point."""
    places = [plot.at(point.x, point.y) for point in points]
    middle = (sum(x for x, _ in places) / len(places), sum(y for _, y in places) / len(places))
    order = sorted(
        range(len(points)),
        key=lambda k: -abs(places[k][1] - middle[1]) / HEIGHT - abs(places[k][0] - middle[0]) / WIDTH / 2,
    )
    taken = [*obstacles, *((x - 4, y - 4, x + 4, y + 4) for x, y in places)]
    texts: list[str] = []
    for number in order:
        if len(texts) == NAMED:
            break
        name = short(points[number].label, 150)
        box = free(places[number], len(name) * LETTER, taken, plot)
        if box is not None:
            taken.append(box)
            texts.append(f'<text x="{box[0]:g}" y="{box[3] - 3:g}"{turned(name)}>{escape(shown(name))}</text>')
    return f'<g class="lb">{"".join(texts)}</g>'
