"""No false pass: every probe and rule, by whole runs of stand-ins for a model, with the policy that Assay brings.

What says nothing passes nothing; the most biased models are measured and fail; a pass holds too had all that stayed
unanswered had the worst answers; one bad item more never makes a verdict better. The last is shown to the digit, for
single items of each kind of share, beside the formulas: test_shares, test_gaps_of_shares (properties), and in the tests
of verdicts on bbq, counterfactual, bias_nli and generation; here for whole runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from plants.fill_mask import TERMS
from standins import classifiers, decisions, questions, sentences
from standins.answers import Answerer, at_random, drawn, filled_by, nothings, silent, with_gaps
from standins.every import SCENARIOS
from standins.runs import Scenario, Worst, audit_of, metric_of

from asking import Chooser, as_table, bbq_rows
from assay.audit import policy
from assay.audit.errors import UsageError
from assay.audit.probe import registry
from assay.audit.records import Audit, Measured, Outcome, Verdict
from assay.audit.requests import Classify, LogLikelihood, Request
from assay.probes.bbq.answers import prompt
from assay.probes.bbq.items import questions_of
from sentence_pairs import crows_table

RULES = {rule.id: rule for rule in policy.load(None)[0].rules}
WITHOUT_RULE = {"attention", "attribution", "ll144", "representation"}
"""Probes that describe: what is a bad value of theirs depends on who uses the model, or no limit is known."""

NEVER_FAILED: dict[str, str] = {}
"""Rules that no stand-in can fail, with the reason."""

PARITY = frozenset(
    rule.id
    for rule in RULES.values()
    if rule.selector.takes_probe("group_fairness") or rule.selector.takes_probe("honest") or "bold" in rule.select
)
"""Rules about parity: of decisions by group, and of what is written of groups.

They ask whether groups get the same and not whether it is right, so that chance passes them; the claim says so.
"""
SAYS_SO = ("depend on the row", "that the model reads the prompt is not shown")
ORDER: tuple[Outcome, ...] = ("pass", "inconclusive", "likely_violated", "fail")
OPEN = {"inconclusive", "not_measured"}
DEAR = {"ceat"}


def params(scenarios: Iterable[Scenario]) -> list[Any]:
    """The scenarios, of which those that take long run with the slow tests alone."""
    return [pytest.param(one, id=str(one), marks=[pytest.mark.slow] * (one.probe in DEAR)) for one in scenarios]


EVERY = pytest.mark.parametrize("scenario", params(SCENARIOS))
FAIR = pytest.mark.parametrize("scenario", params(one for one in SCENARIOS if one.fair is not None))
JUDGED = pytest.mark.parametrize("scenario", params(one for one in SCENARIOS if one.probe not in WITHOUT_RULE))


def asked(audit: Audit, *rules: str) -> list[Verdict]:
    """Verdicts on what was asked, under these rules or all."""
    return [one for one in audit.verdicts if one.asked and (not rules or one.rule in rules)]


def passes(audit: Audit) -> dict[tuple[Any, ...], Verdict]:
    """The verdicts that pass, by rule and metric."""
    return {key(one): one for one in audit.verdicts if one.outcome == "pass"}


def key(one: Verdict) -> tuple[Any, ...]:
    return one.rule, one.metric, tuple(sorted(one.by.items()))


def find(probe: str, needs: str = "", name: str = "") -> Scenario:
    """The first scenario of that probe, kind of model and name."""
    return next(
        one for one in SCENARIOS if one.probe == probe and (not needs or needs in one.needs) and name in one.name
    )


@cache
def of_fair(scenario: Scenario) -> Audit:
    assert scenario.fair is not None
    return audit_of(scenario, scenario.fair)


def test_every_installed_probe_is_asked_in_every_way() -> None:
    ways = {(name, needs) for name, probe in registry().items() for needs in probe.spec.needs}
    assert {(one.probe, one.needs) for one in SCENARIOS} == ways


def test_every_shipped_rule_is_failed_by_a_most_biased_model() -> None:
    assert {rule for one in SCENARIOS for rule in one.rules} == set(RULES) - set(NEVER_FAILED)
    named = {name for name in registry() for rule in RULES.values() if rule.selector.takes_probe(name)}
    assert set(registry()) - named == WITHOUT_RULE


@EVERY
def test_who_says_nothing_passes_nothing(scenario: Scenario) -> None:
    """Every rule that its most biased model fails was asked and stays open; nothing is taken for not asked."""
    for name, answer in nothings(scenario.labels).items():
        if (scenario.name, name) == ("no true outcomes", "always 0"):
            with pytest.raises(UsageError, match="never occurs"):  # exit code 2: nobody was selected
                audit_of(scenario, answer)
            continue
        audit = audit_of(scenario, answer)
        assert not passes(audit), name
        assert audit.exit_code != 0, name
        for rule in scenario.rules:
            said = asked(audit, rule)
            assert said, (name, rule)
            assert {one.outcome for one in said} <= OPEN, (name, rule)
        if any(RULES[rule].severity != "warn" for rule in scenario.rules) and isinstance(audit.results[0], Measured):
            assert (audit.outcome, audit.exit_code) == ("inconclusive", 1), name


@JUDGED
def test_answers_by_chance_pass_rules_of_parity_alone_and_the_pass_says_so(scenario: Scenario) -> None:
    for seed in range(3):
        audit = audit_of(scenario, at_random(seed, scenario.labels))
        for one in passes(audit).values():
            assert one.rule in PARITY, seed
            assert any(words in metric_of(audit, one).claim for words in SAYS_SO), metric_of(audit, one).claim


WORST = [
    pytest.param(one, worst, id=f"{one}-{at}") for one in SCENARIOS for at, worst in enumerate(one.worst)
]  # fmt: skip


@pytest.mark.parametrize(("scenario", "worst"), WORST)
def test_the_most_biased_model_is_measured_and_fails(scenario: Scenario, worst: Worst) -> None:
    audit = audit_of(scenario, worst.answer)
    assert isinstance(audit.results[0], Measured), audit.results[0]
    for rule in worst.fails:
        assert "fail" in {one.outcome for one in asked(audit, rule)}, rule
    if any(RULES[rule].severity != "warn" for rule in worst.fails):
        assert (audit.outcome, audit.exit_code) == ("fail", 1)
    assert not [one.reason for one in asked(audit) if "gave nothing that matches" in one.reason]


@FAIR
def test_a_fair_model_passes_what_the_most_biased_one_fails(scenario: Scenario) -> None:
    """So that what follows is about something: but for rules of few items, which may stay open."""
    audit = of_fair(scenario)
    for rule in scenario.rules:
        outcomes = {one.outcome for one in asked(audit, rule)}
        assert not outcomes & {"fail", "likely_violated", "not_measured"}, rule
    if scenario.rules:
        assert {rule for rule, *_ in passes(audit)} & set(scenario.rules)
    assert not [one.reason for one in asked(audit) if "gave nothing that matches" in one.reason]


def gaps(scenario: Scenario) -> Iterator[Answerer]:
    """The fair model without one answer in a hundred, without three, and without as many as hurt most."""
    assert scenario.fair is not None
    for share in (0.01, 0.03):
        yield with_gaps(scenario.fair, share)
    if scenario.missed is not None:
        yield with_gaps(scenario.fair, 0.09, scenario.missed)


@FAIR
def test_a_pass_holds_too_had_the_worst_model_answered_what_is_missing(scenario: Scenario) -> None:
    for gappy in gaps(scenario):
        passed = passes(audit_of(scenario, gappy))
        for worst in scenario.worst if passed else ():
            whole = audit_of(scenario, filled_by(gappy, worst.answer))
            broken = {key(one): one.reason for one in asked(whole) if one.outcome in ("fail", "likely_violated")}
            assert not {one: broken[one] for one in passed if one in broken}


def test_a_pass_that_hangs_on_what_is_missing_is_open() -> None:
    """Nine men in a hundred have no decision: had all of them been selected, men would be at nearly twice the rate."""
    [scenario] = [one for one in SCENARIOS if one.name == "no true outcomes"]
    assert scenario.fair is not None
    assert (of_fair(scenario).outcome, of_fair(scenario).exit_code) == ("pass", 0)
    gappy = with_gaps(scenario.fair, 0.09, scenario.missed)
    audit = audit_of(scenario, gappy)
    assert {one.outcome for one in asked(audit)} == {"inconclusive"}
    assert all("what stayed unanswered could have put the value" in one.reason for one in asked(audit))
    assert audit.exit_code == 1
    assert audit_of(scenario, filled_by(gappy, scenario.worst[0].answer)).outcome == "fail"


def columns(**gone: Any) -> Scenario:
    """Decisions on people of two sexes, alike for both, with another column that was asked for."""
    rows = {"sex": decisions.FEW, **gone}
    fair = find("group_fairness", name="no true outcomes")
    options = {**fair.options, "groups": ",".join(rows)}
    return replace(fair, tables={"table": decisions.table(rows)}, options=options)


@pytest.mark.parametrize(
    "cells",
    [[None] * 8_000, ["one"] * 8_000, [f"z{at // 20}" for at in range(8_000)]],
    ids=["empty", "constant", "too wide"],
)
def test_a_group_column_that_is_gone_is_not_measured_and_counts(cells: list[Any]) -> None:
    scenario = columns(zip=cells)
    assert scenario.fair is not None
    audit = audit_of(scenario, scenario.fair)
    gone = [one for one in asked(audit) if one.by.get("groups") == "zip"]
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
        gone = [one for one in asked(audit, rule) if by.items() <= one.by.items()]
        assert gone, rule
        assert {one.outcome for one in gone} <= OPEN, rule
        counting = RULES[rule].severity != "warn" and RULES[rule].on_not_measured != "ignore"
        assert {one.counts for one in gone} == {counting}, rule
    assert audit.exit_code != 0 or scenario.probe == "counterfactual"


def worsened(scenario: Scenario, order: Callable[[Request], float]) -> Iterator[Audit]:
    """Runs in which the worst model answers more and more of the requests, in this order, and the fair one the rest."""
    fair, worst = scenario.fair, scenario.worst[0].answer
    assert fair is not None
    known: Answerer = fair
    for share in (0.0, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06, 0.1, 0.2, 0.4, 1.0):
        yield audit_of(scenario, lambda request, at=share: worst(request) if order(request) < at else known(request))


SHARES = [
    find("bbq", "Predict"),
    find("winogender", "FillMask"),
    find("gap", "FillMask"),
    find("honest", "FillMask"),
    find("bold"),
    find("counterfactual", name="own"),
    find("memorization"),
    find("group_fairness", name="no true"),
    find("group_fairness", "Classify"),
]
"""Shares of yes and no, in which every request is an item: the worst model answers it badly, or as the fair one."""


@pytest.mark.parametrize("scenario", SHARES, ids=str)
def test_more_bad_items_never_earn_a_pass_back(scenario: Scenario) -> None:
    seen = [passes(audit) for audit in worsened(scenario, lambda request: float(drawn(7, request).random()))]
    assert seen[0]
    assert not {one for one in seen[-1] if one[0] in scenario.worst[0].fails and len(seen[0]) == 1}
    assert all(set(after) <= set(before) for before, after in pairwise(seen))
