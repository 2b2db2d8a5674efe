"""A comparison as plain JSON values: keys in one order, floats that read back to the last bit."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fairwitness.audit.comparison.types import Change, Comparison, Flips, Unmatched
from fairwitness.audit.records import Estimate, Undefined, VerdictChange


def to_json(comparison: Comparison) -> dict[str, Any]:
    """The comparison as one JSON document. Everything that is shown anywhere is in it."""
    return {
        "schema_version": comparison.schema_version,
        "kind": "fairwitness-comparison",
        "exit_code": comparison.exit_code,
        "base": asdict(comparison.base),
        "new": asdict(comparison.new),
        "margin": comparison.margin,
        "min_effect": comparison.min_effect,
        "tally": dict(comparison.tally),
        "regressed": [_name(change) for change in comparison.regressed],
        "lost": [_name(missing) for missing in comparison.lost],
        "warnings": list(comparison.warnings),
        "verdicts": [_verdict(verdict) for verdict in comparison.verdicts],
        "changes": [change_json(change) for change in comparison.changes],
        "flips": [_flips(flips) for flips in comparison.flips],
        "unmatched": [_unmatched(missing) for missing in comparison.unmatched],
    }


def _verdict(verdict: VerdictChange) -> dict[str, Any]:
    named = {"rule": verdict.rule, "probe": verdict.probe, "metric": verdict.metric}
    labels = {"by": dict(verdict.by), "against": verdict.against, "variant": dict(verdict.variant)}
    turn = {"before": verdict.before, "after": verdict.after, "turn": verdict.turn, "gated": verdict.gated}
    return {**named, **labels, **turn}


def _flips(flips: Flips) -> dict[str, Any]:
    return {
        "probe": flips.probe,
        "measure": flips.measure,
        "kind": flips.kind,
        "paired": flips.paired,
        "flipped": len(flips.flips),
        "ways": [{"before": was, "after": now, "count": count} for (was, now), count in flips.ways.items()],
        "flips": [asdict(flip) for flip in flips.flips],
        "lost": list(flips.lost),
        "gained": list(flips.gained),
    }


def _name(change: Change | Unmatched) -> dict[str, Any]:
    metric = change.metric
    if metric is None:
        return {"probe": change.probe, "metric": ""}
    labels = {"by": dict(metric.by), "against": metric.against, "variant": dict(metric.variant)}
    return {"probe": change.probe, "metric": metric.name, **labels}


def _unmatched(missing: Unmatched) -> dict[str, Any]:
    return {**_name(missing), "side": missing.side, "reason": missing.reason, "gated": missing.gated}


def change_json(change: Change) -> dict[str, Any]:
    """A change as plain JSON values."""
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
