"""What a comparison says, line by line: numbers with fitting digits, plots on shared axes, what needs a look first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from fairwitness.audit.comparison import FINDINGS, NO_CHANGE, Change, Comparison, Unmatched
from fairwitness.audit.records import Estimate, Finding, Undefined, joined
from fairwitness.reports.i18n import both
from fairwitness.reports.labels import Labels
from fairwitness.reports.numbers import Number, compact, decimals_for, decimals_of_change, percent, together
from fairwitness.reports.since import Turned, silent
from fairwitness.reports.svg import Axis, Limit, axis, axis_head, interval_plot
from fairwitness.reports.text import Anchors, human, line
from fairwitness.reports.text import reason as why

MOVED: tuple[Finding, ...] = ("worse", "changed", "better")
MARKS: Mapping[Finding, str] = {
    "worse": "fail",
    "changed": "inconclusive",
    "better": "pass",
    "no_change_shown": "none",
    "not_inferior": "none",
    "equivalent": "none",
    "not_tested": "not_measured",
}
"""The shape and colour of each finding, among those of verdicts."""
STANDING_MARKS = {
    "regressed": "fail",
    "lost": "fail",
    "worse": "fail",
    "mixed": "inconclusive",
    "changed": "inconclusive",
    "better": "pass",
}
"""The shape and colour of what a comparison comes to; none where no change was shown."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A value and the ends of its interval as they are printed."""

    value: Number
    low: Number
    high: Number


@dataclass(frozen=True, slots=True)
class Line:
    """One compared metric. `plot` shows the change; `verdicts` is what rules say of it, before and after."""

    anchor: str
    probe: str
    name: str
    label: str
    labels: Labels
    unit: str
    before: Shown | None
    after: Shown | None
    change: Shown | None
    factor: bool
    plot: Markup
    finding: Finding
    mark: str
    reason: str
    p_value: str
    gated: bool
    verdicts: tuple[Turned, ...] = ()

    @property
    def group(self) -> str:
        """The labels as one text."""
        return self.labels.text


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one probe, unit and scale, and the axis that the plots of their changes share."""

    probe: str
    unit: str
    factor: bool
    head: Markup
    lines: tuple[Line, ...]


def standing(comparison: Comparison) -> str:
    """In a word what the comparison comes to, what weighs most first."""
    if comparison.regressed:
        return "regressed"
    if comparison.lost:
        return "lost"
    if comparison.tally["worse"] and comparison.tally["better"]:
        return "mixed"
    return next((name for name in MOVED if comparison.tally[name]), "same")


def counted(comparison: Comparison) -> int:
    """How many metrics the standing speaks of."""
    match standing(comparison):
        case "regressed":
            return len(comparison.regressed)
        case "lost":
            return len(comparison.lost)
        case "mixed":
            return comparison.tally["worse"]
        case kind:
            return sum(comparison.tally[name] for name in MOVED if name == kind)


def gained_gates(comparison: Comparison) -> int:
    """How many metrics that a rule can fail a release for got better."""
    return sum(change.gated and change.finding == "better" for change in comparison.changes)


@dataclass(frozen=True, slots=True)
class Parts:
    """The changes in the order in which they are read: what rules judge, what else moved, details, the rest."""

    judged: tuple[Change, ...]
    moved: tuple[Change, ...]
    crossings: tuple[Change, ...]
    rest: tuple[Change, ...]


def parts_of(comparison: Comparison) -> Parts:
    """Judged metrics first, whatever they came to; among them those whose verdict or value is another one.

    Behind them those of which neither run has a value.
    """
    turned = {verdict.key for verdict in comparison.turned}
    judged = [change for change in comparison.changes if change.gated or comparison.verdicts_on(change)]
    others = [change for change in comparison.changes if change not in judged]
    moved = [change for change in others if change.finding in MOVED]
    judged.sort(key=lambda change: ((change.probe, change.metric.key) not in turned, not change.gated, rank(change)))
    judged.sort(key=lambda change: silent(change.before, change.after))
    return Parts(
        judged=tuple(judged),
        moved=tuple(sorted((change for change in moved if change.metric.scope != "detail"), key=rank)),
        crossings=tuple(sorted((change for change in moved if change.metric.scope == "detail"), key=rank)),
        rest=tuple(change for change in others if change.finding not in MOVED),
    )


def blocks(
    comparison: Comparison, changes: Sequence[Change], anchors: Anchors, *, plotted: bool = True
) -> tuple[Block, ...]:
    """The changes in blocks of one probe, unit and scale, in the order in which they come."""
    order: dict[tuple[str, str, str], int] = {}
    for change in changes:
        order.setdefault(_block_key(change), len(order))
    ordered = sorted(changes, key=lambda change: order[_block_key(change)])
    return tuple(
        _block(comparison, list(members), anchors, anchors.take("ax"), plotted=plotted)
        for _, members in groupby(ordered, key=_block_key)
    )


def _block_key(change: Change) -> tuple[str, str, str]:
    return change.probe, change.scale, change.metric.unit


def rank(change: Change) -> tuple[int, ...]:
    """What needs a look first: its finding, what can fail a release, everybody together, differences, groups."""
    metric = change.metric
    kind = 1 if metric.against is not None else 2 if metric.by or metric.variant else 0
    return FINDINGS.index(change.finding), not change.gated, metric.scope == "detail", kind


def _block(comparison: Comparison, changes: Sequence[Change], anchors: Anchors, name: str, *, plotted: bool) -> Block:
    first = changes[0]
    null = NO_CHANGE[first.scale]
    estimates = [change.change for change in changes if isinstance(change.change, Estimate)]
    scale: Axis | None = None
    head = Markup()
    if estimates and plotted:
        bounds = [end for estimate in estimates for end in (estimate.low, estimate.high)]
        values = [estimate.value for estimate in estimates]
        scale = axis(name, values, bounds, [], null=null, log=first.scale == "factor")
        title = joined(both("comma"), dict.fromkeys(human(change.metric.name) for change in changes))
        head = axis_head(scale, [Limit()], title=title, desc=f"{compact(scale.low)} – {compact(scale.high)}")
    lines = tuple(line_of(comparison, change, scale, anchors) for change in changes)
    return Block(line(first.probe), line(first.metric.unit), first.scale == "factor", head, lines)


def line_of(comparison: Comparison, change: Change, scale: Axis | None, anchors: Anchors) -> Line:
    """A change as a line, plotted where there is an axis."""
    plot, labels = Markup(), Labels.of(change.metric)
    if isinstance(change.change, Estimate) and scale is not None:
        estimate = change.change
        plot = interval_plot(
            scale,
            value=estimate.value,
            low=estimate.low,
            high=estimate.high,
            decided=None,
            limit=Limit(),
            mark=MARKS[change.finding],
        )
    signed = change.metric.null == 0.0
    widths = [side.high - side.low for side in (change.before, change.after) if isinstance(side, Estimate)]
    moved = change.change if change.scale == "difference" else None
    decimals = decimals_of_change(widths, moved.high - moved.low if isinstance(moved, Estimate) else None)
    return Line(
        anchor=anchors.take("c", change.probe, change.metric.name, *labels.words),
        probe=line(change.probe),
        name=line(change.metric.name),
        label=human(change.metric.name),
        labels=labels,
        unit=line(change.metric.unit),
        before=shown(change.before, decimals, signed=signed),
        after=shown(change.after, decimals, signed=signed),
        change=shown(change.change, signed=change.scale == "difference"),
        factor=change.scale == "factor",
        plot=plot,
        finding=change.finding,
        mark=MARKS[change.finding],
        reason=why(change.reason),
        p_value=p_text(change.adjusted),
        gated=change.gated,
        verdicts=tuple(map(Turned.of, comparison.verdicts_on(change))),
    )


def shown(estimate: Estimate | Undefined, decimals: int | None = None, *, signed: bool) -> Shown | None:
    """The numbers of an estimate in one notation, with decimals of its own where none are given; None without one."""
    if isinstance(estimate, Undefined):
        return None
    places = decimals_for(estimate.high - estimate.low) if decimals is None else decimals
    return Shown(*together((estimate.value, estimate.low, estimate.high), places, sign=signed))


def p_text(p: float | None) -> str:
    """A p-value after correction; empty where nothing was tested."""
    if p is None:
        return ""
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def level_of(comparison: Comparison) -> str:
    """The level of all intervals of changes."""
    levels = {percent(change.change.level) for change in comparison.changes if isinstance(change.change, Estimate)}
    return levels.pop() if len(levels) == 1 else ""


def unmatched_text(unmatched: Unmatched) -> str:
    """What could not be compared, as policies spell it."""
    if unmatched.metric is None:
        return line(unmatched.probe)
    return Labels.of(unmatched.metric).named(line(unmatched.probe), line(unmatched.metric.name))
