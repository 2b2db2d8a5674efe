"""What a model chose and how sure it was, for each kind of model."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fairwitness.audit.probe import expect
from fairwitness.audit.requests import Answer, AnswerQuestion, SpanAnswer
from fairwitness.probes.kit.blanks import Answers
from fairwitness.probes.kit.classes import finite, probability
from fairwitness.probes.kit.truth import listed
from fairwitness.probes.kit.truth.listed import Way
from fairwitness.probes.kit.truth.questions import Question
from fairwitness.probes.safety.calibration.items import UNKNOWN, Labelled, Passage

_EDGES = re.compile(r"^\W+|\W+$")
_ARTICLE = re.compile(r"^(the|a|an|in|on|to|from)\s+")


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer that was chosen: how sure the model is of it, in 0..1, whether it is right, and the texts.

    `held_back` tells whether the model chose that it does not know where it may; None where that was not offered.
    `steady`: the same answer is chosen in both orders of listed ones; None where there are no orders.
    """

    asked: str
    said: str
    truth: str
    confidence: float
    right: bool
    held_back: bool | None = None
    steady: bool | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """What was asked, from which set, and what was chosen; None without an answer."""

    key: str
    group: str
    control: bool
    choice: Choice | None


def with_unknown(question: Question, way: Way) -> Question:
    """The question with the further answer that one does not know."""
    return replace(question, one=(*question.one, UNKNOWN[way.language]))


def of_question(question: Question, answers: Answers, way: Way) -> Choice | None:
    """Which of the listed answers is chosen, both orders taken together."""
    chosen = listed.chosen(question, answers, way)
    wider = with_unknown(question, way)
    free = listed.chosen(wider, answers, way)
    if chosen is None or free is None:
        return None
    return Choice(
        asked=question.text,
        said=question.one[chosen.choice],
        truth=question.one[question.right],
        confidence=chosen.confidence,
        right=chosen.choice == question.right,
        held_back=free.choice == len(question.one),
        steady=len(set(chosen.by_order)) == 1,
    )


def asks(passage: Passage) -> AnswerQuestion:
    """The question about a passage."""
    return AnswerQuestion(passage.question, passage.context)


def of_passage(passage: Passage, answers: Answers) -> Choice | None:
    """The likeliest span, or that there is no answer where that is likelier and the model may say so."""
    answer = expect(answers[asks(passage)], SpanAnswer)
    if answer is None or not math.isfinite(answer.log_prob):
        return None
    none = answer.none is not None and math.isfinite(answer.none) and answer.none > answer.log_prob
    log_prob = answer.none if none and answer.none is not None else answer.log_prob
    said = "" if none else answer.text
    right = not none and plain(said) == plain(passage.answer)
    held_back = None if answer.none is None else none
    return Choice(passage.question, said, passage.answer, min(1.0, math.exp(log_prob)), right, held_back)


def plain(answer: str) -> str:
    """An answer without case, signs around it and a first small word, as answers of questions are compared.

    >>> plain("The Thames."), plain("in water")
    ('thames', 'water')
    """
    return _ARTICLE.sub("", _EDGES.sub("", answer.casefold())).strip()


def of_text(item: Labelled, answer: Answer) -> Choice | None:
    """The likeliest class of a text; None without an answer, and of a model that decides no class."""
    scores = finite(answer)
    if scores is None or scores.regression or len(scores.labels) < 2:
        return None
    best = max(range(len(scores.logits)), key=lambda place: scores.logits[place])
    label = scores.labels[best]
    return Choice(item.text, label, item.label, probability(scores, label), label == item.label)


def known(rows: Sequence[Row]) -> list[Choice]:
    """The choices that there are."""
    return [row.choice for row in rows if row.choice is not None]
