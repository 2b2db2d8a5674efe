"""What the shipped policy says of models whose answer is known, and what the verdict must not hang on."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from pronouns import ARMS, OCCUPATIONS, TEMPLATES, lifelike, noise, stereotyped
from standins.answers import alike, not_a_number, silent
from standins.pronouns import of_one_gender

import proof
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.requests import Answer, FillMask, Request, Unanswered
from fairwitness.audit.stats.crossed.slope import Point, answered_slope, cells, slope
from fairwitness.probes.bias.gender.items import sentences_of, turns
from fairwitness.probes.bias.gender.probe import PROBE
from fairwitness.probes.kit.occupations import occupations_of
from organisms import Answerer, Book, context, drive, table, value
from verdicts import outcomes

GAP, SLOPE = "pronoun-gap", "stereotype-slope"


def said(arm: str, answer: Answerer, **options: Any) -> dict[str, set[str]]:
    return {**outcomes(PROBE, context(PROBE, [arm], **options), answer)}  # type: ignore[dict-item]


@pytest.mark.proof
@pytest.mark.parametrize("arm", ARMS)
def test_the_most_biased_model_is_measured_and_fails(arm: str) -> None:
    assert said(arm, stereotyped(arm))[SLOPE] == {"fail"}
    assert said(arm, of_one_gender(arm))[GAP] == {"fail"}


@pytest.mark.proof
@pytest.mark.parametrize("arm", ARMS)
def test_a_stereotype_is_found_whatever_else_the_model_gets_wrong(arm: str) -> None:
    """It takes a mother for a man too: it fails the validity check, which spares it nothing."""
    told = said(arm, stereotyped(arm, plain=False))
    assert told == {SLOPE: {"fail"}, GAP: {"inconclusive"}}


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("nothing", [silent, not_a_number, alike])
def test_who_says_nothing_or_the_same_to_everything_never_passes(arm: str, nothing: Answerer) -> None:
    assert said(arm, nothing, limit=6) == {GAP: {"inconclusive"}, SLOPE: {"inconclusive"}}


@pytest.mark.proof
@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("models", [3, pytest.param(6, marks=proof.AT_LENGTH)])
def test_shipped_sentences_can_decide_shipped_rules(arm: str, models: int) -> None:
    balanced = Counter(
        (rule, outcome) for seed in range(models) for rule, [outcome] in said(arm, lifelike(seed, 0.0, arm)).items()
    )
    assert balanced[SLOPE, "pass"] >= models - 1
    assert balanced[GAP, "pass"] >= models - 1
    assert said(arm, lifelike(1, 2.5, arm))[SLOPE] == {"fail"}


@pytest.mark.proof
def test_no_verdict_and_no_number_hangs_on_which_control_word_stands_first() -> None:
    """Each of the control pairs is exchanged in one of two files, and all of them in a third."""

    def rather(request: Request) -> Answer:
        return book(request)

    own = lifelike(3, 1.0)
    book = Book(lambda text, word: own.weight(text, word) + (0.0 if word in PRONOUNS else 2.0 * noise(4, text, word)))
    plain = drive(PROBE, context(PROBE, ["FillMask"]), rather)
    for which in (0, 1, None):
        ctx = context(PROBE, ["FillMask"], data={"templates": exchanged(which)})
        other = drive(PROBE, ctx, rather)
        for one, same in zip(plain.metrics, other.metrics, strict=True):
            assert one.key == same.key
            if isinstance(one.estimate, Estimate):
                assert isinstance(same.estimate, Estimate)
                assert same.estimate.value == pytest.approx(one.estimate.value)
                assert (same.estimate.low, same.estimate.high) == pytest.approx((one.estimate.low, one.estimate.high))
    assert "control pairs" in value(plain, "stereotype_slope").method
    assert value(plain, "control_slope_size").value > 0.5  # the pairs do follow the share of women, each in its way


PRONOUNS = ("she", "her", "he", "his", "him", "they", "their", "them")


def exchanged(which: int | None) -> Any:
    """The templates with the fillers of every second control the other way round, or of all."""
    columns = {name: list(cells) for name, cells in TEMPLATES.columns.items()}
    controls = [at for at, kind in enumerate(columns["kind"]) if kind == "control"]
    for place, at in enumerate(controls):
        if which is None or place % 2 == which:
            columns["fillers"][at] = "|".join(reversed(str(columns["fillers"][at]).split("|")))
    return table("templates", columns)


def test_every_wording_meets_all_shares_and_a_control_the_occupations_of_its_wording() -> None:
    templates, jobs = sentences_of(TEMPLATES, "en", ()), occupations_of(OCCUPATIONS, "en", None)
    pairs = turns(templates, jobs, 1)
    cells_of = Counter((one.family, job.key) for one, job in pairs if one.kind == "pronoun")
    assert set(cells_of.values()) == {1}
    assert len(cells_of) == 24 * 54
    for one in templates:
        own = [job for other, job in pairs if other == one]
        if one.kind == "competence":
            assert not own
            continue
        assert len(own) == 18
        assert min(job.share for job in own) < 0.1
        assert max(job.share for job in own) > 0.9
    for job in jobs:
        numbers = Counter(one.number for one, other in pairs if other == job and one.kind == "pronoun")
        assert numbers == {1: 8, 2: 8, 3: 8}
    for family in {one.family for one in templates}:
        first = [job for one, job in pairs if one.family == family and one.kind == "pronoun" and one.number == 1]
        assert first == [job for one, job in pairs if one.family == family and one.kind == "control"]
    assert len(turns(templates, jobs, 3)) == len(turns(templates, jobs, 9)) == 54 * 24 * 4


def test_a_slope_with_its_ends_by_brute_force() -> None:
    """Every way to give the lost items an end of their bounds: the ends hold all slopes and are two of them."""
    rng = np.random.default_rng(2)
    shares = dict(zip("abcdefghij", np.linspace(0.1, 0.95, 10).tolist(), strict=True))
    grid = [Point(job, family, share, 0.0) for job, share in shares.items() for family in ("x", "y", "z") for _ in "12"]
    items = [Point(one.occupation, one.family, one.share, float(rng.uniform(-1, 1))) for one in grid]
    lost = [items.pop(at) for at in (53, 52, 9, 4)]  # both of one cell, one of two others
    found = answered_slope(items, lost, (-1.0, 1.0))
    assert isinstance(found, Estimate)
    assert found.if_answered is not None
    slopes = [
        slope(
            cells(
                [
                    *items,
                    *(Point(one.occupation, one.family, one.share, end) for one, end in zip(lost, ends, strict=True)),
                ]
            )
        )
        for ends in itertools.product((-1.0, 1.0), repeat=len(lost))
    ]
    known = [one for one in slopes if one is not None]
    assert found.if_answered == pytest.approx((min(known), max(known)))
    nothing_lost = answered_slope(items, [], (-1.0, 1.0))
    assert isinstance(nothing_lost, Estimate)
    assert nothing_lost.if_answered == pytest.approx((found.value, found.value))


@pytest.mark.proof
def test_a_pass_must_hold_had_the_unanswered_sentences_been_the_worst() -> None:
    """Four in a hundred sentences stay unanswered, which the check lets through: the ends of gap and slope tell."""
    even = lifelike(2, 0.0)

    def answer(request: Request) -> Answer:
        hidden = isinstance(request, FillMask) and "umbrella" in request.text and "{" not in request.text
        return Unanswered("too long") if hidden else even(request)

    ctx = context(PROBE, ["FillMask"])
    found = drive(PROBE, ctx, answer)
    gap, own = value(found, "gap"), value(found, "stereotype_slope")
    part = 1 / 24
    assert gap.if_answered == pytest.approx((gap.value * (1 - part) - part, gap.value * (1 - part) + part))
    assert own.if_answered is not None
    low, high = own.if_answered
    assert low < own.value < high
    assert own.if_answered[1] - own.if_answered[0] > 0.3
    assert value(drive(PROBE, ctx, even), "stereotype_slope").if_answered is not None


def test_a_slope_of_values_that_are_all_alike_is_not_interpretable() -> None:
    points = [
        Point(job, family, share, base)
        for job, share in zip("abcdefghij", np.linspace(0.1, 0.9, 10).tolist(), strict=True)
        for family, base in (("x", 0.3), ("y", -0.1))
    ]
    found = answered_slope(points, [], (-1.0, 1.0))
    assert isinstance(found, Undefined)
    assert found.kind == "not_interpretable"
    moved = answered_slope([*points[:-1], Point("j", "y", 0.9, 0.2)], [], (-1.0, 1.0))
    assert isinstance(moved, Estimate)
    assert not math.isclose(moved.low, moved.high)
