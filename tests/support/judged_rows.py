"""Audits of one made-up probe with the metrics and verdicts of a test."""

from __future__ import annotations

from dataclasses import replace

from golden.sample import sample

from fairwitness.audit.records import Audit, Estimate, Measured, Metric, ProbeSpec, Verdict

SPEC = ProbeSpec(
    name="p",
    version="1",
    family="f",
    title="Probe",
    question="Q?",
    why="",
    how_to_read="",
    needs=(),
    citations=(),
    limits=(),
)


def estimate(value: float, half: float) -> Estimate:
    return Estimate(value=value, low=value - half, high=value + half, level=0.95, n=50, method="by hand")


def metric(name: str, value: float, half: float = 0.1, **changes: object) -> Metric:
    made = Metric(
        name=name, estimate=estimate(value, half), unit="share", better="near_zero", claim=f"claim of {name}", null=0.0
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def audit(metrics: list[Metric], verdicts: list[Verdict]) -> Audit:
    return replace(
        sample(),
        results=(Measured(probe=SPEC, metrics=tuple(metrics), evidence=(), requests=1, unanswered=0),),
        verdicts=tuple(verdicts),
    )


def verdict(name: str, outcome: str, severity: str = "error") -> Verdict:
    fields = {"rule": "r", "outcome": outcome, "probe": "p", "metric": name, "by": {}, "reason": "", "ground": "across"}
    return Verdict(**fields, severity=severity, counts=True, fingerprint=name, condition="<= 0.5", threshold=0.5)  # type: ignore[arg-type]
