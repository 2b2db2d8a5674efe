"""Probes against verdicts: how many of each, and where the first of them stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairwitness.audit.records import Audit, Failed, MetricKey, Outcome, Verdict
from fairwitness.reports.rules import ORDER, judged, severity_rank, tally
from fairwitness.reports.scorecard import Row
from fairwitness.reports.text import line

MOST_LINES = 8
NOT_TESTED = "not-tested"


@dataclass(frozen=True, slots=True)
class Count:
    """How many verdicts of one outcome a probe has, how many of them only warn, and where the worst of them stands."""

    outcome: Outcome
    n: int
    anchor: str


@dataclass(frozen=True, slots=True)
class Line:
    """A probe with one entry for each outcome; None where it has none. `crashed` probes have none at all."""

    title: str
    anchor: str
    counts: tuple[Count | None, ...]
    crashed: bool

    @property
    def judged(self) -> bool:
        """Whether a rule speaks of it."""
        return any(count is not None for count in self.counts)


@dataclass(frozen=True, slots=True)
class Overview:
    """All verdicts of a run; `more` are the lines that a page folds."""

    outcomes: tuple[Outcome, ...]
    totals: tuple[int, ...]
    lines: tuple[Line, ...]
    more: tuple[Line, ...]


def overview_of(audit: Audit, anchors: Mapping[str, str], rows: Sequence[Row]) -> Overview:
    """The verdicts by probe, worst first; `anchors` are those of the sections by probe, in the order of the page."""
    totals = tally(audit.verdicts)
    outcomes = tuple(outcome for outcome, _ in totals)
    where: dict[tuple[str, MetricKey | None], str] = {(row.probe, row.key): row.finding for row in rows}
    by_probe: dict[str, list[Verdict]] = {name: [] for name in anchors}
    for verdict in sorted(judged(audit.verdicts), key=severity_rank):
        by_probe.setdefault(verdict.probe, []).append(verdict)
    titles = {result.probe.name: line(result.probe.title) for result in audit.results}
    crashed = {result.probe.name for result in audit.results if isinstance(result, Failed)}
    for name in titles:
        if name in crashed:
            by_probe.setdefault(name, [])
    lines = [
        Line(
            title=titles.get(name, line(name)),
            anchor=anchors.get(name, NOT_TESTED),
            counts=tuple(_count(outcome, verdicts, where) for outcome in outcomes),
            crashed=name in crashed,
        )
        for name, verdicts in by_probe.items()
    ]
    lines.sort(key=_urgency)
    few = len(lines) if len(lines) <= MOST_LINES + 1 else MOST_LINES
    return Overview(outcomes, tuple(n for _, n in totals), tuple(lines[:few]), tuple(lines[few:]))


def _count(
    outcome: Outcome, verdicts: Sequence[Verdict], where: Mapping[tuple[str, MetricKey | None], str]
) -> Count | None:
    alike = [verdict for verdict in verdicts if verdict.outcome == outcome]
    if not alike:
        return None
    places = (where.get((verdict.probe, verdict.metric_key), "") for verdict in alike)
    return Count(outcome, len(alike), next(filter(None, places), NOT_TESTED))


def _urgency(probe: Line) -> int:
    """Crashed probes first, then those with the worst verdict; those that no rule speaks of last."""
    if probe.crashed:
        return -1
    worst = (ORDER.index(count.outcome) for count in probe.counts if count is not None)
    return min(worst, default=len(ORDER))
