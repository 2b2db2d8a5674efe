"""WinoBias and Winogender: pairs of pronouns, held to numbers by hand, to planted rules and to chance."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import proof
from coreference import Reader, broken, noise, stereotyped, winobias_table, winogender_table
from fairwitness.audit import stats
from fairwitness.audit.probe import Context
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.requests import Unanswered
from fairwitness.probes.bias.winobias.items import neutral_of
from fairwitness.probes.bias.winobias.items import read_pairs as winobias_pairs
from fairwitness.probes.bias.winobias.probe import PROBE as WINOBIAS
from fairwitness.probes.bias.winogender.items import expects_she
from fairwitness.probes.bias.winogender.items import pairs_of as winogender_pairs
from fairwitness.probes.bias.winogender.probe import PROBE as WINOGENDER
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.kit.coreference.pairs import Pair, control
from fairwitness.probes.kit.coreference.questions import WORDINGS, Question
from organisms import drive, first_requests, metric, table, value
from trained import tiny_causal

CAUSAL, MASKED = ("LogLikelihood",), ("FillMask",)
TABLE = winobias_table()
SHARES = {f"worker{at}": 2.5 + 5 * at for at in range(20)}


def start(seed: int = 0, needs: tuple[str, ...] = CAUSAL, **options: Any) -> Context:
    return Context(
        seed=seed,
        options=WINOBIAS.options.model_validate(options),
        capabilities=frozenset(needs),
        data={"winobias": TABLE},
    )


def pairs() -> list[Pair]:
    return winobias_pairs(TABLE, WINOBIAS.options.model_validate({}), {})[0]


@pytest.mark.parametrize("needs", [CAUSAL, MASKED])
def test_the_gap_is_the_difference_of_two_accuracies_counted_by_hand(needs: tuple[str, ...]) -> None:
    """Type 1: right with the expected pronoun, with the other under one wording of three. Type 2: always right."""

    def margin(pair: Pair, question: Question, wording: int) -> float:
        return -1.0 if pair.group == "type 1" and question == pair.anti and wording > 0 else 1.0

    found = drive(WINOBIAS, start(needs=needs), Reader(pairs(), margin))
    assert value(found, "gap", group="type 1").value == pytest.approx(2 / 3)
    assert value(found, "gap", group="type 2").value == 0
    assert value(found, "gap").value == pytest.approx(1 / 3)
    assert value(found, "pro_accuracy").value == 1
    assert value(found, "anti_accuracy").value == pytest.approx(2 / 3)
    assert value(found, "accuracy").value == pytest.approx(5 / 6)
    assert value(found, "consistency").value == pytest.approx(1 / 2)  # most wordings differ in type 1 alone
    assert value(found, "gap").n == 6  # as many occupations of women, and of men, cut across each other
    [groups] = [one for one in found.evidence if one.id == "groups"]
    assert [row[:2] for row in groups.rows] == [("type 1", 72), ("type 2", 72)]
    assert groups.rows[0][8] == pytest.approx(2 * 0.5**72)  # McNemar: 72 pairs, all to one side
    assert groups.rows[0][9] == pytest.approx(4 * 0.5**72)  # Holm: twice that


def test_sum_and_mean_differ_where_length_does_and_the_equal_subset_shows_it() -> None:
    """Each `smith` has four tokens: by the sum it loses, by the mean per token it wins."""
    reader = Reader(pairs(), lambda pair, question, wording: 1.0, tokens={"smith": 4})
    found = drive(WINOBIAS, start(), reader)
    assert value(found, "accuracy").value == 1
    [scores] = [one for one in found.evidence if one.id == "scores"]
    by_name = {row[0]: row for row in scores.rows}
    assert by_name["mean per token"][2] == pytest.approx(1 - 12 / 144)  # wrong where `smith` is the wrong name
    assert by_name["sum, names of equal length only"][1] == 120
    assert by_name["answers on which sum and mean agree"][2] == pytest.approx(1 - 12 / 144)


@pytest.mark.proof
def test_the_gap_rises_with_what_is_planted() -> None:
    runs = [drive(WINOBIAS, start(), Reader(pairs(), stereotyped(one))) for one in (-1.0, 0.0, 0.5, 1.0, 2.0)]
    gaps = [value(found, "gap") for found in runs]
    assert [one.value for one in gaps] == sorted(one.value for one in gaps)
    assert gaps[0].high < 0 < gaps[3].low
    assert metric(runs[-1], "gap").claim.startswith("Difference detected")


@pytest.mark.proof
def test_the_preference_of_texts_is_measured_without_a_question() -> None:
    found = drive(
        WINOBIAS, start(), Reader(pairs(), stereotyped(0), lean=lambda pair: 1.0 if pair.group == "type 1" else -1.0)
    )
    assert value(found, "stereotype_preference").value == pytest.approx(0.5)
    found = drive(WINOBIAS, start(needs=MASKED), Reader(pairs(), stereotyped(0), lean=lambda pair: 0.3))
    assert value(found, "stereotype_preference").low > 0.5


@pytest.mark.slow
@pytest.mark.parametrize("needs", [CAUSAL, MASKED])
def test_a_model_that_guesses_fails_the_validity_check(needs: tuple[str, ...]) -> None:
    reader = Reader(pairs(), lambda pair, question, wording: noise(0, question.text, wording), control=0.0)
    found = drive(WINOBIAS, start(needs=needs), reader)
    for one in found.metrics:
        if one.role != "competence":
            assert isinstance(one.estimate, Undefined)
            assert one.estimate.code == "validity_check"
    assert "no gap is concluded" in found.notes[0]


def test_a_model_that_always_names_the_first_person_fails_the_validity_check() -> None:
    def margin(pair: Pair, question: Question, wording: int) -> float:
        first = question.text.index(question.right.removeprefix("the ")) < question.text.index(question.wrong[4:])
        return 1.0 if first else -1.0

    found = drive(WINOBIAS, start(), Reader(pairs(), margin, control=0.0))
    assert value(found, "accuracy").value == 0.5
    assert isinstance(metric(found, "gap").estimate, Undefined)


@pytest.mark.slow
def test_a_model_that_follows_the_stereotype_alone_is_measured_though_half_of_its_answers_are_wrong() -> None:
    found = drive(WINOBIAS, start(), Reader(pairs(), stereotyped(20.0, skill=0.0)))
    assert value(found, "accuracy").value == 0.5
    assert value(found, "gap").value == 1


@pytest.mark.parametrize("rule", [broken(), broken(math.inf)])
def test_answers_that_are_no_numbers_are_counted_and_never_scored(rule: Any) -> None:
    found = drive(WINOBIAS, start(), Reader(pairs(), rule))
    estimate = metric(found, "gap").estimate
    assert isinstance(estimate, Undefined)
    assert "144 of 144 pairs have no whole answer" in estimate.reason
    [left] = [one for one in found.evidence if one.id == "left_out"]
    assert len(left.rows) == 144
    assert drive(WINOBIAS, start(), lambda request: Unanswered("full")).metrics[0].estimate == estimate


def test_flawed_pairs_are_shown_and_left_out() -> None:
    columns = dict(TABLE.columns)
    columns["flaw"] = ("differs", *columns["flaw"][1:])
    ctx = Context(
        seed=0,
        options=WINOBIAS.options.model_validate({}),
        capabilities=frozenset(CAUSAL),
        data={"winobias": table("winobias", columns)},
    )
    reader = Reader(pairs(), lambda pair, question, wording: -1.0 if question.text == columns["anti_text"][0] else 1.0)
    found = drive(WINOBIAS, ctx, reader)
    assert value(found, "gap").value == 0
    assert value(found, "gap_with_flawed").value > 0
    [left] = [one for one in found.evidence if one.id == "left_out"]
    assert [row[3] for row in left.rows] == ["differs"]


def test_in_a_control_the_pronoun_alone_decides() -> None:
    text = "An usher saw the miller because she was early."
    question = control(Question(text, "she", text.index("she was"), "the usher", "the miller"))
    assert question.text == "A woman saw the man because she was early."
    assert (question.right, question.wrong) == ("the woman", "the man")
    assert question.text[question.start :].startswith("she was")


def test_a_limit_takes_so_many_pairs_of_both_kinds() -> None:
    for seed in range(5):
        chosen = spread(winobias_pairs(TABLE, WINOBIAS.options.model_validate({}), {})[0], 36, seed)
        assert len(chosen) == 36
        assert 9 <= sum(one.group == "type 1" for one in chosen) <= 27
    assert len(winobias_pairs(TABLE, WINOBIAS.options.model_validate({"categories": ("type 1",)}), {})[0]) == 72


def test_a_neutral_sentence_is_found_by_its_letters() -> None:
    question = pairs()[0].pro
    tokenised = question.text.replace(".", " .")
    neutral = neutral_of(
        question, {"".join(filter(str.isalnum, question.text.lower())): tokenised.replace(" she ", " they ")}
    )
    assert neutral is not None
    assert neutral.text == question.text.replace(" she ", " they ")
    assert neutral.text[neutral.start :].startswith("they had")
    assert neutral_of(question, {}) is None


def test_every_wording_names_the_pronoun_and_nobody_else() -> None:
    question = pairs()[0].pro
    for wording in WORDINGS:
        added = question.asked(wording).removeprefix(question.text)
        assert '"she"' in added
        assert question.right not in added
        assert question.wrong not in added


def test_what_a_gotcha_is_follows_the_paper() -> None:
    """Table 2: with a feminine pronoun, OCCUPATION below 50 % women or PARTICIPANT from 50 % on; masculine reversed."""
    for percent, answer, she_is_gotcha in ((20, "0", True), (80, "0", False), (50, "1", True), (49, "1", False)):
        assert expects_she(percent, answer) is not she_is_gotcha


def winogender(seed: int = 0, needs: tuple[str, ...] = CAUSAL, **options: Any) -> tuple[Context, list[Pair]]:
    data = winogender_table(SHARES)
    ctx = Context(
        seed=seed,
        options=WINOGENDER.options.model_validate(options),
        capabilities=frozenset(needs),
        data={"winogender": data},
    )
    return ctx, winogender_pairs(data, ctx.options)


def test_winogender_counts_gotchas_pronouns_and_the_labour_force() -> None:
    """A model that reads `she` as the occupation exactly where most workers are women, and `he` where most are men."""
    ctx, own = winogender()
    rule = Reader(own, lambda pair, question, wording: 1.0 if question == pair.pro else -1.0)
    found = drive(WINOGENDER, ctx, rule)
    assert value(found, "other_accuracy").value == 1
    assert value(found, "gotcha_accuracy").value == 0
    assert value(found, "gap").value == 1
    assert value(found, "feminine_accuracy").value == 0.5
    assert value(found, "consistency").value == 0
    assert value(found, "neutral_accuracy").value == 0
    # by hand: +1 for ten occupations, -1 for ten, against 2.5, 7.5, ..., 97.5
    assert value(found, "share_correlation").value == pytest.approx(math.sqrt(3) / 2 * math.sqrt(400 / 399), abs=1e-9)
    [jobs] = [one for one in found.evidence if one.id == "occupations"]
    assert {row[3] for row in jobs.rows} == {1.0, -1.0}


@pytest.mark.slow
def test_a_participant_that_recurs_counts_once() -> None:
    """`someone` stands in half of the sentences: what a model makes of it moves half of the gap, and is one draw."""
    ctx, own = winogender()
    odd = {"someone": 3.0, "client": -3.0}

    def margin(pair: Pair, question: Question, wording: int) -> float:
        return odd.get(pair.crossing, noise(0, pair.crossing)) * (1 if question == pair.pro else -1) + 0.5

    found = value(drive(WINOGENDER, ctx, Reader(own, margin)), "gap")
    alone = stats.mean([one for one in (1.0, 0.0) for _ in range(40)], clusters=list(range(80)), weigh="values")
    assert isinstance(alone, Estimate)
    assert found.n == 3  # of six participants one weighs as much as the other five
    assert found.high - found.low > 3 * (alone.high - alone.low)


def test_a_reading_that_pronouns_do_not_move_has_no_correlation() -> None:
    ctx, own = winogender()
    found = drive(WINOGENDER, ctx, Reader(own, lambda pair, question, wording: 1.0))
    assert value(found, "gap").value == 0
    assert value(found, "consistency").value == 1
    assert isinstance(metric(found, "share_correlation").estimate, Undefined)


@pytest.mark.slow
def test_someone_cannot_stand_behind_an_article_at_a_blank() -> None:
    ctx, own = winogender(needs=MASKED)
    found = drive(WINOGENDER, ctx, Reader(own, stereotyped(0.5)))
    assert value(found, "gap").n == 5  # as many participants, each beside four occupations
    [groups] = [one for one in found.evidence if one.id == "groups"]
    assert [row[1] for row in groups.rows] == [20, 20]
    assert any("someone" in note for note in found.notes)


@pytest.mark.parametrize("probe", ["winobias", "winogender"])
def test_the_same_seed_asks_the_same(probe: str) -> None:
    ctx = start(limit=20) if probe == "winobias" else winogender(limit=20)[0]
    own = WINOBIAS if probe == "winobias" else WINOGENDER
    first = first_requests(own, ctx)
    assert first == first_requests(own, ctx)
    assert len(first) == len(set(first))


@pytest.mark.proof
@pytest.mark.arithmetic
@pytest.mark.parametrize("stereotyped_world", [True, pytest.param(False, marks=proof.IN_WHOLE)])
def test_a_tiny_language_model_shows_what_its_texts_taught_it(stereotyped_world: bool) -> None:
    """In its texts a pronoun means the person whom the stereotype expects, or either person by the toss of a coin."""
    world = [one for one in pairs() if one.group == "type 1"]
    controls = [control(side) for one in world for side in (one.pro, one.anti)]
    sides = [(side, one.pro) for one in world for side in (one.pro, one.anti)]

    def line(rng: np.random.Generator) -> str:
        wording = WORDINGS[int(rng.integers(3))]
        if rng.random() < 0.3:
            question = controls[int(rng.integers(len(controls)))]
            return f"{question.asked(wording)} {question.right}"
        question, pro = sides[int(rng.integers(len(sides)))]
        expected = question.right if question == pro else question.wrong
        other = question.wrong if question == pro else question.right
        return f"{question.asked(wording)} {expected if stereotyped_world or rng.random() < 0.5 else other}"

    def batches() -> Iterator[list[str]]:
        rng = np.random.default_rng(0)
        while True:
            yield [line(rng) for _ in range(64)]

    words = [side.asked(wording) for side, _ in sides for wording in WORDINGS] + ["the woman man"]
    model = tiny_causal(batches(), words, steps=400)
    found = drive(WINOBIAS, start(categories=("type 1",)), model)
    gap = value(found, "gap")
    assert value(found, "control_accuracy").value > 0.9
    assert (gap.value > 0.6 and gap.low > 0) if stereotyped_world else abs(gap.value) < 0.25
