"""A strip for each category: a dot for each item, and below them their mean with its interval."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from fairwitness.audit.records import Measured, Picture, ScoredItems
from fairwitness.reports.labels import CROSS
from fairwitness.reports.numbers import Number, column_decimals, compact, decimals_for, fixed, number, together
from fairwitness.reports.pictures.means import Mean, means_of, written
from fairwitness.reports.svg import Axis, Limit, axis, axis_head, interval_plot
from fairwitness.reports.text import human, line

MOST_ROWS = 24
MOST_DOTS = 400
"""Dots of a row; of more items each dot stands for several, in the order of their scores."""
FEW = 60
"""Dots of a row up to which they are drawn larger."""
LANES = 7
STEPS = 160
"""Places along the axis that dots are stacked at."""
INNER = 0.01
"""Share of the scores at either end that the axis need not reach: they stand at its edge."""
WIDE, TALL = 1000, 24


@dataclass(frozen=True, slots=True)
class Row:
    """A category: its dots, the plot of its mean, and what is written beside it. `per` items are a dot."""

    label: str
    dots: Markup
    plot: Markup
    mean: Number | None
    low: Number | None
    high: Number | None
    middle: Number
    n: str
    per: str
    value: Number | None


@dataclass(frozen=True, slots=True)
class Strip:
    """The picture. `value` names what is written beside the rows, empty where it is the mean."""

    caption: str
    sides: tuple[str, ...]
    unit: str
    head: Markup
    ground: Markup
    rows: tuple[Row, ...]
    total: int
    beyond: str
    per: str
    value: str
    value_unit: str
    by: str
    names: tuple[str, ...] = ()
    kind: str = "strip"
    evidence: tuple[str, ...] = ()

    @property
    def few(self) -> bool:
        """Whether there is room for larger dots."""
        return max(row.dots.count("M") for row in self.rows) <= FEW

    @property
    def meant(self) -> bool:
        """Whether some row has a mean with its interval."""
        return any(row.plot for row in self.rows)


def strip(picture: Picture, result: Measured, anchor: str, places: Mapping[str, str]) -> Strip | None:
    """The scores of the items by category; None where the items were not read or none has a score."""
    items = result.items
    if not isinstance(items, ScoredItems) or picture.score not in items.scores:
        return None
    scores: dict[str, list[float]] = {}
    nothing = ("",) * len(items)
    labels = zip(*(items.clusters.get(name, nothing) for name in picture.by.split(CROSS)), strict=True)
    for names, score in zip(labels, items.scores[picture.score], strict=True):
        if score is not None:
            scores.setdefault(line(CROSS.join(names)), []).append(score)
    if not scores:
        return None
    order = sorted(scores, key=lambda name: -len(scores[name]))[:MOST_ROWS]
    means = means_of(picture, result)
    scale = _axis(
        [score for name in order for score in scores[name]],
        [means[name] for name in order if name in means],
        anchor,
        picture.null,
    )
    values = {name: written(name, picture, result.metrics) for name in order}
    rows = tuple(_row(name, sorted(scores[name]), means.get(name), values[name], scale) for name in order)
    beyond = sum(not scale.holds(score) for name in order for score in scores[name])
    unit = line(picture.unit)
    head = axis_head(
        scale, [Limit()], title=line(picture.caption), desc=f"{compact(scale.low)} – {compact(scale.high)} {unit}"
    )
    several = [row.per for row in rows if row.per]
    return Strip(
        caption=line(picture.caption),
        sides=tuple(map(line, picture.sides)),
        unit=unit,
        head=head,
        ground=Markup('<svg class="fp gr" aria-hidden="true"><use href="#{}"/></svg>').format(scale.id),
        rows=rows,
        total=len(scores),
        beyond=fixed(beyond, 0) if beyond else "",
        per=max(several, key=float) if several else "",
        value=human(picture.metrics[0]) if any(values.values()) else "",
        value_unit=next((line(metric.unit) for metric in result.metrics if metric.name in picture.metrics), ""),
        by=line(picture.by),
        evidence=tuple(places[name] for name in picture.evidence if name in places and means),
    )


def _axis(scores: Sequence[float], means: Sequence[Mean], name: str, null: float | None) -> Axis:
    ordered = sorted(scores)
    cut = int(INNER * len(ordered))
    inner = ordered[cut : len(ordered) - cut] if cut else ordered
    ends = [end for mean in means for end in mean if end is not None]
    low, high = min([inner[0], *ends]), max([inner[-1], *ends])
    return axis(name, [low, high], [], [], null=null, log=False)


def _row(
    name: str,
    scores: Sequence[float],
    mean: Mean | None,
    value: Number | None,
    scale: Axis,
) -> Row:
    per = math.ceil(len(scores) / MOST_DOTS)
    drawn = scores[per // 2 :: per]
    decimals = column_decimals(scores)
    middle = number(scores[len(scores) // 2], min(2, decimals))
    plot = Markup()
    shown: tuple[Number, ...] = ()
    if mean is not None:
        value_of_mean, low, high = mean
        if low is None or high is None:
            shown = (number(value_of_mean, min(2, decimals), sign=scale.null == 0.0),)
        else:
            shown = together((value_of_mean, low, high), decimals_for(high - low), sign=scale.null == 0.0)
            plot = interval_plot(
                scale, value=value_of_mean, low=low, high=high, decided=None, limit=Limit(), mark="none"
            )
    value_of, low_of, high_of = (*shown, None, None, None)[:3]
    dots = _dots(drawn, scale)
    return Row(
        name,
        dots,
        plot,
        value_of,
        low_of,
        high_of,
        middle,
        fixed(len(scores), 0),
        fixed(per, 0) if per > 1 else "",
        value,
    )


def _dots(scores: Sequence[float], scale: Axis) -> Markup:
    """One path of dots, stacked from the bottom where they would lie on each other."""
    stacked: Counter[int] = Counter()
    path = []
    for score in scores:
        place = round(scale.at(score) / 100 * STEPS)
        lane = stacked[place] % LANES
        stacked[place] += 1
        path.append(f"M{place * WIDE // STEPS} {TALL - 2 - lane * (TALL - 4) / (LANES - 1):.0f}h0")
    frame = f'viewBox="0 0 {WIDE} {TALL}" preserveAspectRatio="none" aria-hidden="true"'
    return Markup(f'<svg class="dd" {frame}><path d="{"".join(path)}"/></svg>')  # noqa: S704 - numbers only
