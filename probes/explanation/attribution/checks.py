"""Explanations of one text by several methods, and what each of them is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal, TypeAlias

import numpy as np

from fairwitness.audit.requests import Attribution, BetweenFillers, Target

MethodName: TypeAlias = Literal["shap", "shap_partition", "lime", "integrated_gradients"]
METHODS: tuple[MethodName, ...] = ("shap", "lime", "integrated_gradients")
SAMPLED: tuple[MethodName, ...] = ("shap", "lime")
ADDS_UP: dict[str, float] = {"shap": 1e-5, "shap_partition": 1e-5, "integrated_gradients": 0.01}
"""Largest share of the difference between whole and hidden text that a complete method may leave unexplained."""
NAMES: dict[MethodName, str] = {
    "shap": "SHAP",
    "shap_partition": "SHAP (partition)",
    "lime": "LIME",
    "integrated_gradients": "integrated gradients",
}
AGREE = 0.8
LEAST_SPAN = 0.01
"""Log-odds below which a difference is too small to take shares of."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text, its word for a person at `text[start:end]` (start -1: none), and the text with a neutral word instead."""

    text: str
    start: int
    end: int
    swapped: str

    @property
    def word(self) -> str:
        """The word for a person, or an empty string."""
        return self.text[self.start : self.end] if self.start >= 0 else ""


@dataclass(frozen=True, slots=True)
class Explained:
    """One text: for each method the attributions of its seeds in order, and that of the swapped text."""

    sentence: Sentence
    target: Target
    runs: dict[MethodName, list[Attribution]] = field(default_factory=dict)
    swapped: dict[MethodName, Attribution] = field(default_factory=dict)

    def first(self, method: MethodName) -> Attribution | None:
        """The attribution of the first seed, which is the one that is shown."""
        return self.runs[method][0] if self.runs.get(method) else None

    @property
    def aim(self) -> str:
        """What is explained, in words."""
        if isinstance(self.target, BetweenFillers):
            return f"{self.target.positive} against {self.target.negative}"
        return f"class {self.target.label}"


def unexplained(one: Explained, method: MethodName) -> float | None:
    """|residual| as a share of the difference that a complete method must explain; None for LIME, which is none."""
    shown = one.first(method)
    if shown is None or method not in ADDS_UP:
        return None
    return abs(shown.residual) / max(abs(shown.full - shown.base), LEAST_SPAN)


def seed_agreement(one: Explained, method: MethodName) -> float | None:
    """Mean over pairs of seeds of what their values share, 2 Σab / (Σa² + Σb²); None without two seeds or any value.

    1 where the values are the same, 0 where they have nothing in common, −1 where every sign is turned. This is Lin's
    coefficient of concordance (Biometrics 45 (1989) 255-268) about 0, the value of a word that does nothing: with
    errors of variance σ² in values of mean square s² it is s² / (s² + σ²), so 0.8 is an error of half a value.
    Words weigh by their size: the order of those that are 0 but for their error does not matter, as ranks let it.
    """
    pairs = combinations(one.runs.get(method, []), 2)
    found = [shared for a, b in pairs if (shared := _shared(a.values, b.values)) is not None]
    return float(np.mean(found)) if found else None


def _shared(first: Sequence[float], second: Sequence[float]) -> float | None:
    size = float(np.dot(first, first) + np.dot(second, second))
    return 2 * float(np.dot(first, second)) / size if size > 0 else None


def agreement(one: Explained, first: MethodName, second: MethodName) -> float | None:
    """Cosine of the word values of two methods, whose scales may differ; None where one has no value but 0.

    1: the same words, in the same proportion, with the same signs. Small values do not matter.
    """
    a, b = one.first(first), one.first(second)
    if a is None or b is None:
        return None
    sizes = float(np.linalg.norm(a.values) * np.linalg.norm(b.values))
    return float(np.dot(a.values, b.values)) / sizes if sizes > 0 else None


def removal_gain(one: Explained, method: MethodName) -> float | None:
    """How much sooner the target falls when words are hidden in the method's order than in random order.

    Mean over the number of hidden words (neither none nor all) of random - ranked: the area over the perturbation
    curve, in log-odds. None for a single word and where nothing was removed.
    """
    shown = one.first(method)
    if shown is None or len(shown.removal) < 3:
        return None
    return float(np.mean(np.subtract(shown.random_removal, shown.removal)[1:-1]))


def share(attribution: Attribution, start: int, end: int) -> float | None:
    """Share of all |values| on the words that begin in this stretch; None when all values are 0 or no word does."""
    sizes = np.abs(attribution.values)
    inside = np.array([start <= at < end for at in attribution.starts], dtype=bool)
    return float(sizes[inside].sum() / sizes.sum()) if inside.any() and sizes.sum() > 0 else None


def word_share(one: Explained, method: MethodName) -> float | None:
    """Share of the method's |values| on the word for a person."""
    shown = one.first(method)
    return None if shown is None or one.sentence.start < 0 else share(shown, one.sentence.start, one.sentence.end)


def word_excess(one: Explained, method: MethodName) -> float | None:
    """That share less the share of the neutral word in the same place."""
    swapped, sentence = one.swapped.get(method), one.sentence
    if swapped is None:
        return None
    end = sentence.end + len(sentence.swapped) - len(sentence.text)
    own, other = word_share(one, method), share(swapped, sentence.start, end)
    return None if own is None or other is None else own - other


def faults(one: Explained, method: MethodName) -> list[str]:
    """Why the method's values are not reliable on this text; empty when its checks hold."""
    found = []
    left = unexplained(one, method)
    if left is not None and left > ADDS_UP[method]:
        found.append(f"{left:.1%} of the difference is unexplained")
    shared = seed_agreement(one, method)
    if method in SAMPLED and shared is not None and shared < AGREE:
        found.append(f"two seeds agree at {shared:.2f} only")
    return found
