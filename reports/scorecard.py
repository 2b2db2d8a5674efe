"""Rows of metrics: value, interval, plot, limit, margin and verdict, in blocks that share one axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from markupsafe import Markup

from fairwitness.audit.records import (
    Estimate,
    Interval,
    Measured,
    Metric,
    MetricKey,
    Name,
    Undefined,
    Verdict,
    each,
    joined,
)
from fairwitness.reports.against import beside_limit
from fairwitness.reports.i18n import both
from fairwitness.reports.labels import Labels
from fairwitness.reports.numbers import (
    Number,
    compact,
    fixed,
    is_few,
    number,
    odds,
    percent,
    shared_decimals,
    together,
)
from fairwitness.reports.rules import condition, limit, limits, margin, marks, severity_rank, worst
from fairwitness.reports.sentences import claim_of, counted, first_of, opened, over_limit
from fairwitness.reports.svg import Axis, Limit, axis, axis_head, axis_labels, interval_plot, ticks
from fairwitness.reports.text import Anchors, human, line, slug
from fairwitness.reports.text import reason as why

MOST_HEADLINES = 16


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """A verdict as a row shows it. `decided` is the wider interval, when the rule did not decide on the row's own.

    `why` says what an undecided verdict would have needed.
    """

    outcome: str
    rule: str
    reason: str
    why: str
    condition: str
    warns: bool
    counts: bool
    decided: str


@dataclass(frozen=True, slots=True)
class Row:
    """A metric ready to be shown; value, low and high are None when it is undefined.

    `key` tells it from the other metrics of the probe, `beyond` how far it lies beyond its limit, `times` the factor in
    likelihood that a logarithm stands for. `undefined` is the reason why there is no value, and `absence` the key of
    the words before it.
    """

    anchor: str
    finding: str
    probe: str
    name: str
    label: str
    key: MetricKey
    labels: Labels
    role: str
    unit: str
    claim: str
    counted: bool
    """Whether the claim already says the ends of the interval."""
    said: str
    """The first sentence of the claim, with its interval."""
    undefined: str
    absence: str
    value: Number | None
    low: Number | None
    high: Number | None
    level: str
    n: str
    method: str
    margin: Number | None
    plot: Markup
    """In a bare block one that needs no ground of its block."""
    scale: Markup
    verdicts: tuple[VerdictRow, ...]
    outcome: str
    evidence: tuple[str, ...]
    beyond: float
    times: str

    @property
    def sentence(self) -> str:
        """The claim with a capital and without its full stop, to be followed by the value; else the label."""
        return each(self.claim, opened) if self.claim.rstrip(".") else self.label

    @property
    def claimed(self) -> str:
        """The claim as a whole sentence."""
        return both("sentence", text=self.sentence)

    @property
    def absent(self) -> str:
        """Why there is no value; empty where there is one."""
        return both(self.absence, reason=self.undefined) if self.absence else ""

    @property
    def few(self) -> bool:
        """Whether few units stand behind it."""
        return is_few(self.n)

    @property
    def group(self) -> str:
        """The labels as one text."""
        return self.labels.text


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one unit and null value, and the axis they share.

    A bare block, of which no rule speaks, has its axis and plots as numbers that the page's script draws: the axis in
    `ticks`, and in `base` how the anchors of its rows go on after the name of the probe.
    """

    unit: str
    level: str
    head: Markup
    rows: tuple[Row, ...]
    bare: bool = False
    ticks: str = ""
    base: str = ""

    @property
    def reference(self) -> str:
        """The one group that all rows are compared with; empty when there is none or several."""
        compared = {row.labels.against for row in self.rows if row.labels.against is not None}
        return compared.pop() if len(compared) == 1 else ""


class Judgements:
    """The verdicts of an audit by the metric they speak of."""

    def __init__(self, verdicts: Sequence[Verdict]) -> None:
        self._by_metric: dict[tuple[str, MetricKey | None], list[Verdict]] = {}
        for verdict in verdicts:
            self._by_metric.setdefault((verdict.probe, verdict.metric_key), []).append(verdict)

    def of(self, probe: str, metric: Metric) -> list[Verdict]:
        """The verdicts on a metric, worst first."""
        verdicts = self._by_metric.get((probe, metric.key), [])
        return sorted(verdicts, key=lambda verdict: (*severity_rank(verdict), verdict.rule))

    def without_metric(self, results: Sequence[Measured]) -> list[Verdict]:
        """Verdicts of rules that found no metric, and on metrics that no probe gave."""
        known = {(result.probe.name, metric.key) for result in results for metric in result.metrics}
        return [verdict for name, of_metric in self._by_metric.items() if name not in known for verdict in of_metric]


class Rows:
    """Makes blocks of rows, each with a fresh anchor; links evidence ids to their anchors."""

    def __init__(self, judgements: Judgements, anchors: Anchors, evidence: Mapping[tuple[str, str], str]) -> None:
        self._judgements = judgements
        self._anchors = anchors
        self._evidence = evidence
        self._axes = 0

    def blocks(self, probe: str, metrics: Sequence[Metric], *, bare: bool = False) -> tuple[Block, ...]:
        """One block for every unit and null value, in the order in which the metrics first use them.

        With `bare`, those that no rule judges are bare.
        """
        kinds = list(dict.fromkeys((metric.unit, metric.null) for metric in metrics))
        ordered = sorted(metrics, key=lambda metric: kinds.index((metric.unit, metric.null)))
        split = groupby(ordered, key=lambda metric: (metric.unit, metric.null))
        return tuple(self._block(probe, list(members), bare) for _, members in split)

    def _block(self, probe: str, metrics: Sequence[Metric], may_be_bare: bool) -> Block:
        judged = {id(metric): self._judgements.of(probe, metric) for metric in metrics}
        bare = may_be_bare and not any(judged.values())
        estimates = [metric.estimate for metric in metrics if isinstance(metric.estimate, Estimate)]
        scale = self._scale(metrics, judged) if estimates else None
        decimals = shared_decimals(estimate.high - estimate.low for estimate in estimates)
        drawn = [self._row(probe, metric, judged[id(metric)], scale, decimals) for metric in metrics]
        levels = {percent(estimate.level) for estimate in estimates}
        return Block(
            unit=line(metrics[0].unit),
            level=next(iter(levels)) if len(levels) == 1 else "",
            head=Markup() if bare or scale is None else _head(scale, metrics, judged),
            rows=tuple(_bare(row, metric, scale) if bare else row for row, metric in zip(drawn, metrics, strict=True)),
            bare=bare,
            ticks=ticks(scale) if bare and scale else "",
            base=slug(metrics[0].name) if bare else "",
        )

    def _scale(self, metrics: Sequence[Metric], judged: Mapping[int, list[Verdict]]) -> Axis:
        """The axis that holds every value, interval and limit of a block."""
        self._axes += 1
        null = metrics[0].null
        estimates = [metric.estimate for metric in metrics if isinstance(metric.estimate, Estimate)]
        lines = [mark for metric in metrics for verdict in judged[id(metric)] for mark in limit(verdict, null).marks]
        wider = [_wider(metric.estimate, judged[id(metric)]) for metric in metrics]
        drawn: list[Estimate | Interval] = [*estimates, *(interval for interval in wider if interval is not None)]
        bounds = [bound for interval in drawn for bound in (interval.low, interval.high)]
        values = [estimate.value for estimate in estimates]
        return axis(f"ax{self._axes}", values, bounds, lines, null=null, log=null == 1.0)

    def _row(self, probe: str, metric: Metric, verdicts: list[Verdict], scale: Axis | None, decimals: int) -> Row:
        lead = worst(verdicts)
        finding = "f-" + lead.fingerprint if lead else ""
        value = low = high = room = None
        level = n = method = undefined = ""
        plot = Markup()
        match metric.estimate:
            case Undefined(reason):
                undefined = why(reason)
            case Estimate() as estimate:
                signed = metric.null == 0.0
                value, low, high = together(
                    (estimate.value, estimate.low, estimate.high),
                    decimals,
                    sign=signed,
                    limits=marks(verdicts, metric.null),
                )
                level, n, method = percent(estimate.level), fixed(estimate.n, 0), line(estimate.method)
                gap = margin(estimate.value, lead, metric.null) if lead else None
                room = None if gap is None else number(gap, decimals, sign=True)
                plot = self._plot(metric, estimate, verdicts, scale)
        return Row(
            anchor=self._anchors.take("m", probe, metric.name, *Labels.of(metric).words),
            finding=self._anchors.take(finding) if finding else "",
            probe=probe,
            name=line(metric.name),
            label=human(metric.name),
            key=metric.key,
            labels=Labels.of(metric),
            role=metric.role,
            unit=line(metric.unit),
            claim=beside_limit(line(metric.claim), metric, lead),
            counted=counted(metric),
            said=first_of(claim_of(metric, lead)),
            undefined=undefined,
            absence=f"undefined.{metric.estimate.kind}" if isinstance(metric.estimate, Undefined) else "",
            value=value,
            low=low,
            high=high,
            level=level,
            n=n,
            method=method,
            margin=room,
            plot=plot,
            scale=axis_labels(scale) if scale else Markup(),
            verdicts=tuple(self._verdict_row(verdict, metric, decimals) for verdict in verdicts),
            outcome=lead.outcome if lead else "",
            evidence=tuple(self._evidence[probe, name] for name in metric.evidence if (probe, name) in self._evidence),
            beyond=over_limit(metric, lead) if lead else 0.0,
            times=_times(metric),
        )

    @staticmethod
    def _verdict_row(verdict: Verdict, metric: Metric, decimals: int) -> VerdictRow:
        decided = ""
        level = metric.estimate.level if isinstance(metric.estimate, Estimate) else None
        if verdict.decided is not None and level is not None and abs(verdict.decided.level - level) > 1e-9:
            signed = metric.null == 0.0
            ends = (verdict.decided.low, verdict.decided.high)
            low, high = together(ends, decimals, sign=signed, limits=marks([verdict], metric.null))
            decided = f"{percent(verdict.decided.level)}: [{low.text}, {high.text}]"
        return VerdictRow(
            outcome=verdict.outcome,
            rule=line(verdict.rule),
            reason=line(verdict.reason),
            why=line(verdict.undecided),
            condition=line(condition(verdict, metric.null)),
            warns=verdict.severity == "warn" and verdict.outcome != "pass",
            counts=verdict.counts,
            decided=decided,
        )

    @staticmethod
    def _plot(metric: Metric, estimate: Estimate, verdicts: list[Verdict], scale: Axis | None) -> Markup:
        if scale is None:
            return Markup()
        lead = worst(verdicts)
        return interval_plot(
            scale,
            value=estimate.value,
            low=estimate.low,
            high=estimate.high,
            decided=_wider(estimate, verdicts),
            limit=limits(verdicts, metric.null),
            mark=lead.outcome if lead else "none",
        )


def _head(scale: Axis, metrics: Sequence[Metric], judged: Mapping[int, list[Verdict]]) -> Markup:
    """The axis of a block with the grounds of its rows."""
    n = sum(isinstance(metric.estimate, Estimate) for metric in metrics)
    grounds = [limits(judged[id(metric)], metrics[0].null) for metric in metrics]
    names = joined(both("comma"), dict.fromkeys(human(metric.name) for metric in metrics))
    return axis_head(scale, grounds, title=names, desc=Name(f"n = {n} · {compact(scale.low)} – {compact(scale.high)}"))


def _bare(row: Row, metric: Metric, scale: Axis | None) -> Row:
    """The row of a bare block, whose plot stands alone: where the row itself is shown, the script draws it."""
    estimate = metric.estimate
    if scale is None or isinstance(estimate, Undefined):
        return row
    value, low, high = estimate.value, estimate.low, estimate.high
    plot = interval_plot(scale, value=value, low=low, high=high, decided=None, limit=Limit(), mark="none", alone=True)
    return replace(row, plot=plot)


def _times(metric: Metric) -> str:
    estimate = metric.estimate
    return odds(estimate.value, metric.unit) if isinstance(estimate, Estimate) and metric.null == 0.0 else ""


def _wider(estimate: Estimate | Undefined, verdicts: list[Verdict]) -> Interval | None:
    """The interval that decided, where it is wider than the one shown."""
    lead = worst(verdicts)
    if lead is None or lead.decided is None or isinstance(estimate, Undefined):
        return None
    return lead.decided if lead.decided.level > estimate.level + 1e-9 else None


def split(result: Measured, judgements: Judgements) -> tuple[list[Metric], list[Metric]]:
    """The metrics for the scorecard, and those for the probe's own section.

    Rows of detail go to the section. Where a probe still has more than `MOST_HEADLINES` rows, the scorecard keeps those
    that a rule judges and those of everybody together; where each has its way of measuring, the first of the latter.
    """
    top = [metric for metric in result.metrics if metric.scope != "detail"]
    if len(top) > MOST_HEADLINES:
        overall = [metric for metric in top if metric.scope == "overall"]
        top = [
            metric for metric in top if not (metric.by or metric.variant) or judgements.of(result.probe.name, metric)
        ] or overall[:MOST_HEADLINES]
    kept = {id(metric) for metric in top}
    return top, [metric for metric in result.metrics if id(metric) not in kept]
