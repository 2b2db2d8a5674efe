"""What is drawn of a probe that names no picture."""

from __future__ import annotations

from collections.abc import Sequence

from fairwitness.audit.records import Estimate, Measured, Metric, Picture

LEAST = 2
"""Groups that a picture is drawn of."""


def default(result: Measured) -> tuple[Picture, ...]:
    """Dots of the metric that tells most groups apart: bias before the rest, what is compared with a group last."""
    names = dict.fromkeys(metric.name for metric in result.metrics if metric.by)
    members = {name: [metric for metric in result.metrics if metric.name == name and metric.by] for name in names}
    known = {name: metrics for name, metrics in members.items() if _estimates(metrics) >= LEAST}
    best = max(known, key=lambda name: _rank(known[name]), default=None)
    return () if best is None else (Picture(kind="dots", metrics=(best,)),)


def _rank(metrics: Sequence[Metric]) -> tuple[bool, bool, int]:
    first = metrics[0]
    return first.role == "bias", first.scope != "detail", _estimates(metrics)


def _estimates(metrics: Sequence[Metric]) -> int:
    return sum(isinstance(metric.estimate, Estimate) for metric in metrics)
