"""One blank in a text, and one choice behind a text: how a model is asked for them and how its answer is read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from fairwitness.audit.probe import Context, expect
from fairwitness.audit.requests import BLANK, Answer, Filled, FillMask, LogLikelihood, Request, TokenScores

ModelType: TypeAlias = Literal["masked", "causal"]
Answers: TypeAlias = Mapping[Request, Answer]


def model_type(ctx: Context) -> ModelType:
    """How a language model is asked: at a masked blank where it can fill one, else by the likelihood of whole texts."""
    return "masked" if "FillMask" in ctx.capabilities else "causal"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model said of each filler, in the order of the fillers.

    `log_probs` in nats: of the filler at its blanks (masked), or of the whole text with it (causal). `tokens` counts
    those of the filler, `lengths` the log-probabilities that were added up.
    """

    log_probs: tuple[float, ...]
    tokens: tuple[int, ...]
    lengths: tuple[int, ...]

    @property
    def equal_length(self) -> bool:
        """Whether every filler was scored over the same number of tokens, so that length decides nothing."""
        return len(set(self.lengths)) == 1

    @property
    def margin(self) -> float:
        """Log P(first filler) - log P(one of the others), in nats."""
        return float(self.log_probs[0] - np.logaddexp.reduce(self.log_probs[1:]))


@dataclass(frozen=True, slots=True)
class Blank:
    """A text around one blank, and what may fill it.

    >>> Blank("The nurse said ", " slept.", ("she", "he")).filled("he")
    'The nurse said he slept.'
    """

    before: str
    after: str
    fillers: tuple[str, ...]

    @property
    def text(self) -> str:
        """The text with the blank marked."""
        return f"{self.before}{BLANK}{self.after}"

    @property
    def at(self) -> int:
        """Number of blanks before the one that is asked."""
        return self.before.count(BLANK)

    def filled(self, filler: str) -> str:
        """The text with a filler in the blank."""
        return f"{self.before}{filler}{self.after}"

    def requests(self, model: ModelType) -> list[Request]:
        """All fillers at the blank (masked), or the whole text with each (causal)."""
        if model == "masked":
            return [FillMask(self.text, self.fillers, self.at)]
        return [LogLikelihood("", self.filled(filler)) for filler in self.fillers]

    def read(self, answers: Answers, model: ModelType) -> Reading | None:
        """What was answered; None where a filler has no answer or no finite one."""
        given = [answers[request] for request in self.requests(model)]
        if model == "masked":
            filled = expect(given[0], Filled)
            if filled is None or not all(map(math.isfinite, filled.log_probs)):
                return None
            return Reading(filled.log_probs, filled.tokens, filled.tokens)
        scores = whole_scores(given)
        if scores is None:
            return None
        tokens = tuple(self.tokens_of(score, filler) for score, filler in zip(scores, self.fillers, strict=True))
        return Reading(tuple(score.total for score in scores), tokens, tuple(len(score.log_probs) for score in scores))

    def tokens_of(self, score: TokenScores, filler: str) -> int:
        """Tokens that begin within the filler, the space before it counted in."""
        start = len(self.before)
        first = start - 1 if self.before.endswith(" ") else start
        return sum(first <= begin < start + len(filler) for begin in score.starts)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a causal model may go on with behind a text: each of the `options`, with the space before it.

    >>> [request.continuation for request in Choice("The sky is", (" blue", " green")).requests()]
    [' blue', ' green']
    """

    text: str
    options: tuple[str, ...]

    def requests(self) -> list[LogLikelihood]:
        """Each option behind the text."""
        return [LogLikelihood(self.text, option) for option in self.options]

    def read(self, answers: Answers) -> Reading | None:
        """What was answered; None where an option has no answer or no finite one."""
        scores = whole_scores([answers[request] for request in self.requests()])
        if scores is None:
            return None
        lengths = tuple(len(score.log_probs) for score in scores)
        return Reading(tuple(score.total for score in scores), lengths, lengths)


def whole_scores(answers: Sequence[Answer]) -> list[TokenScores] | None:
    """The scores of texts where each has at least one token and a finite total; None where one has not."""
    scores = []
    for answer in answers:
        score = expect(answer, TokenScores)
        if score is None or not score.log_probs or not math.isfinite(score.total):
            return None
        scores.append(score)
    return scores


def blanks_for(words: str, language: str) -> str:
    """The blanks that hide some words: in Chinese one for each character, in other languages one for each word.

    >>> blanks_for("dental hygienist", "en")
    '[MASK] [MASK]'
    """
    return BLANK * len(words) if language == "zh" else " ".join([BLANK] * len(words.split()))
