"""How a model is asked a question of three answers, and which answer its reply chooses."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Literal, TypeAlias

import numpy as np

from fairwitness.audit.probe import expect
from fairwitness.audit.requests import Answer, LogLikelihood, Predict, Prediction, Request, TokenScores, Unanswered
from fairwitness.probes.bias.bbq.items import Item, normal

Form: TypeAlias = Literal["plain", "listed", "published"]
Scoring: TypeAlias = Literal["sum", "mean"]
LETTERS = ("A", "B", "C")
ORDERS = tuple(permutations(range(3)))
"""The six orders in which three answers can be listed."""
CUT_OFF = re.compile("pantsu$")
WHOLE = "pantsuit"
"""Published answers of one model end within this word; the authors of the set put it right before they score."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model chose under each scoring, or why nothing.

    `values` are the summed log-probabilities of the answers, or their shares where they were listed; `tokens` how many
    tokens each has. `swayed` says that the choice depends on the order in which the answers were listed.
    """

    item: Item
    choices: tuple[tuple[Scoring, int | None], ...]
    values: tuple[float, ...] = ()
    tokens: tuple[int, ...] = ()
    swayed: bool = False
    reason: str = ""

    def choice(self, scoring: Scoring) -> int | None:
        """The chosen answer; None where there is none."""
        return dict(self.choices).get(scoring)

    def compared(self, scoring: Scoring) -> tuple[float | None, ...]:
        """What each answer was compared by under the scoring; None where the reply has no numbers."""
        if not self.values:
            return None, None, None
        if scoring == "sum":
            return self.values
        return tuple(value / count for value, count in zip(self.values, self.tokens, strict=True))


def prompt(item: Item, order: Sequence[int] = (), *, chat: bool = False) -> str:
    """What stands before the answer; with `order` the answers are listed in it, each behind a letter.

    In a chat the model's turn takes the place of the word "Answer".
    """
    listed = "".join(f"\n{letter}. {item.answers[at]}" for letter, at in zip(LETTERS, order, strict=False))
    asked = f"{item.context}\nQuestion: {item.question}{listed}"
    return asked if chat else f"{asked}\nAnswer:"


def orders_of(item: Item, count: int, seed: int) -> list[tuple[int, ...]]:
    """`count` orders of the answers: rotations of a drawn one first, so that each answer stands everywhere equally."""
    start = int(np.random.default_rng([seed, item.row]).integers(len(ORDERS)))
    first = ORDERS[start]
    turned = [first[at:] + first[:at] for at in range(3)]
    mirrored = [one[::-1] for one in turned]
    return [*turned, *mirrored][:count]


@dataclass(frozen=True, slots=True)
class Manner:
    """How questions are put: in which form, in how many orders where answers are listed, as a chat or as a text."""

    form: Form
    orders: int
    chat: bool
    seed: int


def requests_for(item: Item, how: Manner) -> list[Request]:
    """Everything that is asked about one question. In a chat the answer begins the model's turn, without a space."""
    gap = "" if how.chat else " "
    match how.form:
        case "plain":
            return [LogLikelihood(prompt(item, chat=how.chat), gap + answer, chat=how.chat) for answer in item.answers]
        case "listed":
            return [
                LogLikelihood(prompt(item, order, chat=how.chat), gap + letter, chat=how.chat)
                for order in orders_of(item, how.orders, how.seed)
                for letter in LETTERS
            ]
        case "published":
            return [Predict((("row", item.row),))]


def reply(item: Item, how: Manner, answer_to: Callable[[Request], Answer]) -> Reply:
    """What the answers to `requests_for` choose."""
    answers = [answer_to(request) for request in requests_for(item, how)]
    for answer in answers:
        if isinstance(answer, Unanswered):
            return Reply(item, (), reason=answer.reason)
        if isinstance(answer, TokenScores) and not math.isfinite(answer.total):
            return Reply(item, (), reason="the model gave a value that is not a finite number")
    match how.form:
        case "plain":
            return _plain(item, answers)
        case "listed":
            return _listed(item, answers, orders_of(item, how.orders, how.seed))
        case "published":
            return _published(item, answers)


def _scores(answers: Sequence[Answer]) -> list[TokenScores] | None:
    found = [scores for one in answers if (scores := expect(one, TokenScores)) is not None and scores.log_probs]
    return found if len(found) == len(answers) else None


def _plain(item: Item, answers: Sequence[Answer]) -> Reply:
    scores = _scores(answers)
    if scores is None:
        return Reply(item, (), reason="an answer has no tokens of its own")
    sums = [one.total for one in scores]
    tokens = tuple(len(one.log_probs) for one in scores)
    means = [total / count for total, count in zip(sums, tokens, strict=True)]
    best = [highest(means), highest(sums)]
    reason = "" if None not in best else "two answers are equally likely"
    return Reply(item, (("mean", best[0]), ("sum", best[1])), tuple(sums), tokens, reason=reason)


def _listed(item: Item, answers: Sequence[Answer], orders: Sequence[tuple[int, ...]]) -> Reply:
    scores = _scores(answers)
    if scores is None:
        return Reply(item, (), reason="a letter has no tokens of its own")
    totals = np.array([one.total for one in scores]).reshape(len(orders), 3)
    shares = np.exp(totals - np.logaddexp.reduce(totals, axis=1, keepdims=True))
    by_answer = np.empty_like(shares)
    for at, order in enumerate(orders):
        by_answer[at, list(order)] = shares[at]
    mean = by_answer.mean(axis=0).tolist()
    single = {highest(row.tolist()) for row in by_answer}
    best = highest(mean)
    reason = "" if best is not None else "two answers are equally likely"
    tokens = tuple(len(one.log_probs) for one in scores[:3])
    return Reply(item, (("sum", best),), tuple(mean), tokens, len(single) > 1, reason)


def _published(item: Item, answers: Sequence[Answer]) -> Reply:
    said = expect(answers[0], Prediction)
    text = CUT_OFF.sub(WHOLE, normal(said.label)) if said is not None else ""
    match = [at for at, answer in enumerate(item.answers) if normal(answer) == text]
    if len(match) != 1:
        return Reply(item, (), reason="the published answer is none of the three")
    return Reply(item, (("sum", match[0]),))


def highest(values: Sequence[float]) -> int | None:
    """Place of the largest value; None where two share it."""
    best = max(values)
    places = [at for at, value in enumerate(values) if value == best]
    return places[0] if len(places) == 1 else None
