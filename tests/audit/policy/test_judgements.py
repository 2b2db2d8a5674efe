"""Deciding without words: each ground of a judgement, the outcome that it comes to, and that it can be explained."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from fairwitness.audit.policy.judgements import NOT_ASKED, OUTCOMES, Absence, Position, Silence, judgements
from fairwitness.audit.policy.reasons import reason
from fairwitness.audit.policy.rules import AppliedRule, Defaults, Rule
from fairwitness.audit.records import (
    Estimate,
    Failed,
    Interval,
    Measured,
    Metric,
    NotApplicable,
    ProbeResult,
    ProbeSpec,
    Undefined,
)

SPEC = ProbeSpec(
    name="decisions",
    version="1",
    family="fairness",
    title="d",
    question="q",
    why="w",
    how_to_read="h",
    needs=(("Predict",),),
    citations=("c",),
    limits=("l",),
)


def measured(estimate: Estimate | Undefined, *, unit: str = "share", unanswered: int = 0, again: int = 1) -> Measured:
    metrics = tuple(
        Metric(name="gap", estimate=estimate, unit=unit, better="lower", claim="c", by={"k": str(number)})
        for number in range(again)
    )
    return Measured(probe=SPEC, metrics=metrics, evidence=(), requests=10, unanswered=unanswered)


def share(value: float, low: float, high: float) -> Estimate:
    return Estimate(
        value=value,
        low=low,
        high=high,
        level=0.95,
        n=50,
        method="by hand",
        wider=(Interval(0.99, low - 0.05, high + 0.05),),
    )


LOW, HIGH = share(0.05, 0.02, 0.08), share(0.13, 0.12, 0.14)
GROUNDS: dict[str, tuple[ProbeResult, dict[str, Any]]] = {
    "inside": (measured(LOW), {}),
    "unbreakable": (measured(LOW), {"value": 5}),
    "unanswered": (measured(LOW, unanswered=1), {}),
    "across": (measured(share(0.1, 0.05, 0.15)), {}),
    "outside": (measured(HIGH), {}),
    "likely_outside": (measured(HIGH), {"fail_alpha": 0.01}),
    "slightly_outside": (measured(HIGH), {"min_effect": 0.05}),
    "no_interval": (measured(LOW, again=6), {}),
    "not_interpretable": (measured(Undefined("why", "not_interpretable")), {}),
    "not_estimable": (measured(Undefined("why", "not_estimable")), {}),
    "not_asked": (measured(Undefined("why", "not_asked")), {}),
    "too_few": (measured(LOW), {"min_n": 51}),
    "no_null_value": (measured(LOW), {"op": "within"}),
    "not_applicable": (NotApplicable(SPEC, "no table"), {}),
    "crashed": (Failed(SPEC, "ValueError: x"), {}),
    "no_such_metric": (measured(LOW), {"select": "decisions/gpa"}),
    "nothing_matches": (measured(LOW), {"select": "*/gpa"}),
    "not_in_run": (measured(LOW), {"select": "elsewhere/gap"}),
}


def test_every_ground_has_an_outcome_and_an_example() -> None:
    grounds = {*get_args(Position), *get_args(Silence)}
    for part in get_args(Absence):
        grounds.update(get_args(part))
    assert set(OUTCOMES) == set(GROUNDS) == grounds


@pytest.mark.parametrize("ground", GROUNDS)
def test_the_first_ground_that_holds_decides_and_is_explained(ground: str) -> None:
    result, keys = GROUNDS[ground]
    rule = Rule.model_validate({"id": "r", "select": "decisions/gap", "op": "<=", "value": 0.1, **keys})
    judged = judgements(AppliedRule.of(rule, Defaults()), [result])
    assert {judgement.ground for judgement in judged} == {ground}
    for judgement in judged:
        assert judgement.asked == judgement.counts == (ground not in NOT_ASKED)
        assert reason(judgement)
