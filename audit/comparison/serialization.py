"""A comparison as plain JSON values: keys in one order, floats that read back to the last bit."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fairwitness.audit.comparison.types import Change, Comparison, Unmatched
from fairwitness.audit.records import Estimate, Undefined


def to_json(comparison: Comparison) -> dict[str, Any]:
    """The comparison as one JSON document. Everything that is shown anywhere is in it."""
    return {
        "schema_version": comparison.schema_version,
        "kind": "fairwitness-comparison",
        "exit_code": comparison.exit_code,
        "base": asdict(comparison.base),
        "new": asdict(comparison.new),
        "margin": comparison.margin,
        "tally": dict(comparison.tally),
        "regressed": [_name(change) for change in comparison.regressed],
        "lost": [_name(missing) for missing in comparison.lost],
        "warnings": list(comparison.warnings),
        "changes": [_change(change) for change in comparison.changes],
        "unmatched": [_unmatched(missing) for missing in comparison.unmatched],
    }


def _name(change: Change | Unmatched) -> dict[str, Any]:
    metric = change.metric
    if metric is None:
        return {"probe": change.probe, "metric": ""}
    labels = {"by": dict(metric.by), "against": metric.against, "variant": dict(metric.variant)}
    return {"probe": change.probe, "metric": metric.name, **labels}


def _unmatched(missing: Unmatched) -> dict[str, Any]:
    return {**_name(missing), "side": missing.side, "reason": missing.reason, "gated": missing.gated}


def _change(change: Change) -> dict[str, Any]:
    return {
        **_name(change),
        "unit": change.metric.unit,
        "better": change.metric.better,
        "null": change.metric.null,
        "gated": change.gated,
        "finding": change.finding,
        "reason": change.reason,
        "scale": change.scale,
        "pairing": change.pairing,
        "p_value": change.p_value,
        "adjusted": change.adjusted,
        "compared": change.compared,
        "before": _estimate(change.before),
        "after": _estimate(change.after),
        "change": _estimate(change.change),
    }


def _estimate(estimate: Estimate | Undefined) -> dict[str, Any]:
    if isinstance(estimate, Undefined):
        return {"undefined": estimate.reason, "code": estimate.code}
    return {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "level": estimate.level,
        "n": estimate.n,
        "method": estimate.method,
    }
