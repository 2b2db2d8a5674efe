"""How a masked and a causal model are asked for a term in a sentence, and how the answer is read."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from fairwitness.audit.probe import expect
from fairwitness.audit.requests import Answer, Filled, FillMask, LogLikelihood, Request, TokenScores
from fairwitness.probes.kit.blanks import Blank, ModelType


@dataclass(frozen=True, slots=True)
class Said:
    """What a model said of one term in one sentence, natural logarithms.

    `log_prob` is that of the term at its blanks (masked; a term of k tokens has k blanks, filled jointly) or of the
    whole sentence (causal); `length` the number of log-probabilities in it, `tokens` those of the term.
    """

    log_prob: float
    length: int
    tokens: int


Reader = Callable[[Blank, str], Said | None]
"""What was said of a term in a sentence; None where there is no answer."""


def request(asked: Blank, word: str, arm: ModelType) -> Request:
    """The one request behind a term in a sentence. The blank asked is the term's, whatever else is masked."""
    if arm == "masked":
        return FillMask(asked.text, (word,), asked.at)
    return LogLikelihood("", asked.filled(word))


def reader(answer_to: Callable[[Request], Answer], arm: ModelType) -> Reader:
    """Reads terms in sentences out of the answers."""

    def read(asked: Blank, word: str) -> Said | None:
        answer = answer_to(request(asked, word, arm))
        if arm == "masked":
            filled = expect(answer, Filled)
            if filled is None or not math.isfinite(filled.log_probs[0]):
                return None
            return Said(filled.log_probs[0], filled.tokens[0], filled.tokens[0])
        scores = expect(answer, TokenScores)
        if scores is None or not scores.log_probs or not math.isfinite(scores.total):
            return None
        return Said(scores.total, len(scores.log_probs), asked.tokens_of(scores, word))

    return read
