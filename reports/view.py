"""Everything the page shows, in the order of the page, computed once from the document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assay.audit.records import Audit, Measured, Metric, Outcome, ProbeSpec
from assay.reports.absent import Absent, absent
from assay.reports.evidence import Cuts, Exhibit, exhibit
from assay.reports.findings import Finding, findings, measured, worst_first
from assay.reports.numbers import duration
from assay.reports.power import Reach, reaches
from assay.reports.rules import ORDER, severity_rank
from assay.reports.scorecard import Block, Judgements, Row, Rows, detail, headline
from assay.reports.text import Anchors, clean, human, line

OPEN_ROWS = 12


@dataclass(frozen=True, slots=True)
class Mark:
    """One verdict in the strip of all verdicts."""

    outcome: Outcome
    anchor: str
    says: str


@dataclass(frozen=True, slots=True)
class Forest:
    """Detail rows of one metric, worst first: `first` of each block is open, the rest is folded."""

    label: str
    by: str
    blocks: tuple[Block, ...]
    count: int
    open: int = OPEN_ROWS


@dataclass(frozen=True, slots=True)
class Card:
    """The headline rows of one probe."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]
    details: int


@dataclass(frozen=True, slots=True)
class Section:
    """A probe's own part of the page."""

    anchor: str
    spec: ProbeSpec
    outcome: str
    tally: tuple[tuple[str, int], ...]
    rows: tuple[Row, ...]
    forests: tuple[Forest, ...]
    exhibits: tuple[Exhibit, ...]
    notes: tuple[str, ...]
    requests: int
    unanswered: int


@dataclass(frozen=True, slots=True)
class Page:
    """The whole report, ready to be drawn."""

    audit: Audit
    model: str
    started: str
    marks: tuple[Mark, ...]
    tally: tuple[tuple[Outcome, int], ...]
    findings: tuple[Finding, ...]
    cards: tuple[Card, ...]
    sections: tuple[Section, ...]
    absent: Absent
    waivers: tuple[Row, ...]
    reaches: tuple[Reach, ...]
    command: str
    duration: str
    environment: tuple[tuple[str, str], ...]
    config: tuple[tuple[str, str], ...]
    cut: bool


def page(audit: Audit, cuts: Cuts) -> Page:
    """The view of an audit, with at most so many rows of evidence a table."""
    anchors = Anchors(FIXED)
    ran = measured(audit.results)
    places = {
        (result.probe.name, piece.id): anchors.take("e", result.probe.name, piece.id)
        for result in ran
        for piece in result.evidence
    }
    judgements = Judgements(audit.verdicts)
    rows = Rows(judgements, anchors, places)
    drawn: list[tuple[Row, Metric]] = []
    cards, sections = [], []
    for result in sorted(ran, key=lambda result: _urgency(result, judgements)):
        anchor = anchors.take("p", result.probe.name)
        blocks = rows.blocks(result.probe.name, _ordered(result, headline(result), judgements))
        forests = _forests(rows, result, judgements)
        own = _with_metrics(result, [*blocks, *(block for forest in forests for block in forest.blocks)])
        drawn += own
        shown = tuple(row for block in blocks for row in block.rows)
        exhibits = tuple(exhibit(piece, places[result.probe.name, piece.id], cuts) for piece in result.evidence)
        cards.append(Card(anchor, line(result.probe.title), blocks, sum(forest.count for forest in forests)))
        sections.append(_section(result, anchor, shown, forests, exhibits, [row for row, _ in own]))
    manifest = audit.manifest
    return Page(
        audit=audit,
        model=line(manifest.subject.spec),
        started=line(str(manifest.run.get("started", ""))).replace("T", " ").removesuffix("Z").split("+")[0][:16],
        marks=_marks(audit, [row for row, _ in drawn], judgements),
        tally=tuple((o, n) for o in ORDER if (n := sum(verdict.outcome == o for verdict in audit.verdicts))),
        findings=findings(drawn),
        cards=tuple(cards),
        sections=tuple(sections),
        absent=absent(audit, judgements.without_metric(ran)),
        waivers=tuple(row for row, _ in drawn if any(judged.waiver for judged in row.verdicts)),
        reaches=reaches(ran),
        command=line(str(manifest.run.get("command") or manifest.config.get("command") or "")),
        duration=duration(seconds) if isinstance(seconds := manifest.run.get("seconds"), int | float) else "",
        environment=flat({"environment": manifest.environment, "git": manifest.git, "run": manifest.run}),
        config=flat(manifest.config),
        cut=any(piece.cut for section in sections for piece in section.exhibits),
    )


FIXED = ("top", "findings", "scorecard", "not-tested", "waivers", "limits", "card", "reproduce", "glossary", "probes")


def _urgency(result: Measured, judgements: Judgements) -> tuple[int, int]:
    ranks = [
        severity_rank(verdict)[0] for metric in result.metrics for verdict in judgements.of(result.probe.name, metric)
    ]
    least = min(ranks, default=40)
    return (least, -ranks.count(least))


def _ordered(result: Measured, metrics: Sequence[Metric], judgements: Judgements) -> list[Metric]:
    """Headline metrics that fail or stay open first; the rest as the probe gave them."""

    def rank(metric: Metric) -> int:
        found = judgements.of(result.probe.name, metric)
        return severity_rank(found[0])[0] if found and found[0].outcome in ("fail", "inconclusive") else 40

    return sorted(metrics, key=rank)


def _forests(rows: Rows, result: Measured, judgements: Judgements) -> tuple[Forest, ...]:
    kinds: dict[tuple[int, str, tuple[str, ...]], list[Metric]] = {}
    for metric in detail(result):
        kinds.setdefault((len(metric.by), metric.name, tuple(metric.by)), []).append(metric)
    made = []
    for (_, name, by), metrics in sorted(kinds.items(), key=lambda item: item[0][0]):
        ranks = {
            id(metric): severity_rank(found[0])[0]
            for metric in metrics
            if (found := judgements.of(result.probe.name, metric))
        }
        blocks = rows.blocks(result.probe.name, worst_first(metrics, ranks))
        made.append(Forest(human(name), " × ".join(line(part) for part in by), blocks, len(metrics)))
    return tuple(made)


def _with_metrics(result: Measured, blocks: Sequence[Block]) -> list[tuple[Row, Metric]]:
    known = {
        (line(metric.name), tuple((line(k), line(v)) for k, v in metric.by.items())): metric
        for metric in result.metrics
    }
    return [(row, known[row.name, row.groups]) for block in blocks for row in block.rows]


def _section(
    result: Measured,
    anchor: str,
    shown: tuple[Row, ...],
    forests: tuple[Forest, ...],
    exhibits: tuple[Exhibit, ...],
    own: Sequence[Row],
) -> Section:
    counts = tuple((o, n) for o in ORDER if (n := sum(row.outcome == o for row in own)))
    return Section(
        anchor=anchor,
        spec=result.probe,
        outcome=counts[0][0] if counts else "",
        tally=counts,
        rows=shown,
        forests=forests,
        exhibits=exhibits,
        notes=tuple(line(note) for note in result.notes),
        requests=result.requests,
        unanswered=result.unanswered,
    )


def _marks(audit: Audit, rows: Sequence[Row], judgements: Judgements) -> tuple[Mark, ...]:
    where = {(row.probe, row.name, row.groups): row.finding for row in rows}
    made = []
    for verdict in sorted(audit.verdicts, key=severity_rank):
        groups = tuple((line(name), line(value)) for name, value in verdict.by.items())
        anchor = where.get((verdict.probe, line(verdict.metric), groups), "not-tested")
        says = " · ".join([line(verdict.rule), human(verdict.metric), *(value for _, value in groups)])
        made.append(Mark(verdict.outcome, anchor or "not-tested", says))
    return tuple(made)


def flat(tree: Mapping[str, Any], prefix: str = "") -> tuple[tuple[str, str], ...]:
    """A nested mapping as dotted names and texts, in name order."""
    found: list[tuple[str, str]] = []
    for name in sorted(tree):
        value = tree[name]
        if isinstance(value, Mapping):
            found += flat(value, f"{prefix}{name}.") or ((f"{prefix}{name}", "–"),)
        elif isinstance(value, list | tuple):
            found.append((line(f"{prefix}{name}"), ", ".join(line(str(part)) for part in value) or "–"))
        else:
            found.append((line(f"{prefix}{name}"), clean("–" if value is None or value == "" else str(value))))
    return tuple(found)
