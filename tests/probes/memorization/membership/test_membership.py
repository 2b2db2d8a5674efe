"""What is said of splits that are no good, of documents that take no part, and of models that know nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from standins import membership as standin
from standins.answers import Answerer, sentence

from fairwitness import kit
from fairwitness.audit.probe import DoesNotApply, Findings
from fairwitness.audit.records import Estimate, Metric, ScoredItems, Table, Undefined
from fairwitness.audit.requests import Answer, FillMask, LogLikelihood, Request, Unanswered
from fairwitness.probes.memorization.membership import items, neighbours
from fairwitness.probes.memorization.membership.blind import blind_baseline
from fairwitness.probes.memorization.membership.items import Document
from fairwitness.probes.memorization.membership.probe import PROBE
from organisms import table

MEMBERS, OTHERS = standin.sides(40, 40, seed=11)


MORE = standin.documents(40, seed=12)


def both(members: tuple[str, ...], others: tuple[str, ...], **columns: Any) -> dict[str, Table]:
    return {
        "members": table("members", {"text": members, **columns}),
        "nonmembers": table("nonmembers", {"text": others, **columns}),
    }


def trial(data: Mapping[str, Table], answer: Answerer, **options: Any) -> Findings:
    return kit.trial(PROBE, answer, capabilities={"LogLikelihood"}, data=data, **options)


def knowing(gain: float, members: tuple[str, ...], others: tuple[str, ...]) -> Answerer:
    """A model that finds these texts likelier than others, and members by so much more."""
    whole = {text.lower() for text in (*members, *others)}

    def answer(request: Request) -> Answer:
        assert isinstance(request, LogLikelihood)
        text = request.continuation
        noise = np.random.default_rng(len(text) * 7 + sum(map(ord, text))).normal(0, 0.2)
        each = -3.0 + noise + gain * (text in members) - 2.0 * (text.lower() not in whole)
        return sentence(text, each * len(text.split()))

    return answer


def metric(findings: Findings, name: str, score: str = "loss") -> Metric:
    return next(row for row in findings.metrics if row.name == name and row.variant.get("score", score) == score)


def test_a_leak_is_found_beside_a_baseline_that_knows_nothing() -> None:
    found = trial(both(MEMBERS, OTHERS), knowing(1.0, MEMBERS, OTHERS))
    auc, above = metric(found, "membership_auc").estimate, metric(found, "membership_above_blind").estimate
    assert isinstance(auc, Estimate)
    assert auc.low > 0.9
    assert isinstance(above, Estimate)
    assert above.low > 0.2
    assert "p < 0.0001" in metric(found, "set_difference").claim


@pytest.mark.parametrize("shift", ["length", "dates", "words"])
def test_a_shifted_split_is_not_interpretable(shift: str) -> None:
    """However well the attack works: the sides can be told apart without it."""
    changes: dict[str, Callable[[int, str], str]] = {
        "length": lambda place, text: f"{text} {MORE[place]}",
        "dates": lambda place, text: f"{text} It was {2010 + place % 4}.",
        "words": lambda place, text: f"{text} Sincerely yours.",
    }
    changed = changes[shift]
    members = tuple(changed(place, text) for place, text in enumerate(MEMBERS))
    others = tuple(f"{text} It was {2020 + place % 4}." for place, text in enumerate(OTHERS))
    others = others if shift == "dates" else OTHERS
    found = trial(both(members, others), knowing(1.0, members, others))
    auc, blind = metric(found, "membership_auc").estimate, metric(found, "blind_auc").estimate
    assert isinstance(auc, Undefined)
    assert auc.kind == "not_interpretable"
    assert "without the model" in auc.reason
    assert isinstance(blind, Estimate)
    assert blind.low > 0.5
    assert any("without the model" in note for note in found.notes)


def test_documents_of_both_sides_near_copies_repetitions_and_empty_ones_are_counted_and_left_out() -> None:
    near = MEMBERS[1] + " and so on"
    others = (*OTHERS[2:], MEMBERS[0].upper(), near, "  ", OTHERS[5])
    found = trial(both(MEMBERS, others), knowing(0.0, MEMBERS, others))
    rows = {row[0]: row[1:] for row in next(table for table in found.evidence if table.id == "lost").rows}
    assert rows == {
        "empty": (0, 1),
        "repeats an earlier document of its side": (0, 1),
        "stands on both sides": (1, 1),
        "near copy of a member": (0, 1),
    }
    assert len([note for note in found.notes if note.startswith("Check the data")]) == 4
    assert isinstance(found.items, ScoredItems)
    assert len(found.items.ids) == 39 + 38


def test_fewer_than_thirty_documents_conclude_nothing_and_ask_nothing() -> None:
    def never(request: Request) -> Answer:
        raise AssertionError("nothing should be asked")

    found = trial(both(MEMBERS[:29], OTHERS), never)
    for row in found.metrics:
        assert isinstance(row.estimate, Undefined)
        assert "29 members" in row.estimate.reason


def test_what_is_longer_than_the_model_reads_is_counted_and_named() -> None:
    """Two of forty are within the 5 % that may be missing, three are not."""
    known = knowing(0.0, MEMBERS, OTHERS)

    def short(lost: int) -> Answerer:
        def answer(request: Request) -> Answer:
            assert isinstance(request, LogLikelihood)
            if request.continuation.lower() in {text.lower() for text in MEMBERS[:lost]}:
                return Unanswered("the text has 900 tokens and the model reads at most 512", "long_text")
            return known(request)

        return answer

    found = trial(both(MEMBERS, OTHERS), short(2))
    auc = metric(found, "membership_auc").estimate
    assert isinstance(auc, Estimate)
    assert auc.n == 78
    assert auc.if_answered is not None
    assert auc.if_answered[0] == pytest.approx(auc.value * 38 / 40)
    assert auc.if_answered[1] == pytest.approx(1 - (1 - auc.value) * 38 / 40)
    assert found.accounted == 4
    assert any("longer than the model reads" in note and "2 members" in note for note in found.notes)
    unread = metric(trial(both(MEMBERS, OTHERS), short(3)), "membership_auc").estimate
    assert isinstance(unread, Undefined)
    assert unread.kind == "not_interpretable"


@pytest.mark.slow
def test_a_model_that_finds_shuffled_texts_as_likely_is_not_clean_and_a_leak_of_it_is_one() -> None:
    def dull(gain: float) -> Answerer:
        def answer(request: Request) -> Answer:
            assert isinstance(request, LogLikelihood)
            text = request.continuation
            return sentence(text, (-3.0 + gain * (text in MEMBERS)) * len(text.split()))

        return answer

    clean = metric(trial(both(MEMBERS, OTHERS), dull(0.0)), "membership_auc").estimate
    assert isinstance(clean, Undefined)
    assert clean.kind == "not_interpretable"
    leak = metric(trial(both(MEMBERS, OTHERS), dull(0.5)), "membership_auc").estimate
    assert isinstance(leak, Estimate)
    assert leak.low > 0.5


def test_scores_that_nothing_was_asked_for_say_what_is_missing() -> None:
    found = trial(both(MEMBERS, OTHERS), knowing(0.0, MEMBERS, OTHERS))
    for score, flag in (("reference", "--reference-model"), ("neighbour", "--masked-model")):
        estimate = metric(found, "membership_auc", score).estimate
        assert isinstance(estimate, Undefined)
        assert (estimate.kind, flag in estimate.reason) == ("not_asked", True)
    plus = metric(found, "membership_auc", "min-k++").estimate
    assert isinstance(plus, Undefined)
    assert plus.kind == "not_asked"  # this stand-in says no moments


def test_texts_without_capitals_have_no_score_by_small_letters() -> None:
    members, others = tuple(map(str.lower, MEMBERS)), tuple(map(str.lower, OTHERS))
    estimate = metric(
        trial(both(members, others), knowing(0.0, members, others)), "membership_auc", "lowercase"
    ).estimate
    assert isinstance(estimate, Undefined)
    assert "capital" in estimate.reason


def test_a_file_without_texts_does_not_fit() -> None:
    data = {name: table(name, {"words": MEMBERS}) for name in ("members", "nonmembers")}
    with pytest.raises(DoesNotApply, match="members has no column text"):
        trial(data, knowing(0.0, MEMBERS, OTHERS))


def test_long_documents_are_read_to_the_last_white_space() -> None:
    rows = items.documents(both(("one two three four",), ("aaaaaaaaaaaa",)), 9, "label")
    assert [(row.text, row.whole) for row in rows] == [("one two", 18), ("aaaaaaaaa", 12)]


def test_the_blind_baseline_of_a_clean_split_raises_no_alarm() -> None:
    documents = [Document(str(place), place < 40, text, len(text)) for place, text in enumerate((*MEMBERS, *OTHERS))]
    found = blind_baseline(documents, 0)
    assert found.chance > 0.05
    assert set(found.scores) == {"all", "characters", "words"}  # they are of one length and name no year


class Filler:
    """A masked model that has the same word everywhere."""

    info = None

    def __call__(self, requests: list[Request]) -> list[Answer]:
        answers: list[Answer] = []
        for request in requests:
            assert isinstance(request, FillMask)
            answers.append(kit.Filled((), (), (("balo", -0.1), ("other", -0.7))))
        return answers


def test_neighbours_differ_in_few_words_and_never_in_none() -> None:
    documents = [Document("1", True, "Balo mune tove rani", 19), Document("2", True, "12 34", 5)]
    made = neighbours.neighbours(Filler(), documents, 2, 0)  # type: ignore[arg-type]
    assert len(made[0]) == 2
    assert made[1] == []
    for text in made[0]:
        changed = [a for a, b in zip(text.split(), documents[0].text.split(), strict=True) if a != b]
        assert 1 <= len(changed) <= neighbours.PLACES
        assert set(changed) <= {"balo", "other"}


@pytest.mark.slow
@pytest.mark.parametrize("labels", ["mostly one", "one alone"])
def test_a_classifier_that_always_says_the_common_class_is_not_clean(labels: str) -> None:
    """It is right on nine documents in ten, as anybody is who has not read them."""

    def said(texts: tuple[str, ...]) -> list[str]:
        return ["no" if labels == "mostly one" and place % 10 == 0 else "yes" for place, _ in enumerate(texts)]

    data = {
        "members": table("members", {"text": MEMBERS, "label": said(MEMBERS)}),
        "nonmembers": table("nonmembers", {"text": OTHERS, "label": said(OTHERS)}),
    }

    def ignores(request: Request) -> Answer:
        noise = np.random.default_rng(sum(map(ord, repr(request)))).normal(0, 0.1)
        return kit.ClassScores(("no", "yes"), (0.0, 3.0 + noise))

    found = kit.trial(PROBE, ignores, capabilities={"Classify"}, data=data)
    estimate = metric(found, "membership_auc").estimate
    assert isinstance(estimate, Undefined), estimate
    assert estimate.kind == "not_interpretable"
