"""Rows of dots on one axis: the label, the dot with its interval, and the number beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from fairwitness.audit.records import Estimate, Name, joined
from fairwitness.reports.numbers import Number, compact, fixed, percent, shared_decimals, together
from fairwitness.reports.svg import Limit, axis, axis_head, interval_plot

MOST_LETTERS = 30
"""Letters of all labels of an axis beyond which only its ends are written."""


@dataclass(frozen=True, slots=True)
class Place:
    """What stands in a row: an estimate, or why there is none."""

    label: str
    estimate: Estimate | None = None
    limit: Limit | None = None
    outcome: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it is drawn; without a value the place is open."""

    label: str
    plot: Markup
    value: Number | None
    low: Number | None
    high: Number | None
    n: str
    outcome: str
    why: str


@dataclass(frozen=True, slots=True)
class Track:
    """Rows and their axis."""

    head: Markup
    rows: tuple[Row, ...]
    unit: str
    level: str
    crowded: bool = False
    """Whether the labels of the axis are too long to stand beside each other."""


def track(places: Sequence[Place], name: str, *, null: float | None, log: bool, title: str, unit: str) -> Track:
    """The rows in their order; without any estimate there is no axis."""
    estimates = [place.estimate for place in places if place.estimate is not None]
    if not estimates:
        return Track(Markup(), tuple(_open(place) for place in places), unit, "")
    bounds = [end for estimate in estimates for end in (estimate.low, estimate.high)]
    marks = [mark for place in places if place.limit is not None for mark in place.limit.marks]
    scale = axis(name, [estimate.value for estimate in estimates], bounds, marks, null=null, log=log)
    limits = [place.limit or Limit() for place in places if place.estimate is not None]
    decimals = shared_decimals(estimate.high - estimate.low for estimate in estimates)
    reach = joined(" ", (Name(f"n = {len(estimates)} · {compact(scale.low)} – {compact(scale.high)}"), unit))
    rows = []
    for place in places:
        if place.estimate is None:
            rows.append(_open(place))
            continue
        each, bars = place.estimate, place.limit.marks if place.limit else ()
        value, low, high = together((each.value, each.low, each.high), decimals, sign=null == 0.0, limits=bars)
        plot = interval_plot(
            scale,
            value=each.value,
            low=each.low,
            high=each.high,
            decided=None,
            limit=place.limit or Limit(),
            mark=place.outcome or "none",
        )
        rows.append(Row(place.label, plot, value, low, high, fixed(each.n, 0), place.outcome, ""))
    levels = {percent(estimate.level) for estimate in estimates}
    level = levels.pop() if len(levels) == 1 else ""
    head = axis_head(scale, limits, title=title, desc=reach)
    crowded = sum(len(compact(tick)) for tick in scale.ticks) > MOST_LETTERS
    return Track(head, tuple(rows), unit, level, crowded)


def _open(place: Place) -> Row:
    return Row(place.label, Markup(), None, None, None, "", "", place.why)
