"""What a mitigation gave and what it cost, in one line: each metric before, after, and the change with its interval."""

from __future__ import annotations

from collections.abc import Sequence

from fairwitness.audit.comparison import Change, Comparison
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.reports.labels import COMPARED, Labels
from fairwitness.reports.numbers import decimals_for, together
from fairwitness.reports.text import human, line

SHARE, POINTS = "share", " points"
MOST_EACH = 3
"""Changes of one metric that the line holds: of so many group columns."""


def headline(comparison: Comparison, metrics: Sequence[str]) -> str:
    """The line for metrics by name, `probe/metric`, in this order; those that neither run measured are left out."""
    parts = []
    for name in metrics:
        probe, _, metric = name.partition("/")
        named = [change for change in comparison.changes if (change.probe, change.metric.name) == (probe, metric)]
        changes = [change for change in named if _measured(change)]
        whole = [change for change in changes if not change.metric.by and set(change.metric.variant) <= {COMPARED}]
        parts += [_said(change) for change in (whole or changes)[:MOST_EACH]]
    return "; ".join(parts)


def _measured(change: Change) -> bool:
    return any(isinstance(estimate, Estimate) for estimate in (change.before, change.after))


def _said(change: Change) -> str:
    percent = change.metric.unit == SHARE
    unit = "" if not percent else POINTS if change.metric.null == 0.0 else " %"
    name = " ".join(filter(None, [human(change.metric.name).lower(), str(line(Labels.of(change.metric).text))]))
    before, after = (_value(estimate, unit) for estimate in (change.before, change.after))
    return f"{name} {before} → {after}{_change(change, percent=percent)}"


def _value(estimate: Estimate | Undefined, unit: str) -> str:
    if isinstance(estimate, Undefined):
        return "–"
    value, low, high = _numbers(estimate, percent=bool(unit), sign=False)
    return f"{value}{unit} [{low}, {high}]"


def _change(change: Change, *, percent: bool) -> str:
    if isinstance(change.change, Undefined):
        return ""
    factor = change.scale == "factor"
    value, low, high = _numbers(change.change, percent=percent and not factor, sign=not factor)
    unit = POINTS if percent and not factor else ""
    return f" ({'× ' if factor else ''}{value}{unit} [{low}, {high}])"


def _numbers(estimate: Estimate, *, percent: bool, sign: bool) -> tuple[str, ...]:
    times = 100.0 if percent else 1.0
    ends = [times * value for value in (estimate.value, estimate.low, estimate.high)]
    return tuple(number.text for number in together(ends, decimals_for(ends[2] - ends[1]), sign=sign))
