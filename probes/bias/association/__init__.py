"""WEAT, SEAT and CEAT: which words for people lie near which others in a model's vectors."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from pydantic import Field

from fairwitness.audit.probe import Context, DoesNotApply, Options, ProbeRun
from fairwitness.audit.records import Table, Undefined
from fairwitness.audit.requests import Answer, Embed, Embedding, Pooling, Request, Unanswered
from fairwitness.probes.bias.association.contexts import contextual_result
from fairwitness.probes.bias.association.effect import Floats
from fairwitness.probes.bias.association.findings import findings
from fairwitness.probes.bias.association.lists import CONTROL, WordSet, WordTest, chosen, read_lists
from fairwitness.probes.bias.association.results import Over, Result, Word, plain_effect, result
from fairwitness.probes.bias.association.specs import CEAT_SPEC, SEAT_SPEC, WEAT_SPEC
from fairwitness.probes.kit.choices import require
from fairwitness.probes.kit.privacy import private

LONGEST = 1_000
"""Characters of a text of the user's beyond which it is no context."""
Vectors: TypeAlias = dict[str, Floats]
Reading: TypeAlias = Generator[list[Request], list[Answer], tuple[Vectors, dict[str, Word]]]


class WordOptions(Options):
    """Which tests are asked."""

    categories: tuple[str, ...] = Field((), description="ask only these topics (race, gender, illness, age)")
    pooling: Pooling = Field("word", description="whose hidden states are averaged: the word's, all, the first or last")


class SentenceOptions(Options):
    """Which tests are asked."""

    categories: tuple[str, ...] = Field((), description="ask only these topics (race, gender, illness, age)")
    pooling: Pooling = Field("mean", description="whose hidden states are averaged: all, the word's, the first or last")


class ContextOptions(Options):
    """Which tests are asked, and how contexts are drawn."""

    categories: tuple[str, ...] = Field((), description="ask only these topics (race, gender, illness, age)")
    draws: int = Field(200, ge=2, le=10_000, description="draws of one context a word that are combined")
    limit: int | None = Field(None, ge=1, description="at most so many contexts a word")


@dataclass(frozen=True, slots=True)
class Weat:
    """Words read alone; see its spec."""

    spec = WEAT_SPEC
    options = WordOptions

    def run(self, ctx: Context) -> ProbeRun:
        """One vector a word. It is read after a space, as a tokenizer writes it inside a text."""
        options: WordOptions = ctx.options
        tests, notes = asked_tests(ctx, options.categories, self.spec.name)
        texts = {word: (f" {word}",) for test in tests for word in test.words}
        vectors, words = yield from read(texts, options.pooling)
        alone = {word: found[0] for word, found in vectors.items()}
        return findings([result(test, alone, ctx.seed) for test in tests], words, ctx.seed, notes)


@dataclass(frozen=True, slots=True)
class Seat:
    """Words in bleached sentences; see its spec."""

    spec = SEAT_SPEC
    options = SentenceOptions

    def run(self, ctx: Context) -> ProbeRun:
        """One vector a word: the mean over sentences, so that no copy of a word counts as another word."""
        options: SentenceOptions = ctx.options
        tests, notes = asked_tests(ctx, options.categories, self.spec.name)
        bleached = ctx.data["association_sentences"]
        sentences = templates(bleached, "bleached")
        texts = {word: tuple(place(one, word) for one in sentences) for test in tests for word in test.words}
        vectors, words = yield from read(texts, options.pooling)
        means = {word: found.mean(axis=0) for word, found in vectors.items()}
        single = [{word: found[at] for word, found in vectors.items()} for at in range(len(sentences))]
        results = [result(test, means, ctx.seed, _over(test, sentences, single)) for test in tests]
        return findings(results, words, ctx.seed, notes, secret=private(bleached.source))


@dataclass(frozen=True, slots=True)
class Ceat:
    """Words in many contexts; see its spec."""

    spec = CEAT_SPEC
    options = ContextOptions

    def run(self, ctx: Context) -> ProbeRun:
        """The hidden states of a word in every context; draws of one context a word are combined."""
        options: ContextOptions = ctx.options
        tests, notes = asked_tests(ctx, options.categories, self.spec.name)
        gone: list[Result] = []
        every = list(dict.fromkeys(word for test in tests for word in test.words))
        own = ctx.data.get("own_texts")
        if own is None:
            sentences = spaced(templates(ctx.data["association_sentences"], "context"), options.limit)
            texts = {word: tuple(place(one, word) for one in sentences) for word in every}
        else:
            texts, absent = found_in(own, every, options.limit)
            tests, gone = kept(tests, absent)
            notes = [
                *notes,
                f"{len(absent)} of {len(every)} words are in fewer than two of your texts and are left out.",
            ]
            if not tests:
                raise DoesNotApply("your texts hold too few of the words of any test: two texts a word are needed")
            texts = {word: texts[word] for test in tests for word in test.words}
        vectors, words = yield from read(texts, "word", least=2)
        results = [*(contextual_result(test, vectors, options.draws, ctx.seed) for test in tests), *gone]
        given = ctx.data["own_texts" if "own_texts" in ctx.data else "association_sentences"]
        return findings(results, words, ctx.seed, notes, secret=private(given.source))


def asked_tests(ctx: Context, categories: Sequence[str], probe: str) -> tuple[list[WordTest], list[str]]:
    """The tests to ask, and notes on lists of the user's that cannot be. Raises BadOption for an unknown topic."""
    published, _ = read_lists(ctx.data["association_words"], own=False, taken=())
    own: list[WordTest] = []
    notes: list[str] = []
    if (table := ctx.data.get("own_words")) is not None:
        own, problems = read_lists(table, own=True, taken=[one.name for one in published])
        notes = [f"Left out of your word lists: {problem}." for problem in problems]
    tests = [*published, *own]
    topics = dict.fromkeys(one.topic for one in tests if one.topic != CONTROL)
    require(f"{probe}.categories", categories, topics, "topic")
    return chosen(tests, categories), notes


def read(texts: Mapping[str, tuple[str, ...]], pooling: Pooling, least: int | None = None) -> Reading:
    """One round: the vectors [texts, width] of every word, and how each was read.

    A word has none where fewer than `least` of its texts have an answer: all of them where nothing is said.
    """
    asked = {word: [Embed(text, word, pooling) for text in own] for word, own in texts.items()}
    requests: list[Request] = list(dict.fromkeys(one for own in asked.values() for one in own))
    lookup = dict(zip(requests, (yield requests), strict=True))
    vectors: Vectors = {}
    words: dict[str, Word] = {}
    for word, own in asked.items():
        answers = [lookup[one] for one in own]
        good = [answer for answer in answers if isinstance(answer, Embedding) and not _problem(answer)]
        enough = len(good) >= (len(answers) if least is None else min(least, len(answers)))
        problem = "" if enough else next(reason for answer in answers if (reason := _problem(answer)))
        words[word] = Word(
            own[0].text, good[0].tokens if good else 0, len(good), problem, len(answers) - len(good) if enough else 0
        )
        if enough:
            vectors[word] = np.array([answer.values for answer in good], dtype=np.float64)
    return vectors, words


def _problem(answer: Answer) -> str:
    if isinstance(answer, Embedding):
        if not np.isfinite(answer.values).all():
            return "the vector holds what is no finite number"
        return "" if np.linalg.norm(answer.values) > 0 else "the vector is zero and has no direction"
    return answer.reason if isinstance(answer, Unanswered) else "no vector"


def _over(test: WordTest, sentences: Sequence[str], single: Sequence[Mapping[str, Floats]]) -> Over:
    """The effect in each sentence alone, and how far they lie apart."""
    effects = [plain_effect(test, vectors) for vectors in single]
    known = [effect for effect in effects if effect is not None]
    spread = float(np.std(known, ddof=1)) if len(known) > 1 else None
    return Over(len(sentences), spread, tuple(zip(sentences, effects, strict=True)))


def templates(table: Table, kind: Literal["bleached", "context"]) -> list[str]:
    """The sentences of a kind, in the order of the file; {word} is where the word goes."""
    rows = zip(table.columns["kind"], table.columns["text"], strict=True)
    return [str(text) for own, text in rows if own == kind and text]


def place(sentence: str, word: str) -> str:
    """The sentence with the word in its place."""
    return sentence.replace("{word}", word)


def spaced(items: Sequence[str], limit: int | None) -> list[str]:
    """At most so many items, evenly spread."""
    if limit is None or limit >= len(items):
        return list(items)
    return [items[at] for at in np.linspace(0, len(items) - 1, limit).round().astype(int)]


def found_in(table: Table, words: Sequence[str], limit: int | None) -> tuple[dict[str, tuple[str, ...]], set[str]]:
    """The texts that hold each word as it is written, and the words that fewer than two hold.

    Texts of more than 1,000 characters are no contexts.
    """
    every = dict.fromkeys(str(text) for text in table.columns["text"] if text is not None and len(str(text)) <= LONGEST)
    by_word: dict[str, tuple[str, ...]] = {}
    absent = set()
    for word in words:
        whole = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
        holding = [text for text in every if whole.search(text)]
        if len(holding) < 2:
            absent.add(word)
        else:
            by_word[word] = tuple(spaced(holding, limit or 50))
    return by_word, absent


def kept(tests: Sequence[WordTest], absent: set[str]) -> tuple[list[WordTest], list[Result]]:
    """The tests without the absent words, and a result without a number of each that has too few words left."""
    left, gone = [], []
    for test in tests:
        smaller = without(test, absent)
        if min(len(one.words) for one in smaller.sets) < 4:
            gone.append(Result(test, Undefined("not estimable: your texts hold too few of its words"), None, {}))
        else:
            left.append(smaller)
    return left, gone


def without(test: WordTest, absent: set[str]) -> WordTest:
    """The test without some words."""
    x, y, a, b = (WordSet(one.label, tuple(word for word in one.words if word not in absent)) for one in test.sets)
    out = sum(word in absent for word in test.words)
    return WordTest(test.name, test.topic, x, y, a, b, test.own, out)


WEAT, SEAT, CEAT = Weat(), Seat(), Ceat()
