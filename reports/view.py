"""Everything the page shows, in the order of the page, computed once from the document."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fairwitness.audit.outcomes import left_open
from fairwitness.audit.records import Audit, Measured, Metric, Name, Outcome, ProbeSpec, each, joined
from fairwitness.audit.records.terms import worded, worded_verdict
from fairwitness.reports.absent import Absent, absent
from fairwitness.reports.curves import labels_of
from fairwitness.reports.decided import only_a_file, options_of
from fairwitness.reports.evidence import Cuts, Exhibit, exhibit
from fairwitness.reports.findings import Finding, findings, measured, worst_first
from fairwitness.reports.labels import CROSS, Labels
from fairwitness.reports.looks import Looked, looked
from fairwitness.reports.methods import MethodsRow, methods_row
from fairwitness.reports.numbers import Number, duration
from fairwitness.reports.pictures import Drawn, pictures_of
from fairwitness.reports.power import Reach, reaches
from fairwitness.reports.rules import ORDER, UNSETTLED, exit_word, judged, severity_rank, tally
from fairwitness.reports.scorecard import Block, Judgements, Row, Rows, split
from fairwitness.reports.text import Anchors, clean, human, line

OPEN_ROWS = 12
MOST_SAID = 16
FIRST_SAID = 12
MOST_FORESTS = 6
"""Forests of a panel that stand side by side; more are folded by rate."""
CONTRAST = re.compile(r"( difference| ratio| gap|之差|之比|的极差|差距)$")


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
    blocks: tuple[Block, ...]
    count: int
    open: int = OPEN_ROWS


@dataclass(frozen=True, slots=True)
class Family:
    """Forests of one rate: its values, differences, ratios and gap. Several families of a panel are folded each."""

    label: str
    forests: tuple[Forest, ...]

    @property
    def tally(self) -> tuple[tuple[str, int], ...]:
        """How many rows have each verdict, worst first."""
        rows = [row for forest in self.forests for block in forest.blocks for row in block.rows]
        return tuple((outcome, n) for outcome in ORDER if (n := sum(row.outcome == outcome for row in rows)))

    @property
    def open(self) -> bool:
        """Whether some row fails or stays open."""
        return any(outcome in UNSETTLED for outcome, _ in self.tally)

    @property
    def reach(self) -> tuple[Number, Number] | None:
        """The lowest and the highest value of its first forest; None where it has none."""
        values = [row.value for block in self.forests[0].blocks for row in block.rows if row.value]
        ordered = sorted(values, key=lambda value: float(value.exact))
        return (ordered[0], ordered[-1]) if ordered else None


@dataclass(frozen=True, slots=True)
class Panel:
    """Forests that are split by the same groups; several stand side by side as small multiples."""

    by: str
    forests: tuple[Forest, ...]

    @property
    def small(self) -> bool:
        """Whether there are several."""
        return len(self.forests) > 1

    @property
    def open(self) -> bool:
        """Whether some row fails or stays open."""
        return Family("", self.forests).open

    @property
    def families(self) -> tuple[Family, ...]:
        """The forests of each rate, those with rows that fail or stay open first; few forests are one family."""
        if len(self.forests) <= MOST_FORESTS:
            return (Family("", self.forests),)
        named: dict[str, list[Forest]] = {}
        for forest in self.forests:
            named.setdefault(each(forest.label, lambda label: CONTRAST.sub("", label)), []).append(forest)
        made = [Family(label, tuple(members)) for label, members in named.items()]
        return tuple(sorted(made, key=lambda family: not family.open))


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
    said: tuple[Row, ...]
    more: tuple[Row, ...]
    panels: tuple[Panel, ...]
    exhibits: tuple[Exhibit, ...]
    notes: tuple[str, ...]
    requests: int
    unanswered: int
    pictures: tuple[Drawn, ...] = ()
    """What is drawn under the question; empty where there is nothing to draw."""


@dataclass(frozen=True, slots=True)
class Page:
    """The whole report, ready to be drawn."""

    audit: Audit
    lead: str
    exit: str
    model: str
    name: str
    started: str
    marks: tuple[Mark, ...]
    tally: tuple[tuple[Outcome, int], ...]
    left_open: int
    looks: tuple[Looked, ...]
    findings: tuple[Finding, ...]
    cards: tuple[Card, ...]
    sections: tuple[Section, ...]
    methods: tuple[MethodsRow, ...]
    absent: Absent
    waivers: tuple[Row, ...]
    reaches: tuple[Reach, ...]
    command: str
    duration: str
    environment: tuple[tuple[str, str], ...]
    config: tuple[tuple[str, str], ...]
    only_a_file: bool
    """Whether decisions were read from a file and no model was asked."""
    cut: bool


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
    drawn: list[tuple[Row, Metric]] = []
    cards, sections, methods = [], [], []
    for result in sorted(ran, key=lambda result: _urgency(result, judgements)):
        anchor = anchors.take("p", result.probe.name)
        top, below = split(result, judgements)
        blocks = rows.blocks(result.probe.name, _ordered(result, top, judgements))
        panels = _panels(rows, result, below, judgements)
        forests = [forest for panel in panels for forest in panel.forests]
        own_exhibits = _with_metrics(result, [*blocks, *(block for forest in forests for block in forest.blocks)])
        drawn += own_exhibits
        shown = tuple(row for block in blocks for row in block.rows)
        numbers = labels_of(result.evidence)
        exhibits = tuple(
            exhibit(piece, places[result.probe.name, piece.id], cuts, numbers) for piece in result.evidence
        )
        options = options_of(audit.manifest.config, result.probe.name)
        methods.append(methods_row(result, anchor, audit.manifest.data, options))
        cards.append(Card(anchor, line(result.probe.title), blocks, len(below)))
        pictures = pictures_of(whole[result.probe.name], judgements, anchor)
        section = _section(result, anchor, shown, panels, exhibits, [row for row, _ in own_exhibits])
        sections.append(replace(section, pictures=pictures))
    manifest = audit.manifest
    return Page(
        audit=audit,
        lead="lead." + audit.outcome,
        exit=exit_word(audit),
        model=line(manifest.subject.spec),
        name=_name(line(manifest.subject.spec)),
        started=line(str(manifest.run.get("started", ""))).replace("T", " ").removesuffix("Z").split("+")[0][:16],
        marks=_marks(audit, [row for row, _ in drawn], {result.probe.name: result.terms for result in ran}),
        tally=tally(audit.verdicts),
        left_open=len(left_open(audit.verdicts)),
        looks=looked(audit),
        findings=findings(drawn, {result.probe.name: line(result.probe.title) for result in ran}),
        cards=tuple(cards),
        sections=tuple(sections),
        methods=tuple(methods),
        absent=absent(audit, judgements.without_metric(ran)),
        waivers=tuple(row for row, _ in drawn if any(judged.waiver for judged in row.verdicts)),
        reaches=reaches(ran, judgements),
        command=line(str(manifest.run.get("command") or manifest.config.get("command") or "")),
        duration=duration(seconds) if isinstance(seconds := manifest.run.get("seconds"), int | float) else "",
        environment=flat({"environment": manifest.environment, "git": manifest.git, "run": manifest.run}),
        config=flat(manifest.config),
        only_a_file=only_a_file(audit),
        cut=cuts != Cuts() and any(piece.cut for section in sections for piece in section.exhibits),
    )


def headlines(audit: Audit) -> tuple[Finding, ...]:
    """The findings of the page, without drawing its evidence."""
    return page(audit, Cuts(0, 0)).findings


FIXED = (
    "top",
    "findings",
    "scorecard",
    "asked",
    "not-tested",
    "waivers",
    "limits",
    "card",
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


def _panels(rows: Rows, result: Measured, metrics: Sequence[Metric], judgements: Judgements) -> tuple[Panel, ...]:
    """Rows of detail by what they are split by, single splits before intersections; in a panel one forest a metric."""
    kinds: dict[tuple[str, bool], dict[str, list[Metric]]] = {}
    for metric in sorted(metrics, key=lambda metric: len(metric.variant) + len(metric.by)):
        labels = Labels.of(metric)
        split_by = (joined(CROSS, labels.names), labels.against is not None)
        kinds.setdefault(split_by, {}).setdefault(metric.name, []).append(metric)
    made: dict[str, list[Forest]] = {}
    for (title, _), named in kinds.items():
        for name, members in named.items():
            ranks = {
                id(metric): severity_rank(verdicts[0])[0]
                for metric in members
                if (verdicts := judgements.of(result.probe.name, metric))
            }
            blocks = rows.blocks(result.probe.name, worst_first(members, ranks))
            made.setdefault(title, []).append(Forest(human(name), blocks, len(members)))
    return tuple(Panel(title, tuple(forests)) for title, forests in made.items())


def _with_metrics(result: Measured, blocks: Sequence[Block]) -> list[tuple[Row, Metric]]:
    known = {metric.key: metric for metric in result.metrics}
    return [(row, known[row.key]) for block in blocks for row in block.rows]


def _section(
    result: Measured,
    anchor: str,
    shown: tuple[Row, ...],
    panels: tuple[Panel, ...],
    exhibits: tuple[Exhibit, ...],
    own_rows: Sequence[Row],
) -> Section:
    counts = tuple((o, n) for o in ORDER if (n := sum(row.outcome == o for row in own_rows)))
    rows = [row for row in sorted(shown, key=_said_first) if row.value]
    said = [row for row in rows if len(shown) <= MOST_SAID or not row.group or row.outcome in UNSETTLED]
    few = len(said) if len(said) <= MOST_SAID else FIRST_SAID
    return Section(
        anchor=anchor,
        spec=result.probe,
        outcome=counts[0][0] if counts else "",
        tally=counts,
        said=tuple(said[:few]),
        more=tuple(said[few:]),
        panels=panels,
        exhibits=exhibits,
        notes=tuple(line(note) for note in result.notes),
        requests=result.requests,
        unanswered=result.unanswered,
    )


def _said_first(row: Row) -> int:
    return next((index for index, outcome in enumerate(UNSETTLED) if outcome == row.outcome), len(UNSETTLED))


def _marks(audit: Audit, rows: Sequence[Row], terms: Mapping[str, Mapping[str, str]]) -> tuple[Mark, ...]:
    where = {(row.probe, row.key): row.finding for row in rows}
    made = []
    for verdict in sorted(judged(audit.verdicts), key=severity_rank):
        anchor = where.get((verdict.probe, verdict.metric_key), "not-tested")
        named = worded_verdict(verdict, terms.get(verdict.probe, {}))
        about = joined(": ", (Name(line(verdict.probe)), human(named.metric)))
        says = joined(" · ", [part for part in (Name(line(verdict.rule)), about, Labels.of(named).text) if part])
        made.append(Mark(verdict.outcome, anchor or "not-tested", says))
    return tuple(made)


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
