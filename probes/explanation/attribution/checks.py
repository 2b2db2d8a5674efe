"""Explanations of one text by several methods, and what each of them is worth."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from fairwitness.audit.requests import Attribution, BetweenFillers, ForClass, OfAnswer, OfContinuation, Target
from fairwitness.probes.explanation.attribution.items import WORDS, MethodName, Sentence

SAMPLED: tuple[MethodName, ...] = ("shap", "lime")
ADDS_UP: dict[str, float] = {"shap": 1e-5, "shap_partition": 1e-5, "integrated_gradients": 0.01}
"""Largest share of the difference between whole and hidden text that a complete method may leave unexplained."""
AGREE = 0.8
LEAST_SPAN = 0.01
"""Log-odds below which a difference is too small to take shares of."""


@dataclass(frozen=True, slots=True)
class Explained:
    """One text: for each method the attributions of its seeds in order, and that of the text with a neutral word."""

    sentence: Sentence
    target: Target
    runs: dict[MethodName, list[Attribution]] = field(default_factory=dict)
    neutral: dict[MethodName, Attribution] = field(default_factory=dict)

    def first(self, method: MethodName) -> Attribution | None:
        """The attribution of the first seed, which is the one that is shown."""
        return self.runs[method][0] if self.runs.get(method) else None

    @property
    def aim(self) -> str:
        """What is explained, in words."""
        match self.target:
            case BetweenFillers(positive, negative):
                return WORDS("aim.fillers", positive=positive, negative=negative)
            case ForClass(label):
                return WORDS("aim.label", label=label)
            case OfContinuation(continuation):
                return WORDS("aim.continuation", continuation=continuation)
            case OfAnswer(question=question):
                return WORDS("aim.answer", question=question)


def unexplained(text: Explained, method: MethodName) -> float | None:
    """|residual| as a share of the difference that a complete method must explain; None for LIME, which is none."""
    shown = text.first(method)
    if shown is None or method not in ADDS_UP:
        return None
    return abs(shown.residual) / max(abs(shown.full - shown.base), LEAST_SPAN)


def seed_agreement(text: Explained, method: MethodName) -> float | None:
    """Mean over pairs of seeds of what their values share, 2 Σab / (Σa² + Σb²); None without two seeds or any value.

    1 where the values are the same, 0 where they have nothing in common, −1 where every sign is turned. This is Lin's
    coefficient of concordance (Biometrics 45 (1989) 255-268) about 0, the value of a word that does nothing: with
    errors of variance σ² in values of mean square s² it is s² / (s² + σ²), so 0.8 is an error of half a value.
    Words weigh by their size: the order of those that are 0 but for their error does not matter, as ranks let it.
    """
    agreements = []
    for first, second in combinations(text.runs.get(method, []), 2):
        a, b = first.values, second.values
        if size := float(np.dot(a, a) + np.dot(b, b)):
            agreements.append(2 * float(np.dot(a, b)) / size)
    return float(np.mean(agreements)) if agreements else None


def agreement(text: Explained, first: MethodName, second: MethodName) -> float | None:
    """Cosine of the word values of two methods, whose scales may differ; None where one has no value but 0.

    1: the same words, in the same proportion, with the same signs. Small values do not matter.
    """
    a, b = text.first(first), text.first(second)
    if a is None or b is None:
        return None
    sizes = float(np.linalg.norm(a.values) * np.linalg.norm(b.values))
    return float(np.dot(a.values, b.values)) / sizes if sizes > 0 else None


def removal_gain(text: Explained, method: MethodName) -> float | None:
    """How much sooner the target falls when words are hidden in the method's order than in random order.

    Mean over the number of hidden words (neither none nor all) of random - ranked: the area over the perturbation
    curve, in log-odds. None for a single word and where nothing was removed.
    """
    shown = text.first(method)
    if shown is None or len(shown.removal) < 3:
        return None
    return float(np.mean(np.subtract(shown.random_removal, shown.removal)[1:-1]))


def share(attribution: Attribution, start: int, end: int) -> float | None:
    """Share of all |values| on the words that begin in this interval; None when all are 0 or no word does."""
    sizes = np.abs(attribution.values)
    inside = np.array([start <= begin < end for begin in attribution.starts], dtype=bool)
    return float(sizes[inside].sum() / sizes.sum()) if inside.any() and sizes.sum() > 0 else None


def word_share(text: Explained, method: MethodName) -> float | None:
    """Share of the method's |values| on the word for a person."""
    shown = text.first(method)
    return None if shown is None or text.sentence.start < 0 else share(shown, text.sentence.start, text.sentence.end)


def word_excess(text: Explained, method: MethodName) -> float | None:
    """That share less the share of the neutral word in the same place."""
    if method not in text.neutral:
        return None
    person = word_share(text, method)
    neutral = share(text.neutral[method], text.sentence.start, text.sentence.neutral_end)
    return None if person is None or neutral is None else person - neutral


def faults(text: Explained, method: MethodName) -> list[str]:
    """Why the method's values are not reliable on this text; empty when its checks hold."""
    reasons = []
    left = unexplained(text, method)
    if left is not None and left > ADDS_UP[method]:
        reasons.append(WORDS("fault.sum", share=f"{left:.1%}"))
    agreed = seed_agreement(text, method)
    if method in SAMPLED and agreed is not None and agreed < AGREE:
        reasons.append(WORDS("fault.seeds", agreement=f"{agreed:.2f}"))
    return reasons
