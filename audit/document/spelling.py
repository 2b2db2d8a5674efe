"""How every record of an audit is spelled in JSON, and read back: the two sides of one format, side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar, get_args

from fairwitness.audit.records import (
    Audit,
    AuditOutcome,
    Better,
    Cell,
    Column,
    ColumnRole,
    DataNeed,
    DataSource,
    Estimate,
    Evidence,
    EvidenceKind,
    Failed,
    Interval,
    Kept,
    Manifest,
    Measured,
    Metric,
    NotApplicable,
    Outcome,
    PolicyInfo,
    ProbeResult,
    ProbeSpec,
    Role,
    Scope,
    Severity,
    SubjectInfo,
    Undefined,
    UndefinedKind,
    Verdict,
)

R = TypeVar("R", SubjectInfo, PolicyInfo, DataSource, DataNeed, Column, Interval)
Spelled = dict[str, Any]


def spell(audit: Audit) -> Spelled:
    """An audit as plain JSON values; rows kept in a file stay there. Raises ValueError on a number that is none."""
    return {
        "schema_version": audit.schema_version,
        "fairwitness_version": audit.fairwitness_version,
        "status": audit.status,
        "outcome": audit.outcome,
        "manifest": _spell_manifest(audit.manifest),
        "results": [_spell_result(result) for result in audit.results],
        "verdicts": [_spell_verdict(verdict) for verdict in audit.verdicts],
        "exit_code": audit.exit_code,
    }


def parse(data: Mapping[str, Any]) -> Audit:
    """The audit of `spell`. Raises KeyError, TypeError or ValueError on anything else."""
    return Audit(
        schema_version=data["schema_version"],
        fairwitness_version=data["fairwitness_version"],
        status=_one_of(data["status"], ("complete", "incomplete")),
        outcome=_one_of(data["outcome"], get_args(AuditOutcome)),
        manifest=_parse_manifest(data["manifest"]),
        results=tuple(_parse_result(result) for result in data["results"]),
        verdicts=tuple(_parse_verdict(verdict) for verdict in data["verdicts"]),
        exit_code=data["exit_code"],
    )


def _spell_manifest(manifest: Manifest) -> Spelled:
    return {
        "subject": _flat(manifest.subject),
        "config": _json(manifest.config),
        "policy": _flat(manifest.policy),
        "seed": manifest.seed,
        "data": [_flat(source) for source in manifest.data],
        "environment": _json(manifest.environment),
        "git": _json(manifest.git),
        "run": _json(manifest.run),
    }


def _parse_manifest(data: Mapping[str, Any]) -> Manifest:
    return Manifest(
        subject=_build(SubjectInfo, data["subject"]),
        config=data["config"],
        policy=_build(PolicyInfo, data["policy"]),
        seed=data["seed"],
        data=tuple(_build(DataSource, source) for source in data["data"]),
        environment=data["environment"],
        git=data["git"],
        run=data["run"],
    )


def _spell_result(result: ProbeResult) -> Spelled:
    probe = _flat(result.probe, "needs", "data")
    probe["needs"] = [list(alternative) for alternative in result.probe.needs]
    probe["data"] = [_flat(need) for need in result.probe.data]
    match result:
        case Measured():
            return {
                "probe": probe,
                "status": "measured",
                "metrics": [_spell_metric(metric) for metric in result.metrics],
                "evidence": [_spell_evidence(item) for item in result.evidence],
                "requests": result.requests,
                "unanswered": result.unanswered,
                "notes": list(result.notes),
                "sources": list(result.sources),
            }
        case NotApplicable():
            return {"probe": probe, "status": "not_applicable", "reason": result.reason, "asked": result.asked}
        case Failed():
            return {"probe": probe, "status": "failed", "reason": result.reason, "detail": result.detail}


def _parse_result(data: Mapping[str, Any]) -> ProbeResult:
    probe = _parse_probe(data["probe"])
    match data["status"]:
        case "measured":
            return Measured(
                probe=probe,
                metrics=tuple(_parse_metric(metric) for metric in data["metrics"]),
                evidence=tuple(_parse_evidence(item) for item in data["evidence"]),
                requests=data["requests"],
                unanswered=data["unanswered"],
                notes=tuple(data["notes"]),
                sources=tuple(data.get("sources", ())),
            )
        case "not_applicable":
            return NotApplicable(probe, data["reason"], data["asked"])
        case "failed":
            return Failed(probe, data["reason"], data["detail"])
        case status:
            raise ValueError(f"a result of status {status!r}")


def _parse_probe(data: Mapping[str, Any]) -> ProbeSpec:
    known = {name: _tuple(data[name]) for name in _names(ProbeSpec) if name not in ("needs", "data")}
    needs = tuple(tuple(alternative) for alternative in data["needs"])
    return ProbeSpec(**known, needs=needs, data=tuple(_build(DataNeed, need) for need in data["data"]))


def _spell_metric(metric: Metric) -> Spelled:
    spelled: Spelled = {
        "name": metric.name,
        "by": dict(metric.by),
        "against": metric.against,
        "variant": dict(metric.variant),
        "role": metric.role,
        "scope": metric.scope,
        "joint": metric.joint,
    }
    match metric.estimate:
        case Estimate() as estimate:
            spelled["estimate"] = {
                "value": _number(estimate.value),
                "low": _number(estimate.low),
                "high": _number(estimate.high),
                "level": _number(estimate.level),
                "n": int(estimate.n),
                "method": estimate.method,
                "wider": [{name: _number(getattr(rung, name)) for name in _names(Interval)} for rung in estimate.wider],
                "if_answered": None if estimate.if_answered is None else [_number(end) for end in estimate.if_answered],
            }
        case Undefined(reason=reason, kind=kind):
            spelled |= {"estimate": None, "undefined": {"kind": kind, "reason": reason}}
    return spelled | {
        "unit": metric.unit,
        "better": metric.better,
        "null": None if metric.null is None else _number(metric.null),
        "claim": metric.claim,
        "evidence": list(metric.evidence),
        "tags": list(metric.tags),
    }


def _parse_metric(data: Mapping[str, Any]) -> Metric:
    found = data["estimate"]
    estimate: Estimate | Undefined
    if found is None:
        why = data["undefined"]
        estimate = Undefined(why["reason"], _one_of(why["kind"], get_args(UndefinedKind)))
    else:
        wider = tuple(_build(Interval, rung) for rung in found["wider"])
        estimate = Estimate(**{name: _tuple(found[name]) for name in _names(Estimate) if name != "wider"}, wider=wider)
    return Metric(
        name=data["name"],
        estimate=estimate,
        unit=data["unit"],
        better=_one_of(data["better"], get_args(Better)),
        claim=data["claim"],
        null=data["null"],
        by=data["by"],
        against=data["against"],
        variant=data["variant"],
        role=_one_of(data["role"], get_args(Role)),
        scope=_one_of(data["scope"], get_args(Scope)),
        joint=data["joint"],
        evidence=tuple(data["evidence"]),
        tags=tuple(data["tags"]),
    )


def _spell_evidence(evidence: Evidence) -> Spelled:
    return {
        "id": evidence.id,
        "caption": evidence.caption,
        "kind": evidence.kind,
        "columns": [_flat(column) for column in evidence.columns],
        **_spell_rows(evidence),
        "shown": evidence.shown,
        "total": evidence.total,
    }


def _spell_rows(evidence: Evidence) -> Spelled:
    """The rows, or the file in which they were kept while the probe ran."""
    if evidence.kept is None:
        return {"rows": [[_cell(cell) for cell in row] for row in evidence.rows]}
    return {"file": evidence.kept.file, "sha256": evidence.kept.sha256, "kept": True}


def _parse_evidence(data: Mapping[str, Any]) -> Evidence:
    columns = tuple(_build(Column, column) for column in data["columns"])
    for column in columns:
        _one_of(column.role, get_args(ColumnRole))
    return Evidence(
        id=data["id"],
        caption=data["caption"],
        kind=_one_of(data["kind"], get_args(EvidenceKind)),
        columns=columns,
        rows=() if data.get("kept") else tuple(tuple(row) for row in data["rows"]),
        total=data["total"],
        kept=Kept(data["file"], data["sha256"], data["shown"]) if data.get("kept") else None,
    )


def _spell_verdict(verdict: Verdict) -> Spelled:
    spelled = _flat(verdict, "by", "variant", "decided")
    spelled |= {"by": dict(verdict.by), "variant": dict(verdict.variant)}
    spelled["decided"] = None if verdict.decided is None else _flat(verdict.decided)
    return {name: spelled[name] for name in _names(Verdict)}


def _parse_verdict(data: Mapping[str, Any]) -> Verdict:
    known = {name: data[name] for name in _names(Verdict) if name != "decided"}
    for outcome in (data["outcome"], *filter(None, [data["waived_from"]])):
        _one_of(outcome, get_args(Outcome))
    _one_of(data["severity"], get_args(Severity))
    decided = data["decided"]
    return Verdict(**known, decided=None if decided is None else _build(Interval, decided))


def _flat(record: Any, *apart: str) -> Spelled:
    """The fields of a record of plain values, tuples as lists, without those that the caller spells itself."""
    return {
        name: list(value) if isinstance(value, tuple) else _number(value) if isinstance(value, float) else value
        for name in _names(type(record))
        if name not in apart
        for value in (getattr(record, name),)
    }


def _build(kind: type[R], data: Mapping[str, Any]) -> R:
    return kind(**{name: _tuple(data[name]) for name in _names(kind)})


def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(item.name for item in fields(kind))


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _json(value: Any) -> Any:
    """A value of the configuration as JSON knows it."""
    match value:
        case Mapping():
            return {str(name): _json(item) for name, item in value.items()}
        case list() | tuple():
            return [_json(item) for item in value]
        case float():
            return _number(value)
        case str() | int() | None:
            return value
        case _:
            return str(value)


def _cell(value: Cell) -> Cell:
    return _number(value) if isinstance(value, float) else value


def _number(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"{value} cannot stand in a document")
    return float(value)


def _one_of(value: Any, allowed: tuple[Any, ...]) -> Any:
    if value not in allowed:
        raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
    return value
