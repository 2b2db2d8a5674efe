"""The frame of a drawing: two scales in pixels, grid, tick labels and the names of the axes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import escape

from fairwitness.audit.records import Cell, Column, each
from fairwitness.reports.i18n import both, shown, turned
from fairwitness.reports.numbers import compact
from fairwitness.reports.svg import ends, nice_ticks, within_floats
from fairwitness.reports.text import line

Place = tuple[float, float]
LETTER = 6.2
"""Width of a letter of the frame's text in pixels, on average."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A stretch of values over a stretch of pixels."""

    low: float
    high: float
    ticks: tuple[float, ...]
    start: float
    end: float

    def at(self, value: float) -> float:
        """The pixel of a value, to a tenth."""
        share = (value / 2 - self.low / 2) / (
            self.high / 2 - self.low / 2
        )  # the whole may lie beyond the largest number
        return round(self.start + share * (self.end - self.start), 1)


@dataclass(frozen=True, slots=True)
class Plot:
    """Two scales and their names. `title` stands above it: the name of the y axis, or of the one series."""

    x: Scale
    y: Scale
    x_name: str
    title: str
    strong: bool = False

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the whole drawing in pixels."""
        return self.x.end + 16, self.y.start + (38 if self.x_name else 22)

    def at(self, x: float, y: float) -> Place:
        """The place of a pair of values."""
        return self.x.at(x), self.y.at(y)

    def draw(self) -> str:
        """Grid and texts as SVG."""
        left, right, top, bottom = self.x.start, self.x.end, self.y.end, self.y.start
        grid = "".join(f"M{left:g} {self.y.at(tick):g}H{right:g}" for tick in self.y.ticks)
        grid += "".join(f"M{self.x.at(tick):g} {bottom:g}v4" for tick in self.x.ticks)
        texts = [_text(left - 5, self.y.at(tick) + 4, compact(tick), "e") for tick in self.y.ticks]
        texts += [_text(self.x.at(tick), bottom + 16, compact(tick), "tm") for tick in self.x.ticks]
        texts.append(_text(2, top - 10, short(self.title, right), "h" if self.strong else ""))
        if self.x_name:
            texts.append(_text(right, bottom + 32, short(self.x_name, right), "e"))
        return f'<path class="g" d="{grid}"/><path class="z" d="M{left:g} {bottom:g}H{right:g}"/>{"".join(texts)}'


def plot_of(
    x: Sequence[float], y: Sequence[float], names: tuple[str, str], *, title: str = "", small: bool = False
) -> Plot:
    """The plot that holds these values. Where both axes run from 0 to 1 it is square."""
    x_range, y_range = spread(x), spread(y)
    square = not small and x_range == y_range == (0.0, 1.0)
    width, height = (168, 104) if small else (238, 238) if square else (300, 190)
    x_ticks, y_ticks = nice_ticks(*x_range), nice_ticks(*y_range)
    if small:
        x_ticks, y_ticks = _few(x_ticks), _few(y_ticks)
    left = 10 + LETTER * max(len(compact(tick)) for tick in y_ticks)
    return Plot(
        Scale(*x_range, x_ticks, round(left, 1), round(left + width, 1)),
        Scale(*y_range, y_ticks, 24 + height, 24),
        "" if small else names[0],
        title or names[1],
        bool(title),
    )


def spread(values: Iterable[float]) -> tuple[float, float]:
    """The ends of a scale: the values and the ticks around them, 0 to 1 where shares fill most of that."""
    known = list(values) or [0.0, 1.0]
    low, high = min(known), max(known)
    if low >= 0 and high <= 1 and high - low > 0.5:
        return 0.0, 1.0
    if 0 <= low < high / 2:
        low = 0.0
    low, high = ends(low, high, around_zero=0.5)
    ticks = nice_ticks(low, high)
    step = ticks[1] - ticks[0] if len(ticks) > 1 else high / 2 - low / 2
    digits = max(0, 2 - math.floor(math.log10(step)))
    return (
        round(within_floats(ticks[0] - step * (low < ticks[0] - step * 1e-6)), digits),
        round(within_floats(ticks[-1] + step * (high > ticks[-1] + step * 1e-6)), digits),
    )


def axis_name(column: Column) -> str:
    """The name of an axis with its unit."""
    name, unit = line(column.name), line(column.unit)
    return both("axis", name=name, unit=unit) if unit and unit not in name.lower().split() else name


def short(text: str, width: float) -> str:
    """The text, cut to what fits into so many pixels."""
    most = max(4, int(width / LETTER))
    return each(text, lambda said: said if len(said) <= most else said[: most - 1] + "…")


def plain(cell: Cell) -> float | None:
    """The number of a cell."""
    return float(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else None


def points_of(places: Iterable[Place]) -> str:
    """Places as the points of a path, without its first letter."""
    return "L".join(f"{x:g} {y:g}" for x, y in places)


def _few(ticks: tuple[float, ...]) -> tuple[float, ...]:
    """The first and the last tick, and the middle one where there is one."""
    return tuple(dict.fromkeys((ticks[0], *ticks[len(ticks) // 2 :: len(ticks)][: len(ticks) % 2], ticks[-1])))


def _text(x: float, y: float, text: str, kind: str) -> str:
    place = f' class="{kind}"' if kind else ""
    return f'<text{place} x="{x:g}" y="{y:g}"{turned(text)}>{escape(shown(text))}</text>'
