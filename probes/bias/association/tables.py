"""The evidence of the association probes: tests, words, sets, sentences and contexts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeAlias

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Evidence, Undefined
from fairwitness.audit.stats.language.association_effect import Permuted
from fairwitness.probes.bias.association.items import CONTROL, SETS, WORDS, WordSet, WordTest
from fairwitness.probes.bias.association.results import Result, Spread, Word
from fairwitness.probes.kit.tables import Head, Listing, label, number, prompt, text

SD = "SD"


Row: TypeAlias = tuple[Result, float | None]
"""A test, with its p-value after Holm's correction over the tests about people."""


def _nearer(test: WordTest, targets: Literal["x", "y"], attributes: Literal["a", "b"]) -> str:
    """Which targets are asked to lie nearer to which attributes."""
    return WORDS("table.nearer", targets=test.labels[targets], attributes=test.labels[attributes])


NAMED: tuple[Head[Row], ...] = (
    label("test", lambda row: row[0].test.name),
    label("topic", lambda row: row[0].test.topic),
    label("nearer_first", lambda row: _nearer(row[0].test, "x", "a")),
    label("nearer_second", lambda row: _nearer(row[0].test, "y", "b")),
)


def _effect(name: str, cell: Callable[[Estimate], float | None]) -> Head[Row]:
    return number(name, lambda row: cell(row[0].effect) if isinstance(row[0].effect, Estimate) else None, SD)


def _chance(name: str, cell: Callable[[Permuted], float], unit: str = "") -> Head[Row]:
    return number(name, lambda row: None if row[0].chance is None else cell(row[0].chance), unit)


def _counted(row: Row) -> str:
    chance = row[0].chance
    return "" if chance is None else WORDS("table.all_splits" if chance.exact else "table.some_splits")


TESTS: Listing[Row] = Listing(
    "tests",
    WORDS,
    NAMED,
    _effect("effect", lambda effect: effect.value),
    _effect("low", lambda effect: effect.low),
    _effect("high", lambda effect: effect.high),
    _chance("p, two-sided", lambda chance: chance.p_value),
    number("p, Holm", lambda row: row[1]),
    _chance("p, one-sided", lambda chance: chance.above),
    _chance("chance reaches", lambda chance: chance.reach, SD),
    _effect("detectable", stats.minimum_detectable_effect),
    _chance("splits", lambda chance: chance.splits),
    label("counted", _counted),
    number("words", lambda row: len(row[0].test.words)),
    number("without a vector", lambda row: len(row[0].missing)),
    text("reason", lambda row: row[0].effect.reason if isinstance(row[0].effect, Undefined) else ""),
)


def tests(results: Sequence[Result]) -> Evidence:
    """One row a test: effect, interval, permutation, what chance reaches and what would be missed."""
    adjusted = holm(results)
    return TESTS.of((result, adjusted.get(result.test.name)) for result in results)


def holm(results: Sequence[Result]) -> dict[str, float]:
    """Holm's adjusted two-sided p-values of the tests about people, by name."""
    p_values: dict[str, float] = {}
    for result in results:
        if result.chance is not None and result.test.topic != CONTROL:
            p_values[result.test.name] = result.chance.p_value
    return dict(zip(p_values, stats.holm(list(p_values.values())), strict=True))


def words(results: Sequence[Result], asked: Mapping[str, Word], *, secret: bool) -> Evidence:
    """Every target word of every test with its association, the largest share of the effect first.

    `secret` texts are a user's own and stay hidden.
    """
    heads: tuple[Head[tuple[Result, str, str, float]], ...] = (
        label("test", lambda row: row[0].test.name),
        label("word", lambda row: row[1]),
        label("set", lambda row: row[2]),
        number("association", lambda row: row[0].associations[row[1]], "cosine"),
        number("towards_effect", lambda row: row[3], "cosine"),
        number("tokens", lambda row: asked[row[1]].tokens),
        number("texts", lambda row: asked[row[1]].texts),
        prompt("text", lambda row: asked[row[1]].text, secret=secret),
    )
    rows: list[tuple[Result, str, str, float]] = []
    for result in results:
        values = result.associations
        centre = float(np.mean(list(values.values()))) if values else 0.0
        x, y = (members.where(values) for members in (result.test.x, result.test.y))
        towards = [(result, word, x.label, values[word] - centre) for word in x.words]
        towards += [(result, word, y.label, centre - values[word]) for word in y.words]
        rows += sorted(towards, key=lambda row: -row[3])
    return Listing("words", WORDS, heads).of(rows)


def sets(results: Sequence[Result], asked: Mapping[str, Word]) -> Evidence:
    """Every set of every test: how many words, how many without a vector, and their mean number of tokens."""
    tokens = {word: reading.tokens for word, reading in asked.items() if not reading.problem}
    rows: list[tuple[str, str, WordSet, list[int]]] = []
    for result in results:
        for letter, members in zip(SETS, result.test.sets, strict=True):
            rows.append((result.test.name, letter, members, [tokens[word] for word in members.where(tokens).words]))
    return OF_SETS.of(rows)


OF_SETS: Listing[tuple[str, str, WordSet, list[int]]] = Listing(
    "sets",
    WORDS,
    label("test", lambda row: row[0]),
    label("set", lambda row: row[1]),
    label("label", lambda row: row[2].label),
    number("words", lambda row: len(row[2].words)),
    number("without a vector", lambda row: len(row[2].words) - len(row[3])),
    number("mean tokens", lambda row: float(np.mean(row[3])) if row[3] else None),
    number("one_token", lambda row: row[3].count(1) / len(row[3]) if row[3] else None, "share"),
)


def unread(asked: Mapping[str, Word], *, secret: bool) -> Evidence:
    """Words without a vector, each with its reason."""
    heads: tuple[Head[tuple[str, Word]], ...] = (
        label("word", lambda row: row[0]),
        prompt("text", lambda row: row[1].text, secret=secret),
        text("reason", lambda row: row[1].problem),
    )
    return Listing("unread", WORDS, heads).of(row for row in asked.items() if row[1].problem)


Sentence: TypeAlias = tuple[Result, str, float | None]


def sentences(results: Sequence[Result], *, secret: bool) -> Evidence:
    """By test the effect in each sentence, and the SD between sentences."""
    heads: tuple[Head[Sentence], ...] = (
        label("test", lambda row: row[0].test.name),
        prompt("sentence", lambda row: row[1], secret=secret),
        number("effect", lambda row: row[2], SD),
    )
    rows: list[Sentence] = []
    for result in results:
        if result.spread is not None:
            rows += [(result, sentence, effect) for sentence, effect in result.spread.effects]
    return Listing("sentences", WORDS, heads).of(rows)


def _spread(name: str, cell: Callable[[Spread], float | None], unit: str = "") -> Head[Row]:
    return number(name, lambda row: None if row[0].spread is None else cell(row[0].spread), unit)


SPREAD: Listing[Row] = Listing(
    "spread",
    WORDS,
    NAMED,
    _spread("sd_effects", lambda spread: spread.sd, SD),
    _spread("of", lambda spread: spread.number),
    _spread("Q", lambda spread: spread.q),
    _spread("tau²", lambda spread: spread.tau2),
    _spread("I²", lambda spread: spread.i2, "share"),
)


def spread(results: Sequence[Result]) -> Evidence:
    """By test how far sentences or contexts move the effect."""
    return SPREAD.of((result, None) for result in results if result.spread is not None)
