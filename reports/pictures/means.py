"""What a strip says of its rows beside the dots: their means, and the metric that is written beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from fairwitness.audit.records import Estimate, Measured, Metric, Picture
from fairwitness.reports.labels import CROSS
from fairwitness.reports.numbers import Number, decimals_for, number
from fairwitness.reports.plots import plain
from fairwitness.reports.text import line

Mean: TypeAlias = tuple[float, float | None, float | None]
"""A mean with the ends of its interval, where it has one."""


def means_of(picture: Picture, result: Measured) -> dict[str, Mean]:
    """The means of the categories: from the table of dots that the picture names, or from metrics of the score."""
    made: dict[str, Mean] = {}
    for metric in result.metrics:
        row = _row_of(metric, picture)
        if metric.name == picture.score and row is not None and isinstance(metric.estimate, Estimate):
            made[row] = (metric.estimate.value, metric.estimate.low, metric.estimate.high)
    for table in result.evidence:
        if table.id in picture.evidence and table.kind == "dots":
            for cells in table.rows:
                if (mean := plain(cells[1])) is not None:
                    made[line(str(cells[0]))] = (mean, plain(cells[2]), plain(cells[3]))
    return made


def _row_of(metric: Metric, picture: Picture) -> str | None:
    """The row of a metric of a group; None where it speaks of other groups than those of the rows."""
    names = picture.by.split(CROSS)
    if metric.variant or sorted(metric.by) != sorted(names):
        return None
    return line(CROSS.join(metric.by[name] for name in names))


def written(name: str, picture: Picture, metrics: Sequence[Metric]) -> Number | None:
    """The value of the metric that the picture names for this category."""
    for metric in metrics:
        mine = metric.name in picture.metrics and _row_of(metric, picture) == name
        if mine and isinstance(metric.estimate, Estimate):
            decimals = decimals_for(metric.estimate.high - metric.estimate.low)
            return number(metric.estimate.value, decimals, sign=metric.null == 0.0)
    return None
