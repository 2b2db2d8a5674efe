"""Curves and points: hand-drawn frames with bands or crosses, told apart by colour, by dash and by mark.

Up to four series share a frame; more get a small frame each, with the others in grey behind them. Every number drawn is
a cell of the document, which stands below as a table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup, escape

from fairwitness.audit.records import Cell, Evidence, Name, Translated, joined
from fairwitness.reports.i18n import both, shown, term, turned
from fairwitness.reports.numbers import fixed
from fairwitness.reports.plots import LETTER, Place, Plot, axis_name, plain, plot_of, points_of, short
from fairwitness.reports.text import line

STYLES = 4
"""Looks of a series in the style sheet: colour, dash and mark."""
MOST_FRAMES = 24
MARKED_UP_TO = 14
LABELLED_UP_TO = 12


@dataclass(frozen=True, slots=True)
class Point:
    """A row of curves; the band is None where there is none, and `y` where the curve breaks."""

    x: float
    y: float | None
    band: tuple[float, float] | None
    flagged: bool


@dataclass(frozen=True, slots=True)
class Series:
    """The points of one label in the order of the document; without a label it is a reference line."""

    label: str
    points: tuple[Point, ...]

    @property
    def runs(self) -> Iterator[list[Point]]:
        """The stretches between breaks."""
        for drawn, run in groupby(self.points, key=lambda point: point.y is not None):
            if drawn:
                yield list(run)


def labels_of(tables: Sequence[Evidence]) -> dict[str, int]:
    """A number for every label of the curves and points of a section, so that a group looks alike in all of them."""
    drawn = (table for table in tables if table.kind in ("curves", "points"))
    labels = dict.fromkeys(_label(row) for table in drawn for row in table.rows if row[0] is not None)
    return {label: number for number, label in enumerate(labels)}


def _label(row: tuple[Cell, ...]) -> str:
    """What a row of curves or points is called; empty in a row of a reference line, a dash where nothing is legible."""
    return "" if row[0] is None else line(row[0] if isinstance(row[0], str) else str(row[0])) or "–"


def curves(evidence: Evidence, anchor: str, numbers: Mapping[str, int]) -> Markup:
    """The drawing of curves, with a key; empty where there is nothing to draw."""
    series = _series(evidence)
    named = [curve for curve in series if curve.label]
    points = [point for curve in series for point in curve.points if point.y is not None]
    if not any(point.y is not None for curve in named for point in curve.points):
        return Markup()
    ends = [end for point in points for end in ((point.y or 0.0), *(point.band or ()))]
    xs = [point.x for point in points]
    names = axis_name(evidence.columns[1]), axis_name(evidence.columns[2])
    if len(named) > STYLES:
        return _multiples(evidence, anchor, series, (xs, ends), names)
    plot = plot_of(xs, ends, names)
    shapes = [_reference(curve, plot) for curve in series if not curve.label]
    shapes += [_band(curve, plot, numbers[curve.label] % STYLES) for curve in named]
    shapes += [_line(curve, plot, numbers[curve.label] % STYLES) for curve in named]
    drawing = _picture(evidence, plot, "".join(shapes), [curve.label for curve in named], names)
    return drawing + _key({curve.label: numbers[curve.label] % STYLES for curve in named}, _flag(evidence))


def points(evidence: Evidence, numbers: Mapping[str, int]) -> Markup:
    """The drawing of points with the crosses of their two intervals, each beside its label, or with a key."""
    rows = [(row, plain(row[1]), plain(row[4])) for row in evidence.rows]
    drawn = [(row, x, y) for row, x, y in rows if row[0] is not None and x is not None and y is not None]
    if not drawn:
        return Markup()
    xs = [x for row, _, _ in rows for x in map(plain, row[1:4]) if x is not None]
    ys = [y for row, _, _ in rows for y in map(plain, row[4:7]) if y is not None]
    names = axis_name(evidence.columns[1]), axis_name(evidence.columns[4])
    plot = plot_of(xs, ys, names)
    labels = [_label(row) for row, _, _ in drawn]
    shapes = [_points_reference(rows, plot)]
    shapes += [_cross(row, plot, numbers[label] % STYLES) for label, (row, _, _) in zip(labels, drawn, strict=True)]
    spoken = len(drawn) <= LABELLED_UP_TO
    if spoken:
        shapes.append(_beside(plot, labels, [plot.at(x, y) for _, x, y in drawn]))
    picture = _picture(evidence, plot, "".join(shapes), labels, names)
    return picture + _key({} if spoken else {label: numbers[label] % STYLES for label in labels}, _flag(evidence))


def _series(evidence: Evidence) -> list[Series]:
    flags = [index for index, column in enumerate(evidence.columns) if column.role == "flag"]
    banded = sum(column.role == "number" for column in evidence.columns) > 2
    by_label: dict[str, list[Point]] = {}
    for row in evidence.rows:
        x = plain(row[1])
        if x is None:
            continue
        low, high = (plain(row[3]), plain(row[4])) if banded else (None, None)
        band = None if low is None or high is None else (low, high)
        label = _label(row)
        by_label.setdefault(label, []).append(Point(x, plain(row[2]), band, any(row[index] is True for index in flags)))
    return [Series(label, tuple(points)) for label, points in by_label.items()]


def _multiples(
    evidence: Evidence,
    anchor: str,
    series: Sequence[Series],
    values: tuple[Sequence[float], Sequence[float]],
    names: tuple[str, str],
) -> Markup:
    """A small frame for each series, all on the same scales, with every series in grey behind."""
    named = [curve for curve in series if curve.label]
    plot = plot_of(*values, names, small=True)
    behind = "".join(f"M{points_of(_places(run, plot))}" for curve in named for run in curve.runs)
    lines = "".join(_reference(curve, plot) for curve in series if not curve.label)
    shared = f'<defs><g id="{anchor}-all"><path class="others" d="{behind}"/>{lines}</g></defs>'
    made = []
    for number, curve in enumerate(named[:MOST_FRAMES]):
        small = plot_of(*values, names, title=curve.label, small=True)
        shapes = (
            f'{"" if number else shared}<use href="#{anchor}-all"/>{_band(curve, small, 0)}{_line(curve, small, 0)}'
        )
        made.append(_picture(evidence, small, shapes, [curve.label], names))
    left = len(named) - len(made)
    more = Markup(' <span class="mute">({} / {})</span>').format(fixed(len(made), 0), fixed(len(named), 0))
    axes = Markup('<p class="axes">↑ {} → {}{}</p>').format(term(names[1]), term(names[0]), more if left else "")
    return axes + Markup('<div class="frames">') + Markup("").join(made) + Markup("</div>") + _key({}, _flag(evidence))


def _places(run: Sequence[Point], plot: Plot) -> list[Place]:
    return [plot.at(point.x, point.y) for point in run if point.y is not None]


def _line(series: Series, plot: Plot, style: int) -> str:
    path = "".join(f"M{points_of(_places(run, plot))}" for run in series.runs)
    drawn = [point for point in series.points if point.y is not None]
    marked = [point for point in drawn if point.flagged or len(drawn) <= MARKED_UP_TO]
    places = zip(marked, _places(marked, plot), strict=True)
    marks = "".join(_mark(style, place, flagged=point.flagged) for point, place in places)
    return f'<g class="s{style}"><path class="l" d="{path}"/>{marks}</g>'


def _band(series: Series, plot: Plot, style: int) -> str:
    path = ""
    for banded, run in groupby(series.points, key=lambda point: point.y is not None and point.band is not None):
        ends = [(point.x, *point.band) for point in run if point.band is not None]
        if banded and len(ends) > 1:
            upper = [plot.at(x, high) for x, _, high in ends]
            lower = [plot.at(x, low) for x, low, _ in reversed(ends)]
            path += f"M{points_of([*upper, *lower])}z"
    return f'<path class="bd s{style}" d="{path}"/>' if path else ""


def _reference(series: Series, plot: Plot) -> str:
    return "".join(f'<path class="ref" d="M{points_of(_places(run, plot))}"/>' for run in series.runs)


def _points_reference(rows: Sequence[tuple[tuple[Cell, ...], float | None, float | None]], plot: Plot) -> str:
    """Rows without a label, joined; a row without a value breaks the line."""
    points = [Point(x or 0.0, None if x is None else y, None, False) for row, x, y in rows if row[0] is None]
    return _reference(Series("", tuple(points)), plot)


def _cross(row: Sequence[Cell], plot: Plot, style: int) -> str:
    x, left, right, y, low, high = (plain(cell) for cell in row[1:7])
    if x is None or y is None:
        return ""
    (across, down), path = plot.at(x, y), ""
    if left is not None and right is not None:
        path += f"M{plot.x.at(left):g} {down:g}H{plot.x.at(right):g}"
    if low is not None and high is not None:
        path += f"M{across:g} {plot.y.at(low):g}V{plot.y.at(high):g}"
    mark = _mark(style, (across, down), flagged=any(cell is True for cell in row[7:]))
    return f'<g class="s{style}"><path class="cr" d="{path}"/>{mark}</g>'


def _mark(style: int, place: Place, *, flagged: bool) -> str:
    on = ' class="on"' if flagged else ""
    return f'<use href="#k{style}" x="{place[0]:g}" y="{place[1]:g}"{on}/>'


def _beside(plot: Plot, labels: Sequence[str], places: Sequence[Place]) -> str:
    """Labels to the right of their points, or to the left where the frame ends, pushed apart where they would touch."""
    texts: list[str] = []
    taken: list[tuple[float, float, float]] = []
    for label, (x, y) in sorted(zip(labels, places, strict=True), key=lambda item: item[1][1]):
        right, left = plot.x.end - x - 8, x - 8
        leftward = len(label) * LETTER > right and left > right
        text = short(label, left if leftward else right)
        wide = len(text) * LETTER
        start = x - 8 - wide if leftward else x + 8
        down = y - 6
        for low, high, height in taken:
            if start < high and low < start + wide and down - height < 13:
                down = height + 13
        taken.append((start, start + wide, down))
        side = ' class="e"' if leftward else ""
        place = f'x="{x - 8 if leftward else x + 8:g}" y="{down:g}"'
        texts.append(f"<text{side} {place}{turned(text)}>{escape(shown(text))}</text>")
    return f'<g class="lb">{"".join(texts)}</g>'


def _picture(evidence: Evidence, plot: Plot, shapes: str, labels: Sequence[str], names: tuple[str, str]) -> Markup:
    """The drawing as one image with a title and a description for those who cannot see it."""
    width, height = plot.size
    series = joined(both("comma"), [label if isinstance(label, Translated) else Name(label) for label in labels])
    title, desc = line(evidence.caption), both("axes", series=series, x=names[0], y=names[1])
    return Markup(  # noqa: S704 - every text goes through escape, the rest is numbers
        f'<svg class="plot" role="img" viewBox="0 0 {width:g} {height:g}" width="{width:g}">'
        f"<title{turned(title)}>{escape(shown(title))}</title><desc{turned(desc)}>{escape(shown(desc))}</desc>"
        f"{plot.draw()}{shapes}</svg>"
    )


def _flag(evidence: Evidence) -> str:
    """The name of the flag that marks some point, where one does."""
    flags = [index for index, column in enumerate(evidence.columns) if column.role == "flag"]
    used = (line(evidence.columns[index].name) for index in flags if any(row[index] is True for row in evidence.rows))
    return next(used, "")


def _key(styles: Mapping[str, int], flag: str) -> Markup:
    """What the looks of the drawing mean."""
    item = Markup('<li><svg class="kl s{0}" width="34" height="12" aria-hidden="true">{1}</svg>{2}</li>')
    sample = Markup('<path class="l" d="M1 6H33"/><use href="#k{}" x="17" y="6"/>')
    items = [item.format(style, sample.format(style), term(label)) for label, style in styles.items()]
    if flag:
        items.append(item.format(0, Markup('<use href="#k0" x="17" y="6" class="on"/>'), term(flag)))
    return Markup('<ul class="key small">') + Markup("").join(items) + Markup("</ul>") if items else Markup()
