"""What is explained: how a text is asked for the value of its target, which is in log-odds or log-probability.

A new target is a class here with its row in `target_of`; texts with hidden words come from `hidings`.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from fairwitness.audit.attribution.hidings import EMPTY, Shown
from fairwitness.audit.attribution.words import Word, split
from fairwitness.audit.requests import (
    BLANK,
    Answer,
    AnswerQuestion,
    Attribute,
    BetweenFillers,
    Classify,
    ClassScores,
    Fault,
    Filled,
    FillMask,
    ForClass,
    Hiding,
    LogLikelihood,
    OfAnswer,
    OfContinuation,
    OfTag,
    Request,
    SpanAnswer,
    Tagged,
    TagTokens,
    Target,
    TokenScores,
    Unanswered,
)

NO_NUMBER = "the model gave a value that is not a finite number"


class Refused(Exception):
    """There is no value or no explanation; the message is the reason, `fault` what is at fault for it."""

    def __init__(self, reason: str, fault: Fault = "model") -> None:
        super().__init__(reason)
        self.fault = fault


class TargetRules(Protocol):
    """How a kind of model is asked for the value of a text."""

    @property
    def usual(self) -> Hiding:
        """How words are hidden where a request does not say."""

    def words(self, text: str) -> tuple[Word, ...]:
        """The words that can be hidden."""

    def asks(self, text: str, shown: Shown) -> tuple[Request, ...]:
        """The requests that together give the value of the text as shown."""

    def value(self, answers: Sequence[Answer]) -> float:
        """The value, in nats. Raises Refused when an answer is missing."""


@dataclass(frozen=True, slots=True)
class AtBlank:
    """log P(positive) - log P(negative) at the first blank of a masked language model."""

    target: BetweenFillers
    usual: Hiding = "masked"

    def words(self, text: str) -> tuple[Word, ...]:
        return split(text)

    def asks(self, text: str, shown: Shown) -> tuple[Request, ...]:
        place = shown.place(text.index(BLANK))
        before = shown.text[:place].count(BLANK)
        return (FillMask(shown.text, (self.target.positive, self.target.negative), at=before),)

    def value(self, answers: Sequence[Answer]) -> float:
        (filled,) = answers
        if not isinstance(filled, Filled):
            raise refusal(filled)
        return float(filled.log_probs[0]) - float(filled.log_probs[1])


@dataclass(frozen=True, slots=True)
class OfSentence:
    """log P(sentence with positive) - log P(sentence with negative) of a left-to-right language model."""

    target: BetweenFillers
    usual: Hiding = "removed"

    def words(self, text: str) -> tuple[Word, ...]:
        return split(text)

    def asks(self, text: str, shown: Shown) -> tuple[Request, ...]:
        place = shown.place(text.index(BLANK))
        before, after = shown.text[:place], shown.text[place + len(BLANK) :]
        fillers = (self.target.positive, self.target.negative)
        return tuple(LogLikelihood("", before + filler + after) for filler in fillers)

    def value(self, answers: Sequence[Answer]) -> float:
        positive, negative = answers
        if not isinstance(positive, TokenScores):
            raise refusal(positive)
        if not isinstance(negative, TokenScores):
            raise refusal(negative)
        return positive.total - negative.total


@dataclass(frozen=True, slots=True)
class OfClass:
    """Log-odds of a class: its logit against the log-sum-exp of the others; its logit where labels are independent."""

    target: ForClass
    usual: Hiding = "removed"

    def words(self, text: str) -> tuple[Word, ...]:
        return split(text)

    def asks(self, text: str, shown: Shown) -> tuple[Request, ...]:
        return (Classify(shown.text if shown.text.strip() else EMPTY),)

    def value(self, answers: Sequence[Answer]) -> float:
        (scores,) = answers
        if not isinstance(scores, ClassScores):
            raise refusal(scores)
        return log_odds(scores, self.target.label)


@dataclass(frozen=True, slots=True)
class AfterText:
    """log P(continuation | text) of a left-to-right language model, in nats."""

    target: OfContinuation
    usual: Hiding = "removed"

    def words(self, text: str) -> tuple[Word, ...]:
        return split(text)

    def asks(self, text: str, shown: Shown) -> tuple[Request, ...]:
        return (LogLikelihood(shown.text if shown.text.strip() else EMPTY, self.target.continuation),)

    def value(self, answers: Sequence[Answer]) -> float:
        (scores,) = answers
        if not isinstance(scores, TokenScores):
            raise refusal(scores)
        return scores.total


@dataclass(frozen=True, slots=True)
class InContext:
    """Log-odds of one span of a context as the answer to a question: against all other spans and no answer."""

    target: OfAnswer
    usual: Hiding = "removed"

    def words(self, text: str) -> tuple[Word, ...]:
        return words_of(text, self.target)

    def asks(self, text: str, shown: Shown) -> tuple[Request, ...]:
        span = shown.place(self.target.start), shown.place(self.target.end - 1) + 1
        return (AnswerQuestion(self.target.question, shown.text, (span,)),)

    def value(self, answers: Sequence[Answer]) -> float:
        (answer,) = answers
        if not isinstance(answer, SpanAnswer):
            raise refusal(answer)
        chance = min(answer.exact[0], 0.0)  # rounding may bring it above
        with np.errstate(divide="ignore"):
            return float(chance - np.log(-np.expm1(chance)))


@dataclass(frozen=True, slots=True)
class AtWord:
    """Log-odds that a word has a label, whatever its prefix, against all other labels and none."""

    target: OfTag
    usual: Hiding = "masked"

    def words(self, text: str) -> tuple[Word, ...]:
        return split(text)

    def asks(self, text: str, shown: Shown) -> tuple[Request, ...]:
        start = shown.place(self.target.start)
        end = max(start + 1, shown.place(self.target.end))
        return (TagTokens(shown.text, ((start, end, self.target.label),)),)

    def value(self, answers: Sequence[Answer]) -> float:
        (answer,) = answers
        if not isinstance(answer, Tagged):
            raise refusal(answer)
        return answer.log_odds[0]


def words_of(text: str, target: Target) -> tuple[Word, ...]:
    """The words of a text that can be hidden: all but those of the answer that is explained."""
    words = split(text)
    if not isinstance(target, OfAnswer):
        return words
    return tuple(word for word in words if word.end <= target.start or word.start >= target.end)


def log_odds(scores: ClassScores, label: str) -> float:
    """Log-odds of a label in nats; the output itself where it is a number.

    Raises Refused when the classifier has no such label, and for logits that are not finite.
    """
    if label not in scores.labels:
        close = difflib.get_close_matches(label, scores.labels, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else f"; it has {', '.join(map(repr, scores.labels[:8]))}"
        raise Refused(f"the classifier has no label {label!r}{hint}")
    index = scores.labels.index(label)
    logits = np.asarray(scores.logits, dtype=np.float64)
    if not np.isfinite(logits).all():
        raise Refused(NO_NUMBER)
    others = np.delete(logits, index)
    if scores.multi_label or scores.regression or others.size == 0:
        return float(logits[index])
    return float(logits[index] - np.logaddexp.reduce(others))


def target_of(request: Attribute, capabilities: Sequence[str]) -> TargetRules | Unanswered:
    """How this model can be asked for this target."""
    match request.target:
        case ForClass():
            if "Classify" not in capabilities:
                return Unanswered("the model is no classifier, so it has no class to explain")
            return OfClass(request.target)
        case BetweenFillers():
            return _between(request.target, request.text.count(BLANK), capabilities)
        case OfContinuation():
            return _after(request.target, request.text, capabilities)
        case OfAnswer():
            return _in_context(request.target, request.text, capabilities)
        case OfTag():
            return _at_word(request.target, request.text, capabilities)


def _after(target: OfContinuation, text: str, capabilities: Sequence[str]) -> TargetRules | Unanswered:
    if "LogLikelihood" not in capabilities:
        return Unanswered("the model does not read from left to right, so it continues no text")
    if BLANK in text:
        return Unanswered(f"a text that goes on has no {BLANK}")
    return AfterText(target) if target.continuation else Unanswered("the continuation is empty")


def _in_context(target: OfAnswer, text: str, capabilities: Sequence[str]) -> TargetRules | Unanswered:
    if "AnswerQuestion" not in capabilities:
        return Unanswered("the model answers no questions about a text")
    if not 0 <= target.start < target.end <= len(text) or not text[target.start : target.end].strip():
        return Unanswered(f"the text has {len(text)} characters, and no answer from {target.start} to {target.end}")
    return InContext(target)


def _at_word(target: OfTag, text: str, capabilities: Sequence[str]) -> TargetRules | Unanswered:
    if "TagTokens" not in capabilities:
        return Unanswered("the model is no tagger, so it has no tag to explain")
    if not any((word.start, word.end) == (target.start, target.end) for word in split(text)):
        return Unanswered(f"the text has {len(text)} characters, and no word from {target.start} to {target.end}")
    return AtWord(target)


def _between(target: BetweenFillers, blanks: int, capabilities: Sequence[str]) -> TargetRules | Unanswered:
    if blanks == 0:
        return Unanswered(f"the text has no {BLANK} to fill")
    if "FillMask" in capabilities:
        return AtBlank(target)
    if "LogLikelihood" not in capabilities:
        return Unanswered("the model gives no probabilities for fillers")
    if blanks > 1:
        return Unanswered(f"a left-to-right model is asked one {BLANK} at a time, the text has {blanks}")
    return OfSentence(target)


def refusal(answer: Answer) -> Refused:
    """Why an answer has no value."""
    if isinstance(answer, Unanswered):
        return Refused(answer.reason, answer.fault)
    return Refused(f"an answer of type {type(answer).__name__}")
