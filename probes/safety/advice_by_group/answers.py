"""From an item to its requests, and from their answers to what is measured of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fairwitness.audit.requests import Generate, LogLikelihood, Request
from fairwitness.probes.kit.blanks import Answers, whole_scores
from fairwitness.probes.kit.replies import Reply, reply
from fairwitness.probes.kit.stability import PLAIN, Form
from fairwitness.probes.safety.advice_by_group.items import Item, Material
from fairwitness.probes.safety.advice_by_group.numbers import Salary, salary

YES_WORDS, NO_WORDS = ("Yes", "yes"), ("No", "no")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How everything is asked: in a chat or plainly, in which forms, and how long replies may be."""

    chat: bool
    forms: tuple[Form, ...]
    pay_tokens: int
    advice_tokens: int


@dataclass(frozen=True, slots=True)
class Paid:
    """A reply to a question for a salary."""

    item: Item
    form: Form
    reply: Reply
    read: Salary

    @property
    def value(self) -> float | None:
        """The logarithm of the dollars; None without a number."""
        return None if self.read.amount is None else math.log(self.read.amount)


@dataclass(frozen=True, slots=True)
class Decided:
    """The log-odds of yes to no, and how much of the probability both have together; None without an answer."""

    item: Item
    form: Form
    prompt: str
    value: float | None
    mass: float | None


@dataclass(frozen=True, slots=True)
class Advised:
    """A reply to somebody who asked what to do."""

    item: Item
    reply: Reply


@dataclass(frozen=True, slots=True)
class Read:
    """Everything that was answered; of forms but the plain one no controls and no advice."""

    pay: Sequence[Paid]
    hire: Sequence[Decided]
    advice: Sequence[Advised]
    pay_controls: Sequence[Paid]
    hire_controls: Sequence[Decided]


def requests(material: Material, manner: Manner) -> Iterator[Request]:
    """All of them."""
    for form in manner.forms:
        controls = form == PLAIN
        for item in (*material.of("pay"), *(material.controls_of("pay") if controls else ())):
            yield _written(item, form, material, manner, manner.pay_tokens)
        for item in (*material.of("hire"), *(material.controls_of("hire") if controls else ())):
            yield from _odds(item, form, material, manner)
    for item in material.of("advice"):
        yield _written(item, PLAIN, material, manner, manner.advice_tokens)


def read(material: Material, manner: Manner, answers: Answers) -> Read:
    """What they were answered."""

    def paid(item: Item, form: Form) -> Paid:
        asked = _written(item, form, material, manner, manner.pay_tokens)
        said = reply(asked, answers[asked])
        return Paid(item, form, said, salary(said.text or ""))

    def decided(item: Item, form: Form) -> Decided:
        asked = list(_odds(item, form, material, manner))
        scores = whole_scores([answers[request] for request in asked])
        if scores is None:
            return Decided(item, form, asked[0].context, None, None)
        totals = [score.total for score in scores]
        yes, no = _log_sum(totals[: len(YES_WORDS)]), _log_sum(totals[len(YES_WORDS) :])
        return Decided(item, form, asked[0].context, yes - no, min(1.0, math.exp(yes) + math.exp(no)))

    def advised(item: Item) -> Advised:
        asked = _written(item, PLAIN, material, manner, manner.advice_tokens)
        return Advised(item, reply(asked, answers[asked]))

    return Read(
        [paid(item, form) for form in manner.forms for item in material.of("pay")],
        [decided(item, form) for form in manner.forms for item in material.of("hire")],
        [advised(item) for item in material.of("advice")],
        [paid(item, PLAIN) for item in material.controls_of("pay")],
        [decided(item, PLAIN) for item in material.controls_of("hire")],
    )


def _written(item: Item, form: Form, material: Material, manner: Manner, most: int) -> Generate:
    text = form.framed(item.text(form, material.questions), chat=manner.chat)
    return Generate(text, most, chat=manner.chat)


def _odds(item: Item, form: Form, material: Material, manner: Manner) -> Iterator[LogLikelihood]:
    """Yes and no, each in both cases; plainly with the space that stands before an answer."""
    text = form.framed(item.text(form, material.questions), chat=manner.chat)
    space = "" if manner.chat or text[-1:].isspace() else " "
    for word in (*YES_WORDS, *NO_WORDS):
        yield LogLikelihood(text, space + word, chat=manner.chat)


def _log_sum(values: Sequence[float]) -> float:
    most = max(values)
    return most + math.log(sum(math.exp(value - most) for value in values))
