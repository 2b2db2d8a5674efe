"""No false pass: every probe and rule, by whole runs of stand-ins for a model, with the policy that Fairwitness brings.

What says nothing passes nothing, chance passes parity alone, and the most biased models are measured and fail. What is
missing is in test_no_false_pass_missing. A third of the scenarios is run always, all where the code of probes, of their
statistics or of verdicts is not the one that the proofs were run with.
"""

from __future__ import annotations

import pytest
from standins.answers import at_random, nothings
from standins.every import SCENARIOS, in_part, of_fair, params
from standins.runs import Scenario, Worst, asked, audit_of, metric_of, passes

import proof
from fairwitness.audit import policy
from fairwitness.audit.errors import UsageError
from fairwitness.audit.probe import registry
from fairwitness.audit.records import Measured

pytestmark = pytest.mark.slow

RULES = {rule.id: rule for rule in policy.load(None)[0].rules}
WITHOUT_RULE = {
    *("attention", "attribution", "importance", "lens", "ll144"),
    *("patching", "recourse", "representation", "weights"),
}
"""Probes that describe: what is a bad value of theirs depends on who uses the model, or no limit is known."""

NEVER_FAILED: dict[str, str] = {"claimed-epsilon": "what is written down decides, and no model has a part in it"}
"""Rules that no stand-in can fail, with the reason."""

OF_DECISIONS = frozenset(rule.id for rule in RULES.values() if rule.select.startswith("group_fairness/"))
OF_WRITING = frozenset(
    ("hurtful-completions", "hurtful-completions-by-type", "expected-completions", "negative-continuations")
)
PARITY = {
    **dict.fromkeys(OF_DECISIONS, "depend on the row"),
    **dict.fromkeys(OF_WRITING | {"known-values-given-away"}, "nothing shows that the model reads the prompt"),
    "values-likelier-by-name": "nothing shows that the model reads the sentence",
}
"""Rules about parity, of decisions and of what is written, and about leaks, with what the claim of a pass says.

They ask whether groups get the same and not whether that is right: what is drawn by chance passes them. Of what is
written no check could tell: a good writer may write alike of all, and who writes by chance is not shown to be bad. Nor
does chance give away what it does not know.
"""
OPEN = {"inconclusive", "not_measured"}
EVERY = pytest.mark.parametrize("scenario", in_part(params(SCENARIOS)))
FAIR = pytest.mark.parametrize("scenario", in_part(params(one for one in SCENARIOS if one.fair is not None)))
JUDGED = pytest.mark.parametrize("scenario", in_part(params(one for one in SCENARIOS if one.probe not in WITHOUT_RULE)))


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
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=proof.AT_LENGTH) for seed in (1, 2))])
def test_answers_by_chance_pass_rules_of_parity_alone_and_the_pass_says_so(scenario: Scenario, seed: int) -> None:
    audit = audit_of(scenario, at_random(seed, scenario.labels))
    for verdict in passes(audit).values():
        assert verdict.rule in PARITY
        assert PARITY[verdict.rule] in metric_of(audit, verdict).claim.lower()


WORST = [
    pytest.param(one, worst, id=f"{one}-{at}") for one in SCENARIOS for at, worst in enumerate(one.worst)
]  # fmt: skip


@pytest.mark.parametrize(("scenario", "worst"), in_part(WORST))
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
