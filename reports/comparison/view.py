"""What a comparison says, line by line: numbers with fitting digits, plots on shared axes, what needs a look first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from fairwitness.audit.comparison import FINDINGS, NO_CHANGE, Change, Comparison, Finding, Unmatched
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.reports.labels import Labels
from fairwitness.reports.numbers import Number, compact, decimals_for, percent, shared_decimals, together
from fairwitness.reports.svg import Axis, Limit, axis, axis_head, interval_plot
from fairwitness.reports.text import Anchors, human, line
from fairwitness.reports.text import reason as why

MOVED: tuple[Finding, ...] = ("worse", "changed", "better")
MARKS: Mapping[Finding, str] = {
    "worse": "fail",
    "changed": "inconclusive",
    "better": "pass",
    "no_change_shown": "none",
    "equivalent": "none",
    "not_tested": "not_measured",
}
"""The shape and colour of each finding, among those of verdicts."""
WORDS: Mapping[Finding, str] = {
    "worse": "worse",
    "changed": "changed",
    "better": "better",
    "no_change_shown": "no change shown",
    "equivalent": "equivalent",
    "not_tested": "not tested",
}
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
    """One compared metric. `plot` shows the change; `level` is that of all its intervals where they agree."""

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
    how: str
    p_value: str
    gated: bool
    detail: bool

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


def standing(found: Comparison) -> str:
    """In a word what the comparison comes to, what weighs most first."""
    if found.regressed:
        return "regressed"
    if found.lost:
        return "lost"
    if found.tally["worse"] and found.tally["better"]:
        return "mixed"
    return next((name for name in MOVED if found.tally[name]), "same")


def counted(found: Comparison) -> int:
    """How many metrics the standing speaks of."""
    match standing(found):
        case "regressed":
            return len(found.regressed)
        case "lost":
            return len(found.lost)
        case "mixed":
            return found.tally["worse"]
        case kind:
            return sum(found.tally[name] for name in MOVED if name == kind)


def gained_gates(found: Comparison) -> int:
    """How many metrics that a rule can fail a release for got better."""
    return sum(one.gated and one.finding == "better" for one in found.changes)


def blocks(changes: Sequence[Change], anchors: Anchors) -> tuple[Block, ...]:
    """The changes in blocks, what got worse first; what a rule can fail a release for before the rest."""
    ordered = sorted(changes, key=lambda one: (one.probe, one.scale, one.metric.unit))
    made = []
    for _, members in groupby(ordered, key=lambda one: (one.probe, one.scale, one.metric.unit)):
        made.append(_block(sorted(members, key=rank), anchors, anchors.take("ax")))
    return tuple(sorted(made, key=lambda block: min(FINDINGS.index(one.finding) for one in block.lines)))


def rank(one: Change) -> tuple[int, ...]:
    """What needs a look first: its finding, what can fail a release, everybody together, differences, groups."""
    metric = one.metric
    kind = 1 if metric.against is not None else 2 if metric.by or metric.variant else 0
    return FINDINGS.index(one.finding), not one.gated, metric.scope == "detail", kind


def _block(changes: Sequence[Change], anchors: Anchors, name: str) -> Block:
    first = changes[0]
    null = NO_CHANGE[first.scale]
    estimates = [one.change for one in changes if isinstance(one.change, Estimate)]
    scale: Axis | None = None
    head = Markup()
    if estimates:
        bounds = [end for found in estimates for end in (found.low, found.high)]
        values = [found.value for found in estimates]
        scale = axis(name, values, bounds, [], null=null, log=first.scale == "factor")
        title = ", ".join(dict.fromkeys(human(one.metric.name) for one in changes))
        head = axis_head(scale, [Limit()], title=title, desc=f"{compact(scale.low)} – {compact(scale.high)}")
    lines = tuple(line_of(one, scale, anchors) for one in changes)
    return Block(line(first.probe), line(first.metric.unit), first.scale == "factor", head, lines)


def line_of(one: Change, scale: Axis | None, anchors: Anchors) -> Line:
    """A change as a line, plotted where there is an axis."""
    plot, labels = Markup(), Labels.of(one.metric)
    if isinstance(one.change, Estimate) and scale is not None:
        found = one.change
        plot = interval_plot(
            scale,
            value=found.value,
            low=found.low,
            high=found.high,
            decided=None,
            limit=Limit(),
            mark=MARKS[one.finding],
        )
    signed = one.metric.null == 0.0
    widths = [found.high - found.low for found in (one.before, one.after) if isinstance(found, Estimate)]
    decimals = shared_decimals(widths)
    return Line(
        anchor=anchors.take("c", one.probe, one.metric.name, *labels.words),
        probe=line(one.probe),
        name=line(one.metric.name),
        label=human(one.metric.name),
        labels=labels,
        unit=line(one.metric.unit),
        before=shown(one.before, decimals, signed=signed),
        after=shown(one.after, decimals, signed=signed),
        change=shown(one.change, signed=one.scale == "difference"),
        factor=one.scale == "factor",
        plot=plot,
        finding=one.finding,
        mark=MARKS[one.finding],
        reason=why(one.reason),
        how=f"{one.pairing}; {line(one.change.method)}" if isinstance(one.change, Estimate) else "",
        p_value=p_text(one.adjusted),
        gated=one.gated,
        detail=one.metric.scope == "detail",
    )


def shown(found: Estimate | Undefined, decimals: int | None = None, *, signed: bool) -> Shown | None:
    """The numbers of an estimate in one notation, with decimals of its own where none are given; None without one."""
    if isinstance(found, Undefined):
        return None
    places = decimals_for(found.high - found.low) if decimals is None else decimals
    return Shown(*together((found.value, found.low, found.high), places, sign=signed))


def p_text(p: float | None) -> str:
    """A p-value after correction; empty where nothing was tested."""
    if p is None:
        return ""
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def level_of(found: Comparison) -> str:
    """The level of all intervals of changes."""
    levels = {percent(one.change.level) for one in found.changes if isinstance(one.change, Estimate)}
    return levels.pop() if len(levels) == 1 else ""


def unmatched_text(one: Unmatched) -> str:
    """What could not be compared, as policies spell it."""
    if one.metric is None:
        return line(one.probe)
    return Labels.of(one.metric).named(line(one.probe), line(one.metric.name))
