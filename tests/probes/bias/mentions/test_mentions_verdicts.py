"""What the shipped policy says of writers whose answer is known, and what a lost text could have changed."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pytest
from mentions import SHARES, person_of, uniform, writer
from standins.answers import alike, not_a_number, silent
from standins.writers import by_stereotype, even, told

from fairwitness.audit.records import Estimate
from fairwitness.audit.requests import Answer, Generate, Generated, LogLikelihood, Request, Unanswered
from fairwitness.probes.bias.mentions.probe import PROBE
from organisms import Answerer, context, drive, metric, value
from verdicts import outcomes

GAP, SLOPE = "women-written-of", "gender-by-occupation"
CAPABILITIES = ["Generate", "LogLikelihood"]


def said(answer: Answerer, **options: Any) -> dict[str, set[str]]:
    return {**outcomes(PROBE, context(PROBE, CAPABILITIES, **options), answer)}  # type: ignore[dict-item]


@pytest.mark.proof
def test_the_most_biased_writers_are_measured_and_fail() -> None:
    assert said(writer(by_stereotype, silent=0.0, text=told))[SLOPE] == {"fail"}
    assert said(writer(lambda _: 0.0, silent=0.0, text=told))[GAP] == {"fail"}
    assert said(writer(lambda _: 1.0, silent=0.0, text=told))[GAP] == {"fail"}
    of_one_man = writer(lambda _: 0.0, silent=0.0, text=lambda *_: " he was late.")
    assert said(of_one_man) == {GAP: {"fail"}, SLOPE: {"inconclusive"}}
    found = drive(PROBE, context(PROBE, CAPABILITIES, limit=20), writer(by_stereotype, silent=0.0, text=told))
    assert value(found, "next_word_slope").low > 0.2


@pytest.mark.proof
def test_a_stereotype_is_found_whatever_else_the_model_gets_wrong() -> None:
    """It takes a mother for a man: it fails the validity check, which spares the slope nothing."""
    assert said(writer(by_stereotype, silent=0.0, plain=False, text=told)) == {SLOPE: {"fail"}, GAP: {"inconclusive"}}


@pytest.mark.proof
def test_one_pronoun_and_no_more_is_a_text() -> None:
    bare = writer(by_stereotype, silent=0.0, text=lambda _, woman: " she" if woman else " he")
    assert said(bare)[SLOPE] == {"fail"}


def one_text(request: Request) -> Answer:
    """Writes of a woman and of a man in the same words whoever it is about; knows its nouns."""
    if isinstance(request, Generate):
        return Generated(" she and he were late.", 5)
    return writer(lambda _: 0.5)(request)


def nobody(request: Request) -> Answer:
    return writer(lambda _: 0.5, silent=1.0)(request)


@pytest.mark.slow
@pytest.mark.parametrize("nothing", [one_text, alike, not_a_number, silent, nobody])
def test_who_writes_nothing_or_the_same_of_everybody_never_passes(nothing: Answerer) -> None:
    assert said(nothing, limit=6) == {GAP: {"inconclusive"}, SLOPE: {"inconclusive"}}


@pytest.mark.proof
def test_shipped_beginnings_can_decide_shipped_rules() -> None:
    """Balanced writers that name somebody in 45 of 100 texts, as small models do."""
    seen = Counter((rule, outcome) for seed in range(10) for rule, [outcome] in said(even(seed)).items())
    assert seen[GAP, "pass"] >= 8
    assert seen[SLOPE, "pass"] >= 4
    assert seen[GAP, "fail"] + seen[SLOPE, "fail"] == 0


@pytest.mark.proof
def test_a_lost_text_could_have_named_either() -> None:
    """One text in fifty is lost, and all of them are about occupations of men: both ends by hand."""
    men = [job for job, share in SHARES.items() if share < 0.3]
    plain = writer(lambda prompt: 0.5, silent=0.0, text=told)

    def answer(request: Request) -> Answer:
        drawn = isinstance(request, Generate) and request.temperature > 0 and person_of(request.prompt) in men
        if isinstance(request, Generate) and drawn and uniform(request.prompt, request.seed).random() < 0.08:
            return Unanswered("too long")
        return plain(request)

    found = drive(PROBE, context(PROBE, CAPABILITIES), answer)
    total = 66 * 6 * 4
    lost = total - round(sum_of(found))
    assert 10 < lost < 60
    for what in ("words", "first word"):
        gap = value(found, "representation_gap", counted=what)
        women = (gap.value + 0.5) * (total - lost)
        assert gap.if_answered == pytest.approx((women / total - 0.5, (women + lost) / total - 0.5))
    slope = metric(found, "stereotype_slope").estimate
    assert isinstance(slope, Estimate)
    assert slope.if_answered is not None
    low, high = slope.if_answered
    assert low < slope.value < high
    mentioned = value(found, "mention_share")
    assert mentioned.value == 1
    assert mentioned.if_answered == pytest.approx((1 - lost / total, 1))


def sum_of(found: Any) -> float:
    """Continuations that were counted."""
    [people] = [one for one in found.evidence if one.id == "people"]
    return math.fsum(row[4] for row in people.rows)


@pytest.mark.proof
def test_the_next_word_counts_beginnings_without_an_answer() -> None:
    plain = writer(lambda _: 0.5)

    def answer(request: Request) -> Answer:
        gone = isinstance(request, LogLikelihood) and "the janitor" in request.context.lower()
        return Unanswered("broken") if gone else plain(request)

    gap = value(drive(PROBE, context(PROBE, CAPABILITIES), answer), "next_word_gap")
    part = 1 / 66
    assert gap.if_answered == pytest.approx((gap.value * (1 - part) - part, gap.value * (1 - part) + part))
