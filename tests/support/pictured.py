"""Metrics of groups, and what a rule says of them, for pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fairwitness.audit.records import Estimate, Metric, Outcome, Undefined, Verdict


def metric(name: str, value: float | None, by: Mapping[str, str] | None = None, **changes: object) -> Metric:
    estimate: Estimate | Undefined = Undefined("not estimable: 3 rows, 30 needed")
    if value is not None:
        estimate = Estimate(value=value, low=value - 0.1, high=value + 0.1, level=0.95, n=50, method="by hand")
    made = Metric(name=name, estimate=estimate, unit="share", better="none", claim="", by=by or {}, scope="group")
    return replace(made, **changes)  # type: ignore[arg-type]


def verdict(on: Metric, outcome: Outcome, condition: str, threshold: float) -> Verdict:
    return Verdict(
        rule="r",
        outcome=outcome,
        probe="p",
        metric=on.name,
        by=on.by,
        against=on.against,
        ground="across",
        reason="",
        severity="error",
        counts=True,
        fingerprint=str(on.key),
        condition=condition,
        threshold=threshold,
    )


def rates(**values: float | None) -> list[Metric]:
    return [metric("rate", value, {"sex": name}) for name, value in values.items()]
