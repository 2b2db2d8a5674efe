"""From the vectors of words to one result a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.bias.association.effect import (
    Floats,
    Permuted,
    Similarities,
    cosines,
    effect_size,
    interval,
    permuted,
)
from fairwitness.probes.bias.association.lists import CONTROL, WordSet, WordTest

SCORED_FLOOR = 0.95
"""Share of a test's words that must have a vector."""
BELOW = "below the competence floor: "
CONTROL_P = 0.01
"""One-sided p-value that one of the controls must stay below."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it was asked: its first text, the tokens it has there, how many texts, and why it has no vector.

    `unanswered` counts texts of a word that has a vector from the others.
    """

    text: str
    tokens: int
    texts: int
    problem: str = ""
    unanswered: int = 0


@dataclass(frozen=True, slots=True)
class Over:
    """How contexts or templates move an effect: their number, the SD of the effects; for contexts, of their draws.

    `q`, `tau2` and `i2` are those of the random-effects combination, None where there is none.
    """

    number: int
    spread: float | None
    effects: tuple[tuple[str, float | None], ...] = ()
    q: float | None = None
    tau2: float | None = None
    i2: float | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """One test: its effect, how chance splits its words, s(w, A, B) of every target word, and the words without one.

    `contrasts` are those of `Similarities`, by target word.
    """

    test: WordTest
    effect: Estimate | Undefined
    chance: Permuted | None
    associations: Mapping[str, float]
    missing: tuple[str, ...] = ()
    over: Over | None = None
    contrasts: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


def readable(one: WordSet, known: Mapping[str, object]) -> WordSet:
    """The set without the words that have no vector."""
    return WordSet(one.label, tuple(word for word in one.words if word in known))


def unreadable(test: WordTest, known: Mapping[str, object]) -> Undefined | None:
    """Why a test cannot be read for lack of vectors; None when it can."""
    missing = [word for word in test.words if word not in known]
    if len(test.words) - len(missing) < SCORED_FLOOR * len(test.words):
        why = f"{BELOW}{len(missing)} of {len(test.words)} words have no vector ({missing[0]!r})"
        return Undefined(why, "not_interpretable")
    gone = [one.label for one in test.sets if not readable(one, known).words]
    return Undefined(f"{BELOW}no word of {', '.join(gone)} has a vector", "not_interpretable") if gone else None


def similarities(test: WordTest, vectors: Mapping[str, Floats]) -> tuple[Similarities, tuple[str, ...]]:
    """Cosines of a test's target words with its attribute words, of those that have a vector, and the target words."""
    x, y, a, b = (readable(one, vectors).words for one in test.sets)
    targets, attributes = (np.array([vectors[word] for word in words]) for words in ((*x, *y), (*a, *b)))
    return Similarities(cosines(targets, attributes), len(x), len(a)), (*x, *y)


def result(test: WordTest, vectors: Mapping[str, Floats], seed: int, over: Over | None = None) -> Result:
    """One test over one vector a word."""
    missing = tuple(word for word in test.words if word not in vectors)
    problem = unreadable(test, vectors)
    if problem:
        return Result(test, problem, None, {}, missing, over)
    found, targets = similarities(test, vectors)
    values = found.associations
    by_word = {word: float(value) for word, value in zip(targets, values, strict=True)}
    apart = contrasts_of(found, targets)
    return Result(test, interval(found, seed), permuted(values, found.x, seed), by_word, missing, over, apart)


def contrasts_of(found: Similarities, targets: Sequence[str]) -> dict[str, tuple[float, ...]]:
    """What sets each target word apart, beside each pair of attribute words."""
    return {word: tuple(map(float, row)) for word, row in zip(targets, found.contrasts, strict=True)}


def plain_effect(test: WordTest, vectors: Mapping[str, Floats]) -> float | None:
    """The effect size alone."""
    if unreadable(test, vectors):
        return None
    found, _ = similarities(test, vectors)
    return effect_size(found.associations, found.x)


def below_floor(results: Sequence[Result]) -> Undefined | None:
    """Why these vectors cannot be judged at all; None where one of the controls came out as it must.

    Controls that were too few to estimate anything say nothing against the vectors.
    """
    controls = [one for one in results if one.test.topic == CONTROL and not one.test.own]
    if any(one.chance is not None and one.chance.above < CONTROL_P for one in controls):
        return None
    told = "; ".join(map(_unshown, controls))
    kinds = {one.effect.kind if isinstance(one.effect, Undefined) else "not_interpretable" for one in controls}
    few = kinds == {"not_estimable"}
    return Undefined(f"{BELOW}{told or 'no control was asked'}", "not_estimable" if few else "not_interpretable")


def _unshown(control: Result) -> str:
    """Why a control did not come out: it was not read, or its words do not lie as they must."""
    x, y, a = control.test.x.label, control.test.y.label, control.test.a.label
    if not control.associations and isinstance(control.effect, Undefined):
        return f"of {x} and {y}, {control.effect.reason.removeprefix(BELOW)}"
    return f"{x} are not shown to be nearer to {a} than {y}"
