"""How a model is asked to choose among listed answers, in two orders, and what it chooses in each."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.requests import LogLikelihood, Request
from fairwitness.probes.kit.blanks import Answers, whole_scores
from fairwitness.probes.kit.stability import PLAIN, Form
from fairwitness.probes.kit.truth.facts import Language
from fairwitness.probes.kit.truth.questions import LETTERS, Question

_QUESTION, _ANSWER = re.compile(r"^(Question: |问题：)"), re.compile(r"\s*(Answer:|回答：)$")
ASKED = {"en": "Question: {question}{listed}\nAnswer:", "zh": "问题：{question}{listed}\n回答："}
GAP = {"en": " ", "zh": ""}
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Way:
    """How questions are put: in which language, within a chat template or as plain text; `seed` draws orders.

    In a `form` other than the plain one texts are spelled, or framed, otherwise.
    """

    language: Language
    chat: bool
    seed: int
    form: Form = PLAIN

    def put(self, prompt: str, answer: str) -> LogLikelihood:
        """A request for an answer; in a chat the model's turn takes the place of the word "Answer" and the space."""
        if self.form.factor == "format":
            text = self.form.framed(_QUESTION.sub("", _ANSWER.sub("", prompt)), chat=self.chat)
            gap = "" if self.chat or text[-1:].isspace() else " "
            return LogLikelihood(text, gap + answer.strip(), chat=self.chat)
        if self.chat:
            return LogLikelihood(_ANSWER.sub("", prompt), answer.strip(), chat=True)
        return LogLikelihood(prompt, answer)

    def plain(self, question: str, answer: str) -> LogLikelihood:
        """A request for an answer right behind its question."""
        prompt = ASKED[self.language].format(question=question, listed="")
        return self.put(prompt, GAP[self.language] + answer)


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen in each order, as places among the answers, and the mean share of each answer over orders.

    A share is that of the answer's letter among the letters shown. `choice` is the answer with the largest share; of
    equal ones one is drawn, so that who prefers none is right as often as a coin and no more.
    """

    by_order: tuple[int, ...]
    shares: tuple[float, ...]
    choice: int

    @property
    def confidence(self) -> float:
        """The share of the choice."""
        return self.shares[self.choice]


def _largest(shares: Sequence[float], question: Question, seed: int) -> int:
    """The place of the largest share; one of several equal ones is drawn."""
    top = max(shares)
    tied = [place for place, share in enumerate(shares) if share >= top - _ROUNDING]
    return tied[int(np.random.default_rng([seed, int(question.key, 16), 1]).integers(len(tied)))]


def orders_of(question: Question, seed: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A drawn order of the answers, and the same from behind."""
    rng = np.random.default_rng([seed, int(question.key, 16)])
    drawn = tuple(int(place) for place in rng.permutation(len(question.one)))
    return drawn, drawn[::-1]


def requests_for(question: Question, way: Way) -> list[Request]:
    """Every letter behind every order."""
    return [request for order in orders_of(question, way.seed) for request in shown(question, order, way)]


def shown(question: Question, order: tuple[int, ...], way: Way) -> list[LogLikelihood]:
    """The letters behind the question with its answers in this order."""
    letters = LETTERS[: len(order)]
    listed = "".join(f"\n{letter}. {question.one[position]}" for letter, position in zip(letters, order, strict=True))
    prompt = ASKED[way.language].format(question=way.form.text(question.text), listed=listed)
    return [way.put(prompt, GAP[way.language] + letter) for letter in letters]


def chosen(question: Question, answers: Answers, way: Way) -> Choice | None:
    """What the answers choose; None where one is missing."""
    count = len(question.one)
    shares, by_order = np.zeros(count), []
    orders = orders_of(question, way.seed)
    for order in orders:
        weights = shares_in(question, order, answers, way)
        if weights is None:
            return None
        by_order.append(order[int(np.argmax(weights))])
        shares[list(order)] += weights / len(orders)
    mean = tuple(float(share) for share in shares)
    return Choice(tuple(by_order), mean, _largest(mean, question, way.seed))


def shares_in(question: Question, order: tuple[int, ...], answers: Answers, way: Way) -> np.ndarray | None:
    """The share of each letter behind the question with its answers in this order; None where one is missing."""
    scores = whole_scores([answers[request] for request in shown(question, order, way)])
    return None if scores is None else softmax([score.total for score in scores])


def softmax(values: list[float]) -> np.ndarray:
    """Shares in proportion to the exponentials of finite numbers."""
    top = max(values)
    weights = np.array([math.exp(value - top) for value in values])
    return np.asarray(weights / weights.sum())
