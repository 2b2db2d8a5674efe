"""What the shipped policy says of a probe and of its findings, and results made by hand for rules to judge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from fairwitness.audit import policy
from fairwitness.audit.probe import Context, Findings, Probe
from fairwitness.audit.records import Estimate, Measured, Metric, Outcome, Undefined, Verdict
from fairwitness.audit.requests import Answer, Request, Unanswered
from fakes import spec
from organisms import drive

TODAY = date(2026, 1, 1)
MANY = 1000
"""Requests of a probe of which the findings alone are known: more than stay unanswered."""
DECISIONS = spec("decisions", (("Predict",),))
"""The probe whose results are made by hand."""


def by_hand(value: float, low: float, high: float, **more: Any) -> Estimate:
    """An estimate of 100 rows at 95 %; `more` are its other fields, or other values of these."""
    fields: dict[str, Any] = {"level": 0.95, "n": 100, "method": "by hand"}
    return Estimate(value=value, low=low, high=high, **fields | more)


def metric(found: Estimate | Undefined, name: str = "share", **more: Any) -> Metric:
    """A metric of which less is better, where `more` does not say otherwise."""
    fields: dict[str, Any] = {"unit": "share", "better": "lower", "claim": "c"}
    return Metric(name=name, estimate=found, **fields | more)


def measured(*metrics: Metric, unanswered: int = 0) -> Measured:
    """What the probe found in 100 requests."""
    return Measured(probe=DECISIONS, metrics=metrics, evidence=(), requests=100, unanswered=unanswered)


def verdicts(probe: Probe, ctx: Context, answer: Callable[[Request], Answer]) -> list[Verdict]:
    """The verdicts of all shipped rules that name this probe, which a stand-in answers."""
    given: list[Answer] = []

    def told(request: Request) -> Answer:
        given.append(answer(request))
        return given[-1]

    found = drive(probe, ctx, told)
    return _judged(probe, found, len(given), sum(isinstance(one, Unanswered) for one in given))


def outcomes(probe: Probe, ctx: Context, answer: Callable[[Request], Answer]) -> dict[str, set[Outcome]]:
    """Every outcome under each of these rules."""
    said: dict[str, set[Outcome]] = {}
    for one in verdicts(probe, ctx, answer):
        said.setdefault(one.rule, set()).add(one.outcome)
    return said


def verdicts_on(probe: Probe, found: Findings, unanswered: int = 0) -> dict[str, list[Verdict]]:
    """The verdicts on findings, by rule."""
    rules: dict[str, list[Verdict]] = {}
    for one in _judged(probe, found, max(MANY, unanswered), unanswered):
        rules.setdefault(one.rule, []).append(one)
    return rules


def outcomes_on(probe: Probe, found: Findings, rule: str, unanswered: int = 0) -> set[str]:
    """What one rule says of findings; of what nobody asked nothing."""
    return {one.outcome for one in verdicts_on(probe, found, unanswered)[rule] if one.asked}


def _judged(probe: Probe, found: Findings, requests: int, unanswered: int) -> list[Verdict]:
    result = Measured(
        probe=probe.spec,
        metrics=tuple(found.metrics),
        evidence=tuple(found.evidence),
        requests=requests,
        unanswered=unanswered,
        notes=tuple(found.notes),
    )
    said = policy.judge(policy.load(None)[0], [result], "stand-in", TODAY)
    return [one for one in said if one.probe == probe.spec.name]
