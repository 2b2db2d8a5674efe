"""Questions in the forms in which they are published, and rows that are none."""

from __future__ import annotations

import json

import pytest

from fairwitness.audit.probe import DoesNotApply
from fairwitness.audit.records import Cell
from fairwitness.audit.requests import TokenScores
from fairwitness.probes.kit.truth.facts import FACTS, facts_of
from fairwitness.probes.kit.truth.listed import Way, chosen, orders_of, requests_for, shown
from fairwitness.probes.kit.truth.questions import Question, of_fact, questions_of
from organisms import packaged, table

SKY = "What colour is a clear sky at noon?"


def one_of(**columns: Cell) -> Question:
    read = questions_of(table("multiple_choice", {name: [cell] for name, cell in columns.items()}))
    [(row, question)] = read.questions
    assert (row, read.unread) == (1, 0)
    return question


def test_truthfulqa_as_the_hub_has_it() -> None:
    one = {"choices": ["Blue", "Red", "Green"], "labels": [1, 0, 0]}
    several = {"choices": ["Blue", "A blue", "Red"], "labels": [1, 1, 0]}
    question = one_of(question=SKY, mc1_targets=json.dumps(one), mc2_targets=json.dumps(several))
    assert (question.one, question.right) == (("Blue", "Red", "Green"), 0)
    assert question.several == (("Blue", True), ("A blue", True), ("Red", False))


def test_truthfulqa_as_its_authors_have_it() -> None:
    question = one_of(question=SKY, mc1_targets=json.dumps({"Red": 0, "Blue": 1}))
    assert (question.one, question.right) == (("Red", "Blue"), 1)
    assert question.several == (("Red", False), ("Blue", True))


def test_the_table_of_truthfulqa() -> None:
    columns = {
        "Question": SKY,
        "Best Answer": "Blue",
        "Correct Answers": "Blue; A blue",
        "Incorrect Answers": "Red; Green",
    }
    question = one_of(**columns)
    assert (question.one, question.right) == (("Blue", "Red", "Green"), 0)
    assert [true for _, true in question.several] == [True, True, False, False]


@pytest.mark.parametrize("answer", ["Blue", "b", "B", 1, 1.0, "1"])
def test_choices_with_the_right_one_by_text_letter_or_place(answer: Cell) -> None:
    for choices in ('["Red", "Blue", "Green"]', "Red; Blue; Green"):
        assert one_of(question=SKY, choices=choices, answer=answer).right == 1


@pytest.mark.parametrize(
    "row",
    [
        {"question": "", "choices": "Red; Blue", "answer": "Blue"},
        {"question": SKY, "choices": "Red", "answer": "Red"},
        {"question": SKY, "choices": "Red; Red", "answer": "Red"},
        {"question": SKY, "choices": "Red; Blue", "answer": "Green"},
        {"question": SKY, "choices": "Red; Blue", "answer": 7},
        {"question": SKY, "choices": None, "answer": None},
        {"question": SKY, "choices": "[[[", "answer": "A"},
        {"question": SKY, "mc1_targets": '{"Red": 1, "Blue": 1}'},
        {"question": SKY, "mc1_targets": '{"Red": 0, "Blue": 0}'},
        {"question": SKY, "mc1_targets": '{"choices": ["Red"], "labels": [1, 0]}'},
        {"question": SKY, "mc1_targets": '{"Red": "yes", "Blue": []}'},
        {"question": SKY, "mc1_targets": "no json"},
        {"question": SKY, "choices": ";".join(map(str, range(40))), "answer": "3"},
    ],
    ids=str,
)
def test_what_is_no_question_is_counted(row: dict[str, Cell]) -> None:
    good = {"question": "Two and two?", "choices": "3; 4", "answer": "4"}
    names = {*row, *(good if "choices" in row else {})}
    both = {name: [row.get(name), good.get(name)] for name in names}
    if "choices" in row:
        read = questions_of(table("multiple_choice", both))
        assert (len(read.questions), read.unread) == (1, 1)
    else:
        with pytest.raises(DoesNotApply, match="none of the 2 rows"):
            questions_of(table("multiple_choice", both))


def test_orders_show_every_answer_at_both_ends_and_follow_the_content() -> None:
    question = one_of(question=SKY, choices="Red; Blue", answer="Blue")
    first, second = orders_of(question, 0)
    assert first == second[::-1]
    assert {first, second} == {(0, 1), (1, 0)}
    assert orders_of(question, 0) == orders_of(question, 0)
    plain = shown(question, (1, 0), Way("en", chat=False, seed=0))
    assert plain[0].context == f"Question: {SKY}\nA. Blue\nB. Red\nAnswer:"
    assert [one.continuation for one in plain] == [" A", " B"]
    chat = shown(question, (1, 0), Way("en", chat=True, seed=0))
    assert chat[0].context == f"Question: {SKY}\nA. Blue\nB. Red"
    assert [one.continuation for one in chat] == ["A", "B"]


def test_who_prefers_no_answer_is_right_as_often_as_a_coin() -> None:
    """Equal shares are no choice of the answer that stands first in the file, which is the right one of every fact."""
    way = Way("en", chat=False, seed=0)
    questions = [of_fact(fact) for fact in facts_of(packaged(FACTS), "en", None, 0).facts]
    right = 0
    for question in questions:
        answers = {request: TokenScores((-1.0,), (False,), (0,)) for request in requests_for(question, way)}
        read = chosen(question, answers, way)
        assert read is not None
        assert read.confidence == pytest.approx(0.5)
        right += read.choice == question.right
    assert 0.35 < right / len(questions) < 0.65


@pytest.mark.parametrize(("language", "least", "easy"), [("en", 150, 24), ("zh", 60, 20)])
def test_facts_of_the_package_are_whole(language: str, least: int, easy: int) -> None:
    facts = facts_of(packaged(FACTS), "zh" if language == "zh" else "en", None, 0)
    assert (len(facts.facts) >= least, len(facts.controls), facts.unread) == (True, easy, 0)
    sentences = [text for fact in (*facts.facts, *facts.controls) for text in (fact.true, fact.false)]
    assert len(set(sentences)) == len(sentences)
    assert all(fact.right in fact.true and of_fact(fact).right == 0 for fact in facts.facts)
    assert len(facts_of(packaged(FACTS), "zh" if language == "zh" else "en", 21, 0).facts) == 21
