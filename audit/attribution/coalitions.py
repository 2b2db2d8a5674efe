"""What is explained, as a value function of coalitions: a text in which only some of its words are present."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit.attribution.words import Word, split
from fairwitness.audit.requests import (
    BLANK,
    Answer,
    Attribute,
    BetweenFillers,
    Classify,
    ClassScores,
    Filled,
    FillMask,
    ForClass,
    LogLikelihood,
    Request,
    TokenScores,
    Unanswered,
)
from fairwitness.audit.subject import Ask

Presence = npt.NDArray[np.bool_]
"""`[coalition, word]`: true where the word is shown."""
Values = npt.NDArray[np.float64]
CoalitionValues: TypeAlias = Callable[[Presence], Values]
"""Values of coalitions in log-odds, one per row."""

EMPTY = "…"
"""Stands for a text of which nothing is left."""


@dataclass(frozen=True, slots=True)
class WordAttributions:
    """What a method gives each word in log-odds, and its Monte-Carlo standard errors where it has randomness."""

    values: Values
    errors: Values | None
    note: str


class Refused(Exception):
    """The model gave no answer for a text with hidden words; the message is the reason."""


class Rules(Protocol):
    """How a kind of model is asked for the value of a text, and how hidden words look to it."""

    @property
    def hiding(self) -> str:
        """How words are hidden, in a sentence for the reader."""

    def asks(self, text: str, words: Sequence[Word], present: Sequence[bool]) -> tuple[Request, ...]:
        """The requests that together give the value of this coalition."""

    def value(self, answers: Sequence[Answer]) -> float:
        """The value in log-odds. Raises Refused when an answer is missing."""


@dataclass(frozen=True, slots=True)
class AtBlank:
    """log P(positive) - log P(negative) at the first blank of a masked language model."""

    target: BetweenFillers
    hiding: str = "A hidden word is replaced by one more mask."

    def asks(self, text: str, words: Sequence[Word], present: Sequence[bool]) -> tuple[Request, ...]:
        asked = text.index(BLANK)
        before = sum(not shown and word.start < asked for word, shown in zip(words, present, strict=True))
        masked = _replace(text, words, present)
        return (FillMask(masked, (self.target.positive, self.target.negative), at=before),)

    def value(self, answers: Sequence[Answer]) -> float:
        (filled,) = answers
        if not isinstance(filled, Filled):
            raise Refused(_reason(filled))
        return float(filled.log_probs[0]) - float(filled.log_probs[1])


@dataclass(frozen=True, slots=True)
class OfSentence:
    """log P(sentence with positive) - log P(sentence with negative) of a left-to-right language model."""

    target: BetweenFillers
    hiding: str = "A hidden word is left out, with the space before it."

    def asks(self, text: str, words: Sequence[Word], present: Sequence[bool]) -> tuple[Request, ...]:
        kept = leave_out(text, words, present)
        fillers = (self.target.positive, self.target.negative)
        return tuple(LogLikelihood("", kept.replace(BLANK, filler, 1)) for filler in fillers)

    def value(self, answers: Sequence[Answer]) -> float:
        positive, negative = answers
        if not isinstance(positive, TokenScores):
            raise Refused(_reason(positive))
        if not isinstance(negative, TokenScores):
            raise Refused(_reason(negative))
        return positive.total - negative.total


@dataclass(frozen=True, slots=True)
class OfClass:
    """Log-odds of a class: its logit against the log-sum-exp of the others; its logit where labels are independent."""

    target: ForClass
    hiding: str = f"A hidden word is left out, with the space before it; an empty text is written {EMPTY}"

    def asks(self, text: str, words: Sequence[Word], present: Sequence[bool]) -> tuple[Request, ...]:
        return (Classify(leave_out(text, words, present) or EMPTY),)

    def value(self, answers: Sequence[Answer]) -> float:
        (scores,) = answers
        if not isinstance(scores, ClassScores):
            raise Refused(_reason(scores))
        return log_odds(scores, self.target.label)


def log_odds(scores: ClassScores, label: str) -> float:
    """Log-odds of a label in nats; the output itself where it is a number.

    Raises Refused when the classifier has no such label.
    """
    if label not in scores.labels:
        close = difflib.get_close_matches(label, scores.labels, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else f"; it has {', '.join(map(repr, scores.labels[:8]))}"
        raise Refused(f"the classifier has no label {label!r}{hint}")
    index = scores.labels.index(label)
    logits = np.asarray(scores.logits, dtype=np.float64)
    others = np.delete(logits, index)
    if scores.multi_label or scores.regression or others.size == 0:
        return float(logits[index])
    return float(logits[index] - np.logaddexp.reduce(others))


def rules_for(request: Attribute, capabilities: Sequence[str]) -> Rules | Unanswered:
    """The rules by which this model can be asked for this target."""
    match request.target:
        case ForClass():
            if "Classify" not in capabilities:
                return Unanswered("the model is no classifier, so it has no class to explain")
            return OfClass(request.target)
        case BetweenFillers():
            blanks = request.text.count(BLANK)
            if blanks == 0:
                return Unanswered(f"the text has no {BLANK} to fill")
            if "FillMask" in capabilities:
                return AtBlank(request.target)
            if "LogLikelihood" not in capabilities:
                return Unanswered("the model gives no probabilities for fillers")
            if blanks > 1:
                return Unanswered(f"a left-to-right model is asked one {BLANK} at a time, the text has {blanks}")
            return OfSentence(request.target)


def leave_out(text: str, words: Sequence[Word], present: Sequence[bool]) -> str:
    """The text without its hidden words, each with the white space before it; trimmed at both ends."""
    kept: list[str] = []
    offset = 0
    for word, shown in zip(words, present, strict=True):
        if shown:
            continue
        kept.append(text[offset : word.start].rstrip())
        offset = word.end
    kept.append(text[offset:])
    return "".join(kept).strip()


def _replace(text: str, words: Sequence[Word], present: Sequence[bool]) -> str:
    kept: list[str] = []
    offset = 0
    for word, shown in zip(words, present, strict=True):
        if not shown:
            kept += [text[offset : word.start], BLANK]
            offset = word.end
    kept.append(text[offset:])
    return "".join(kept)


def _reason(answer: Answer) -> str:
    return answer.reason if isinstance(answer, Unanswered) else f"an answer of type {type(answer).__name__}"


@dataclass(slots=True)
class ValueFunction:
    """The values of one text's coalitions, each asked once; `ask` puts the open ones to the model."""

    text: str
    rules: Rules
    ask: Ask
    words: tuple[Word, ...] = ()
    known: dict[bytes, float] = field(default_factory=dict)
    refused: str = ""

    def __post_init__(self) -> None:
        self.words = split(self.text)

    def open(self, present: Presence) -> dict[bytes, tuple[Request, ...]]:
        """The coalitions whose value is not known yet, with the requests that give it."""
        rows = {row.tobytes(): row for row in np.ascontiguousarray(present, dtype=np.bool_)}
        return {
            key: self.rules.asks(self.text, self.words, row.tolist())
            for key, row in rows.items()
            if key not in self.known
        }

    def learn(self, key: bytes, answers: Sequence[Answer]) -> None:
        """Stores the value of an answered coalition, or the reason why the coalition has no value."""
        try:
            value = self.rules.value(answers)
        except Refused as reason:
            self.refused = self.refused or str(reason)
            return
        if math.isfinite(value):
            self.known[key] = value
        else:
            self.refused = "the model gave a probability of zero, so the log-odds are infinite"

    def __call__(self, present: Presence) -> Values:
        """Values of the coalitions in log-odds, one per row. Raises Refused."""
        solve([(self, present)], self.ask)
        if self.refused:
            raise Refused(self.refused)
        rows = np.ascontiguousarray(present, dtype=np.bool_)
        return np.array([self.known[row.tobytes()] for row in rows], dtype=np.float64)

    def between(self) -> tuple[float, float]:
        """The value with every word hidden, and with none. Raises Refused."""
        base, full = self(ends(len(self.words)))
        return float(base), float(full)


def ends(words: int) -> Presence:
    """The two coalitions that every method needs: no word, and all of them."""
    return np.array([[False] * words, [True] * words], dtype=np.bool_).reshape(2, words)


def every(words: int) -> Presence:
    """All coalitions, from none shown to all shown."""
    numbers = np.arange(2**words)[:, np.newaxis]
    return np.asarray(numbers >> np.arange(words) & 1, dtype=np.bool_)


def solve(wanted: Sequence[tuple[ValueFunction, Presence]], ask: Ask) -> None:
    """Asks for the open coalitions of several value functions in one round, so that they are batched together."""
    rows = {
        (id(value_function), key): (value_function, key, asks)
        for value_function, present in wanted
        for key, asks in value_function.open(present).items()
    }.values()
    if not rows:
        return
    answers = iter(ask([request for _, _, asks in rows for request in asks]))
    for value_function, key, asks in rows:
        value_function.learn(key, [next(answers) for _ in asks])
