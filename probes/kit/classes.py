"""The classes of a classifier of texts, and their probabilities."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fairwitness.audit.probe import expect
from fairwitness.audit.requests import Answer, ClassScores

DIGITS = 13
"""Digits of a probability by which two of them differ."""


def finite(answer: Answer) -> ClassScores | None:
    """The scores where every logit is a finite number; None without."""
    scores = expect(answer, ClassScores)
    return scores if scores is not None and all(map(math.isfinite, scores.logits)) else None


def probability(scores: ClassScores, label: str) -> float:
    """Probability of a class: softmax over all, or its own sigmoid where it is judged alone.

    Raises ValueError for a label that the classifier has not.
    """
    place = scores.labels.index(label)
    if scores.multi_label or len(scores.labels) == 1:
        return sigmoid(scores.logits[place])
    return softmax(scores.logits)[place]


def sigmoid(logit: float) -> float:
    """Probability of a class that is judged alone."""
    return 0.5 * (1 + math.tanh(float(logit) / 2))


def softmax(logits: Sequence[float]) -> list[float]:
    """Probabilities of all classes; their sum is exact, so that the order of the labels changes no digit."""
    largest = max(map(float, logits))
    weights = [math.exp(float(logit) - largest) for logit in logits]
    whole = math.fsum(weights)
    return [weight / whole for weight in weights]


def ranked(chance: float) -> float:
    """A probability by which people are ordered: its last bits differ between processors, and would order ties."""
    return round(chance, DIGITS)
