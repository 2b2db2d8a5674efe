"""Deciding without words: each ground of a judgement, the outcome that it comes to, and that it can be explained."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from fairwitness.audit.outcomes import OUTCOMES
from fairwitness.audit.policy.judgements import NOT_ASKED, Absence, Position, Silence, judgements
from fairwitness.audit.policy.reasons import explained
from fairwitness.audit.policy.rules import AppliedRule, Defaults, Rule
from fairwitness.audit.records import (
    Estimate,
    Failed,
    Interval,
    Measured,
    NotApplicable,
    ProbeResult,
    Since,
    Undefined,
    languages,
)
from fairwitness.audit.records.verdicts import OF_NO_METRIC
from verdicts import DECISIONS, by_hand, measured, metric


def gaps(estimate: Estimate | Undefined, *, unanswered: int = 0, again: int = 1) -> Measured:
    metrics = (metric(estimate, "gap", by={"k": str(number)}) for number in range(again))
    return measured(*metrics, unanswered=unanswered)


def share(value: float, low: float, high: float) -> Estimate:
    return by_hand(value, low, high, wider=(Interval(0.99, low - 0.05, high + 0.05),))


LOW, HIGH = share(0.05, 0.02, 0.08), share(0.13, 0.12, 0.14)
GROUNDS: dict[str, tuple[ProbeResult, dict[str, Any]]] = {
    "inside": (gaps(LOW), {}),
    "unbreakable": (gaps(LOW), {"value": 5}),
    "unanswered": (gaps(LOW, unanswered=1), {}),
    "across": (gaps(share(0.1, 0.05, 0.15)), {}),
    "outside": (gaps(HIGH), {}),
    "likely_outside": (gaps(HIGH), {"fail_alpha": 0.01}),
    "slightly_outside": (gaps(HIGH), {"min_effect": 0.05}),
    "no_interval": (gaps(LOW, again=6), {}),
    "not_interpretable": (gaps(Undefined("why", "not_interpretable")), {}),
    "not_estimable": (gaps(Undefined("why", "not_estimable")), {}),
    "not_asked": (gaps(Undefined("why", "not_asked")), {}),
    "too_few": (gaps(LOW), {"min_n": 101}),
    "no_null_value": (gaps(LOW), {"op": "within"}),
    "no_baseline": (gaps(LOW), {"relative_to": "baseline"}),
    "no_change_known": (gaps(LOW), {"relative_to": "baseline"}),
    "not_applicable": (NotApplicable(probe=DECISIONS, reason="no table"), {}),
    "cut_off": (NotApplicable(probe=DECISIONS, reason="the minutes were over", code="budget_spent"), {}),
    "crashed": (Failed(probe=DECISIONS, reason="ValueError: x"), {}),
    "no_such_metric": (gaps(LOW), {"select": "decisions/gpa"}),
    "nothing_matches": (gaps(LOW), {"select": "*/gpa"}),
    "not_in_run": (gaps(LOW), {"select": "elsewhere/gap"}),
}


SINCE = {"no_change_known": Since(changes={}, missing={}, unanswered={})}
"""By ground, what is known since a baseline; without an entry no baseline was named."""


def test_every_ground_has_an_outcome_and_an_example() -> None:
    grounds = {*get_args(Position), *get_args(Silence)}
    for part in get_args(Absence):
        grounds.update(get_args(part))
    assert set(OUTCOMES) - {"unused_waiver"} == set(GROUNDS) == grounds


@pytest.mark.parametrize("ground", GROUNDS)
def test_the_first_ground_that_holds_decides_and_is_explained(ground: str) -> None:
    result, keys = GROUNDS[ground]
    rule = Rule.model_validate({"id": "r", "select": "decisions/gap", "op": "<=", "value": 0.1, **keys})
    judged = judgements(AppliedRule.of(rule, Defaults()), [result], SINCE.get(ground))
    assert {judgement.ground for judgement in judged} == {ground}
    for judgement in judged:
        assert (judgement.metric is None) == (ground in OF_NO_METRIC)
        assert judgement.asked == judgement.counts == (ground not in NOT_ASKED)
        assert explained(judgement).reason


OF_OTHERS = {"not_interpretable", "not_estimable", "not_asked", "not_applicable", "cut_off", "crashed"}
"""Grounds whose reason is that of the estimate or the probe: in the languages that this has."""


WITHOUT_NUMBERS = (
    "too_few",
    "no_null_value",
    "no_baseline",
    "no_change_known",
    "no_such_metric",
    "nothing_matches",
    "not_in_run",
)


@pytest.mark.parametrize("ground", sorted(set(GROUNDS) - OF_OTHERS))
def test_a_reason_is_worded_in_every_language_from_its_values(ground: str) -> None:
    result, keys = GROUNDS[ground]
    rule = Rule.model_validate({"id": "r", "select": "decisions/gap", "op": "<=", "value": 0.1, **keys})
    explanation = explained(judgements(AppliedRule.of(rule, Defaults()), [result], SINCE.get(ground))[0])
    assert set(languages(explanation.reason)) == {"en", "zh"}
    assert not explanation.undecided or explanation.undecided in explanation.reason
    numbers = [value for value in explanation.values.values() if isinstance(value, float)]
    assert numbers or ground in WITHOUT_NUMBERS
    assert all(type(value) in (int, float, str) for value in explanation.values.values())


def test_the_values_of_a_reason_are_the_numbers_and_not_how_they_are_shown() -> None:
    rule = Rule.model_validate({"id": "r", "select": "decisions/gap", "op": "<=", "value": 0.1})
    wide = share(0.123456, 0.05, 0.15)
    explanation = explained(judgements(AppliedRule.of(rule, Defaults()), [gaps(wide)])[0])
    assert explanation.values["value"] == 0.123456
    assert explanation.reason.startswith("0.1235, 95 % interval 0.05 to 0.15, on both sides of <= 0.1; with")
    assert languages(explanation.undecided)["zh"].startswith("在区间宽度不变的情况下")
