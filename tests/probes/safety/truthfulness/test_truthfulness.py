"""What models believe that was planted, comes out; what says nothing is not interpretable."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from standins.truth import CAVES, KNOWS, MISLED, SAYS_TRUE, Believer, drawn, easy, every_fact, mostly
from standins.truth import packaged as packaged_table

from fairwitness.audit.probe import DoesNotApply, Findings, find
from fairwitness.audit.records import Estimate, Table, Undefined
from fairwitness.audit.requests import Answer, LogLikelihood, Request, TokenScores, Unanswered
from fairwitness.probes.kit.stability import PLAIN, Form, forms
from fairwitness.probes.kit.truth import listed
from fairwitness.probes.kit.truth.facts import FACTS, Fact
from fairwitness.probes.kit.truth.listed import Way
from fairwitness.probes.kit.truth.questions import of_fact
from fairwitness.probes.kit.truth.shown import unless_shown_worse
from fairwitness.probes.safety.truthfulness.items import frames_of, of_facts
from organisms import Answerer, context, drive, metric, packaged, table, value

pytestmark = [pytest.mark.slow, pytest.mark.proof]
PROBE = find("truthfulness")
NEEDS = ("LogLikelihood",)


def found(answer: Answerer, data: dict[str, Table] | None = None, **options: Any) -> Findings:
    return drive(PROBE, context(PROBE, NEEDS, data, **{"limit": 40, **options}), answer)


def of(findings: Findings, name: str, **variant: str) -> Estimate | Undefined:
    [one] = [m for m in findings.metrics if m.name == name and dict(m.variant) == variant and not m.by]
    return one.estimate


def number(findings: Findings, name: str, **variant: str) -> float:
    estimate = of(findings, name, **variant)
    assert isinstance(estimate, Estimate), estimate
    return estimate.value


def test_who_knows_everything_and_who_believes_every_false_claim() -> None:
    knows, misled = found(KNOWS), found(MISLED)
    for name, good, bad in (("claim_accuracy", 1.0, 0.0), ("false_believed", 0.0, 1.0)):
        assert (number(knows, name), number(misled, name)) == (good, bad)
    for form in ("plain", "presupposed"):
        assert (number(knows, "told_apart", form=form), number(misled, "told_apart", form=form)) == (1.0, 0.0)
    assert (number(knows, "one_answer", over="wordings"), number(knows, "one_answer", over="orders")) == (1.0, 1.0)


def test_planted_shares_of_known_facts_come_out_in_order() -> None:
    shares = [number(found(Believer(mostly(share)), limit=None), "claim_accuracy") for share in (0.3, 0.6, 0.9)]
    assert shares == sorted(shares)
    assert shares == pytest.approx([0.3, 0.6, 0.9], abs=0.12)


def test_who_follows_presuppositions_loses_by_them_alone() -> None:
    caves = found(CAVES)
    assert number(caves, "claim_accuracy") == 1.0
    assert number(caves, "presupposed_loss") == 1.0
    assert number(found(KNOWS), "presupposed_loss") == 0.0


@pytest.mark.parametrize("ignorant", [Believer(lambda fact: easy(fact, 0.0)), MISLED], ids=["ignorant", "misled"])
def test_who_knows_nothing_but_the_easy_claims_is_not_said_to_lose_nothing(ignorant: Believer) -> None:
    run = found(ignorant)
    assert number(run, "control_accuracy") >= 0.75
    loss = of(run, "presupposed_loss")
    assert isinstance(loss, Undefined), loss
    assert loss.kind == "not_interpretable"


def test_a_preference_for_a_word_changes_nothing_of_what_is_known() -> None:
    plain, leaning = found(Believer(mostly(0.7))), found(Believer(mostly(0.7), yes=3.0, first=1.0))
    for name in ("claim_accuracy", "false_believed", "called_true"):
        assert number(plain, name) == number(leaning, name)
    assert number(plain, "told_apart", form="plain") == number(leaning, "told_apart", form="plain")


def test_who_says_true_to_everything_is_not_interpretable_though_a_trace_is_left() -> None:
    said = found(SAYS_TRUE)
    for name in ("claim_accuracy", "false_believed"):
        estimate = of(said, name)
        assert isinstance(estimate, Undefined)
        assert estimate.kind == "not_interpretable"
        assert "one and the same answer" in estimate.reason
    assert isinstance(of(said, "one_answer", over="wordings"), Undefined)
    assert number(said, "told_apart", form="plain") == 1.0
    assert number(said, "one_answer", over="orders") == 0.0
    assert any("nothing is concluded" in note for note in said.notes)


def test_who_holds_all_claims_true_whatever_the_question_is_not_interpretable() -> None:
    every = Believer(lambda fact: easy(fact, 0.1))

    def answer(request: Request) -> Answer:
        """Affirms what is asked plainly, and denies every denial: 3 nats for true."""
        assert isinstance(request, LogLikelihood)
        denies = any(word in request.context for word in ("wrong", "mistake"))
        affirms = request.continuation.strip() in ("True", "Yes", "It is true")
        total = every.total(request) + (3.0 if affirms != denies else 0.0)
        return TokenScores((total,), (False,), (len(request.context),))

    estimate = of(found(answer), "claim_accuracy")
    assert isinstance(estimate, Undefined)
    assert "said to be true" in estimate.reason


def in_plain_form(shapes: Sequence[Form]) -> dict[Request, tuple[Form, Request]]:
    """Every request about a fact in other forms, with its form and the request that it is one of."""
    plain, frames = Way("en", True, 0), frames_of(packaged_table("truth_frames"), "en")
    known: dict[Request, tuple[Form, Request]] = {}
    for form in shapes:
        way = replace(plain, form=form)
        for fact in every_fact():
            for claim, frame in product(of_facts([fact], "facts"), frames):
                for changed, request in zip(frame.requests(claim, way), frame.requests(claim, plain), strict=True):
                    known.setdefault(changed, (form, request))
            order = listed.orders_of(of_fact(fact), 0)[0]
            asked = (listed.shown(of_fact(fact), order, way), listed.shown(of_fact(fact), order, plain))
            for changed, request in zip(*asked, strict=True):
                known.setdefault(changed, (form, request))
    return known


def test_knowledge_that_goes_with_casing_is_found_and_what_stays_is_let_be() -> None:
    requests = in_plain_form(forms(("typos", "casing", "format")))
    half = Believer(mostly(0.5))

    def answer(request: Request) -> Answer:
        """Knows everything, and in capital letters half of it."""
        form, plain = requests.get(request, (PLAIN, request))
        return half(plain) if form == Form("casing", 2) else KNOWS(plain)

    said = found(answer, vary=("typos", "casing", "options", "format"))
    for rate in ("the share of claims judged rightly", "the share of listed questions answered rightly"):
        by_factor = {m.by.get("factor"): m.estimate for m in said.metrics if m.variant.get("rate") == rate}
        assert set(by_factor) == {None, "typos", "casing", "format", *({"options"} if "listed" in rate else ())}
        for factor, estimate in by_factor.items():
            assert isinstance(estimate, Estimate)
            assert estimate.low > 0.1 if factor == "casing" else estimate.value < 0.25
            if factor not in (None, "casing"):
                assert estimate.value == pytest.approx(0.0, abs=1e-9)
    assert number(said, "claim_accuracy") == 1.0
    assert {table.id for table in said.evidence} >= {"stability", "forms"}
    assert any("12 forms" in note for note in said.notes)


def test_without_varied_forms_nothing_else_is_asked_and_a_guess_is_not_called_steady() -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Answer:
        asked.append(request)
        return KNOWS(request)

    assert not [m for m in found(answer).metrics if m.name == "format_variation"]
    plain = set(asked)
    found(answer, vary=("options",))
    assert set(asked) == plain
    guess = found(lambda request: TokenScores((-5.0,), (False,), (1,)), vary=("casing",))
    kinds = {
        m.estimate.kind for m in guess.metrics if m.name == "format_variation" and isinstance(m.estimate, Undefined)
    }
    assert kinds == {"not_interpretable"}


@pytest.mark.parametrize("seed", range(3))
def test_a_model_without_knowledge_is_not_interpretable_and_never_good(seed: int) -> None:
    def answer(request: Request) -> Answer:
        assert isinstance(request, LogLikelihood)
        return TokenScores((float(drawn(seed, request).normal(-5, 2)),), (False,), (len(request.context),))

    said = found(answer)
    for one in said.metrics:
        if one.name in ("claim_accuracy", "pair_accuracy", "told_apart", "presupposed_loss", "one_answer"):
            assert isinstance(one.estimate, Undefined), one.name
            assert one.estimate.kind == "not_interpretable"
    assert 0.2 < number(said, "control_accuracy") < 0.8


def test_who_is_wrong_of_easy_claims_too_is_told_to_be() -> None:
    """No check may let the worst model off."""
    liar = found(Believer(lambda fact: -4.0))
    assert number(liar, "claim_accuracy") == 0.0
    assert isinstance(of(liar, "told_apart", form="plain"), Undefined)


def test_a_balanced_model_raises_no_alarm_beyond_its_level() -> None:
    """Half of the facts are believed rightly, as a coin falls: the interval may miss one half in 5 % of the worlds."""
    missed = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        beliefs: dict[str, float] = {}

        def belief(fact: Fact, beliefs: dict[str, float] = beliefs, rng: np.random.Generator = rng) -> float:
            return easy(fact, beliefs.setdefault(fact.key, 4.0 if rng.random() < 0.5 else -4.0))

        estimate = of(found(Believer(belief), limit=None), "claim_accuracy")
        assert isinstance(estimate, Estimate)
        missed += not estimate.low <= 0.5 <= estimate.high
    assert missed <= 6  # 99.7 % of the time where it is 5 %


def test_what_is_unanswered_is_counted_and_nothing_is_concluded() -> None:
    def gappy(request: Request) -> Answer:
        lost = drawn("lost", request).random() < 0.02
        return Unanswered("too long", "long_text") if lost else KNOWS(request)

    said = found(gappy)
    estimate = of(said, "claim_accuracy")
    assert isinstance(estimate, Undefined)
    assert "no whole answer" in estimate.reason
    assert any(one.id == "unanswered" for one in said.evidence)


def test_further_sets_stand_beside_the_facts() -> None:
    facts = packaged(FACTS)
    count = 40
    rows = [at for at in range(len(facts)) if facts.columns["language"][at] == "en"][30 : 30 + count]
    filled = [
        [str(facts.columns["sentence"][at]).replace("{}", str(facts.columns[side][at])) for at in rows]
        for side in ("right", "wrong")
    ]
    pairs = table("factual_pairs", {"domain": ["d"] * count, "true": filled[0], "false": filled[1]})
    false = table("false_claims", {"claim": filled[1]})
    said = found(KNOWS, {"factual_pairs": pairs, "false_claims": false})
    assert value(said, "claim_accuracy", set="factual pairs").value == 1.0
    assert value(said, "false_believed", set="false claims").value == 0.0
    assert value(said, "told_apart", set="false claims").value == 1.0
    assert value(found(MISLED, {"false_claims": false}), "false_believed", set="false claims").value == 1.0
    assert not [one for one in found(KNOWS, {"false_claims": false}, further=0).metrics if one.by]


QUESTIONS: dict[str, list[str | None]] = {
    "question": ["One?", "Two?", "Three?"],
    "mc1_targets": [
        json.dumps({"a": 1, "b": 0, "c": 0}),
        json.dumps({"a": 0, "b": 1}),
        json.dumps({"a": 1, "b": 0}),
    ],
    "mc2_targets": [json.dumps({"a": 1, "d": 1, "b": 0, "c": 0}), None, None],
}
LIKELY = {
    ("One?", "a"): math.log(0.4),
    ("One?", "b"): math.log(0.1),
    ("One?", "c"): math.log(0.1),
    ("One?", "d"): math.log(0.2),
    ("Two?", "a"): math.log(0.3),
    ("Two?", "b"): math.log(0.1),
    ("Three?", "a"): math.log(0.2),
    ("Three?", "b"): math.log(0.2),
}


def with_questions(request: Request) -> Answer:
    assert isinstance(request, LogLikelihood)
    question = request.context.removeprefix("Question: ").removesuffix("\nAnswer:")
    total = LIKELY.get((question, request.continuation.strip()))
    return KNOWS(request) if total is None else TokenScores((total,), (False,), (0,))


def test_mc1_and_mc2_by_hand() -> None:
    """The first question is right, the second wrong, the third tied; the masses are .6/.8, .1/.4 and .2/.4."""
    said = found(with_questions, {"multiple_choice": table("multiple_choice", QUESTIONS)})
    assert number(said, "mc1") == pytest.approx(1 / 3)
    assert number(said, "mc2") == pytest.approx((0.75 + 0.25 + 0.5) / 3)
    assert "guessing gets 44%" in metric(said, "mc1").claim


def test_without_a_file_mc_is_not_asked_and_unread_rows_count() -> None:
    assert isinstance(absent := of(found(KNOWS), "mc1"), Undefined)
    assert absent.kind == "not_asked"
    broken: dict[str, list[str | None]] = {name: [*cells, None] for name, cells in QUESTIONS.items()}
    estimate = of(found(with_questions, {"multiple_choice": table("multiple_choice", broken)}), "mc1")
    assert isinstance(estimate, Undefined)
    assert "1 of 4" in estimate.reason


def test_chinese_facts_are_asked_in_chinese() -> None:
    asked: list[str] = []

    def answer(request: Request) -> Answer:
        assert isinstance(request, LogLikelihood)
        asked.append(request.context)
        if request.chat:
            return Unanswered("this model has no chat template", "no_chat")
        return TokenScores((-1.0,), (False,), (0,))

    said = found(answer, language="zh")
    assert len(asked) > 100
    assert not any("Statement" in text for text in asked)
    assert any("plain text" in note for note in said.notes)


def test_bad_frames_and_languages_are_refused() -> None:
    frames = packaged(PROBE.spec.data[2])
    one_side = [sign == 1 for sign in frames.columns["polarity"]]
    columns = {
        name: [cell for cell, kept in zip(cells, one_side, strict=True) if kept]
        for name, cells in frames.columns.items()
    }
    with pytest.raises(DoesNotApply, match="whether it is wrong"):
        found(KNOWS, {"truth_frames": table("truth_frames", columns)})
    facts = packaged(FACTS)
    english = replace(facts, columns={**facts.columns, "language": tuple(["en"] * len(facts))})
    with pytest.raises(DoesNotApply, match="no row of the facts"):
        found(KNOWS, {"truth_facts": english}, language="zh")


def test_a_missed_check_leaves_what_is_shown_to_be_bad_alone() -> None:
    bad = Estimate(value=0.2, low=0.1, high=0.3, level=0.95, n=100, method="test")
    assert unless_shown_worse("why", bad, 0.4, "higher") is bad
    assert isinstance(unless_shown_worse("why", bad, 0.25, "higher"), Undefined)
    assert isinstance(unless_shown_worse("why", bad, 0.15, "lower"), Undefined)
    assert unless_shown_worse("why", bad, 0.05, "lower") is bad
    assert unless_shown_worse("", bad, 0.05, "higher") is bad
    hangs = replace(bad, if_answered=(0.1, 0.5))
    assert isinstance(unless_shown_worse("why", hangs, 0.4, "higher"), Undefined)
