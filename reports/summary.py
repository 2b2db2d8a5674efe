"""The rows of an audit as plain texts, worst first: what the terminal and Markdown summaries share."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fairwitness.audit.records import Audit, Estimate, Measured, Metric, Undefined, Verdict
from fairwitness.reports.absent import Absent, absent
from fairwitness.reports.findings import measured
from fairwitness.reports.labels import Labels
from fairwitness.reports.numbers import decimals_for, together
from fairwitness.reports.rules import SHAPES, UNJUDGED, UNSETTLED, condition, marks, severity_rank, tally
from fairwitness.reports.scorecard import Judgements
from fairwitness.reports.sentences import over_limit
from fairwitness.reports.text import human, line, reason

WORDS = {
    "pass": "pass",
    "fail": "fail",
    "likely_violated": "likely violated",
    "inconclusive": "inconclusive",
    "not_measured": "not measured",
    "waived": "waived",
    "incomplete": "incomplete",
    "reported": "reported",
    "nothing_judged": "nothing judged",
    "nothing_ran": "nothing ran",
    "": "no rule",
}


@dataclass(frozen=True, slots=True)
class Said:
    """One metric in words.

    `name` is the metric with its groups in words, `alone` without the group that they are compared with,
    `beyond` how far its value lies beyond its limit. `outcome` is empty where no rule speaks of it; `absence` says in
    two words why there is no value.
    """

    rank: tuple[int, int]
    outcome: str
    warns: bool
    probe: str
    metric: str
    group: str
    name: str
    alone: str
    beyond: float
    value: str
    interval: str
    absence: str
    limit: str
    fingerprint: str

    @property
    def verdict(self) -> str:
        """Shape and word."""
        return f"{SHAPES.get(self.outcome, '·')} {WORDS[self.outcome]}{' (warning)' if self.warns else ''}"  # type: ignore[call-overload]


@dataclass(frozen=True, slots=True)
class Summary:
    """Every judged row and every headline row, worst first; how many rows of detail stand behind them."""

    rows: tuple[Said, ...]
    details: int
    tally: tuple[tuple[str, int], ...]
    absent: Absent

    @property
    def judged(self) -> tuple[Said, ...]:
        """The rows that a rule speaks of."""
        return tuple(row for row in self.rows if row.outcome)


def summarise(audit: Audit) -> Summary:
    """The rows of all probes that ran, those that weigh most first."""
    ran = measured(audit.results)
    judgements = Judgements(audit.verdicts)
    rows, details = [], 0
    for result in ran:
        for metric in result.metrics:
            verdicts = judgements.of(result.probe.name, metric)
            if metric.scope == "detail" and not any(verdict.outcome in UNSETTLED for verdict in verdicts):
                details += 1
            else:
                rows.append(_said(result, metric, verdicts[0] if verdicts else None))
    orphans = judgements.without_metric(ran)
    return Summary(
        tuple(sorted(rows, key=lambda row: (row.rank, -row.beyond))),
        details,
        tally(audit.verdicts),
        absent(audit, orphans),
    )


def _named(metric: Metric, labels: Labels) -> str:
    return ", ".join(filter(None, [str(human(metric.name)), str(labels.text)]))


def _said(result: Measured, metric: Metric, verdict: Verdict | None) -> Said:
    value, interval = "–", ""
    if isinstance(metric.estimate, Estimate):
        estimate, signed = metric.estimate, metric.null == 0.0
        decimals = decimals_for(estimate.high - estimate.low)
        ends, limits = (estimate.value, estimate.low, estimate.high), marks([verdict] if verdict else [], metric.null)
        shown, low, high = together(ends, decimals, sign=signed, limits=limits)
        value, interval = shown.text, f"[{low.text}, {high.text}]"
    return Said(
        rank=severity_rank(verdict) if verdict else (UNJUDGED + (not interval), 0),
        outcome=verdict.outcome if verdict else "",
        warns=verdict is not None and verdict.severity == "warn" and verdict.outcome != "pass",
        probe=line(result.probe.name),
        metric=human(metric.name),
        group=Labels.of(metric).text,
        name=_named(metric, Labels.of(metric)),
        alone=_named(metric, replace(Labels.of(metric), against=None)),
        beyond=over_limit(metric, verdict) if verdict else 0.0,
        value=value,
        interval=interval or reason(getattr(metric.estimate, "reason", "")),
        absence=metric.estimate.kind.replace("_", " ") if isinstance(metric.estimate, Undefined) else "",
        limit=line(condition(verdict, metric.null)) if verdict else "",
        fingerprint=line(verdict.fingerprint) if verdict else "",
    )
