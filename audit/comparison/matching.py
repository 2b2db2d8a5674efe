"""Which parts of two runs may be compared at all, and which of their metrics belong together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

from fairwitness.audit.comparison import settings
from fairwitness.audit.comparison.items import PairedItems, paired_items
from fairwitness.audit.comparison.manners import OPTION, manners_of, systems_of, told_by_both
from fairwitness.audit.comparison.people import People, people_of, shared_rows
from fairwitness.audit.comparison.settings import Options
from fairwitness.audit.comparison.types import Side, Unmatched
from fairwitness.audit.comparison.words import WORDS
from fairwitness.audit.reasons import COMMA
from fairwitness.audit.records import (
    Audit,
    DataSource,
    DecisionRows,
    Estimate,
    Failed,
    Measured,
    Metric,
    MetricKey,
    Name,
    NotApplicable,
    ProbeResult,
    joined,
)

Key: TypeAlias = tuple[str, MetricKey]
"""Probe and metric."""

SUBJECTS_OWN = ("prediction", "score", "threshold", "examples")
"""Options that say where a subject's decisions are or how they are made: two subjects may differ in them."""

SIGNED = {"selection_rate_ratio": "selection_rate_ratio_to_reference"}
"""Metrics without a sign, whose change has no interval, and the one whose change says whether they got worse."""


@dataclass(frozen=True, slots=True)
class Couple:
    """A probe that measured both runs, with what both asked: `rows` that were decided, or scored `items`.

    With `people` each row is one person, so that changes are told row by row.
    """

    base: Measured
    new: Measured
    people: People | None = None
    rows: tuple[DecisionRows, DecisionRows] | None = None
    items: PairedItems | None = None
    options: tuple[Options, Options] = ({}, {})
    """Those of the probe in both runs."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What a reader must know of both runs; `code` is its name under `[warning]` of the words."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Match:
    """What can be compared, what cannot, and what a reader must know of both runs."""

    couples: tuple[Couple, ...]
    unmatched: tuple[Unmatched, ...]
    warnings: tuple[Remark, ...]


def match(base: Audit, new: Audit, *, other_data: bool) -> Match:
    """Pairs the probes of two runs. `other_data` lets tables of different people be compared as independent samples."""
    couples: list[Couple] = []
    unmatched: list[Unmatched] = []
    warnings = list(_warnings(base, new))
    theirs = {result.probe.name: result for result in new.results}
    ours = {result.probe.name: result for result in base.results}
    for name in dict.fromkeys((*ours, *theirs)):
        first, second = ours.get(name), theirs.get(name)
        if not (isinstance(first, Measured) and isinstance(second, Measured)):
            unmatched += _one_sided(name, first, second)
            continue
        problem = _incomparable(base, new, first, second)
        where = _other_data(base, new, first)
        rows = WORDS("rows.not_comparable") if problem else shared_rows(first, second, same_data=not where)
        if not problem and where and isinstance(rows, str):
            where = WORDS("data.with_rows", where=where, rows=rows)
            if other_data:
                warnings.append(_remark("other_data", probe=name, where=where))
            else:
                problem = WORDS("unmatched.other_data", where=where)
        if problem:
            unmatched.append(Unmatched(name, None, "both", problem))
        elif isinstance(rows, str):
            items = paired_items(first, second)
            known = items if items is not None and (items.unit or not where) else None
            options = _options(base, name), _options(new, name)
            couples.append(Couple(first, second, items=known, options=options))
        else:
            people = people_of(*rows)
            couples.append(Couple(first, second, people if isinstance(people, People) else None, rows))
    return Match(tuple(couples), tuple(unmatched), tuple(warnings))


def metrics_of(couple: Couple) -> Iterator[tuple[Metric | None, Metric | None]]:
    """The metrics of both by name and labels; None on the side where one is absent."""
    ours = {metric.key: metric for metric in couple.base.metrics}
    theirs = {metric.key: metric for metric in couple.new.metrics}
    for key in dict.fromkeys((*ours, *theirs)):
        yield ours.get(key), theirs.get(key)


def gated(*audits: Audit) -> frozenset[Key]:
    """The metrics that a rule of severity error judges in one of the runs, and the signed ones behind them.

    A rule that found nothing in one run gates what it would have taken of the other.
    """
    judged = [verdict for audit in audits for verdict in audit.verdicts if verdict.severity == "error"]
    named = [(verdict.probe, key) for verdict in judged if (key := verdict.metric_key) is not None]
    signed = [(probe, (SIGNED[key[0]], *key[1:])) for probe, key in named if key[0] in SIGNED]
    silent = [verdict for verdict in judged if verdict.metric_key is None and verdict.asked]
    missed = [
        (result.probe.name, metric.key)
        for audit in audits
        for result in audit.results
        if isinstance(result, Measured)
        for metric in result.metrics
        if any(_fits(result.probe.name, verdict.probe) and _fits(metric.name, verdict.metric) for verdict in silent)
    ]
    return frozenset((*named, *signed, *missed))


def _fits(name: str, pattern: str) -> bool:
    """Whether a rule that found nothing asked for this name: as it is, or by one of several patterns."""
    return any(fnmatchcase(name, part) for part in pattern.split("|"))


def gate(unmatched: Unmatched, base: Audit, rules: frozenset[Key]) -> Unmatched:
    """A probe that cannot be compared is gated where BASE measured something that a rule can fail a release for."""
    results = (
        result for result in base.results if isinstance(result, Measured) and result.probe.name == unmatched.probe
    )
    ruled = any(
        (unmatched.probe, metric.key) in rules and isinstance(metric.estimate, Estimate)
        for result in results
        for metric in result.metrics
    )
    return replace(unmatched, gated=ruled)


def side(audit: Audit, folder: str) -> Side:
    """What the comparison says of a run."""
    manifest = audit.manifest
    return Side(
        folder=folder,
        spec=manifest.subject.spec,
        fingerprint=manifest.subject.fingerprint,
        fairwitness_version=audit.fairwitness_version,
        started=str(manifest.run.get("started", "")),
        status=audit.status,
        outcome=audit.outcome,
        policy=manifest.policy.path,
        policy_sha256=manifest.policy.sha256,
        seed=manifest.seed,
    )


def _remark(code: str, **values: object) -> Remark:
    return Remark(code, WORDS(f"warning.{code}", **values))


def _warnings(base: Audit, new: Audit) -> Iterator[Remark]:
    ours, theirs = base.manifest, new.manifest
    for name, audit in (("BASE", base), ("NEW", new)):
        if audit.status == "incomplete":
            yield _remark("incomplete", run=name)
    nameless = [name for name, side in (("BASE", ours), ("NEW", theirs)) if not side.subject.fingerprint]
    if nameless:
        yield _remark("not_fingerprinted", runs=joined(WORDS("and"), nameless))
    elif ours.subject.fingerprint == theirs.subject.fingerprint:
        yield _remark("same_subject")
    if ours.policy.sha256 != theirs.policy.sha256:
        yield _remark("policies", ours=Name(ours.policy.path), theirs=Name(theirs.policy.path))
    if ours.seed != theirs.seed:
        yield _remark("seeds", ours=ours.seed, theirs=theirs.seed)
    for probes, before, after in manners_of(base, new):
        yield _remark("manners", probes=probes, ours=before, theirs=after)
    if (systems := systems_of(base, new)) is not None:
        yield _remark("systems", ours=systems[0], theirs=systems[1])
    if base.fairwitness_version != new.fairwitness_version:
        yield _remark("versions", ours=base.fairwitness_version, theirs=new.fairwitness_version)


def _one_sided(name: str, first: ProbeResult | None, second: ProbeResult | None) -> Iterator[Unmatched]:
    """A probe that did not measure both runs: each side says why."""
    states = joined(WORDS("join"), [_state("BASE", first), _state("NEW", second)])
    if isinstance(first, Measured):
        yield Unmatched(name, None, "base", states)
    elif isinstance(second, Measured):
        yield Unmatched(name, None, "new", states)


def _state(where: str, result: ProbeResult | None) -> str:
    match result:
        case None:
            return WORDS("unmatched.not_asked", run=where)
        case Measured():
            return WORDS("unmatched.measured", run=where)
        case NotApplicable(reason=reason):
            return WORDS("unmatched.not_applicable", run=where, reason=reason)
        case Failed(reason=reason):
            return WORDS("unmatched.failed", run=where, reason=reason)


def _incomparable(base: Audit, new: Audit, first: Measured, second: Measured) -> str:
    """Why numbers of this probe do not mean the same in both runs; empty where they do."""
    if first.probe.version != second.probe.version:
        return WORDS("unmatched.version", ours=first.probe.version, theirs=second.probe.version)
    ours, theirs = _options(base, first.probe.name), _options(new, first.probe.name)
    manner = (OPTION,) if told_by_both(first, second) else ()
    if odd := settings.differing(ours, theirs, but=(*SUBJECTS_OWN, *manner, *settings.by_part(first, second))):
        return odd
    limits = [_resolved(audit).get("limit") for audit in (base, new)]
    if limits[0] != limits[1]:
        return WORDS("unmatched.limits", ours=settings.shown(limits[0]), theirs=settings.shown(limits[1]))
    return ""


def _resolved(audit: Audit) -> Mapping[str, Any]:
    resolved = audit.manifest.config.get("resolved", {})
    return resolved if isinstance(resolved, Mapping) else {}


def _options(audit: Audit, probe: str) -> Mapping[str, Any]:
    by_probe = _resolved(audit).get("probe", {})
    options = by_probe.get(probe, {}) if isinstance(by_probe, Mapping) else {}
    return options if isinstance(options, Mapping) else {}


def _other_data(base: Audit, new: Audit, result: Measured) -> str:
    """In a clause which data sets of the probe are not the same bytes; empty where all are."""
    for need in result.probe.data:
        ours, theirs = (
            {source.sha256: source for source in audit.manifest.data if source.name == need.name}
            for audit in (base, new)
        )
        if set(ours) != set(theirs):
            sources = [_sources(side.values()) for side in (ours, theirs)]
            return WORDS("data.differs", name=need.name, ours=sources[0], theirs=sources[1])
    return ""


def _sources(sources: Iterable[DataSource]) -> str:
    """Where data came from, with their rows and their hash."""
    named = [
        WORDS("data.source", source=Name(source.source), rows=source.rows, hash=source.sha256[:12])
        for source in sources
    ]
    return joined(COMMA, named) if named else WORDS("data.absent")
