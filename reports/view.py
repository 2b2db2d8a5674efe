"""Everything the page shows, in the order of the page, computed once from the document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fairwitness.audit.outcomes import left_open
from fairwitness.audit.records import Audit, Measured, Metric, Uncompared
from fairwitness.audit.records.terms import worded
from fairwitness.reports import facts
from fairwitness.reports.absent import Absent, absent
from fairwitness.reports.bounds import Bound, bounds_of
from fairwitness.reports.cards import Table, cut_by_place, placed, rows_of, tables_of
from fairwitness.reports.curves import labels_of
from fairwitness.reports.decided import only_a_file, only_a_log, options_of
from fairwitness.reports.evidence import Cuts, Exhibit, exhibit
from fairwitness.reports.facts import FactsShown
from fairwitness.reports.findings import Finding, findings, measured
from fairwitness.reports.headline import headline
from fairwitness.reports.law import LawTable, law
from fairwitness.reports.looks import Looked, looked
from fairwitness.reports.methods import methods_row
from fairwitness.reports.overview import Overview, overview_of
from fairwitness.reports.panels import Elsewhere, elsewhere_of, panels_of
from fairwitness.reports.pictures import Drawn, pictures_of
from fairwitness.reports.power import Reach, reaches
from fairwitness.reports.rules import UNSETTLED, exit_rules, exit_word, severity_rank
from fairwitness.reports.run import RunShown, run_of
from fairwitness.reports.scorecard import Block, Judgements, Row, Rows, split
from fairwitness.reports.sections import Section, section_of, with_metrics
from fairwitness.reports.since import Since, since_of, uncompared_of
from fairwitness.reports.text import Anchors, line
from fairwitness.reports.waivers import Waiver, waivers_of


@dataclass(frozen=True, slots=True)
class Page:
    """The whole report, ready to be drawn."""

    audit: Audit
    lead: str
    exit: str
    exit_rules: int
    run: RunShown
    overview: Overview
    left_open: int
    looks: tuple[Looked, ...]
    findings: tuple[Finding, ...]
    scorecard: tuple[Table, ...]
    elsewhere: tuple[Elsewhere, ...]
    sections: tuple[Section, ...]
    absent: Absent
    facts: FactsShown
    law: tuple[LawTable, ...]
    waivers: tuple[Waiver, ...]
    bounds: Mapping[str, Bound]
    reaches: tuple[Reach, ...]
    cut: bool
    only_a_file: bool
    """Whether decisions were read from a file and no model was asked."""
    only_a_log: bool
    """Whether what another harness wrote down was read and no model was asked."""
    since: Since | None
    """What changed since the baseline, of a run that has one."""
    uncompared: Uncompared | None
    """Why there is none, where that was wanted."""

    @property
    def wider(self) -> bool:
        """Whether a finding was decided on a wider interval than its value has."""
        return any(verdict.decided for finding in self.findings for verdict in finding.row.verdicts[:1])

    @property
    def linked(self) -> frozenset[str]:
        """The anchors that findings lead to."""
        return frozenset(finding.row.anchor for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Body:
    """The sections of the probes, most urgent first, and the rows of all of them with their metrics."""

    cards: list[tuple[str, str, Mapping[str, tuple[Block, ...]]]] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    elsewhere: list[Elsewhere] = field(default_factory=list)
    rows: list[tuple[Row, Metric]] = field(default_factory=list)

    @property
    def anchors(self) -> dict[str, str]:
        """The anchor of each section by the name of its probe."""
        return {section.spec.name: section.anchor for section in self.sections}

    @property
    def cut(self) -> bool:
        """Whether rows of the document are left out."""
        exhibits = (piece for section in self.sections for bundle in section.bundles for piece in bundle.exhibits)
        return any(piece.cut for piece in exhibits)


def page(audit: Audit, cuts: Cuts) -> Page:
    """The view of an audit, with at most so many rows of evidence a table."""
    anchors = Anchors(FIXED)
    ran = [worded(result) for result in measured(audit.results)]
    judgements = Judgements(audit.verdicts)
    body = _body(audit, ran, judgements, anchors, cuts)
    return Page(
        audit=audit,
        lead=headline(audit),
        exit=exit_word(audit),
        exit_rules=exit_rules(audit),
        run=run_of(audit),
        overview=overview_of(audit, body.anchors, [row for row, _ in body.rows]),
        left_open=len(left_open(audit.verdicts)),
        looks=looked(audit),
        findings=findings(body.rows, {result.probe.name: result for result in ran}),
        scorecard=tables_of(body.cards),
        elsewhere=tuple(body.elsewhere),
        sections=tuple(body.sections),
        absent=absent(audit, judgements.without_metric(ran)),
        facts=facts.shown(audit.manifest.facts),
        law=law(audit, body.anchors),
        bounds=bounds_of(audit, anchors),
        waivers=waivers_of(audit, {(row.probe, row.key): row.anchor for row, _ in body.rows}),
        reaches=reaches(ran, judgements),
        only_a_file=only_a_file(audit),
        only_a_log=only_a_log(audit),
        since=since_of(audit),
        uncompared=uncompared_of(audit),
        cut=cuts != Cuts() and body.cut,
    )


def _body(audit: Audit, ran: Sequence[Measured], judgements: Judgements, anchors: Anchors, cuts: Cuts) -> Body:
    """The sections of what ran; pictures are drawn from all metrics, also those that nobody asked for."""
    whole = {result.probe.name: worded(result) for result in audit.results if isinstance(result, Measured)}
    places = {
        (result.probe.name, piece.id): anchors.take("e", result.probe.name, piece.id)
        for result in ran
        for piece in result.evidence
    }
    rows = Rows(judgements, anchors, places)
    ordered = sorted(ran, key=lambda result: _urgency(result, judgements))
    tops = [(result, _ordered(result, split(result, judgements)[0], judgements)) for result in ordered]
    tables = placed(tops, judgements)
    body = Body()
    for result, top in tops:
        title, anchor = line(result.probe.title), anchors.take("p", result.probe.name)
        blocks = cut_by_place(rows, result, top, tables)
        panels = panels_of(rows, result, split(result, judgements)[1], judgements)
        headlines = rows_of(blocks)
        below = [row for panel in panels for forest in panel.forests for row in forest.rows]
        pictures, exhibits = _shown(whole[result.probe.name], result, judgements, anchor, places, cuts)
        options = options_of(audit.manifest.config, result.probe.name)
        methods = methods_row(result, anchor, audit.manifest.data, options, audit.manifest.facts)
        body.rows.extend(with_metrics(result, [*headlines, *below]))
        body.cards.append((anchor, title, blocks))
        body.elsewhere.extend(elsewhere_of(title, panels))
        body.sections.append(section_of(result, methods, headlines, panels, exhibits, pictures))
    return body


def _shown(
    whole: Measured,
    result: Measured,
    judgements: Judgements,
    anchor: str,
    places: Mapping[tuple[str, str], str],
    cuts: Cuts,
) -> tuple[tuple[Drawn, ...], list[Exhibit]]:
    """The pictures of a probe, and the exhibits of the evidence that stands behind none of them."""
    anchors = {piece.id: places[result.probe.name, piece.id] for piece in result.evidence}
    pictures = pictures_of(whole, judgements, anchor, anchors)
    behind = {name for picture in pictures for name in picture.evidence}
    numbers = labels_of(result.evidence)
    apart = [piece for piece in result.evidence if anchors[piece.id] not in behind]
    return pictures, [exhibit(piece, anchors[piece.id], cuts, numbers) for piece in apart]


def headlines(audit: Audit) -> tuple[Finding, ...]:
    """The findings of the page, without drawing its evidence."""
    return page(audit, Cuts(0, 0)).findings


FIXED = (
    "top",
    "findings",
    "since",
    "scorecard",
    "not-tested",
    "waivers",
    "limits",
    "bounds",
    "card",
    "law",
    "reproduce",
    "glossary",
    "probes",
)


def _urgency(result: Measured, judgements: Judgements) -> tuple[int, int]:
    ranks = [
        severity_rank(verdict)[0] for metric in result.metrics for verdict in judgements.of(result.probe.name, metric)
    ]
    least = min(ranks, default=40)
    return (least, -ranks.count(least))


def _ordered(result: Measured, metrics: Sequence[Metric], judgements: Judgements) -> list[Metric]:
    """Headline metrics that fail or stay open first; the rest as the probe gave them."""

    def rank(metric: Metric) -> int:
        verdicts = judgements.of(result.probe.name, metric)
        return severity_rank(verdicts[0])[0] if verdicts and verdicts[0].outcome in UNSETTLED else 40

    return sorted(metrics, key=rank)
