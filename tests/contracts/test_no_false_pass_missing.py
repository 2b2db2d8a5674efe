"""No false pass by what is missing: answers, group columns and categories, and no pass that more bad items earn back.

The last is shown to the digit, for single items of each kind of share, beside the formulas (test_shares,
test_gaps_of_shares) and in the tests of verdicts on bbq, counterfactual, bias_nli and generation; here for whole runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from decision_tables import table
from labels import labels_of
from plants.fill_mask import TERMS
from standins import classifiers, decisions, questions, sentences
from standins.answers import Answerer, drawn, filled_by, silent, with_gaps
from standins.every import SCENARIOS, find, in_part, of_fair, params
from standins.runs import Scenario, asked, audit_of, key, passes

import proof
from asking import Chooser, as_table, bbq_rows
from fairwitness.audit import policy
from fairwitness.audit.records import Audit
from fairwitness.audit.requests import Classify, LogLikelihood, Request
from fairwitness.probes.bias.bbq.answers import prompt
from fairwitness.probes.bias.bbq.items import questions_of
from sentence_pairs import crows_table

pytestmark = pytest.mark.slow

RULES = {rule.id: rule for rule in policy.load(None)[0].rules}
OPEN = {"inconclusive", "not_measured"}
FAIR = pytest.mark.parametrize("scenario", in_part(params(one for one in SCENARIOS if one.fair is not None)))


def gaps(scenario: Scenario, shares: Sequence[float]) -> Iterator[Answerer]:
    """The fair model without these shares of its answers, and without as many of those that hurt most."""
    assert scenario.fair is not None
    for share in shares:
        yield with_gaps(scenario.fair, share)
    if scenario.missed is not None:
        yield with_gaps(scenario.fair, 0.09, scenario.missed)


@FAIR
@pytest.mark.parametrize("shares", [(0.01,), pytest.param((0.002, 0.03), marks=proof.AT_LENGTH)], ids=str)
def test_a_pass_holds_too_had_the_worst_model_answered_what_is_missing(
    scenario: Scenario, shares: Sequence[float]
) -> None:
    for gappy in gaps(scenario, shares):
        passed = passes(audit_of(scenario, gappy))
        for worst in scenario.worst if passed else ():
            whole = audit_of(scenario, filled_by(gappy, worst.answer))
            broken = {key(one): one.reason for one in asked(whole) if one.outcome in ("fail", "likely_violated")}
            assert not {one: broken[one] for one in passed if one in broken}


def test_a_pass_that_hangs_on_what_is_missing_is_open() -> None:
    """Nine men in a hundred have no decision: had all of them been selected, men would be at nearly twice the rate."""
    scenario = find("group_fairness", name="no true outcomes")
    assert scenario.fair is not None
    assert scenario.missed is not None
    assert (of_fair(scenario).outcome, of_fair(scenario).exit_code) == ("pass", 0)
    gappy = with_gaps(scenario.fair, 0.09, scenario.missed)
    audit = audit_of(scenario, gappy)
    assert {one.outcome for one in asked(audit)} == {"inconclusive"}
    assert all("what stayed unanswered or was misjudged could have put" in one.reason for one in asked(audit))
    assert audit.exit_code == 1
    assert audit_of(scenario, filled_by(gappy, scenario.worst[0].answer)).outcome == "fail"


def columns(**gone: Any) -> Scenario:
    """Decisions on people of two sexes, alike for both, with another column that was asked for."""
    rows = {"sex": decisions.FEW, **gone}
    fair = find("group_fairness", name="no true outcomes")
    options = {**fair.options, "groups": ",".join(rows)}
    return replace(fair, tables={"table": table(rows)}, options=options)


@pytest.mark.parametrize(
    "cells",
    [[None] * 8_000, ["one"] * 8_000, [f"z{at // 20}" for at in range(8_000)]],
    ids=["empty", "constant", "too wide"],
)
def test_a_group_column_that_is_gone_is_not_measured_and_counts(cells: list[Any]) -> None:
    scenario = columns(zip=cells)
    assert scenario.fair is not None
    audit = audit_of(scenario, scenario.fair)
    gone = [one for one in asked(audit) if one.variant.get("groups") == "zip"]
    assert {one.outcome for one in gone} == {"not_measured"}
    assert all(one.counts for one in gone)
    assert {one.rule for one in gone} >= set(decisions.SELECTION)
    assert {one.rule for one in passes(audit).values()} >= set(decisions.SELECTION)
    assert (audit.outcome, audit.exit_code) == ("inconclusive", 1)


def of_bbq() -> tuple[Scenario, Callable[[Request], bool]]:
    data = as_table([*bbq_rows(25, 4), *bbq_rows(2, 2, ("Coats",))])
    lost = {prompt(one) for one in questions_of(data, None, (), None, 0).items if one.category == "Coats"}
    scenario = replace(find("bbq", "LogLikelihood"), tables={"bbq": data}, fair=Chooser(data, questions.right))
    return scenario, lambda request: isinstance(request, LogLikelihood) and request.context in lost


def of_crows() -> tuple[Scenario, Callable[[Request], bool]]:
    names = ["few" if at < 12 else "many" for at in range(sentences.EVEN)]
    data = crows_table(sentences.EVEN, bias_type=names)
    lost = {str(data.columns[column][at]) for column in ("sent_more", "sent_less") for at in range(12)}
    scenario = replace(find("crows_pairs", "LogLikelihood"), tables={"crows_pairs": data})
    return scenario, lambda request: isinstance(request, LogLikelihood) and request.continuation in lost


def of_swaps() -> tuple[Scenario, Callable[[Request], bool]]:
    scenario = find("counterfactual", name="written")
    return scenario, lambda request: isinstance(request, Classify) and "Muslim" in request.text


def of_terms() -> tuple[Scenario, Callable[[Request], bool]]:
    words = {one.word for one in TERMS["race"]} - {one.word for one in TERMS["race"] if one.reference}
    first = min(words)
    return find("fill_mask", "FillMask"), lambda request: getattr(request, "targets", ()) == (first,)


@pytest.mark.parametrize(
    ("world", "rules", "by"),
    [
        (of_bbq, questions.BBQ_RULES[1:], {"category": "Coats"}),
        (of_crows, ("stereotypical-sentences-by-category",), {"category": "few"}),
        (of_swaps, (classifiers.BY_GROUP,), {"category": "religion", "group": "Muslim"}),
        (of_terms, ("expected-groups",), {"category": "race"}),
    ],
    ids=["bbq", "crows_pairs", "counterfactual", "fill_mask"],
)
def test_a_category_or_group_without_an_answer_is_open_and_the_rest_cannot_pass_for_it(
    world: Callable[[], tuple[Scenario, Callable[[Request], bool]]], rules: tuple[str, ...], by: dict[str, str]
) -> None:
    scenario, lost = world()
    fair = scenario.fair
    assert fair is not None
    audit = audit_of(scenario, lambda request: silent(request) if lost(request) else fair(request))
    for rule in rules:
        gone = [one for one in asked(audit, rule) if by.items() <= labels_of(one).items()]
        assert gone, rule
        assert {one.outcome for one in gone} <= OPEN, rule
        counting = RULES[rule].severity != "warn" and RULES[rule].on_not_measured != "ignore"
        assert {one.counts for one in gone} == {counting}, rule
    assert audit.exit_code != 0 or scenario.probe == "counterfactual"


def mixed(fair: Answerer, worst: Answerer, order: Callable[[Request], float], share: float) -> Answerer:
    """The worst model where `order` is below the share, the fair one elsewhere."""
    return lambda request: worst(request) if order(request) < share else fair(request)


COARSE = (0.0, 0.01, 0.03, 0.1, 1.0)
FINE = (0.0, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06, 0.1, 0.2, 0.4, 1.0)


def worsened(scenario: Scenario, order: Callable[[Request], float], steps: Sequence[float]) -> Iterator[Audit]:
    """Runs in which the worst model answers more and more of the requests, in this order, and the fair one the rest."""
    fair, worst, place = scenario.fair, scenario.worst[0].answer, cache(order)
    assert fair is not None
    for share in steps:
        yield audit_of(scenario, mixed(fair, worst, place, share))


SHARES = [
    find("bbq", "Predict"),
    find("winogender", "FillMask"),
    find("gap", "FillMask"),
    find("honest", "FillMask"),
    find("bold"),
    find("counterfactual", name="own"),
    find("known_texts"),
    find("extraction"),
    find("group_fairness", name="no true"),
    find("group_fairness", "Classify"),
]
"""Shares of yes and no, in which every request is an item: the worst model answers it badly, or as the fair one."""


@pytest.mark.parametrize("scenario", SHARES, ids=str)
@pytest.mark.parametrize("steps", [COARSE, pytest.param(FINE, marks=proof.AT_LENGTH)], ids=["coarse", "fine"])
def test_more_bad_items_never_earn_a_pass_back(scenario: Scenario, steps: Sequence[float]) -> None:
    seen = [passes(audit) for audit in worsened(scenario, lambda request: float(drawn(7, request).random()), steps)]
    assert seen[0]
    assert not {one for one in seen[-1] if one[0] in scenario.worst[0].fails and len(seen[0]) == 1}
    assert all(set(after) <= set(before) for before, after in pairwise(seen))
