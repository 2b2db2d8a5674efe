"""Accuracy against disparity, before and after: what a mitigation costs and what it gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fairwitness.audit.comparison.matching import Couple
from fairwitness.audit.records import Cell, Column, Estimate, Evidence, Measured, Metric

ACCURACY = "accuracy"
DISPARITIES = ("selection_rate_difference", "true_positive_rate_difference")
MOST_GROUPS = 6
"""Groups of one column that a plot shows, largest first."""


def trade_offs(couples: Sequence[Couple]) -> tuple[Evidence, ...]:
    """One plot for every group column and disparity that both runs measured beside an overall accuracy."""
    return tuple(plot for couple in couples for plot in _plots(couple))


def _plots(couple: Couple) -> Iterator[Evidence]:
    accuracies = [_overall(result) for result in (couple.base, couple.new)]
    if any(found is None for found in accuracies):
        return
    for name in DISPARITIES:
        for column in dict.fromkeys(_column(one) for one in couple.base.metrics if _drawn(one, name)):
            rows: list[tuple[Cell, ...]] = []
            theirs = {one.key: one for one in couple.new.metrics if _drawn(one, name)}
            for one in [one for one in couple.base.metrics if _drawn(one, name) and _column(one) == column][
                :MOST_GROUPS
            ]:
                other = theirs.get(one.key)
                if other is not None:
                    rows += _rows(one, other, accuracies)
            if rows:
                yield _evidence(name, column, [*rows, *_no_difference(accuracies)])


def _rows(before: Metric, after: Metric, accuracies: Sequence[Estimate | None]) -> Iterator[tuple[Cell, ...]]:
    column = _column(before)
    who = f"{column}={before.by[column]} vs {before.against}"
    for moment, metric, accuracy in zip(("before", "after"), (before, after), accuracies, strict=True):
        found = metric.estimate
        if isinstance(found, Estimate) and accuracy is not None:
            yield (
                f"{who}, {moment}",
                accuracy.value,
                accuracy.low,
                accuracy.high,
                found.value,
                found.low,
                found.high,
            )


def _no_difference(accuracies: Sequence[Estimate | None]) -> Iterator[tuple[Cell, ...]]:
    """The line at 0, from the lowest to the highest accuracy."""
    ends = [end for found in accuracies if found is not None for end in (found.low, found.high)]
    for accuracy in (min(ends), max(ends)):
        yield (None, accuracy, None, None, 0.0, None, None)


def _evidence(name: str, column: str, rows: Sequence[tuple[Cell, ...]]) -> Evidence:
    said = name.removesuffix("_difference").replace("_", " ")
    columns = (
        Column("group"),
        *(Column(title, "number", "share") for title in ("accuracy of all rows", "accuracy, low", "accuracy, high")),
        *(
            Column(title, "number", "share")
            for title in (f"difference in {said}", "difference, low", "difference, high")
        ),
    )
    caption = f"Accuracy against the difference in {said} by {column}, before and after; 0 is no difference"
    return Evidence(
        id=f"trade-off-{name}-{column}",
        caption=caption,
        kind="points",
        columns=columns,
        rows=tuple(rows),
        total=len(rows),
    )


def _overall(result: Measured) -> Estimate | None:
    found = (one.estimate for one in result.metrics if one.name == ACCURACY and not one.by and not one.variant)
    return next((one for one in found if isinstance(one, Estimate)), None)


def _drawn(metric: Metric, name: str) -> bool:
    return metric.name == name and len(metric.by) == 1 and metric.against is not None and not metric.variant


def _column(metric: Metric) -> str:
    return next(iter(metric.by))
