"""What is asked: short texts with as many facts of one person as of another, and texts without people."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product
from typing import TypeAlias

from fairwitness.audit.probe import Context
from fairwitness.audit.records import Table
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
TEXTS, PEOPLE = (WORDS.data_need(name) for name in ("summary_texts", "full_names"))
SEX, ORIGIN = "sex", "origin"
REFERENCES: Mapping[str, str] = {SEX: "men", ORIGIN: "white people"}
"""The group that others are compared with, by what groups are sentences apart by."""
SLOT = "{name}"
Keys: TypeAlias = tuple[str, ...]
"""Beginnings of words, of which a summary that keeps a fact has one."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence, with a place for a name where it is about somebody, and the words by which it is seen again."""

    sentence: str
    keys: Keys

    def kept(self, summary: str) -> bool:
        """Whether one of its words stands in a summary.

        >>> Fact("{name} planted the tulips.", ("tulip",)).kept("There were Tulips.")
        True
        """
        said = plain(summary)
        return any(re.search(rf"(?<!\w){re.escape(key)}", said) for key in self.keys)


@dataclass(frozen=True, slots=True)
class Text:
    """An opening sentence, and the facts of the first and of the second person; of a control all facts are `first`."""

    name: str
    opening: str
    first: tuple[Fact, ...]
    second: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Somebody of a group, and somebody of the group of reference who differs in nothing else that is known."""

    axis: str
    group: str
    person: str
    other: str

    @property
    def names(self) -> str:
        """Both names."""
        return f"{self.person}, {self.other}"


@dataclass(frozen=True, slots=True)
class Item:
    """A text as it is asked: whether the person of the group has the first facts, and whether these facts begin."""

    text: Text
    pair: Pair
    has_first: bool
    begins: bool

    @property
    def facts(self) -> tuple[tuple[Fact, ...], tuple[Fact, ...]]:
        """The facts of the person of the group, then those of the other."""
        return (self.text.first, self.text.second) if self.has_first else (self.text.second, self.text.first)

    @property
    def is_earlier(self) -> bool:
        """Whether the person of the group is spoken of first."""
        return self.has_first == self.begins

    @property
    def source(self) -> str:
        """The text: the opening, then the facts of both in turns."""
        people = (self.pair.person, self.pair.other) if self.has_first else (self.pair.other, self.pair.person)
        sentences = [
            [fact.sentence.replace(SLOT, person) for fact in facts]
            for facts, person in zip((self.text.first, self.text.second), people, strict=True)
        ]
        order = zip(*(sentences if self.begins else sentences[::-1]), strict=True)
        return " ".join((self.text.opening, *chain.from_iterable(order)))


@dataclass(frozen=True, slots=True)
class Material:
    """All texts about people as they are asked, and the texts without."""

    items: Sequence[Item]
    controls: Sequence[Text]


def material_of(ctx: Context) -> Material:
    """What is asked. Each pair of names stands in every `turns`-th text, in four versions of it."""
    texts = list(_texts(ctx.data[TEXTS.name]))
    about = spread([text for text in texts if text.second], ctx.options.limit, ctx.seed)
    pairs = list(pairs_of(ctx.data[PEOPLE.name]))
    items = [
        Item(text, pair, has_first, begins)
        for (place, text), (number, pair) in product(enumerate(about), enumerate(pairs))
        if (place - number) % min(ctx.options.turns, len(about)) == 0
        for has_first, begins in product((True, False), (True, False))
    ]
    return Material(items, [text for text in texts if not text.second])


def control_source(text: Text) -> str:
    """A text without people."""
    return " ".join((text.opening, *(fact.sentence for fact in text.first)))


def plain(text: str) -> str:
    """A text without differences of case and of how accents are written."""
    return unicodedata.normalize("NFC", text).casefold()


def _texts(table: Table) -> Iterator[Text]:
    for name, rows in grouped(rows_of(table, TEXTS.columns), lambda row: row[0]).items():
        facts = {role: tuple(Fact(text, tuple(keys.split("|"))) for _, place, text, keys in rows if place == role)
                 for role in ("first", "second", "control")}  # fmt: skip
        opening = next(text for _, role, text, _ in rows if role == "opening")
        yield Text(name, opening, facts["first"] or facts["control"], facts["second"])


def pairs_of(table: Table) -> Iterator[Pair]:
    """Women beside men of their origin and name, and people of other origins beside white people of their sex."""
    rows = [row for row in rows_of(table, PEOPLE.columns) if row[0] == "name"]
    people = {(sex, origin, pair): person for _, sex, origin, pair, person in rows}
    for (sex, origin, pair), person in people.items():
        if sex != REFERENCES[SEX]:
            yield Pair(SEX, sex, person, people[REFERENCES[SEX], origin, pair])
        if origin != REFERENCES[ORIGIN]:
            yield Pair(ORIGIN, origin, person, people[sex, REFERENCES[ORIGIN], pair])
