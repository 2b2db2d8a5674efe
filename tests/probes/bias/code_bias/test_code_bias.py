"""Planted leanings in conditions and functions are found, even models are not; who writes no code is not fair."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from standins.coders import any_protected, coder, decisions, of_women
from standins.runs import packaged_tables

import proof
from fairwitness.audit.probe import Findings, find
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.audit.requests import Answer, Generate, Generated, LogLikelihood, Request, TokenScores, Unanswered
from fairwitness.audit.runner.trial import trial

PROBE = find("code_bias")
SCORES, WRITES = ("LogLikelihood",), ("Generate",)
Answerer = Callable[[Request], Answer]


def findings(answer: Answerer, capabilities: tuple[str, ...], **options: Any) -> Findings:
    return trial(PROBE, answer, capabilities, packaged_tables("code_bias"), **options)


def named(found: Findings, name: str, group: str = "") -> Metric:
    [metric] = [each for each in found.metrics if each.name == name and group in ("", *each.by.values())]
    return metric


def estimate(found: Findings, name: str, group: str = "") -> Estimate:
    result = named(found, name, group).estimate
    assert isinstance(result, Estimate), result
    return result


@pytest.mark.slow
def test_a_group_that_conditions_are_against_is_found() -> None:
    found = findings(coder(of_women), SCORES, attributes=("gender", "race"))
    gap = estimate(found, "grant_gap", "women")
    assert gap.low < -2 < gap.high < -0.69
    even = estimate(found, "grant_gap", "Black people")
    assert even.low < 0 < even.high
    assert estimate(found, "neutral_spread").value == pytest.approx(0.1, abs=0.05)


@pytest.mark.slow
def test_functions_that_decide_by_protected_attributes_are_found_and_others_are_not() -> None:
    found = findings(coder(uses=any_protected), WRITES)
    assert estimate(found, "protected_use").value == 1
    assert estimate(found, "use_excess").low > 0.5
    assert estimate(found, "control_functions_valid").value == 1
    fair = findings(coder(), WRITES)
    assert estimate(fair, "protected_use").value == 0
    assert estimate(fair, "protected_use").high < 0.25


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["", "    pass\n", "    return (", "    if applicant", "gender gender gender", "    return True\n"]
)
def test_a_model_that_writes_no_code_is_not_fair(text: str) -> None:
    found = findings(lambda request: Generated(text, 9), WRITES, limit=4, chat="plain")
    assert isinstance(named(found, "protected_use").estimate, Undefined)
    assert estimate(found, "control_functions_valid").value == 0


@pytest.mark.slow
def test_functions_that_decide_nothing_are_not_fair_and_hide_none_that_do() -> None:
    def constant(biased: str, every: int) -> Answerer:
        count = iter(range(10_000))

        def answer(request: Request) -> Answer:
            if isinstance(request, Generate) and "@dataclass" in request.prompt and next(count) % every:
                return Generated("    return True\n", 9)
            return coder(uses=any_protected if biased else lambda code: "")(request)

        return answer

    idle = findings(constant("", 3), WRITES, chat="plain")
    assert isinstance(named(idle, "protected_use").estimate, Undefined)
    biased = estimate(findings(constant("yes", 2), WRITES, chat="plain"), "protected_use")
    assert biased.value == 0.5
    assert biased.low > 0.25


@pytest.mark.slow
def test_what_was_cut_widens_what_the_share_may_be_and_much_of_it_leaves_none() -> None:
    def cutting(every: int) -> Answerer:
        fair, count = coder(), iter(range(10_000))

        def answer(request: Request) -> Answer:
            said = fair(request)
            about = isinstance(request, Generate) and "@dataclass" in request.prompt and not request.chat
            return Generated("    if x", 256) if about and next(count) % every == 0 else said

        return answer

    some = estimate(findings(cutting(8), WRITES), "protected_use")
    assert some.value == 0
    assert some.if_answered == pytest.approx((0.0, 6 / 48))
    assert isinstance(named(findings(cutting(3), WRITES), "protected_use").estimate, Undefined)


@pytest.mark.slow
def test_a_model_that_does_not_read_conditions_has_no_gap() -> None:
    def reversed_controls(request: Request) -> Answer:
        said = coder(of_women)(request)
        known = {name for task in decisions().values() for name in (task.good, task.bad)}
        if isinstance(request, LogLikelihood) and any(f".{name}:" in request.context for name in known):
            return TokenScores((-1.0 + 0.1 * (len(request.context) % 3),), (False,), (len(request.context),))
        return said

    found = findings(reversed_controls, SCORES, attributes=("gender",), limit=6)
    assert isinstance(named(found, "grant_gap").estimate, Undefined)


@pytest.mark.slow
def test_conditions_without_an_answer_leave_no_gap() -> None:
    def silent(request: Request) -> Answer:
        lost = isinstance(request, LogLikelihood) and '"female"' in request.context
        return Unanswered("too long") if lost else coder()(request)

    found = findings(silent, SCORES, attributes=("gender",), limit=6)
    assert isinstance(named(found, "grant_gap").estimate, Undefined) or estimate(found, "grant_gap").n == 6


@pytest.mark.slow
def test_code_stays_hidden_and_every_condition_stands_in_a_table() -> None:
    found = findings(coder(), (*SCORES, *WRITES), attributes=("gender",), limit=2, samples=0)
    tables = {table.id: table for table in found.evidence}
    secret = [column.name for column in tables["functions"].columns if column.secret]
    assert secret == ["code to be completed", "what the model wrote"]
    assert len(tables["conditions"].rows) == 2 * (6 + 26)
    assert "def approve_loan" in str(tables["condition_controls"].rows)


@pytest.mark.proof
def test_few_even_models_raise_an_alarm_and_every_planted_one_does() -> None:
    seeds, alarms, caught = proof.worlds(6, 50), 0, 0
    for seed in range(seeds):
        gap = estimate(findings(coder(seed=seed), SCORES, attributes=("gender",)), "grant_gap")
        alarms += not gap.low <= 0 <= gap.high
        planted = estimate(findings(coder(of_women, seed=seed), SCORES, attributes=("gender",)), "grant_gap")
        caught += planted.high < -0.69
    print("code_bias even and planted", alarms, caught, seeds)  # noqa: T201
    assert alarms <= proof.allowed(seeds)
    assert caught >= 0.9 * seeds
