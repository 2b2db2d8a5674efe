"""Which parts of two runs may be compared at all, and which of their metrics belong together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from fairwitness.audit.comparison.people import People, same_rows
from fairwitness.audit.comparison.types import Side, Unmatched
from fairwitness.audit.records import Audit, Estimate, Failed, Measured, Metric, MetricKey, NotApplicable, ProbeResult

Key: TypeAlias = tuple[str, MetricKey]
"""Probe and metric."""

SUBJECTS_OWN = ("prediction", "score", "threshold", "examples")
"""Options that say where a subject's decisions are or how they are made: two subjects may differ in them."""

SIGNED = {"selection_rate_ratio": "selection_rate_ratio_to_reference"}
"""Metrics without a sign, whose change has no interval, and the one whose change says whether they got worse."""


@dataclass(frozen=True, slots=True)
class Couple:
    """A probe that measured both runs; with `people` its rows are the same and known."""

    base: Measured
    new: Measured
    people: People | None


@dataclass(frozen=True, slots=True)
class Match:
    """What can be compared, what cannot, and what a reader must know of both runs."""

    couples: tuple[Couple, ...]
    unmatched: tuple[Unmatched, ...]
    warnings: tuple[str, ...]


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
        people = None if problem else same_rows(first, second)
        if not problem and (where := _other_data(base, new, first)) and not isinstance(people, People):
            rows = f"; {people}" if people else ""
            if other_data:
                warnings.append(f"{name} asked about other data ({where}{rows}): compared as independent samples.")
            else:
                problem = f"it asked about other data: {where}{rows} (--other-data takes both as independent samples)"
        if problem:
            unmatched.append(Unmatched(name, None, "both", problem))
        else:
            couples.append(Couple(first, second, people if isinstance(people, People) else None))
    return Match(tuple(couples), tuple(unmatched), tuple(warnings))


def metrics_of(couple: Couple) -> Iterator[tuple[Metric | None, Metric | None]]:
    """The metrics of both by name and labels; None on the side where one is absent."""
    ours = {metric.key: metric for metric in couple.base.metrics}
    theirs = {metric.key: metric for metric in couple.new.metrics}
    for key in dict.fromkeys((*ours, *theirs)):
        yield ours.get(key), theirs.get(key)


def gated(*audits: Audit) -> frozenset[Key]:
    """The metrics that a rule of severity error judges in one of the runs, and the signed ones behind them."""
    judged = [verdict for audit in audits for verdict in audit.verdicts if verdict.severity == "error"]
    named = [(verdict.probe, verdict.metric_key) for verdict in judged]
    signed = [(probe, (SIGNED[key[0]], *key[1:])) for probe, key in named if key[0] in SIGNED]
    return frozenset((*named, *signed))


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


def _warnings(base: Audit, new: Audit) -> Iterator[str]:
    ours, theirs = base.manifest, new.manifest
    for name, audit in (("BASE", base), ("NEW", new)):
        if audit.status == "incomplete":
            yield f"{name} is incomplete: what it did not measure is not compared."
    nameless = [name for name, side in (("BASE", ours), ("NEW", theirs)) if not side.subject.fingerprint]
    if nameless:
        yield f"Not fingerprinted: {' and '.join(nameless)}. Nothing shows whether both runs asked the same subject."
    elif ours.subject.fingerprint == theirs.subject.fingerprint:
        yield "Both runs asked the same subject: what differs is not the subject."
    if ours.policy.sha256 != theirs.policy.sha256:
        yield (
            f"The policies differ ({ours.policy.path}, {theirs.policy.path}): what a rule of either can fail a release "
            "for counts here."
        )
    if ours.seed != theirs.seed:
        yield f"The seeds differ ({ours.seed}, {theirs.seed}): random choices are part of the difference."
    if base.fairwitness_version != new.fairwitness_version:
        yield f"The versions of Fairwitness differ ({base.fairwitness_version}, {new.fairwitness_version})."


def _one_sided(name: str, first: ProbeResult | None, second: ProbeResult | None) -> Iterator[Unmatched]:
    """A probe that did not measure both runs: each side says why."""
    states = f"{_state('BASE', first)}; {_state('NEW', second)}"
    if isinstance(first, Measured):
        yield Unmatched(name, None, "base", states)
    elif isinstance(second, Measured):
        yield Unmatched(name, None, "new", states)


def _state(where: str, result: ProbeResult | None) -> str:
    match result:
        case None:
            return f"{where} did not ask it"
        case Measured():
            return f"{where} measured it"
        case NotApplicable(reason=reason):
            return f"it does not apply to {where}: {reason}"
        case Failed(reason=reason):
            return f"it crashed in {where}: {reason}"


def _incomparable(base: Audit, new: Audit, first: Measured, second: Measured) -> str:
    """Why numbers of this probe do not mean the same in both runs; empty where they do."""
    if first.probe.version != second.probe.version:
        return f"its versions differ: {first.probe.version} in BASE, {second.probe.version} in NEW"
    ours, theirs = _options(base, first.probe.name), _options(new, first.probe.name)
    odd = [name for name in dict.fromkeys((*ours, *theirs)) if ours.get(name) != theirs.get(name)]
    odd = [name for name in odd if name not in SUBJECTS_OWN]
    if odd:
        differing = ", ".join(
            f"{name} {_shown(ours.get(name))} in BASE, {_shown(theirs.get(name))} in NEW" for name in odd
        )
        return f"its options differ: {differing}"
    limits = [_resolved(audit).get("limit") for audit in (base, new)]
    if limits[0] != limits[1]:
        return f"the runs had different limits: {_shown(limits[0])} in BASE, {_shown(limits[1])} in NEW"
    return ""


def _resolved(audit: Audit) -> Mapping[str, Any]:
    resolved = audit.manifest.config.get("resolved", {})
    return resolved if isinstance(resolved, Mapping) else {}


def _options(audit: Audit, probe: str) -> Mapping[str, Any]:
    by_probe = _resolved(audit).get("probe", {})
    options = by_probe.get(probe, {}) if isinstance(by_probe, Mapping) else {}
    return options if isinstance(options, Mapping) else {}


def _shown(value: object) -> str:
    return "none" if value in (None, "", [], ()) else str(value)


def _other_data(base: Audit, new: Audit, result: Measured) -> str:
    """In a clause which data sets of the probe are not the same bytes; empty where all are."""
    for need in result.probe.data:
        ours, theirs = (
            {source.sha256: source for source in audit.manifest.data if source.name == need.name}
            for audit in (base, new)
        )
        if set(ours) != set(theirs):
            sources = [
                ", ".join(f"{source.source} ({source.rows} rows, {source.sha256[:12]})" for source in side.values())
                for side in (ours, theirs)
            ]
            return f"{need.name} is {sources[0] or 'absent'} in BASE, {sources[1] or 'absent'} in NEW"
    return ""
