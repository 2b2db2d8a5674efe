"""Dots of groups with their intervals: a block for each column of groups, in it a panel for each metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairwitness.audit.records import Estimate, Measured, Metric, Picture, Undefined, joined
from fairwitness.reports.labels import CROSS, Labels
from fairwitness.reports.pictures.limits import Compared, compared
from fairwitness.reports.pictures.tracks import Place, Track, track
from fairwitness.reports.rules import UNSETTLED
from fairwitness.reports.scorecard import Judgements
from fairwitness.reports.text import human, line
from fairwitness.reports.text import reason as why

LEAST = 2
"""Metrics of everybody that are drawn as rows of one picture."""
MOST_ROWS = 24
"""Rows of a block; more are cut, and counted."""
MOST_BLOCKS = 6
"""Columns of groups that are drawn; crossings of columns are not, where there are single ones."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One metric over the rows of its block. `of` is the group that all others are compared with, where there is one.

    `rule` is the key of the words for its limit, empty where none is drawn, and `bound` the limit as the rule says it.
    """

    title: str
    track: Track
    of: str
    rule: str
    bound: str


@dataclass(frozen=True, slots=True)
class Block:
    """The groups of one column, in the same rows in every panel."""

    by: str
    panels: tuple[Panel, ...]
    rows: int
    total: int


@dataclass(frozen=True, slots=True)
class Dots:
    """The picture."""

    caption: str
    names: tuple[str, ...]
    sides: tuple[str, ...]
    blocks: tuple[Block, ...]
    more: int
    kind: str = "dots"
    evidence: tuple[str, ...] = ()


def dots(picture: Picture, result: Measured, judgements: Judgements, anchor: str) -> Dots | None:
    """The metrics of a picture by group; None where no group has an estimate."""
    blocks: list[Block] = []
    splits = _splits(picture, result)
    for number, keys in enumerate(splits[:MOST_BLOCKS], start=1):
        block = _block(picture, result, judgements, keys, f"{anchor}-{number}")
        if block is not None:
            blocks.append(block)
    if not blocks and (block := _of_metrics(picture, result, judgements, anchor)) is not None:
        blocks.append(block)
    if not blocks:
        return None
    names = tuple(dict.fromkeys(human(metric.name) for metric in result.metrics if metric.name in picture.metrics))
    sides = tuple(map(line, picture.sides))
    return Dots(line(picture.caption), names, sides, tuple(blocks), max(0, len(splits) - MOST_BLOCKS))


def _of_metrics(picture: Picture, result: Measured, judgements: Judgements, anchor: str) -> Block | None:
    """Metrics of everybody, each a row, those of the unit that the first has; None where any is one of groups."""
    members = [metric for metric in result.metrics if metric.name in picture.metrics]
    if any(metric.by or metric.variant for metric in members):
        return None
    members = [metric for metric in members if metric.unit == members[0].unit]
    rows = {human(metric.name): metric for metric in members}
    if len(members) < LEAST or not any(isinstance(metric.estimate, Estimate) for metric in members):
        return None
    comparison = compared(result, judgements, rows, "")
    nulls = {metric.null for metric in members}
    null = nulls.pop() if len(nulls) == 1 else None
    places = [_place(row, metric, comparison) for row, metric in rows.items()]
    title = line(picture.caption) or human(members[0].name)
    made = track(places, anchor, null=null, log=null == 1.0, title=title, unit=line(members[0].unit))
    return Block("", (_panel_of("", made, comparison, places),), len(rows), len(rows))


def _splits(picture: Picture, result: Measured) -> list[tuple[str, ...]]:
    """What the metrics are split by, the single columns alone where there are any."""
    members = [metric for metric in result.metrics if metric.name in picture.metrics]
    keys = dict.fromkeys(tuple(Labels.of(metric).names) for metric in members if metric.by or picture.by)
    if picture.by:
        keys = dict.fromkeys(split for split in keys if picture.by in split)
    splits = [split for split in keys if split]
    fewest = min(map(len, splits), default=0)
    return [split for split in splits if len(split) == fewest]


def _block(
    picture: Picture, result: Measured, judgements: Judgements, keys: tuple[str, ...], anchor: str
) -> Block | None:
    by_metric: dict[str, dict[str, Metric]] = {}
    for metric in result.metrics:
        labels = Labels.of(metric)
        if metric.name in picture.metrics and labels.names == keys:
            by_metric.setdefault(metric.name, {})[labels.values_alone] = metric
    rows = list(dict.fromkeys(name for members in by_metric.values() for name in members))
    if not any(isinstance(metric.estimate, Estimate) for members in by_metric.values() for metric in members.values()):
        return None
    comparisons = {
        name: compared(result, judgements, by_metric[name], other)
        for name, other in zip(picture.metrics, picture.compared or ("",) * len(picture.metrics), strict=True)
        if name in by_metric
    }
    order = _order(rows, by_metric, comparisons)
    panels = [
        _panel(name, by_metric[name], order, comparison, f"{anchor}-{number}")
        for number, (name, comparison) in enumerate(comparisons.items(), start=1)
    ]
    return Block(joined(CROSS, keys), tuple(panels), len(order), len(rows))


def _order(
    rows: Sequence[str], by_metric: Mapping[str, Mapping[str, Metric]], comparisons: Mapping[str, Compared]
) -> list[str]:
    """The rows from the highest value of the first metric down; of too many what fails, is open, then the largest."""
    first = next(iter(by_metric.values()))

    def weight(row: str) -> tuple[int, int]:
        outcomes = [comparison.outcomes.get(row) for comparison in comparisons.values()]
        place = next((place for place, outcome in enumerate(UNSETTLED) if outcome in outcomes), len(UNSETTLED))
        estimate = first[row].estimate if row in first else None
        return place, -estimate.n if isinstance(estimate, Estimate) else 0

    def height(row: str) -> tuple[bool, float]:
        estimate = first[row].estimate if row in first else None
        return (True, -estimate.value) if isinstance(estimate, Estimate) else (False, 0.0)

    kept = sorted(rows, key=weight)[:MOST_ROWS]
    values = [row for row in kept if height(row)[0]]
    return sorted(values, key=lambda row: height(row)[1]) + [row for row in kept if not height(row)[0]]


def _panel(name: str, members: Mapping[str, Metric], order: Sequence[str], comparison: Compared, anchor: str) -> Panel:
    places = [_place(row, members.get(row), comparison) for row in order]
    first = next(iter(members.values()))
    null = comparison.reference if comparison.reference is not None else first.null
    made = track(places, anchor, null=null, log=first.null == 1.0, title=human(first.name), unit=line(first.unit))
    return _panel_of(human(first.name), made, comparison, places)


def _panel_of(title: str, made: Track, comparison: Compared, places: Sequence[Place]) -> Panel:
    """The panel with the words of its limit, where one is drawn."""
    limited = any(place.estimate and place.limit and place.limit.marks for place in places)
    return Panel(title, made, comparison.of, comparison.rule if limited else "", comparison.bound)


def _place(row: str, metric: Metric | None, comparison: Compared) -> Place:
    if metric is None:
        return Place(row)
    if isinstance(metric.estimate, Undefined):
        return Place(row, why=why(metric.estimate.reason))
    limit, outcome = comparison.limits.get(row), comparison.outcomes.get(row, "")
    return Place(row, estimate=metric.estimate, limit=limit, outcome=outcome)
