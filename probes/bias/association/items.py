"""Word lists of association tests, two sets of targets and two of attributes each, and the texts they are read in."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal

from fairwitness.audit.probe import Context
from fairwitness.audit.records import Table, quoted
from fairwitness.probes.kit.choices import require, spaced
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
COLUMNS = WORDS.data_need("association_words").columns
SETS = ("X", "Y", "A", "B")
CONTROL = "control"
"""Topic of tests without social content, whose answer is known beforehand."""
LONGEST = 1_000
"""Characters of a text of the user's beyond which it is no context."""
CONTEXTS = 50
"""Texts of the user's in which a word is read, where no limit is given."""


@dataclass(frozen=True, slots=True)
class WordSet:
    """Words under one label, each once."""

    label: str
    words: tuple[str, ...]

    def where(self, known: Collection[str]) -> WordSet:
        """The set with those words alone that are known."""
        return WordSet(self.label, tuple(word for word in self.words if word in known))


@dataclass(frozen=True, slots=True)
class WordTest:
    """Are the words of X nearer to A, and those of Y nearer to B? `own` marks a test of the user's.

    `left_out` counts the words of a published test that the user's texts do not hold.
    """

    name: str
    topic: str
    x: WordSet
    y: WordSet
    a: WordSet
    b: WordSet
    own: bool = False
    left_out: int = 0

    @property
    def sets(self) -> tuple[WordSet, WordSet, WordSet, WordSet]:
        """X, Y, A and B."""
        return self.x, self.y, self.a, self.b

    @property
    def words(self) -> tuple[str, ...]:
        """Every word of the four sets, each once."""
        return tuple(dict.fromkeys(chain.from_iterable(members.words for members in self.sets)))

    @property
    def labels(self) -> dict[str, str]:
        """What the four sets are called, by their letter."""
        return dict(zip("xyab", (members.label for members in self.sets), strict=True))

    def where(self, known: Collection[str]) -> WordTest:
        """The test with those words alone that are known."""
        x, y, a, b = (members.where(known) for members in self.sets)
        return replace(self, x=x, y=y, a=a, b=b, left_out=sum(word not in known for word in self.words))


def read_lists(table: Table, *, of_user: bool = False, taken: Iterable[str] = ()) -> tuple[list[WordTest], list[str]]:
    """The tests of a table in its order, and what is wrong with those that cannot be asked."""
    rows: dict[str, dict[str, tuple[str, WordSet]]] = {}
    problems: list[str] = []
    for row in rows_of(table, COLUMNS):
        name, topic, letter, label, words = (cell.strip() for cell in row)
        if letter not in SETS:
            problems.append(WORDS("lists.letter", test=quoted(name), letter=quoted(letter), letters=", ".join(SETS)))
            continue
        members = tuple(dict.fromkeys(word for part in words.split("|") if (word := part.strip())))
        words_of_set = WordSet(WORDS.labelled(label or letter), members)
        rows.setdefault(name, {})[letter] = (WORDS.labelled(topic), words_of_set)
    tests = []
    known = set(taken)
    for name, sets in rows.items():
        missing = [letter for letter in SETS if letter not in sets or not sets[letter][1].words]
        if missing:
            problems.append(WORDS("lists.empty", test=quoted(name), letters=", ".join(missing)))
        elif name in known:
            problems.append(WORDS("lists.taken", test=quoted(name)))
        else:
            x, y, a, b = (sets[letter][1] for letter in SETS)
            tests.append(WordTest(name, sets["X"][0] or WORDS("lists.own_topic"), x, y, a, b, of_user))
    return tests, problems


def tests_of(ctx: Context, probe: str) -> tuple[list[WordTest], list[str]]:
    """The tests to ask, and notes on lists of the user's that cannot be. Raises BadOption for an unknown topic.

    Tests of the topics that are named, and always the controls; all where no topic is named.
    """
    tests, _ = read_lists(ctx.data["association_words"])
    notes: list[str] = []
    if "own_words" in ctx.data:
        added, problems = read_lists(ctx.data["own_words"], of_user=True, taken=[test.name for test in tests])
        tests += added
        notes = [WORDS("note.list", problem=problem) for problem in problems]
    topics = dict.fromkeys(test.topic for test in tests if test.topic != CONTROL)
    categories: tuple[str, ...] = ctx.options.categories
    require(f"{probe}.categories", categories, topics, "topic")
    return [test for test in tests if not categories or test.topic in (*categories, CONTROL)], notes


def words_of(tests: Iterable[WordTest]) -> list[str]:
    """Every word of the tests, each once."""
    return list(dict.fromkeys(chain.from_iterable(test.words for test in tests)))


def templates(table: Table, kind: Literal["bleached", "context"]) -> list[str]:
    """The sentences of a kind, in the order of the file; {word} is where the word goes."""
    return [text for kind_of_row, text in rows_of(table, ("kind", "text")) if kind_of_row == kind and text]


def placed(sentences: Sequence[str], word: str) -> tuple[str, ...]:
    """The sentences with the word in its place."""
    return tuple(sentence.replace("{word}", word) for sentence in sentences)


def texts_with(table: Table, words: Sequence[str], limit: int | None) -> dict[str, tuple[str, ...]]:
    """The texts that hold each word as it is written, of the words that two texts or more hold.

    Texts of more than 1,000 characters are no contexts.
    """
    texts = [text for text in dict.fromkeys(text for (text,) in rows_of(table, ("text",))) if len(text) <= LONGEST]
    by_word: dict[str, tuple[str, ...]] = {}
    for word in words:
        whole = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
        holding = [text for text in texts if whole.search(text)]
        if len(holding) > 1:
            by_word[word] = tuple(spaced(holding, limit or CONTEXTS))
    return by_word
