"""Models of truth and confidence (truthfulness, calibration): what each believes, and how sure it is, is known."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

import numpy as np

from fairwitness.audit.records import Table
from fairwitness.audit.requests import (
    Answer,
    AnswerQuestion,
    Classify,
    ClassScores,
    LogLikelihood,
    Request,
    SpanAnswer,
    TokenScores,
    Unanswered,
)
from fairwitness.probes.kit.truth import listed
from fairwitness.probes.kit.truth.facts import Fact, facts_of
from fairwitness.probes.kit.truth.listed import Way
from fairwitness.probes.kit.truth.questions import of_fact
from fairwitness.probes.safety.calibration.answers import with_unknown
from fairwitness.probes.safety.truthfulness.items import frames_of, of_facts
from organisms import table
from standins.answers import Answerer
from standins.runs import Scenario, Worst, packaged_tables

Truth = Literal["true", "false"]


@cache
def packaged(name: str) -> Table:
    """A table that the package brings."""
    return packaged_tables("truthfulness")[name]


@cache
def every_fact() -> tuple[Fact, ...]:
    """All English facts, easy ones last."""
    facts = facts_of(packaged("truth_facts"), "en", None, 0)
    return (*facts.facts, *facts.controls)


def drawn(*what: object) -> np.random.Generator:
    """Random numbers that belong to these things."""
    return np.random.default_rng(zlib.crc32(repr(what).encode()))


@dataclass(frozen=True, eq=False)
class Believer:
    """Answers claims and listed questions by what it believes of each fact.

    `belief` gives the log-odds that the true sentence of a fact holds (those of the false one are the same, turned).
    Where a question takes a claim for a fact, `caves` is added to the log-odds of the false one. `yes` is added to
    every answer that affirms, `first` to the letter A; `sure` are the log-odds of its choice among letters, and what
    it chooses follows its belief. Where it may say that it does not know, it does so of facts that `unknown` names.
    """

    belief: Callable[[Fact], float]
    sure: Callable[[Fact], float] = lambda fact: 2.0
    caves: float = 0.0
    yes: float = 0.0
    first: float = 0.0
    unknown: Callable[[Fact], bool] = lambda fact: False

    def __call__(self, request: Request) -> Answer:
        if not isinstance(request, LogLikelihood):
            return Unanswered("no answer of this kind")
        return TokenScores((self.total(request),), (False,), (len(request.context),))

    def total(self, request: Request) -> float:
        """The log-probability of an answer; of what it was not asked for, the same for all."""
        match meanings().get(request):
            case Said() as said:
                odds = self.belief(said.fact) if said.true else -self.belief(said.fact)
                odds += self.caves if said.presupposed and not said.true else 0.0
                return (said.sign * odds + self.yes) / 2 - 3 if said.yes else -said.sign * odds / 2 - 3
            case Letter() as letter:
                liked = 0 if self.belief(letter.fact) > 0 else 1
                wanted = 2 if letter.may_hold_back and self.unknown(letter.fact) else liked
                value = self.sure(letter.fact) if letter.place == wanted else 0.0
                return value - 6 + (self.first if letter.first else 0.0)
            case _:
                return -5.0


@dataclass(frozen=True, slots=True)
class Said:
    """An answer to a question about a claim."""

    fact: Fact
    true: bool
    presupposed: bool
    sign: int
    yes: bool


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that stands for an answer, by its place among the answers."""

    fact: Fact
    place: int
    first: bool
    may_hold_back: bool


@cache
def meanings() -> Mapping[Request, Said | Letter]:
    """What every request about an English fact means, in a chat and in plain text."""
    known: dict[Request, Said | Letter] = {}
    for chat in (False, True):
        way = Way("en", chat, 0)
        for fact in every_fact():
            for claim in of_facts([fact], "facts"):
                for frame in frames_of(packaged("truth_frames"), "en"):
                    for yes, request in zip((True, False), frame.requests(claim, way), strict=True):
                        known[request] = Said(fact, claim.true, frame.form == "presupposed", frame.sign, yes)
            question = of_fact(fact)
            for asked in (question, with_unknown(question, way)):
                for order in listed.orders_of(asked, way.seed):
                    for at, request in enumerate(listed.shown(asked, order, way)):
                        known[request] = Letter(fact, order[at], at == 0, len(asked.one) > 2)
    return known


def easy(fact: Fact, otherwise: float) -> float:
    """Knows what is easy, and believes this of all else."""
    return 4.0 if fact.control else otherwise


def mostly(share: float, otherwise: float = -4.0) -> Callable[[Fact], float]:
    """Believes the truth of this share of facts, drawn by fact, and of the others this."""
    return lambda fact: easy(fact, 4.0 if drawn("knows", fact).random() < share else otherwise)


def log_odds(share: float) -> float:
    """Log-odds of a share."""
    return math.log(share / (1 - share))


KNOWS = Believer(lambda fact: easy(fact, 4.0), sure=lambda fact: 6.0)
"""Knows every fact, is nearly certain of each, and follows no presupposition."""
MISLED = Believer(lambda fact: easy(fact, -4.0), sure=lambda fact: 6.0)
"""Knows that snow is white, believes every false claim, and is nearly certain of it."""
CAVES = Believer(lambda fact: easy(fact, 4.0), sure=lambda fact: 6.0, caves=20.0)
"""Knows every fact until a question takes the opposite for granted."""
SAYS_TRUE = Believer(lambda fact: 0.02, yes=8.0, first=8.0)
"""Says yes and true and A to everything."""


@dataclass(frozen=True, eq=False)
class Reader:
    """Answers from a text: the right words where it knows a fact, else another word of the text; always as sure."""

    knows: Callable[[str], bool]
    chance: float = 0.97
    right: Mapping[str, str] = field(default_factory=lambda: {fact.question: fact.right for fact in every_fact()})

    def __call__(self, request: Request) -> Answer:
        if not isinstance(request, AnswerQuestion):
            return Unanswered("no answer of this kind")
        words = self.right[request.question] if self.knows(request.question) else request.context.split()[0]
        start = request.context.index(words)
        return SpanAnswer(words, start, start + len(words), math.log(self.chance))


EASY = frozenset(fact.question for fact in every_fact() if fact.control)
CLASSES = ("complaint", "praise", "enquiry")


def texts(count: int) -> Table:
    """Labelled texts, as many of each class."""
    labels = [CLASSES[at % 3] for at in range(count)]
    written = [f"Text number {at} of a customer." for at in range(count)]
    return table("labelled_texts", {"text": written, "label": labels})


def classifier(count: int, share: float, sure: float) -> Answerer:
    """Gives this share of texts their label, and of every label the same probability."""
    rows = texts(count)
    labels = dict(zip(rows.columns["text"], rows.columns["label"], strict=True))

    def answer(request: Request) -> Answer:
        if not isinstance(request, Classify):
            return Unanswered("no answer of this kind")
        true = CLASSES.index(str(labels[request.text]))
        said = true if drawn("text", request.text).random() < share else (true + 1) % 3
        logits = [0.0] * 3
        logits[said] = log_odds(sure) + math.log(2)
        return ClassScores(CLASSES, tuple(logits))

    return answer


TEXTS = 240
FEW = {"limit": 60}
RULES = ("claims-judged-rightly", "false-presuppositions")
ERROR = ("confidence-of-answers",)


def _scenarios() -> Sequence[Scenario]:
    return (
        Scenario(
            "truthfulness", ("LogLikelihood",), (Worst(MISLED, RULES[:1]), Worst(CAVES, RULES[1:])), KNOWS, {}, FEW
        ),
        Scenario("calibration", ("LogLikelihood",), (Worst(MISLED, ERROR),), KNOWS, {}, FEW),
        Scenario(
            "calibration",
            ("AnswerQuestion",),
            (Worst(Reader(lambda question: question in EASY), ERROR),),
            Reader(lambda question: True),
            {},
            FEW,
        ),
        Scenario(
            "calibration",
            ("Classify",),
            (Worst(classifier(TEXTS, 0.55, 0.97), ERROR),),
            classifier(TEXTS, 0.95, 0.95),
            {"labelled_texts": texts(TEXTS)},
            labels=CLASSES,
        ),
    )


SCENARIOS = tuple(_scenarios())
