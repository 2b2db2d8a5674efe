"""Explanations of one text by several methods, what each is worth, and the metrics over texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations
from typing import Literal, TypeAlias

import numpy as np

from assay.audit import stats
from assay.audit.records import Better, Estimate, Metric, Undefined
from assay.audit.requests import Attribution, BetweenFillers, Target
from assay.probes.claims import concluded, holding, stated

MethodName: TypeAlias = Literal["shap", "shap_partition", "lime", "integrated_gradients"]
METHODS: tuple[MethodName, ...] = ("shap", "lime", "integrated_gradients")
SAMPLED: tuple[MethodName, ...] = ("shap", "lime")
ADDS_UP: dict[str, float] = {"shap": 1e-5, "shap_partition": 1e-5, "integrated_gradients": 0.01}
"""Largest share of the difference between whole and hidden text that a complete method may leave unexplained."""
ALWAYS: dict[str, str] = {
    "lime": "LIME's values need not add up",
    "shap": "SHAP values add up whatever the model: that is no check of them",
    "shap_partition": "SHAP values add up whatever the model: that is no check of them",
}
"""Why what a method leaves unexplained says nothing of it."""
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


def metrics(explained: Sequence[Explained], methods: Sequence[MethodName], seeds: int, seed: int) -> list[Metric]:
    """All metrics over texts: the checks of each method, their agreement, and the share of the word for a person."""
    found: list[Metric] = []
    for method in methods:
        found += [_adds_up(explained, method, seed), _stable(explained, method, seeds, seed)]
    found += _removals(explained, methods, seed)
    found += [_agree(explained, a, b, seed) for a, b in combinations(methods, 2)]
    found += [_word_share(explained, method, seed) for method in methods]
    return [*found, _word_excess(explained, methods[0], seed)]


def _over_texts(
    explained: Sequence[Explained],
    of: Callable[[Explained], float | None],
    bounds: tuple[float, float],
    seed: int,
    nothing: str,
) -> Estimate | Undefined:
    values = [value for one in explained if (value := of(one)) is not None]
    return stats.mean(values, bounds=bounds, seed=seed) if values else Undefined(nothing)


def _metric(
    name: str,
    estimate: Estimate | Undefined,
    unit: str,
    better: Better,
    claim: str,
    by: dict[str, str],
    null: float | None = None,
) -> Metric:
    return Metric(name, estimate, unit, better, claim, null, by, ("checks",), ("attribution",))


def _adds_up(explained: Sequence[Explained], method: MethodName, seed: int) -> Metric:
    estimate: Estimate | Undefined
    if method in ALWAYS:
        estimate = Undefined(ALWAYS[method], "not_asked")
    else:
        nothing = "the method gave no answer"
        estimate = _over_texts(explained, partial(unexplained, method=method), (0.0, np.inf), seed, nothing)
    name = NAMES[method]
    claim = stated(
        f"What {name} leaves unexplained",
        estimate,
        f"The {name} values leave {{value}} of the answer's change unexplained",
    )
    return _metric("unexplained", estimate, "share of the change", "lower", claim, {"method": NAMES[method]})


def _stable(explained: Sequence[Explained], method: MethodName, seeds: int, seed: int) -> Metric:
    if method not in SAMPLED:
        estimate: Estimate | Undefined = Undefined("no randomness: every seed gives the same values", "not_asked")
    elif seeds < 2:
        estimate = Undefined("one seed only: ask for two to compare them", "not_asked")
    else:
        nothing = "no text has two seeds with different values"
        estimate = _over_texts(explained, partial(seed_agreement, method=method), (-1.0, 1.0), seed, nothing)
    claim = stated(
        f"The agreement of two seeds of {NAMES[method]}",
        estimate,
        f"Two seeds of {NAMES[method]} agree on the values to {{value}}, where 1 is the same and 0 nothing in common",
    )
    return _metric("seed_agreement", estimate, "agreement", "higher", claim, {"method": NAMES[method]})


def _removals(explained: Sequence[Explained], methods: Sequence[MethodName], seed: int) -> list[Metric]:
    """The removal gain of each method; its claim is corrected for all of them."""
    unbounded = (-np.inf, np.inf)
    nothing = "no text with two words could be checked"
    gains: dict[MethodName, Estimate | Undefined] = {}
    for method in methods:
        gains[method] = _over_texts(explained, partial(removal_gain, method=method), unbounded, seed, nothing)
    shown = holding(gains)
    return [_removal(method, estimate, method in shown) for method, estimate in gains.items()]


def _removal(method: MethodName, estimate: Estimate | Undefined, among_others: bool) -> Metric:
    order = f"when words are hidden in the order of {NAMES[method]}"
    claim = concluded(
        f"The removal gain of {NAMES[method]}",
        estimate,
        above=f"The answer falls sooner {order} than at random, by {{size}} log-odds",
        below=f"The answer falls later {order} than at random, by {{size}} log-odds",
        unshown=f"The answer is not shown to fall sooner {order} than at random",
        among_others=among_others,
    )
    return _metric("removal_gain", estimate, "log-odds", "higher", claim, {"method": NAMES[method]}, null=0.0)


def _agree(explained: Sequence[Explained], first: MethodName, second: MethodName, seed: int) -> Metric:
    nothing = "no text was explained by both"
    estimate = _over_texts(explained, lambda one: agreement(one, first, second), (-1.0, 1.0), seed, nothing)
    named = f"{NAMES[first]} and {NAMES[second]}"
    claim = stated(
        f"The agreement of {named}",
        estimate,
        f"{named} agree on the words of a text to {{value}}, where 1 is the same proportions and 0 nothing in common",
    )
    return _metric("method_agreement", estimate, "agreement", "none", claim, {"methods": named}, null=0.0)


def _word_share(explained: Sequence[Explained], method: MethodName, seed: int) -> Metric:
    given = [one for one in explained if one.first(method) is not None]
    sound = [one for one in given if not faults(one, method)]
    estimate: Estimate | Undefined
    if given and 2 * len(sound) < len(given):
        why = f"the method failed its own checks on {len(given) - len(sound)} of {len(given)} texts"
        estimate = Undefined(why, "not_interpretable")
    else:
        estimate = _over_texts(
            sound, lambda one: word_share(one, method), (0.0, 1.0), seed, "no text has a word for a person"
        )
    claim = stated(
        f"The share of {NAMES[method]} on the word for a person",
        estimate,
        f"{{value}} of all {NAMES[method]} values, without their signs, lies on the word for a person",
    )
    return _metric("word_share", estimate, "share", "none", claim, {"method": NAMES[method]})


def _word_excess(explained: Sequence[Explained], method: MethodName, seed: int) -> Metric:
    sound = [one for one in explained if not faults(one, method)]
    nothing = "no text was explained with a neutral word in place of the word for a person"
    estimate = _over_texts(sound, lambda one: word_excess(one, method), (-1.0, 1.0), seed, nothing)
    claim = concluded(
        f"The excess share of {NAMES[method]} on the word for a person",
        estimate,
        above=f"By {NAMES[method]} the word for a person carries {{size}} more than a neutral word there",
        below=f"By {NAMES[method]} the word for a person carries {{size}} less than a neutral word there",
        unshown=f"By {NAMES[method]} the word for a person is not shown to carry more or less than a neutral word",
    )
    return _metric("word_share_excess", estimate, "share", "near_zero", claim, {"method": NAMES[method]}, null=0.0)
