"""What the shipped policy says of a probe, of its findings or of what a stand-in answers, as a run would have it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from fairwitness.audit import policy
from fairwitness.audit.probe import Context, Findings, Probe
from fairwitness.audit.records import Measured, Outcome, Verdict
from fairwitness.audit.requests import Answer, Request, Unanswered
from organisms import drive

TODAY = date(2026, 1, 1)
MANY = 1000
"""Requests of a probe of which the findings alone are known: more than stay unanswered."""


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
