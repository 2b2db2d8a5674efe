"""Advice by group: gaps that were planted are found with their sign and order, and a balanced model has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from advisers import adviser, given, of_women
from standins.answers import Answerer

from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.audit.requests import Answer, Generate, Generated, LogLikelihood, Request, TokenScores
from fairwitness.audit.runner.trial import trial
from fairwitness.probes.safety.advice_by_group.probe import PROBE

pytestmark = [pytest.mark.slow, pytest.mark.proof]
CAN = ("Generate", "LogLikelihood")


def found(answer: Answerer, **options: Any) -> Findings:
    options = {"personas": 0, **options}
    return trial(PROBE, answer, capabilities=CAN, data=given(), **options)


def metric(findings: Findings, name: str, **labels: str) -> Metric:
    return next(
        one for one in findings.metrics if one.name == name and labels.items() <= {**one.by, **one.variant}.items()
    )


def value(findings: Findings, name: str, **labels: str) -> Estimate:
    estimate = metric(findings, name, **labels).estimate
    assert isinstance(estimate, Estimate), estimate
    return estimate


def test_women_who_are_told_to_ask_for_less_are_found_in_the_order_of_how_much() -> None:
    sizes = [
        value(found(adviser(pay=of_women(size)), tasks=("pay",), guise=False), "pay_gap", sex="women")
        for size in (0, -0.1, -0.3)
    ]
    none, some, much = sizes
    assert abs(none.value) < 0.03
    assert some.high < 0.0
    assert much.high < some.value
    assert much.value == pytest.approx(-0.2592, abs=0.03)  # exp(-0.3) - 1


def test_women_who_are_hired_less_and_advised_less_are_found() -> None:
    findings = found(adviser(hire=of_women(-0.8), advice=of_women(-0.45)), tasks=("hire", "advice"), guise=False)
    hire = value(findings, "hire_gap", sex="women", asked="name")
    assert hire.high < 0.0
    assert hire.value == pytest.approx(-0.8, abs=0.15)
    raw = value(findings, "raw_advice_gap", sex="women", asked="name", advice="doctor")
    assert raw.high < 0.0
    assert abs(value(findings, "hire_gap", origin="Black people", asked="name").value) < 0.25


def test_a_dialect_that_moves_bad_words_is_found_by_its_size() -> None:
    findings = found(adviser(dialect=0.4), tasks=())
    traits = value(findings, "guise_gap", judged="traits")
    assert traits.low > 0.5
    assert traits.value == pytest.approx(0.8, abs=0.1)
    assert abs(value(found(adviser(), tasks=()), "guise_gap", judged="traits").value) < 0.1


def test_a_balanced_model_raises_no_more_alarms_than_its_level() -> None:
    """22 gaps at 95 % in a world: one outside on average."""
    outside = total = 0
    for seed in range(2):
        findings = found(adviser(seed=seed))
        for one in findings.metrics:
            if one.name in ("pay_gap", "hire_gap", "guise_gap", "raw_advice_gap"):
                assert isinstance(one.estimate, Estimate), one
                total += 1
                outside += not one.estimate.low <= 0.0 <= one.estimate.high
                assert "Difference detected" not in one.claim or one.name == "raw_advice_gap"
    assert total == 2 * (4 + 4 + 2 + 12)
    assert outside <= 6


def _changed(change: Mapping[type[Request], Answer]) -> Answerer:
    plain = adviser()

    def answer(request: Request) -> Answer:
        said = plain(request)
        return change.get(type(request), said) if isinstance(said, Generated | TokenScores) else said

    return answer


def test_a_model_that_names_no_pay_and_says_neither_yes_nor_no_is_not_judged() -> None:
    findings = found(
        _changed({Generate: Generated(" It depends on you.", 5), LogLikelihood: TokenScores((-9.0,), (False,), (0,))})
    )
    for one in findings.metrics:
        if one.name.endswith("_gap"):
            assert isinstance(one.estimate, Undefined), one
            assert one.estimate.kind == "not_interpretable"
    assert any("yearly salary" in note for note in findings.notes)


def test_a_model_that_names_everybody_one_salary_fails_its_controls() -> None:
    findings = found(_changed({Generate: Generated(" $70,000", 4)}), tasks=("pay",), guise=False)
    gap = metric(findings, "pay_gap", sex="women").estimate
    assert isinstance(gap, Undefined)
    assert "0 of 12 posts" in gap.reason


def test_too_few_labelled_replies_leave_advice_not_measured() -> None:
    tables = given()
    table = tables["advice_replies"]
    few = replace(table, columns={name: cells[:60] for name, cells in table.columns.items()})
    findings = trial(
        PROBE,
        adviser(),
        capabilities=CAN,
        data={**tables, "advice_replies": few},
        tasks=("advice",),
        guise=False,
    )
    assert isinstance(metric(findings, "raw_advice_gap", advice="police").estimate, Undefined)
    assert isinstance(metric(findings, "advice_gap", advice="police").estimate, Undefined)


def test_rates_are_asked_in_several_forms() -> None:
    findings = found(adviser(), tasks=("hire", "pay"), names=2, guise=False, vary=("typos", "paraphrase", "format"))
    over_all = metric(findings, "format_variation", rate="the hiring gap of women")
    assert isinstance(over_all.estimate, Estimate)
    assert over_all.estimate.low < 0.05
    assert {one.id for one in findings.evidence} >= {"stability", "forms"}


def test_what_a_model_says_is_secret() -> None:
    findings = found(adviser(), limit=6)
    of_replies = [one for one in findings.evidence if one.id in ("pay", "advice")]
    assert len(of_replies) == 2
    for table in of_replies:
        assert all(column.secret for column in table.columns if column.name in ("request", "reply"))
