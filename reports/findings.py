"""The few things a reader must know first: what failed, what stayed open, what departs although no rule asks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fairwitness.audit.records import Estimate, Measured, Metric, Undefined
from fairwitness.reports.rules import ORDER
from fairwitness.reports.scorecard import Row
from fairwitness.reports.text import line

MOST = 7


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence about one row, the title of its probe, and how many rows of the same metric share its fate."""

    row: Row
    probe: str
    outcome: str
    others: int
    evidence: str
    """The anchor of the table that shows examples; empty where there is none."""
    only: str = ""
    """The group that the examples are of, as a JSON object of columns and values; empty where it is of no group."""

    def __str__(self) -> str:
        """The finding as a line: verdict, probe, metric and group, value with its interval, limit, and the claim."""
        row, lead = self.row, self.row.verdicts[0] if self.row.verdicts else None
        what = f"{self.probe}: {row.label}{f', {row.group}' if row.group else ''}"
        if row.value is None or row.low is None or row.high is None:
            said = f" – {row.undefined}"
        else:
            said = f": {row.value.text} [{row.low.text}, {row.high.text}] {row.unit}".rstrip()
        limit = f"; limit {lead.condition}" if lead and lead.condition else ""
        claim = f" {row.sentence}." if row.claim and row.value else ""
        return f"{'no rule' if lead is None else lead.outcome.replace('_', ' ')}: {what}{said}{limit}.{claim}"


def findings(rows: Sequence[tuple[Row, Metric]], titles: Mapping[str, str]) -> tuple[Finding, ...]:
    """At most seven, one for each metric and outcome: gates first, then warnings, then departures without a rule.

    `titles` are those of the probes, by name.
    """
    ranked = sorted(
        (
            (rank, -excess(row, metric), index)
            for index, (row, metric) in enumerate(rows)
            if (rank := _rank(row, metric)) is not None
        )
    )
    kinds: dict[tuple[str, str, int], list[int]] = {}
    for rank, _, index in ranked:
        row = rows[index][0]
        kinds.setdefault((row.probe, row.name, rank), []).append(index)
    made = []
    for indexes in list(kinds.values())[:MOST]:
        row, metric = rows[indexes[0]]
        shown = row.evidence[-1] if row.evidence else ""
        only = json.dumps({line(key): line(value) for key, value in metric.by.items()}) if metric.by else ""
        made.append(Finding(row, titles[row.probe], row.outcome or "none", len(indexes) - 1, shown, only))
    return tuple(made)


def _rank(row: Row, metric: Metric) -> int | None:
    """Place of a row among the findings; None when it is none."""
    if row.verdicts:
        lead = row.verdicts[0]
        if lead.outcome in ("pass", "waived"):
            return None
        return ORDER.index(lead.outcome) + (10 if lead.warns else 0)
    return 20 if metric.scope != "detail" and departs(metric) else None


def departs(metric: Metric) -> bool:
    """Whether the interval lies wholly on the unwanted side of the null value."""
    estimate, null = metric.estimate, metric.null
    if not isinstance(estimate, Estimate) or null is None:
        return False
    above, below = estimate.low > null, estimate.high < null
    return {"lower": above, "higher": below, "near_zero": above or below, "none": False}[metric.better]


def excess(row: Row, metric: Metric) -> float:
    """How bad a row is in half-widths of its interval: beyond its limit, or away from the null value without one."""
    estimate = metric.estimate
    if not isinstance(estimate, Estimate):
        return 0.0
    half = (estimate.high - estimate.low) / 2 or 1.0
    if row.margin is not None:
        return -float(row.margin.exact) / half
    return abs(estimate.value - (metric.null or 0.0)) / half


def worst_first(metrics: Sequence[Metric], outcome_rank: dict[int, int]) -> list[Metric]:
    """Metrics of one name in the order in which a reader should meet them; those without a value last."""

    def place(metric: Metric) -> tuple[int, float]:
        estimate = metric.estimate
        if not isinstance(estimate, Estimate):
            return (99, 0.0)
        away = {
            "lower": estimate.value,
            "higher": -estimate.value,
            "near_zero": abs(estimate.value - (metric.null or 0.0)),
            "none": estimate.value,
        }[metric.better]
        return (outcome_rank.get(id(metric), 50), -away)

    return sorted(metrics, key=place)


def measured(results: Sequence[object]) -> list[Measured]:
    """The probes that ran to their end, with what was asked of them; what was not is listed under "not tested"."""
    ran = []
    for result in results:
        if isinstance(result, Measured):
            ran.append(replace(result, metrics=tuple(metric for metric in result.metrics if asked_for(metric))))
    return ran


def asked_for(metric: Metric) -> bool:
    """Whether something in the run asked for a metric."""
    return not isinstance(metric.estimate, Undefined) or metric.estimate.kind != "not_asked"
