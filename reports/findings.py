"""The few things a reader must know first: what failed, what stayed open, what departs although no rule asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fairwitness.audit.records import Estimate, Measured, Metric, Undefined, joined
from fairwitness.reports.examples import examples_of
from fairwitness.reports.i18n import both
from fairwitness.reports.labels import COMPARED, CROSS
from fairwitness.reports.rules import ORDER
from fairwitness.reports.scorecard import Row
from fairwitness.reports.sentences import over_smallest
from fairwitness.reports.text import line

DIGITS = 9
MOST = 7
UNVALUED = (11, True)
"""The place of what counts and has no value to tell: behind warnings that failed, before those that are undecided."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence about one row, the title of its probe, and how many more rows share its verdict."""

    row: Row
    sentence: str
    probe: str
    outcome: str
    others: int
    evidence: str
    """The anchor of the table that shows examples; empty where there is none."""
    only: str = ""
    """What examples to show, as `examples_of` says it."""

    def __str__(self) -> str:
        """The finding as a line: verdict, sentence, limit, and the probe, metric and group that say it."""
        row, lead = self.row, self.row.verdicts[0] if self.row.verdicts else None
        limit = f"; limit {lead.condition}" if lead and lead.condition else ""
        where = f"{self.probe}: {row.label}{f', {row.group}' if row.group else ''}"
        return f"{'no rule' if lead is None else lead.outcome.replace('_', ' ')}: {self.sentence}{limit} ({where})"


def findings(rows: Sequence[tuple[Row, Metric]], results: Mapping[str, Measured]) -> tuple[Finding, ...]:
    """At most seven, one for each metric and outcome: gates first, then warnings, then departures without a rule.

    Equal verdicts are ordered by how far the value lies beyond its limit. What departs from its null value by less than
    the smallest difference that matters in its unit is none. `results` are those of the probes, by name. Sizes are
    compared at nine digits: the last bits of a sum differ between processors, and the order may not.
    """
    ranked = sorted(
        (rank, -round(_size(row, metric), DIGITS), round(_half(metric), DIGITS), index)
        for index, (row, metric) in enumerate(rows)
        if (rank := _rank(row, metric)) is not None
    )
    kinds: dict[tuple[str, str, tuple[int, bool]], list[int]] = {}
    numbers: set[tuple[str, str, float]] = set()
    for rank, _, _, index in ranked:
        row, metric = rows[index]
        if (number := _number(metric)) and (row.probe, *number) in numbers:
            continue
        if number:
            numbers.add((row.probe, *number))
        kinds.setdefault((row.probe, row.undefined or row.name, rank), []).append(index)
    made: dict[str, Finding] = {}
    for indexes in kinds.values():
        row, metric = rows[indexes[0]]
        shown = row.evidence[-1] if row.evidence else ""
        said = row.said
        result = results[row.probe]
        title, only = line(result.probe.title), examples_of(metric, result)
        if said in made:
            said = joined(both("colon"), (title, row.label, said))
        made[said] = Finding(row, said, title, row.outcome or "none", len(indexes) - 1, shown, only)
        if len(made) == MOST:
            break
    return tuple(made.values())


def _number(metric: Metric) -> tuple[str, float] | None:
    """Columns and value of a ratio, by which two metrics of a probe that say the same are known.

    None where it is 0 or 1. Of two groups, the lower rate over the higher is also the ratio to the reference.
    """
    estimate = metric.estimate
    if not isinstance(estimate, Estimate) or metric.unit != "ratio" or estimate.value in (0.0, 1.0):
        return None
    return metric.variant.get(COMPARED) or CROSS.join(metric.by), round(estimate.value, 9)


def _rank(row: Row, metric: Metric) -> tuple[int, bool] | None:
    """Place of a row among the findings, what counts before what the policy leaves open; None when it is none."""
    if row.verdicts:
        lead = row.verdicts[0]
        if lead.outcome in ("pass", "waived"):
            return None
        if row.value is None and lead.counts and not lead.warns:
            return UNVALUED
        return ORDER.index(lead.outcome) + (10 if lead.warns else 0), not lead.counts
    return (20, False) if metric.scope != "detail" and departs(metric) and over_smallest(metric) >= 1 else None


def _size(row: Row, metric: Metric) -> float:
    return row.beyond if row.verdicts else over_smallest(metric)


def _half(metric: Metric) -> float:
    return (metric.estimate.high - metric.estimate.low) / 2 if isinstance(metric.estimate, Estimate) else 0.0


def departs(metric: Metric) -> bool:
    """Whether the interval lies wholly on the unwanted side of the null value."""
    estimate, null = metric.estimate, metric.null
    if not isinstance(estimate, Estimate) or null is None:
        return False
    above, below = estimate.low > null, estimate.high < null
    return {"lower": above, "higher": below, "near_zero": above or below, "none": False}[metric.better]


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
