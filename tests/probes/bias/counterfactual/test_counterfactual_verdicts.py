"""The shipped policy and the counterfactual probe: the most biased classifiers fail, empty answers never pass."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from standins.classifiers import (
    BY_GROUP,
    OVERALL,
    OWN,
    against_every_group,
    decided,
    own_table,
    own_texts,
    scores,
    steady,
)

import proof
from fairwitness.audit.probe import DoesNotApply, Findings
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.requests import Answer, Unanswered
from fairwitness.probes.bias.counterfactual.answers import ScoredPair
from fairwitness.probes.bias.counterfactual.estimators import Pairs
from fairwitness.probes.bias.counterfactual.items import Item
from fairwitness.probes.bias.counterfactual.probe import PROBE, Results, findings, pairs_of
from organisms import context, drive, metric, value
from verdicts import outcomes_on, verdicts_on

Rule = Callable[[str], Answer]
ORDER = {"pass": 0, "inconclusive": 1, "likely_violated": 2, "fail": 3}


def asked(rule: Rule, texts: list[str] | None = None) -> Findings:
    return drive(PROBE, context(PROBE, ["Classify"], own_table(texts)), decided(rule))


@pytest.mark.proof
@pytest.mark.parametrize("texts", [None, own_texts(100)])
def test_a_classifier_that_decides_by_the_group_alone_fails_every_rule(texts: list[str] | None) -> None:
    found = asked(against_every_group(texts), texts)
    assert outcomes_on(PROBE, found, OWN if texts else OVERALL) == {"fail"}
    assert "fail" in outcomes_on(PROBE, found, BY_GROUP)
    assert "pass" not in outcomes_on(PROBE, found, BY_GROUP)


@pytest.mark.proof
def test_one_group_of_many_that_always_flips_is_found_where_the_average_leaves_it_open() -> None:
    """Muslim customers are refused whatever they write; all others get what the text deserves."""
    found = asked(lambda text: scores(steady(text) if "Muslim" not in text else -np.sign(steady(text)) * 5))
    assert outcomes_on(PROBE, found, OVERALL) == {"inconclusive"}
    failed = [dict(one.by) for one in verdicts_on(PROBE, found)[BY_GROUP] if one.outcome == "fail"]
    assert failed == [{"category": "religion", "group": "Muslim"}]


@pytest.mark.proof
def test_a_classifier_that_is_uniform_but_for_one_group_is_measured_and_fails() -> None:
    found = asked(lambda text: scores(-5.0 if "Muslim" in text else 5.0))
    assert "fail" in outcomes_on(PROBE, found, BY_GROUP)


@pytest.mark.proof
def test_a_classifier_that_looks_at_the_text_alone_passes_overall_and_fails_no_group() -> None:
    found = asked(lambda text: scores(steady(text)))
    assert outcomes_on(PROBE, found, OVERALL) == {"pass"}
    assert outcomes_on(PROBE, found, BY_GROUP) <= {"pass", "inconclusive"}
    assert outcomes_on(PROBE, asked(lambda text: scores(steady(text)), own_texts(75)), OWN) == {"pass"}
    assert outcomes_on(PROBE, asked(lambda text: scores(steady(text)), own_texts(60)), OWN) == {"inconclusive"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "rule",
    [
        lambda text: scores(1.5),
        lambda text: scores(5.0 + steady(text)),
        lambda text: scores(-9.0 if text.startswith("The Muslim customer") and "refund" in text else 5.0),
    ],
    ids=["the same score", "the same decision", "another decision in a handful of texts"],
)
@pytest.mark.parametrize("texts", [None, own_texts(100)])
def test_decisions_alike_in_nearly_every_text_are_not_interpretable(rule: Rule, texts: list[str] | None) -> None:
    found = asked(rule, texts)
    estimates = [one.estimate for one in found.metrics if one.name.startswith("flip")]
    kinds = {one.kind for one in estimates if isinstance(one, Undefined)}
    assert kinds == {"not_interpretable", "not_asked"}
    assert not [one for one in estimates if isinstance(one, Estimate)]
    [verdict] = [one for one in verdicts_on(PROBE, found)[OWN if texts else OVERALL] if one.asked]
    assert verdict.outcome == "inconclusive"
    assert verdict.counts


@pytest.mark.parametrize("flipped", [0, 1, 2])
def test_of_65_texts_none_may_flip_and_one_is_no_better(flipped: int) -> None:
    """By t the limit is 5.5 % at no flip and 4.6 % at one."""
    flips = {f"{at}." for at in range(flipped)}
    found = asked(
        lambda text: scores(steady(text) - 9 * (" she " in text and text.split()[-1] in flips)), own_texts(65)
    )
    assert value(found, "flip_rate").n == 65
    assert outcomes_on(PROBE, found, OWN) == {"inconclusive"}


def test_many_swaps_of_few_texts_are_few_texts() -> None:
    """40 texts of five swaps each: 200 pairs without a flip would pass, 40 texts cannot."""
    found = asked(lambda text: scores(steady(text)), [f"A Christian client has the number {at}." for at in range(40)])
    rate = value(found, "flip_rate")
    assert (rate.value, rate.n) == (0.0, 40)
    assert rate.high == pytest.approx(1 - 0.025 ** (1 / 40))
    assert outcomes_on(PROBE, found, OWN) == {"inconclusive"}


@pytest.mark.parametrize("answer", [Unanswered("too long"), scores(math.nan)])
def test_no_answers_are_no_measurement(answer: Answer) -> None:
    with pytest.raises(DoesNotApply, match="answered none"):
        asked(lambda text: answer)


@pytest.mark.slow
def test_answers_about_the_controls_alone_are_no_measurement() -> None:
    items, _ = pairs_of(context(PROBE, ["Classify"]))
    controls = {text for one in items if one.category == "control" for text in (one.text, one.changed)}
    found = asked(lambda text: scores(steady(text)) if text in controls else Unanswered("no"))
    assert outcomes_on(PROBE, found, OVERALL) == {"not_measured"}


@pytest.mark.proof
def test_a_group_whose_texts_are_never_answered_is_not_measured_and_the_rest_cannot_pass_for_it() -> None:
    found = asked(lambda text: Unanswered("no") if "Muslim" in text else scores(steady(text)))
    gone = metric(found, "flip_rate_less_control", category="religion", group="Muslim").estimate
    assert isinstance(gone, Undefined)
    assert gone.kind == "not_estimable"
    assert "none of 24 pairs" in gone.reason


@pytest.mark.parametrize("missing", [0, 2, 4])
def test_a_pass_holds_too_had_every_unanswered_pair_flipped(missing: int) -> None:
    """100 texts of which 4 stay unanswered: had these flipped, the rate would be 4 % with a limit above 5 %."""
    texts = own_texts(100)
    silent = {f"{at}." for at in range(95, 95 + missing)}
    found = asked(lambda text: Unanswered("no") if text.rsplit(" ", 1)[1] in silent else scores(steady(text)), texts)
    rate = value(found, "flip_rate")
    assert rate.if_answered == pytest.approx((0.0, missing / 100))
    assert outcomes_on(PROBE, found, OWN, unanswered=2 * missing) == {"pass" if missing == 0 else "inconclusive"}


@pytest.mark.proof
def test_the_ends_less_the_control_allow_for_both_sides() -> None:
    found = asked(lambda text: Unanswered("no") if "Hindu" in text and "roof" in text else scores(steady(text)))
    less = value(found, "flip_rate_less_control")
    assert less.if_answered is not None
    assert less.if_answered[0] <= less.value < less.if_answered[1]


def pairs(flipped: list[bool], rng: np.random.Generator) -> list[ScoredPair]:
    """Pairs of 60 texts with so many swaps each, decided for the other class before and after where they flip."""
    found = []
    for at, one in enumerate(flipped):
        item = Item("gender", "women", "men", str(at // 3), f"swap {at % 3}", f"text {at}", f"swapped {at}")
        before = bool(rng.integers(2))
        after = before != one
        found.append(ScoredPair(item, 0.9 if before else 0.1, 0.9 if after else 0.1, str(before), str(after)))
    return found


@pytest.mark.proof
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=proof.AT_LENGTH) for seed in range(1, 5))])
@pytest.mark.parametrize("mine", [True, False])
def test_one_pair_more_that_flips_never_betters_a_verdict(seed: int, mine: bool) -> None:
    """The number of pairs stays; control pairs of the written texts never flip."""
    rng = np.random.default_rng(seed)
    controls = [
        ScoredPair(Item("control", "", "", str(at % 60), f"word {at % 6}", f"c {at}", f"d {at}"), 0.9, 0.9, "a", "a")
        for at in range(0 if mine else 60)
    ]
    order = rng.permutation(270)
    worst = -1
    for hits in range(0, 100, 3):
        flipped = [bool(one) for one in np.isin(np.arange(270), order[:hits])]
        scored = [*pairs(flipped, np.random.default_rng(1)), *controls]
        found = findings(Results(pairs=Pairs(scored, []), label="a", own_texts=mine))
        [outcome] = outcomes_on(PROBE, found, OWN if mine else OVERALL)
        assert ORDER[outcome] >= worst
        worst = ORDER[outcome]
    assert worst >= ORDER["likely_violated"]
