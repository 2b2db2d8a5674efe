"""Rows of metrics: value, interval, plot, limit, margin and verdict, in blocks that share one axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from fairwitness.audit.records import Estimate, Interval, Measured, Metric, Undefined, Verdict
from fairwitness.reports.numbers import Number, apart, compact, fixed, number, percent, shared_decimals, together
from fairwitness.reports.rules import condition, limit, limits, margin, severity_rank, undecided, worst
from fairwitness.reports.svg import Axis, axis, axis_head, axis_labels, interval_plot
from fairwitness.reports.text import Anchors, human, line
from fairwitness.reports.text import reason as why

Key = tuple[str, str, tuple[tuple[str, str], ...]]
DETAIL_TAGS = frozenset({"detail", "intersection"})
REFERENCE = "reference"
COMPARED = "groups"
"""What a metric over all groups of a column is split by: its value is the column itself, or several joined by CROSS."""
CROSS = " × "
MOST_HEADLINES = 16


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict as a row shows it. `decided` is the wider interval, when the rule did not decide on the row's own.

    `why` says what an undecided verdict would have needed.
    """

    outcome: str
    rule: str
    reason: str
    why: str
    condition: str
    warns: bool
    decided: str
    waiver: str


@dataclass(frozen=True, slots=True)
class Row:
    """A metric ready to be shown; value, low and high are None when it is undefined.

    `undefined` is the reason then, and `absence` the key of the words before it.
    """

    anchor: str
    finding: str
    probe: str
    name: str
    label: str
    groups: tuple[tuple[str, str], ...]
    unit: str
    claim: str
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
    scale: Markup
    verdicts: tuple[Judged, ...]
    outcome: str
    evidence: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The claim with a capital and without its full stop, to be followed by the value; else the label."""
        said = self.claim.rstrip(".")
        return said[:1].upper() + said[1:] if said else self.label

    @property
    def counted(self) -> bool:
        """Whether the claim already says the interval in words."""
        return "interval" in self.claim

    @property
    def own(self) -> str:
        """The values of the groups without the one compared with, for a table whose head names the columns."""
        return value_text([(name, value) for name, value in self.groups if name != REFERENCE])

    @property
    def values(self) -> str:
        """The values of the groups, for a table whose head names the columns."""
        return value_text(self.groups)

    @property
    def group(self) -> str:
        """The groups as one text, each with its column."""
        return group_text(self.groups)


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one unit and null value, and the axis they share."""

    unit: str
    level: str
    head: Markup
    rows: tuple[Row, ...]

    @property
    def reference(self) -> str:
        """The one group that all rows are compared with; empty when there is none or several."""
        found = {value for row in self.rows for name, value in row.groups if name == REFERENCE}
        return found.pop() if len(found) == 1 else ""


class Judgements:
    """The verdicts of an audit by the metric they speak of."""

    def __init__(self, verdicts: Sequence[Verdict]) -> None:
        self._by_metric: dict[Key, list[Verdict]] = {}
        for verdict in verdicts:
            self._by_metric.setdefault(key(verdict.probe, verdict.metric, verdict.by), []).append(verdict)

    def of(self, probe: str, metric: Metric) -> list[Verdict]:
        """The verdicts on a metric, worst first."""
        found = self._by_metric.get(key(probe, metric.name, metric.by), [])
        return sorted(found, key=lambda verdict: (*severity_rank(verdict), verdict.rule))

    def without_metric(self, results: Sequence[Measured]) -> list[Verdict]:
        """Verdicts on metrics that no probe gave."""
        known = {key(result.probe.name, metric.name, metric.by) for result in results for metric in result.metrics}
        return [verdict for name, found in self._by_metric.items() if name not in known for verdict in found]


def key(probe: str, metric: str, by: Mapping[str, str]) -> Key:
    """What tells one metric from all others."""
    return probe, metric, tuple(sorted(by.items()))


class Rows:
    """Makes blocks of rows, each with a fresh anchor; links evidence ids to their anchors."""

    def __init__(self, judgements: Judgements, anchors: Anchors, evidence: Mapping[tuple[str, str], str]) -> None:
        self._judgements = judgements
        self._anchors = anchors
        self._evidence = evidence
        self._axes = 0

    def blocks(self, probe: str, metrics: Sequence[Metric]) -> tuple[Block, ...]:
        """One block for every unit and null value, in the order in which the metrics first use them."""
        kinds = list(dict.fromkeys((metric.unit, metric.null) for metric in metrics))
        ordered = sorted(metrics, key=lambda metric: kinds.index((metric.unit, metric.null)))
        split = groupby(ordered, key=lambda metric: (metric.unit, metric.null))
        return tuple(self._block(probe, list(members)) for _, members in split)

    def _block(self, probe: str, metrics: Sequence[Metric]) -> Block:
        estimates = [metric.estimate for metric in metrics if isinstance(metric.estimate, Estimate)]
        judged = {id(metric): self._judgements.of(probe, metric) for metric in metrics}
        null = metrics[0].null
        scale: Axis | None = None
        if estimates:
            self._axes += 1
            marks = [
                mark for metric in metrics for verdict in judged[id(metric)] for mark in limit(verdict, null).marks
            ]
            drawn = [(one.low, one.high) for one in estimates]
            drawn += [
                (wider.low, wider.high)
                for metric in metrics
                if (wider := _wider(metric.estimate, judged[id(metric)])) is not None
            ]
            bounds = [bound for pair in drawn for bound in pair]
            values = [estimate.value for estimate in estimates]
            scale = axis(f"ax{self._axes}", values, bounds, marks, null=null, log=null == 1.0)
        decimals = shared_decimals(estimate.high - estimate.low for estimate in estimates)
        rows = tuple(self._row(probe, metric, judged[id(metric)], scale, decimals) for metric in metrics)
        levels = {percent(estimate.level) for estimate in estimates}
        level = next(iter(levels)) if len(levels) == 1 else ""
        unit = line(metrics[0].unit)
        head = Markup()
        if scale:
            grounds = [limits(judged[id(metric)], null) for metric in metrics]
            names = ", ".join(dict.fromkeys(human(metric.name) for metric in metrics))
            reach = f"{compact(scale.low)} – {compact(scale.high)} {unit}"
            head = axis_head(scale, grounds, title=names, desc=f"n = {len(estimates)}; {reach}")
        return Block(unit, level, head, rows)

    def _row(self, probe: str, metric: Metric, verdicts: list[Verdict], scale: Axis | None, decimals: int) -> Row:
        lead = worst(verdicts)
        groups = tuple((line(name), line(value)) for name, value in metric.by.items())
        finding = "f-" + lead.fingerprint if lead else ""
        value = low = high = room = None
        level = n = method = undefined = ""
        plot = Markup()
        match metric.estimate:
            case Undefined(reason):
                undefined = why(reason)
            case Estimate() as found:
                signed = metric.null == 0.0
                for verdict in verdicts:
                    for mark in limit(verdict, metric.null).marks:
                        decimals = max(apart(end, mark, decimals) for end in (found.low, found.value, found.high))
                value, low, high = together((found.value, found.low, found.high), decimals, sign=signed)
                level, n, method = percent(found.level), fixed(found.n, 0), line(found.method)
                gap = margin(found.value, lead, metric.null) if lead else None
                room = None if gap is None else number(gap, decimals, sign=True)
                plot = self._plot(metric, found, verdicts, scale)
        return Row(
            anchor=self._anchors.take("m", probe, metric.name, *metric.by.values()),
            finding=self._anchors.take(finding) if finding else "",
            probe=probe,
            name=line(metric.name),
            label=human(metric.name),
            groups=groups,
            unit=line(metric.unit),
            claim=line(metric.claim),
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
            verdicts=tuple(self._judged(verdict, metric, decimals) for verdict in verdicts),
            outcome=lead.outcome if lead else "",
            evidence=tuple(self._evidence[probe, name] for name in metric.evidence if (probe, name) in self._evidence),
        )

    @staticmethod
    def _judged(verdict: Verdict, metric: Metric, decimals: int) -> Judged:
        decided = ""
        own = metric.estimate.level if isinstance(metric.estimate, Estimate) else None
        if verdict.decided is not None and own is not None and abs(verdict.decided.level - own) > 1e-9:
            signed = metric.null == 0.0
            low, high = together((verdict.decided.low, verdict.decided.high), decimals, sign=signed)
            decided = f"{percent(verdict.decided.level)}: [{low.text}, {high.text}]"
        return Judged(
            outcome=verdict.outcome,
            rule=line(verdict.rule),
            reason=line(verdict.reason),
            why=line(undecided(verdict)),
            condition=line(condition(verdict, metric.null)),
            warns=verdict.severity == "warn" and verdict.outcome != "pass",
            decided=decided,
            waiver=line(verdict.waiver),
        )

    @staticmethod
    def _plot(metric: Metric, found: Estimate, verdicts: list[Verdict], scale: Axis | None) -> Markup:
        if scale is None:
            return Markup()
        lead = worst(verdicts)
        return interval_plot(
            scale,
            value=found.value,
            low=found.low,
            high=found.high,
            decided=_wider(found, verdicts),
            limit=limits(verdicts, metric.null),
            mark=lead.outcome if lead else "none",
        )


def _wider(found: Estimate | Undefined, verdicts: list[Verdict]) -> Interval | None:
    """The interval that decided, where it is wider than the one shown."""
    lead = worst(verdicts)
    if lead is None or lead.decided is None or isinstance(found, Undefined):
        return None
    return lead.decided if lead.decided.level > found.level + 1e-9 else None


def group_text(groups: Sequence[tuple[str, str]]) -> str:
    """Groups as one text, each with its column; the group compared with stands behind `vs`."""
    own = [(name, value) for name, value in groups if name != REFERENCE]
    said = CROSS.join(f"by {value}" if name == COMPARED else f"{name}={value}" for name, value in own)
    return " vs ".join([said, *(_against(own, value) for name, value in groups if name == REFERENCE)])


def value_text(groups: Sequence[tuple[str, str]]) -> str:
    """Groups without their columns, for a table whose head names these; the group compared with stays behind `vs`."""
    own = CROSS.join(value for name, value in groups if name != REFERENCE)
    return " vs ".join([own, *(value for name, value in groups if name == REFERENCE)])


def _against(own: Sequence[tuple[str, str]], reference: str) -> str:
    """The group compared with: of a crossing each value with its column, of one column the value alone."""
    parts = reference.split(CROSS)
    if len(own) < 2 or len(parts) != len(own):
        return reference
    return CROSS.join(f"{name}={part}" for (name, _), part in zip(own, parts, strict=True))


def split(result: Measured, judgements: Judgements) -> tuple[list[Metric], list[Metric]]:
    """The metrics for the scorecard, and those for the probe's own section.

    Rows of detail and of intersections go to the section. Where a probe still has more than `MOST_HEADLINES` rows,
    the scorecard keeps those that a rule judges and those of everybody together.
    """
    top = [metric for metric in result.metrics if not DETAIL_TAGS & set(metric.tags)]
    if len(top) > MOST_HEADLINES:
        top = [metric for metric in top if not metric.by or judgements.of(result.probe.name, metric)]
    kept = {id(metric) for metric in top}
    return top, [metric for metric in result.metrics if id(metric) not in kept]
