"""The classes of a classifier of texts, and their probabilities."""

from __future__ import annotations

import math

import numpy as np

from fairwitness.audit.probe import expect
from fairwitness.audit.requests import Answer, ClassScores


def finite(answer: Answer) -> ClassScores | None:
    """The scores where every logit is a finite number; None without."""
    scores = expect(answer, ClassScores)
    return scores if scores is not None and all(map(math.isfinite, scores.logits)) else None


def probability(scores: ClassScores, label: str) -> float:
    """Probability of a class: softmax over all, or its own sigmoid where it is judged alone.

    Raises ValueError for a label that the classifier has not.
    """
    logits = np.asarray(scores.logits, dtype=np.float64)
    place = scores.labels.index(label)
    if scores.multi_label or len(logits) == 1:
        return 0.5 * (1 + math.tanh(float(logits[place]) / 2))
    weights = np.exp(logits - logits.max())
    return float(weights[place]) / math.fsum(weights)  # exact, so that the order of the labels changes no digit
