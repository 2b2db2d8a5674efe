"""The metrics and the verdicts of an audit as rows: what DataFrames, CSV and Parquet share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from fairwitness.audit.records import Audit, Measured, Metric, Undefined, Verdict
from fairwitness.reports.labels import Labels
from fairwitness.reports.rules import worst
from fairwitness.reports.scorecard import Judgements
from fairwitness.reports.text import clean

CellKind: TypeAlias = Literal["text", "number", "count", "flag", "json"]
Flat: TypeAlias = str | float | int | bool | None
OF_METRICS: Mapping[str, CellKind] = {
    "probe": "text", "metric": "text", "group": "text", "value": "number", "low": "number", "high": "number",
    "level": "number", "n": "count", "unit": "text", "better": "text", "null": "number", "outcome": "text",
    "role": "text", "scope": "text", "by": "json", "against": "text", "variant": "json", "method": "text",
    "claim": "text", "undefined": "text", "reason": "text", "evidence": "json",
}  # fmt: skip
"""The columns of metrics, and what their cells hold; any may be empty."""
OF_VERDICTS: Mapping[str, CellKind] = {
    "rule": "text", "outcome": "text", "probe": "text", "metric": "text", "group": "text", "condition": "text",
    "threshold": "number", "reason": "text", "severity": "text", "counts": "flag", "asked": "flag", "waiver": "text",
    "fingerprint": "text",
}  # fmt: skip
"""The columns of verdicts."""


def metrics(audit: Audit) -> list[dict[str, Any]]:
    """Every metric of every probe that ran, in the order of the document."""
    judgements = Judgements(audit.verdicts)
    rows = []
    for result in audit.results:
        if isinstance(result, Measured):
            for metric in result.metrics:
                verdict = worst(judgements.of(result.probe.name, metric))
                rows.append(_metric(result.probe.name, metric, verdict))
    return rows


def verdicts(audit: Audit) -> list[dict[str, Any]]:
    """Every verdict, in the order of the document."""
    return [_verdict(verdict) for verdict in audit.verdicts]


def flat(row: Mapping[str, Any], columns: Mapping[str, CellKind]) -> dict[str, Flat]:
    """A row whose cells are texts and numbers alone: labels as JSON, foreign texts cleaned."""
    return {name: _flat(row.get(name), kind) for name, kind in columns.items()}


def _flat(cell: Any, kind: CellKind) -> Flat:
    if cell is None:
        return None
    match kind:
        case "text":
            return clean(str(cell))
        case "json":
            return clean(json.dumps(cell, ensure_ascii=False))
        case "number":
            return float(cell)
        case "count":
            return int(cell)
        case "flag":
            return bool(cell)


def _metric(probe: str, metric: Metric, verdict: Verdict | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "probe": probe,
        "metric": metric.name,
        "group": Labels.of(metric).text,
        "unit": metric.unit,
        "better": metric.better,
        "null": metric.null,
        "outcome": verdict.outcome if verdict else "",
        "role": metric.role,
        "scope": metric.scope,
        "by": dict(metric.by),
        "against": metric.against,
        "variant": dict(metric.variant),
        "claim": str(metric.claim),
        "evidence": list(metric.evidence),
    }
    estimate = metric.estimate
    if isinstance(estimate, Undefined):
        return row | {"undefined": estimate.kind, "reason": str(estimate.reason)}
    interval = {"value": estimate.value, "low": estimate.low, "high": estimate.high, "level": estimate.level}
    return row | interval | {"n": estimate.n, "method": estimate.method}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    taken = ("rule", "outcome", "probe", "metric", "condition", "threshold", "severity", "counts", "asked", "waiver")
    row = {name: getattr(verdict, name) for name in taken}
    reason = str(verdict.reason)
    return row | {"group": Labels.of(verdict).text, "reason": reason, "fingerprint": verdict.fingerprint}
