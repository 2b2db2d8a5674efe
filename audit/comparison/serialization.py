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
        "regressed": [_name(one) for one in comparison.regressed],
        "lost": [_name(one) for one in comparison.lost],
        "warnings": list(comparison.warnings),
        "changes": [_change(one) for one in comparison.changes],
        "unmatched": [_unmatched(one) for one in comparison.unmatched],
    }


def _name(one: Change | Unmatched) -> dict[str, Any]:
    metric = one.metric
    if metric is None:
        return {"probe": one.probe, "metric": ""}
    labels = {"by": dict(metric.by), "against": metric.against, "variant": dict(metric.variant)}
    return {"probe": one.probe, "metric": metric.name, **labels}


def _unmatched(one: Unmatched) -> dict[str, Any]:
    return {**_name(one), "side": one.side, "reason": one.reason, "gated": one.gated}


def _change(one: Change) -> dict[str, Any]:
    return {
        **_name(one),
        "unit": one.metric.unit,
        "better": one.metric.better,
        "null": one.metric.null,
        "gated": one.gated,
        "finding": one.finding,
        "reason": one.reason,
        "scale": one.scale,
        "pairing": one.pairing,
        "p_value": one.p_value,
        "adjusted": one.adjusted,
        "compared": one.compared,
        "before": _estimate(one.before),
        "after": _estimate(one.after),
        "change": _estimate(one.change),
    }


def _estimate(found: Estimate | Undefined) -> dict[str, Any]:
    if isinstance(found, Undefined):
        return {"undefined": found.reason}
    return {
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "level": found.level,
        "n": found.n,
        "method": found.method,
    }
