"""Everything the page shows, in the order of the page, computed once from the document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fairwitness.audit.outcomes import left_open
from fairwitness.audit.records import Audit, Json, Measured, Metric, Uncompared
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
from fairwitness.reports.numbers import duration
from fairwitness.reports.overview import Overview, overview_of
from fairwitness.reports.panels import Elsewhere, elsewhere_of, panels_of
from fairwitness.reports.pictures import Drawn, pictures_of
from fairwitness.reports.power import Reach, reaches
from fairwitness.reports.reproduce import install_line
from fairwitness.reports.rules import UNSETTLED, exit_rules, exit_word, severity_rank
from fairwitness.reports.scorecard import Judgements, Row, Rows, split
from fairwitness.reports.sections import Section, section_of, with_metrics
from fairwitness.reports.since import Since, since_of, uncompared_of
from fairwitness.reports.text import Anchors, clean, line
from fairwitness.reports.waivers import Waiver, waivers_of


@dataclass(frozen=True, slots=True)
class Page:
    """The whole report, ready to be drawn."""

    audit: Audit
    lead: str
    exit: str
    exit_rules: int
    model: str
    name: str
    started: str
    overview: Overview
    left_open: int
    limit: int
    """The most items that a probe was let ask; 0 where none was named."""
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
    command: str
    install: str
    """The line that installs the same versions; empty where they are not known."""
    duration: str
    environment: tuple[tuple[str, str], ...]
    config: tuple[tuple[str, str], ...]
    cut: bool
    only_a_file: bool
    """Whether decisions were read from a file and no model was asked."""
    only_a_log: bool
    """Whether what another harness wrote down was read and no model was asked."""
    since: Since | None
    """What changed since the baseline, of a run that has one."""
    uncompared: Uncompared | None
    """Why there is none, where that was wanted."""


def page(audit: Audit, cuts: Cuts) -> Page:
    """The view of an audit, with at most so many rows of evidence a table."""
    anchors = Anchors(FIXED)
    ran = [worded(result) for result in measured(audit.results)]
    whole = {result.probe.name: worded(result) for result in audit.results if isinstance(result, Measured)}
    places = {
        (result.probe.name, piece.id): anchors.take("e", result.probe.name, piece.id)
        for result in ran
        for piece in result.evidence
    }
    judgements = Judgements(audit.verdicts)
    rows = Rows(judgements, anchors, places)
    ordered = sorted(ran, key=lambda result: _urgency(result, judgements))
    tops = [(result, _ordered(result, split(result, judgements)[0], judgements)) for result in ordered]
    tables = placed(tops, judgements)
    drawn: list[tuple[Row, Metric]] = []
    cards, sections = [], []
    elsewhere: list[Elsewhere] = []
    for result, top in tops:
        anchor = anchors.take("p", result.probe.name)
        blocks = cut_by_place(rows, result, top, tables)
        panels = panels_of(rows, result, split(result, judgements)[1], judgements)
        headlines = rows_of(blocks)
        below = [row for panel in panels for forest in panel.forests for row in forest.rows]
        drawn += with_metrics(result, [*headlines, *below])
        pictures, exhibits = _shown(whole[result.probe.name], result, judgements, anchor, places, cuts)
        options = options_of(audit.manifest.config, result.probe.name)
        methods = methods_row(result, anchor, audit.manifest.data, options)
        cards.append((anchor, line(result.probe.title), blocks))
        elsewhere += elsewhere_of(line(result.probe.title), panels)
        sections.append(section_of(result, methods, headlines, panels, exhibits, pictures))
    manifest = audit.manifest
    return Page(
        audit=audit,
        lead=headline(audit),
        exit=exit_word(audit),
        exit_rules=exit_rules(audit),
        model=line(manifest.subject.spec),
        name=_name(line(manifest.subject.spec)),
        started=line(str(manifest.run.get("started", ""))).replace("T", " ").removesuffix("Z").split("+")[0][:16],
        overview=overview_of(audit, {s.spec.name: s.anchor for s in sections}, [row for row, _ in drawn]),
        left_open=len(left_open(audit.verdicts)),
        limit=_limit(manifest.config),
        looks=looked(audit),
        findings=findings(drawn, {result.probe.name: line(result.probe.title) for result in ran}),
        scorecard=tables_of(cards),
        elsewhere=tuple(elsewhere),
        sections=tuple(sections),
        absent=absent(audit, judgements.without_metric(ran)),
        facts=facts.shown(manifest.facts),
        law=law(audit, {section.spec.name: section.anchor for section in sections}),
        bounds=bounds_of(audit, anchors),
        waivers=waivers_of(audit, {(row.probe, row.key): row.anchor for row, _ in drawn}),
        reaches=reaches(ran, judgements),
        command=line(str(manifest.run.get("command") or manifest.config.get("command") or "")),
        install=install_line(audit),
        duration=duration(seconds) if isinstance(seconds := manifest.run.get("seconds"), int | float) else "",
        environment=flat({"environment": manifest.environment, "git": manifest.git, "run": manifest.run}),
        config=flat(manifest.config),
        only_a_file=only_a_file(audit),
        only_a_log=only_a_log(audit),
        since=since_of(audit),
        uncompared=uncompared_of(audit),
        cut=cuts != Cuts()
        and any(piece.cut for section in sections for bundle in section.bundles for piece in bundle.exhibits),
    )


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


def _name(spec: str) -> str:
    """The model without the folders of a path; a hub id keeps its owner."""
    kind, colon, path = spec.rpartition(":")
    folders = path.startswith(("/", ".", "~")) or kind == "predictions"
    return kind + colon + (path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] if folders else path)


def flat(tree: Mapping[str, Any], prefix: str = "") -> tuple[tuple[str, str], ...]:
    """A nested mapping as dotted names and texts, in name order."""
    pairs: list[tuple[str, str]] = []
    for name in sorted(tree):
        value = tree[name]
        if isinstance(value, Mapping):
            pairs += flat(value, f"{prefix}{name}.") or ((f"{prefix}{name}", "–"),)
        elif isinstance(value, list | tuple):
            pairs.append((line(f"{prefix}{name}"), ", ".join(line(str(part)) for part in value) or "–"))
        else:
            pairs.append((line(f"{prefix}{name}"), clean("–" if value is None or value == "" else str(value))))
    return tuple(pairs)


def _limit(config: Json) -> int:
    """The `--limit` of the run; 0 where it had none."""
    resolved = config.get("resolved")
    limit = resolved.get("limit") if isinstance(resolved, Mapping) else None
    return limit if isinstance(limit, int) else 0
