"""What the shipped policy says of a probe that a stand-in answers, as a run would have it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from assay.audit import policy
from assay.audit.probe import Context, Probe
from assay.audit.records import Measured, Outcome, Verdict
from assay.audit.requests import Answer, Request, Unanswered
from organisms import drive

TODAY = date(2026, 1, 1)


def verdicts(probe: Probe, ctx: Context, answer: Callable[[Request], Answer]) -> list[Verdict]:
    """The verdicts of all shipped rules that name this probe."""
    given: list[Answer] = []

    def told(request: Request) -> Answer:
        given.append(answer(request))
        return given[-1]

    found = drive(probe, ctx, told)
    unanswered = sum(isinstance(one, Unanswered) for one in given)
    result = Measured(probe.spec, tuple(found.metrics), tuple(found.evidence), len(given), unanswered)
    said = policy.judge(policy.load(None)[0], [result], "stand-in", TODAY)
    return [one for one in said if one.probe == probe.spec.name]


def outcomes(probe: Probe, ctx: Context, answer: Callable[[Request], Answer]) -> dict[str, set[Outcome]]:
    """Every outcome under each of these rules."""
    said: dict[str, set[Outcome]] = {}
    for one in verdicts(probe, ctx, answer):
        said.setdefault(one.rule, set()).add(one.outcome)
    return said
