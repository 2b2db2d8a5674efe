"""Accuracy against disparity, before and after: what a mitigation costs and what it gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fairwitness.audit.comparison.matching import Couple
from fairwitness.audit.comparison.words import WORDS
from fairwitness.audit.records import Cell, Column, Estimate, Evidence, Measured, Metric, Name

ACCURACY = "accuracy"
DISPARITIES = ("selection_rate_difference", "true_positive_rate_difference")
MOST_GROUPS = 6
"""Groups of one column that a plot shows, largest first."""


def trade_offs(couples: Sequence[Couple]) -> tuple[Evidence, ...]:
    """One plot for every group column and disparity that both runs measured beside an overall accuracy."""
    return tuple(plot for couple in couples for plot in _plots(couple))


def _plots(couple: Couple) -> Iterator[Evidence]:
    accuracies = [_overall(result) for result in (couple.base, couple.new)]
    if any(accuracy is None for accuracy in accuracies):
        return
    for name in DISPARITIES:
        for column in dict.fromkeys(_column(metric) for metric in couple.base.metrics if _drawn(metric, name)):
            rows: list[tuple[Cell, ...]] = []
            theirs = {metric.key: metric for metric in couple.new.metrics if _drawn(metric, name)}
            for metric in [
                metric for metric in couple.base.metrics if _drawn(metric, name) and _column(metric) == column
            ][:MOST_GROUPS]:
                other = theirs.get(metric.key)
                if other is not None:
                    rows += _rows(metric, other, accuracies)
            if rows:
                yield _evidence(name, column, [*rows, *_no_difference(accuracies)])


def _rows(before: Metric, after: Metric, accuracies: Sequence[Estimate | None]) -> Iterator[tuple[Cell, ...]]:
    column = _column(before)
    who = f"{column}={before.by[column]} vs {before.against}"
    for later, metric, accuracy in zip((False, True), (before, after), accuracies, strict=True):
        estimate = metric.estimate
        if isinstance(estimate, Estimate) and accuracy is not None:
            yield (
                Name(who),
                accuracy.value,
                accuracy.low,
                accuracy.high,
                estimate.value,
                estimate.low,
                estimate.high,
                later,
            )


def _no_difference(accuracies: Sequence[Estimate | None]) -> Iterator[tuple[Cell, ...]]:
    """The line at 0, from the lowest to the highest accuracy."""
    ends = [end for accuracy in accuracies if accuracy is not None for end in (accuracy.low, accuracy.high)]
    for accuracy in (min(ends), max(ends)):
        yield (None, accuracy, None, None, 0.0, None, None, False)


def _evidence(name: str, column: str, rows: Sequence[tuple[Cell, ...]]) -> Evidence:
    rate = WORDS(f"tradeoff.rate.{name.removesuffix('_difference')}")
    numbers = [f"{what}{end}" for what in ("accuracy", "difference") for end in ("", "_low", "_high")]
    heads = [WORDS(f"tradeoff.heads.{head}", rate=rate) for head in numbers]
    columns = (
        Column(WORDS("tradeoff.heads.group")),
        *(Column(head, "number", WORDS("tradeoff.unit")) for head in heads),
        Column(WORDS("tradeoff.heads.after"), "flag"),
    )
    caption = WORDS("tradeoff.caption", rate=rate, column=Name(column))
    return Evidence(
        id=f"trade-off-{name}-{column}",
        caption=caption,
        kind="points",
        columns=columns,
        rows=tuple(rows),
        total=len(rows),
    )


def _overall(result: Measured) -> Estimate | None:
    estimates = (
        metric.estimate for metric in result.metrics if metric.name == ACCURACY and not metric.by and not metric.variant
    )
    return next((estimate for estimate in estimates if isinstance(estimate, Estimate)), None)


def _drawn(metric: Metric, name: str) -> bool:
    return metric.name == name and len(metric.by) == 1 and metric.against is not None and not metric.variant


def _column(metric: Metric) -> str:
    return next(iter(metric.by))
