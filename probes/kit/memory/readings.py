"""What was answered about one text: its scores, or why they cannot be used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.probe import expect
from fairwitness.audit.records import Name
from fairwitness.audit.requests import Answer, TokenScores, Unanswered
from fairwitness.probes.kit.memory.passages import SHORTEST
from fairwitness.probes.kit.words import Words


@dataclass(frozen=True, slots=True)
class Loss:
    """Why a text has no scores; `unanswered`: it is the model that gave no answer."""

    reason: str
    unanswered: bool


def read_scores(answers: Sequence[Answer], words: Words, *, private: bool) -> list[TokenScores] | Loss:
    """The scores of the windows of one text, or why they cannot be used, by `[skipped]` of the words.

    What follows the colon of an error may quote the text, so of `private` ones only the kind of error is told.
    """
    for answer in answers:
        if isinstance(answer, Unanswered):
            reason = Name(answer.reason.split(":")[0] if private else answer.reason)
            return Loss(words("skipped.unanswered", reason=reason), unanswered=True)
    scores = [score for answer in answers if (score := expect(answer, TokenScores)) is not None]
    if not all(np.isfinite(score.log_probs).all() for score in scores):
        return Loss(words("skipped.infinite"), unanswered=True)
    count = sum(len(score.log_probs) for score in scores)
    if count < SHORTEST:
        return Loss(words("skipped.tokens", count=count, least=SHORTEST), unanswered=False)
    return scores


def totals_alone(answers: Iterable[Answer]) -> bool:
    """Whether a model says how likely tokens are and not which of them it would have written."""
    return any(isinstance(answer, TokenScores) and answer.log_probs and not answer.greedy for answer in answers)
