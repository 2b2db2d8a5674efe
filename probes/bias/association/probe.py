"""Do words for groups of people lie nearer to some words than to others, in a model's vectors?

Three probes ask it: WEAT of words alone, SEAT of words in bleached sentences, CEAT of words in many contexts.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
from pydantic import Field

from fairwitness.audit.probe import Context, Options, ProbeRun
from fairwitness.audit.records import Name, ProbeSpec
from fairwitness.audit.requests import Answer, Embed, Embedding, Pooling, Request, Unanswered
from fairwitness.audit.stats.language.association_effect import Floats
from fairwitness.probes.bias.association import items
from fairwitness.probes.bias.association.contexts import contextual_result
from fairwitness.probes.bias.association.items import WORDS, WordTest
from fairwitness.probes.bias.association.measures import MEASURES, findings
from fairwitness.probes.bias.association.results import Result, Spread, Word, plain_effect, result_of
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.choices import spaced
from fairwitness.probes.kit.measures import specs_of
from fairwitness.probes.kit.privacy import private
from fairwitness.probes.kit.tables import sd_of
from fairwitness.probes.kit.words import Words

Vectors: TypeAlias = dict[str, Floats]
"""Vectors [texts, width] by word."""
Reading: TypeAlias = Generator[list[Request], list[Answer], tuple[Vectors, dict[str, Word]]]


def _spec(name: str) -> ProbeSpec:
    """The spec of one of the three: its own words beside those that all share."""
    needs = WORDS.tree["probe"][name]["data"]
    others = {language: _own_words(tree, name, needs) for language, tree in WORDS.translations.items()}
    words = Words(_own_words(WORDS.tree, name, needs), others)
    return words.spec(name=name, family="bias", needs=(("Embed",),))


def _own_words(shared: Mapping[str, Any], name: str, needs: Sequence[str]) -> dict[str, Any]:
    special = shared["probe"][name]
    return {
        **shared,
        **special,
        "how_to_read": shared["how_to_read"] + special.get("how_to_read", ""),
        "citations": [*special.get("citations", ()), *shared.get("citations", ())],
        "limits": [*shared["limits"], *special["limits"]],
        "data": {need: shared["data"][need] for need in needs},
    }


class AssociationOptions(Options):
    """Which tests are asked."""

    categories: tuple[str, ...] = Field((), description="ask only these topics (race, gender, illness, age)")


class WordOptions(AssociationOptions):
    """Which tests are asked, and how vectors are read."""

    pooling: Pooling = Field("word", description="whose hidden states are averaged: the word's, all, the first or last")


class SentenceOptions(AssociationOptions):
    """Which tests are asked, and how vectors are read."""

    pooling: Pooling = Field("mean", description="whose hidden states are averaged: all, the word's, the first or last")


class ContextOptions(AssociationOptions):
    """Which tests are asked, and how contexts are drawn."""

    draws: int = Field(200, ge=2, le=10_000, description="draws of one context a word that are combined")
    limit: int | None = Field(None, ge=1, description="at most so many contexts a word")


class Weat:
    """Words read alone."""

    spec = _spec("weat")
    options: type[Options] = WordOptions
    metrics = specs_of(*MEASURES)

    def run(self, ctx: Context) -> ProbeRun:
        """One vector a word. It is read after a space, as a tokenizer writes it inside a text."""
        tests, notes = items.tests_of(ctx, self.spec.name)
        texts = {word: (f" {word}",) for word in items.words_of(tests)}
        vectors, words = yield from read(texts, ctx.options.pooling)
        alone = {word: values[0] for word, values in vectors.items()}
        return findings([result_of(test, alone, ctx.seed) for test in tests], words, ctx.seed, notes)


class Seat:
    """Words in bleached sentences."""

    spec = _spec("seat")
    options: type[Options] = SentenceOptions
    metrics = specs_of(*MEASURES)

    def run(self, ctx: Context) -> ProbeRun:
        """One vector a word: the mean over sentences, so that no copy of a word counts as another word."""
        tests, notes = items.tests_of(ctx, self.spec.name)
        table = ctx.data["association_sentences"]
        sentences = items.templates(table, "bleached")
        texts = {word: items.placed(sentences, word) for word in items.words_of(tests)}
        vectors, words = yield from read(texts, ctx.options.pooling)
        means = {word: values.mean(axis=0) for word, values in vectors.items()}
        results = [result_of(test, means, ctx.seed, _spread(test, sentences, vectors)) for test in tests]
        return findings(results, words, ctx.seed, notes, secret=private(table.source))


def _spread(test: WordTest, sentences: Sequence[str], vectors: Vectors) -> Spread:
    """The effect in each sentence alone, and how far they lie apart."""
    effects = []
    for place in range(len(sentences)):
        effects.append(plain_effect(test, {word: values[place] for word, values in vectors.items()}))
    known = [effect for effect in effects if effect is not None]
    return Spread(len(sentences), sd_of(known), tuple(zip(sentences, effects, strict=True)))


class Ceat:
    """Words in many contexts."""

    spec = _spec("ceat")
    options: type[Options] = ContextOptions
    metrics = specs_of(*MEASURES)

    def run(self, ctx: Context) -> ProbeRun:
        """The hidden states of a word in every context; draws of one context a word are combined."""
        options: ContextOptions = ctx.options
        tests, notes = items.tests_of(ctx, self.spec.name)
        words = items.words_of(tests)
        table = ctx.data["association_sentences"]
        absent: list[Result] = []
        if "own_texts" in ctx.data:
            table = ctx.data["own_texts"]
            texts = items.texts_with(table, words, options.limit)
            notes = [*notes, WORDS("note.absent", count=len(words) - len(texts), total=len(words))]
            tests, absent = _within(tests, texts)
            texts = {word: texts[word] for word in items.words_of(tests)}
        else:
            sentences = spaced(items.templates(table, "context"), options.limit)
            texts = {word: items.placed(sentences, word) for word in words}
        vectors, read_words = yield from read(texts, "word", least=2)
        results = [contextual_result(test, vectors, options.draws, ctx.seed) for test in tests]
        return findings([*results, *absent], read_words, ctx.seed, notes, secret=private(table.source))


def _within(tests: Sequence[WordTest], texts: Mapping[str, object]) -> tuple[list[WordTest], list[Result]]:
    """The tests with the words that the texts hold, and a result without a number of each that has too few of them.

    Raises DoesNotApply where no test is left.
    """
    left, absent = [], []
    for test in tests:
        smaller = test.where(texts)
        if min(len(members.words) for members in smaller.sets) < 4:
            absent.append(Result(test, WORDS.undefined("reason.absent", "no_units")))
        else:
            left.append(smaller)
    if not left:
        raise WORDS.does_not_apply("reason.no_words", "nothing_to_ask")
    return left, absent


def read(texts: Mapping[str, tuple[str, ...]], pooling: Pooling, least: int | None = None) -> Reading:
    """One round: the vectors [texts, width] of every word, and how each was read.

    A word has none where fewer than `least` of its texts have an answer: all of them where nothing is said.
    """
    requests = {word: [Embed(text, word, pooling) for text in contexts] for word, contexts in texts.items()}
    given = yield from ask(chain.from_iterable(requests.values()))
    vectors: Vectors = {}
    words: dict[str, Word] = {}
    for word, asked in requests.items():
        answers = [given[request] for request in asked]
        good = [answer for answer in answers if isinstance(answer, Embedding) and not _problem(answer)]
        tokens, text = good[0].tokens if good else 0, asked[0].text
        if len(good) >= (len(asked) if least is None else min(least, len(asked))):
            vectors[word] = np.array([answer.values for answer in good], dtype=np.float64)
            words[word] = Word(text, tokens, len(good), unanswered=len(asked) - len(good))
        else:
            words[word] = Word(text, tokens, len(good), next(filter(None, map(_problem, answers))))
    return vectors, words


def _problem(answer: Answer) -> str:
    if isinstance(answer, Embedding):
        if not np.isfinite(answer.values).all():
            return WORDS("reason.not_finite")
        return "" if np.linalg.norm(answer.values) > 0 else WORDS("reason.zero")
    return Name(answer.reason) if isinstance(answer, Unanswered) else WORDS("reason.no_vector")


WEAT, SEAT, CEAT = Weat(), Seat(), Ceat()
