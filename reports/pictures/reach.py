"""Where rules stay open: the smallest effect that the run could have shown, beside the limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from fairwitness.audit.records import Estimate, Measured, Metric, Verdict, joined
from fairwitness.audit.stats import minimum_detectable_effect
from fairwitness.reports.labels import Labels
from fairwitness.reports.numbers import Number, decimals_for, number
from fairwitness.reports.rules import limits
from fairwitness.reports.scorecard import Judgements
from fairwitness.reports.svg import Limit, axis, axis_head, interval_plot
from fairwitness.reports.text import human, line

MOST_ROWS = 10


@dataclass(frozen=True, slots=True)
class Row:
    """An undecided metric: the smallest effect that it could have shown, and how far the limit is from no effect."""

    label: str
    plot: Markup
    effect: Number
    limit: Number
    n: int


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one unit."""

    unit: str
    head: Markup
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Reached:
    """The picture. `more` rows are not drawn."""

    blocks: tuple[Block, ...]
    more: int
    caption: str = ""
    sides: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    kind: str = "reach"
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Open:
    metric: Metric
    estimate: Estimate
    effect: float
    limit: float


def reach(result: Measured, judgements: Judgements, anchor: str) -> Reached | None:
    """The undecided metrics of a probe whose limit lies at a distance from no effect, those farthest beyond it first.

    None where there are none. Ratios have no such distance.
    """
    undecided = sorted(_undecided(result, judgements), key=lambda row: -row.effect / row.limit)
    units = dict.fromkeys(line(row.metric.unit) for row in undecided[:MOST_ROWS])
    blocks = []
    for place, unit in enumerate(units, start=1):
        members = [row for row in undecided[:MOST_ROWS] if line(row.metric.unit) == unit]
        blocks.append(_block(members, unit, f"{anchor}-{place}"))
    return Reached(tuple(blocks), max(0, len(undecided) - MOST_ROWS)) if blocks else None


def _undecided(result: Measured, judgements: Judgements) -> Iterator[_Open]:
    for metric in result.metrics:
        verdicts = [each for each in judgements.of(result.probe.name, metric) if _across(each)]
        if not verdicts or metric.null is None or metric.null == 1.0 or not isinstance(metric.estimate, Estimate):
            continue
        effect = minimum_detectable_effect(metric.estimate)
        away = [abs(mark - metric.null) for mark in limits(verdicts, metric.null).marks if mark != metric.null]
        if effect is not None and away:
            yield _Open(metric, metric.estimate, effect, min(away))


def _across(verdict: Verdict) -> bool:
    """Whether the interval lies on both sides of the limit, so that more units would decide."""
    return verdict.outcome == "inconclusive" and verdict.ground == "across"


def _block(members: Sequence[_Open], unit: str, anchor: str) -> Block:
    ends = [0.0, *(row.effect for row in members)]
    scale = axis(anchor, ends, [], [row.limit for row in members], null=0.0, log=False)
    decimals = decimals_for(min(row.effect for row in members))
    rows = tuple(
        Row(
            joined(" · ", [human(row.metric.name), *filter(None, [Labels.of(row.metric).text])]),
            interval_plot(
                scale,
                value=row.effect,
                low=0.0,
                high=row.effect,
                decided=None,
                limit=Limit(bad_from=row.limit),
                mark="none",
            ),
            number(row.effect, decimals),
            number(row.limit, decimals),
            row.estimate.n,
        )
        for row in members
    )
    head = axis_head(scale, [Limit(bad_from=row.limit) for row in members], title=unit, desc=f"n = {len(members)}")
    return Block(unit, head, rows)
