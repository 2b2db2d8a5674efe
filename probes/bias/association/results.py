"""From the vectors of words to one result a test."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from fairwitness.audit.reasons import SEMICOLON
from fairwitness.audit.records import Estimate, Undefined, joined, quoted
from fairwitness.audit.stats.language.association_effect import (
    Floats,
    Permuted,
    Similarities,
    cosines,
    interval,
    permuted,
)
from fairwitness.probes.bias.association.items import CONTROL, WORDS, WordTest
from fairwitness.probes.kit.validity import LEAST_SCORED
from fairwitness.probes.kit.words import series

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
class Spread:
    """How contexts or templates move an effect: their number, the SD of the effects; for contexts, of their draws.

    `effects` are those of single sentences. `q`, `tau2` and `i2` are those of the random-effects combination, None
    where there is none.
    """

    number: int
    sd: float | None
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
    chance: Permuted | None = None
    associations: Mapping[str, float] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    spread: Spread | None = None
    contrasts: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


def unreadable(test: WordTest, known: Collection[str]) -> Undefined | None:
    """Why a test cannot be read for lack of vectors; None when it can."""
    why = _problem(test, known)
    return WORDS.undefined("validity.below", "validity_check", "not_interpretable", why=why) if why else None


def _problem(test: WordTest, known: Collection[str]) -> str:
    missing = missing_words(test, known)
    if len(test.words) - len(missing) < LEAST_SCORED * len(test.words):
        return WORDS("validity.unread_words", count=len(missing), total=len(test.words), word=quoted(missing[0]))
    empty = [members.label for members in test.sets if not members.where(known).words]
    return WORDS("validity.empty_sets", labels=series(empty)) if empty else ""


def similarities(test: WordTest, vectors: Mapping[str, Floats]) -> tuple[Similarities, tuple[str, ...]]:
    """Cosines of a test's target words with its attribute words, of those that have a vector, and the target words."""
    x, y, a, b = (members.where(vectors).words for members in test.sets)
    targets, attributes = (np.array([vectors[word] for word in words]) for words in ((*x, *y), (*a, *b)))
    return Similarities(cosines(targets, attributes), len(x), len(a)), (*x, *y)


def result_of(test: WordTest, vectors: Mapping[str, Floats], seed: int, spread: Spread | None = None) -> Result:
    """One test over one vector a word."""
    if problem := unreadable(test, vectors):
        return Result(test, problem, missing=missing_words(test, vectors), spread=spread)
    near, targets = similarities(test, vectors)
    result = Result(test, interval(near, seed), missing=missing_words(test, vectors), spread=spread)
    return with_words(result, near, targets, seed)


def missing_words(test: WordTest, known: Collection[str]) -> tuple[str, ...]:
    """The words of a test that have no vector."""
    return tuple(word for word in test.words if word not in known)


def with_words(result: Result, near: Similarities, targets: Sequence[str], seed: int) -> Result:
    """The result with what its words say: how chance splits them, and the association and contrasts of each."""
    values = near.associations
    associations = dict(zip(targets, values.tolist(), strict=True))
    contrasts = dict(zip(targets, map(tuple, near.contrasts.tolist()), strict=True))
    chance = permuted(values, near.x, seed)
    return replace(result, chance=chance, associations=associations, contrasts=contrasts)


def plain_effect(test: WordTest, vectors: Mapping[str, Floats]) -> float | None:
    """The effect size alone."""
    if unreadable(test, vectors):
        return None
    near, _ = similarities(test, vectors)
    return near.effect


def validity(results: Sequence[Result]) -> Undefined | None:
    """Why these vectors cannot be judged at all; None where one of the controls came out as it must.

    Controls that were too few to estimate anything say nothing against the vectors.
    """
    controls = [result for result in results if result.test.topic == CONTROL and not result.test.own]
    if any(control.chance is not None and control.chance.above < CONTROL_P for control in controls):
        return None
    why = joined(SEMICOLON, map(_failure, controls)) or WORDS("validity.no_control")
    effects = [control.effect for control in controls]
    few = bool(effects) and all(isinstance(e, Undefined) and e.kind == "not_estimable" for e in effects)
    return WORDS.undefined("validity.below", "validity_check", "not_estimable" if few else "not_interpretable", why=why)


def _failure(control: Result) -> str:
    """Why a control did not come out: it was not read, or its words do not lie as they must."""
    labels = control.test.labels
    if control.associations or not isinstance(control.effect, Undefined):
        return WORDS("validity.control", **labels)
    why = _problem(control.test, set(control.test.words).difference(control.missing)) or control.effect.reason
    return WORDS("validity.unread_control", why=why, **labels)
