"""Hand-drawn charts: a shared axis with one interval plot a row, and heat maps as 16-level images.

Positions along the axis are percentages, so that a plot fits any column without bending its marks.
"""

from __future__ import annotations

import base64
import math
import struct
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from fairwitness.audit.records import Interval
from fairwitness.reports.i18n import shown, turned
from fairwitness.reports.numbers import compact

LEVELS = 16
PAD = 4.0
EDGE = 0.1
"""How far an axis reaches to either side of a single value, as a share of it."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Where a rule draws its line: values from `bad_from` up or up to `bad_to` break it."""

    bad_from: float | None = None
    bad_to: float | None = None

    @property
    def marks(self) -> tuple[float, ...]:
        """The limits themselves."""
        return tuple(mark for mark in (self.bad_to, self.bad_from) if mark is not None)


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale shared by a column of plots. `log` spreads ratios evenly on both sides of 1."""

    id: str
    low: float
    high: float
    ticks: tuple[float, ...]
    null: float | None
    log: bool = False

    def at(self, value: float) -> float:
        """Position in percent of the width, held within the frame."""
        low, high, here = (_log(x) if self.log else x for x in (self.low, self.high, value))
        share = (here / 2 - low / 2) / (high / 2 - low / 2)  # halves, since the whole may lie beyond the largest number
        return round(PAD + (100 - 2 * PAD) * min(1.0, max(0.0, share)), 1)

    def holds(self, value: float) -> bool:
        """Whether the value lies on the scale."""
        return self.low <= value <= self.high


def axis(
    id: str, values: Sequence[float], bounds: Sequence[float], marks: Sequence[float], *, null: float | None, log: bool
) -> Axis:
    """The scale that shows every value and mark, and the intervals (`bounds`: low, high, low, high, ...).

    Where a few intervals dwarf the values and the other intervals, the scale ends before theirs do.
    """
    core = [*values, *marks, *([null] if null is not None else [])]
    log = log and min([*core, *bounds]) > 0
    low, high = min(core), max(core)
    wide_low, wide_high = min([low, *bounds]), max([high, *bounds])
    widths = sorted(top - bottom for bottom, top in zip(bounds[::2], bounds[1::2], strict=True))
    odd = bool(widths) and wide_high - wide_low > 4 * widths[len(widths) // 2]
    if not log and odd and high > low and wide_high - wide_low > 6 * (high - low):
        wide_low, wide_high = max(wide_low, low - 2 * (high - low)), min(wide_high, high + 2 * (high - low))
    if log and wide_high <= wide_low:
        wide_low, wide_high = wide_low / (1 + EDGE), wide_high * (1 + EDGE)
    elif not log:
        wide_low, wide_high = ends(wide_low, wide_high)
    ticks = _log_ticks(wide_low, wide_high) if log else nice_ticks(wide_low, wide_high)
    low, high = min(wide_low, ticks[0]), max(wide_high, ticks[-1])
    return Axis(id, low, high, ticks, null, log)


def axis_head(scale: Axis, limits: Sequence[Limit], *, title: str, desc: str) -> Markup:
    """The axis with its labels, and the grounds that the rows of the block draw again by reference.

    A ground is the grid with one limit and the side that breaks it. The title and the description speak for all plots
    of the block; the numbers of each plot stand beside it in its row.
    """
    grid = _grid(scale)
    grounds = "".join(
        f'<g id="{ground(scale, limit)}">{_broken(scale, limit, grid)}</g>' for limit in dict.fromkeys(limits)
    )
    return Markup(  # noqa: S704 - title and description are escaped, the rest is numbers
        f'<svg class="ax" height="18" role="img"><title{turned(title)}>{escape(shown(title))}</title>'
        f"<desc{turned(desc)}>{escape(shown(desc))}</desc><defs>{grounds}</defs>{_labels(scale)}</svg>"
    )


def _grid(scale: Axis) -> str:
    lines = "".join(f'<use href="#v" x="{place:g}%"/>' for place in map(scale.at, scale.ticks))
    zero = f'<use class="z" href="#v" x="{scale.at(scale.null or 0.0):g}%"/>' if _has_null(scale) else ""
    return f'<g class="g">{lines}</g>{zero}'


def ticks(scale: Axis) -> str:
    """The axis of a block that no rule judges, by which the script draws its rows.

    Place in percent and label of a tick at either end, then the place of no difference, and whether it is logarithmic.
    """
    first, last = scale.ticks[0], scale.ticks[-1]
    if first == last:
        first, last = (float(f"{bound:.3g}") for bound in (scale.low, scale.high))
    marks = [f"{scale.at(tick):g} {compact(tick)}" for tick in (first, last)]
    zero = f"{scale.at(scale.null or 0.0):g}" if _has_null(scale) else "-"
    return " ".join([*marks, zero, *(["log"] if scale.log else [])])


def _has_null(scale: Axis) -> bool:
    return scale.null is not None and scale.holds(scale.null)


def ground(scale: Axis, limit: Limit) -> str:
    """The name of the ground of a plot."""
    marks = "_".join("" if mark is None else f"{mark!r}" for mark in (limit.bad_to, limit.bad_from))
    return f"{scale.id}_{marks}" if limit.marks else scale.id


def _broken(scale: Axis, limit: Limit, grid: str) -> str:
    parts = []
    if limit.bad_from is not None:
        place = scale.at(limit.bad_from)
        parts.append(f'<rect class="b" x="{place:g}%" width="{100 - place:g}%"/>')
    if limit.bad_to is not None:
        parts.append(f'<rect class="b" width="{scale.at(limit.bad_to):g}%"/>')
    lines = (f'<use class="t" href="#v" x="{scale.at(place):g}%"/>' for place in limit.marks)
    return "".join((*parts, grid, *lines))


def axis_labels(scale: Axis) -> Markup:
    """The labels alone, for a plot that stands away from its block."""
    return Markup(f'<svg class="ax" height="18" aria-hidden="true">{_labels(scale)}</svg>')  # noqa: S704 - numbers only


def _labels(scale: Axis) -> str:
    return "".join(f'<text x="{scale.at(tick):g}%" y="12">{compact(tick)}</text>' for tick in scale.ticks)


def interval_plot(
    scale: Axis,
    *,
    value: float,
    low: float,
    high: float,
    decided: Interval | None,
    limit: Limit,
    mark: str,
    alone: bool = False,
) -> Markup:
    """One row: the limit and its far side, the interval, the wider interval that decided, and the value's mark.

    Hidden from screen readers, which read the same numbers in the row. A plot that is `alone` has its own ground.
    """
    under = _broken(scale, limit, _grid(scale)) if alone else f'<use href="#{ground(scale, limit)}"/>'
    parts = [f'<svg class="fp" aria-hidden="true">{under}']
    if decided is not None:
        parts.append(_bar("w", scale, decided.low, decided.high))
    parts.append(_bar("i", scale, low, high))
    if not scale.holds(low):
        parts.append('<use href="#a-l" y="50%"/>')
    if not scale.holds(high):
        parts.append('<use href="#a-r" x="100%" y="50%"/>')
    parts.append(f'<use href="#d-{mark}" x="{scale.at(value):g}%"/></svg>')
    return Markup("".join(parts))  # noqa: S704 - numbers and names of our own


def _bar(kind: str, scale: Axis, low: float, high: float) -> str:
    left, right = scale.at(low), scale.at(high)
    return f'<rect class="{kind}" x="{left:g}%" width="{round(right - left, 1):g}%"/>'


def ends(low: float, high: float, around_zero: float = 1.0) -> tuple[float, float]:
    """The two where they can be told apart; else a little to either side of them, or of zero so much."""
    if high - low >= sys.float_info.min:
        return low, high
    reach = abs(low) * EDGE if abs(low) * EDGE >= sys.float_info.min else around_zero
    return within_floats(low - reach), within_floats(high + reach)


def within_floats(value: float) -> float:
    """The number itself, or the largest that there is on its side."""
    return min(sys.float_info.max, max(-sys.float_info.max, value))


def nice_ticks(low: float, high: float) -> tuple[float, ...]:
    """Round values between two others, at most six; the two may lie further apart than the largest number."""
    power = math.floor(math.log10(high / 3 - low / 3))
    step = next(step for step in (factor * 10.0**power for factor in (1, 2, 5, 10)) if high / step - low / step <= 5.5)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(round(k * step, max(0, -power)) for k in range(first, last + 1)) or (low, high)


def _log_ticks(low: float, high: float) -> tuple[float, ...]:
    nice = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.6, 2.5, 5.0, 10.0, 20.0, 50.0, 100.0)
    inside = [tick for tick in nice if low <= tick <= high]
    while len(inside) > 5:
        inside = [
            tick
            for index, tick in enumerate(inside)
            if (index - inside.index(1.0) if 1.0 in inside else index) % 2 == 0
        ]
    return tuple(inside) or (low, high)


def _log(value: float) -> float:
    return math.log(max(value, 1e-12))


def heat_image(rows: Sequence[Sequence[float | None]], low: float, high: float) -> str:
    """A PNG of one pixel a cell as a data address, 16 levels from paper to deep blue; grey where there is no number.

    The pixels are stored, not compressed, so that every zlib writes the same bytes.
    """
    span = (high - low) or 1.0
    lines = bytearray()
    for row in rows:
        lines.append(0)
        for cell in row:
            lines.append(LEVELS if cell is None else level(cell, low, span))
    palette = b"".join(bytes(_shade(k / (LEVELS - 1))) for k in range(LEVELS)) + bytes((190, 190, 190))
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 3, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(name, data)
        for name, data in (
            (b"IHDR", header),
            (b"PLTE", palette),
            (b"IDAT", zlib.compress(bytes(lines), 0)),
            (b"IEND", b""),
        )
    )
    return "data:image/png;base64," + base64.b64encode(png).decode()


def level(value: float, low: float, span: float) -> int:
    """Which of the 16 levels a value falls into."""
    return min(LEVELS - 1, max(0, int((value - low) / span * LEVELS)))


def _shade(share: float) -> tuple[int, int, int]:
    stops = ((247, 245, 240), (158, 193, 214), (42, 111, 151), (12, 42, 68))
    place = share * (len(stops) - 1)
    left = min(int(place), len(stops) - 2)
    part = place - left
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(stops[left], stops[left + 1], strict=True))
    return red, green, blue


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
