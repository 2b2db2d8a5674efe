"""The evidence of the association probes: tests, words, sets, sentences and contexts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Cell, Column, Estimate, Evidence
from fairwitness.probes.bias.association.results import Result, Word, readable

SD = "SD"
NAMED = (Column("test"), Column("topic"), Column("nearer to the first"), Column("nearer to the second"))


def named(one: Result) -> tuple[str, str, str, str]:
    """A test in words: its name, topic, and which targets are asked to lie nearer to which attributes."""
    test = one.test
    return (
        test.name,
        test.topic,
        f"{test.x.label} – {test.a.label}",
        f"{test.y.label} – {test.b.label}",
    )


def tests(results: Sequence[Result]) -> Evidence:
    """One row a test: effect, interval, permutation, what chance reaches and what would be missed."""
    columns = (
        *NAMED,
        Column("effect", "number", SD),
        Column("low", "number", SD),
        Column("high", "number", SD),
        Column("p, two-sided", "number"),
        Column("p, Holm", "number"),
        Column("p, one-sided", "number"),
        Column("chance reaches", "number", SD),
        Column("found in 4 of 5 repeats", "number", SD),
        Column("splits", "number"),
        Column("counted"),
        Column("words", "number"),
        Column("without a vector", "number"),
        Column("reason", "text"),
    )
    adjusted = holm(results)
    rows = tuple(_test_row(one, adjusted.get(one.test.name)) for one in results)
    caption = (
        "Every test. 'Chance reaches' is the effect that one random split of the target words in twenty reaches; "
        "'found in 4 of 5 repeats' is the true effect that other words would show with 80 % power. "
        "Holm corrects over the tests about people"
    )
    return Evidence("tests", caption, "table", columns, rows, len(rows))


def holm(results: Sequence[Result]) -> dict[str, float]:
    """Holm's adjusted two-sided p-values of the tests about people, by name."""
    asked = [one for one in results if one.chance is not None and one.test.topic != "control"]
    found = stats.holm([one.chance.p_value for one in asked if one.chance is not None])
    return {one.test.name: value for one, value in zip(asked, found, strict=True)}


def _test_row(one: Result, adjusted: float | None) -> tuple[Cell, ...]:
    effect, chance = one.effect, one.chance
    measured = isinstance(effect, Estimate)
    return (
        *named(one),
        *((effect.value, effect.low, effect.high) if isinstance(effect, Estimate) else (None, None, None)),
        chance.p_value if chance else None,
        adjusted,
        chance.above if chance else None,
        chance.reach if chance else None,
        stats.minimum_detectable_effect(effect) if measured else None,
        chance.splits if chance else None,
        ("all" if chance.exact else "a sample") if chance else "",
        len(one.test.words),
        len(one.missing),
        "" if isinstance(effect, Estimate) else effect.reason,
    )


def words(results: Sequence[Result], asked: Mapping[str, Word], *, secret: bool) -> Evidence:
    """Every target word of every test with its association, the largest share of the effect first.

    `secret` texts are a user's own and stay hidden.
    """
    columns = (
        Column("test"),
        Column("word"),
        Column("set"),
        Column("association", "number", "cosine"),
        Column("towards the effect", "number", "cosine"),
        Column("tokens", "number"),
        Column("texts", "number"),
        Column("text", "prompt", secret=secret),
    )
    rows: list[tuple[Cell, ...]] = []
    for one in results:
        centre = float(np.mean(list(one.associations.values()))) if one.associations else 0.0
        own: list[tuple[float, tuple[Cell, ...]]] = []
        for label, members, sign in ((one.test.x.label, one.test.x.words, 1), (one.test.y.label, one.test.y.words, -1)):
            for word in (word for word in members if word in one.associations):
                value, told = one.associations[word], asked[word]
                towards = sign * (value - centre)
                row = (one.test.name, word, label, value, towards, told.tokens, told.texts, told.text)
                own.append((towards, row))
        rows += [row for _, row in sorted(own, key=lambda pair: -pair[0])]
    caption = (
        "Every target word: mean cosine with the first attribute words less mean cosine with the second; "
        "'towards the effect' is how far it moves the test in the direction asked. The first of its texts is shown"
    )
    return Evidence("words", caption, "table", columns, tuple(rows), len(rows))


def sets(results: Sequence[Result], asked: Mapping[str, Word]) -> Evidence:
    """Every set of every test: how many words, how many without a vector, and their mean number of tokens."""
    columns = (
        Column("test"),
        Column("set"),
        Column("label"),
        Column("words", "number"),
        Column("without a vector", "number"),
        Column("mean tokens", "number"),
        Column("of one token", "number", "share"),
    )
    read = {word: one for word, one in asked.items() if not one.problem}
    rows = []
    for one in results:
        for letter, members in zip("XYAB", one.test.sets, strict=True):
            tokens = [read[word].tokens for word in readable(members, read).words]
            summary = (
                (float(np.mean(tokens)), float(np.mean([count == 1 for count in tokens]))) if tokens else (None,) * 2
            )
            rows.append(
                (one.test.name, letter, members.label, len(members.words), len(members.words) - len(tokens), *summary)
            )
    caption = "Tokens of the words by set: words in more pieces are rarer, and rare words lie together for that alone"
    return Evidence("sets", caption, "table", columns, tuple(rows), len(rows))


def unread(asked: Mapping[str, Word], *, secret: bool) -> Evidence:
    """Words without a vector, each with its reason."""
    rows = tuple((word, one.text, one.problem) for word, one in asked.items() if one.problem)
    columns = (Column("word"), Column("text", "prompt", secret=secret), Column("reason", "text"))
    return Evidence("unread", "Words without a vector", "table", columns, rows, len(rows))


def sentences(results: Sequence[Result], *, secret: bool) -> Evidence:
    """By test the effect in each sentence, and the SD between sentences."""
    columns = (Column("test"), Column("sentence", "prompt", secret=secret), Column("effect", "number", SD))
    rows = tuple(
        (one.test.name, text, effect) for one in results if one.over is not None for text, effect in one.over.effects
    )
    return Evidence("sentences", "The effect in each sentence alone", "table", columns, rows, len(rows))


def spread(results: Sequence[Result]) -> Evidence:
    """By test how far sentences or contexts move the effect."""
    columns = (
        *NAMED,
        Column("SD of the effects", "number", SD),
        Column("of", "number"),
        Column("Q", "number"),
        Column("tau²", "number"),
        Column("I²", "number", "share"),
    )
    rows = tuple(
        (*named(one), one.over.spread, one.over.number, one.over.q, one.over.tau2, one.over.i2)
        for one in results
        if one.over is not None
    )
    caption = (
        "How far wording alone moves the effect. Q, tau² and I² are of the random-effects combination over draws of "
        "contexts; the draws share their words, so that tau² is mostly 0"
    )
    return Evidence("spread", caption, "table", columns, rows, len(rows))
