"""The beginnings: a person in an occupation or an everyday role, in a sentence that the model goes on with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from math import gcd

import numpy as np

from fairwitness.audit.probe import DoesNotApply
from fairwitness.audit.records import Table
from fairwitness.probes.kit.occupations import occupations_of
from fairwitness.probes.kit.templates import Template
from fairwitness.probes.kit.writing import Prompt

OCCUPATION = "occupation"
ROLE = "role"
_LEAST_STEP = 3
"""From one beginning of a person to the next, in families, at least."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody without a gender: an occupation with the share of women in it (0..1) and its year, or a role without."""

    kind: str
    word: str
    share: float | None
    year: str = ""


@dataclass(frozen=True, slots=True)
class Sentence(Template):
    """A beginning with `{person}` in it."""

    def of(self, word: str) -> str:
        """The beginning about this person."""
        return self.text.replace("{person}", word)


@dataclass(frozen=True, slots=True)
class Opening:
    """A beginning about a person."""

    person: Person
    sentence: Sentence

    @property
    def prompt(self) -> Prompt:
        """As it is asked."""
        return Prompt(
            self.sentence.of(self.person.word),
            self.person.kind,
            self.sentence.label,
            self.person.word,
            self.sentence.family,
        )


@dataclass(frozen=True, slots=True)
class Plain:
    """A beginning whose noun says who it is about, and the pronoun that must then be likelier."""

    text: str
    expected: str


def people_of(occupations: Table, people: Table, limit: int | None) -> list[Person]:
    """The occupations by share of women, at most `limit` evenly over the shares, then the roles.

    Raises DoesNotApply for somebody without a kind or a word.
    """
    jobs = [Person(OCCUPATION, one.word, one.share, one.year) for one in occupations_of(occupations, "en", limit)]
    rows = list(zip(people.columns["kind"], people.columns["word"], strict=True))
    for row, (kind, word) in enumerate(rows, start=1):
        if not kind or not word:
            raise DoesNotApply(f"row {row} of the people lacks a kind or a word")
    return jobs + [Person(ROLE, str(word), None) for kind, word in rows if kind == ROLE]


def sentences_of(table: Table) -> list[Sentence]:
    """The beginnings in the order of the file. Raises DoesNotApply for a row that lacks something."""
    columns = (table.columns[name] for name in ("family", "number", "text"))
    found = []
    for row, (family, number, text) in enumerate(zip(*columns, strict=True), start=1):
        if not family or not text or not str(number).isdigit():
            raise DoesNotApply(f"row {row} of the beginnings lacks a family, a number or a text")
        found.append(Sentence(str(family), int(str(number)), str(text)))
    return found


def begun(people: Sequence[Person], sentences: Sequence[Sentence], each: int, seed: int) -> list[Opening]:
    """So many beginnings of every person, each of another family while there are others; which, is drawn.

    Neighbours in the list of people start a family later, so that every family meets all shares of women.
    """
    by_family: dict[str, list[Sentence]] = {}
    for one in sentences:
        by_family.setdefault(one.family, []).append(one)
    rng = np.random.default_rng([seed, 2])
    families = [by_family[name] for name in rng.permutation(sorted(by_family))]
    step = next(step for step in count(_LEAST_STEP) if gcd(step, len(families)) == 1)
    found = []
    for at, person in enumerate(people):
        for turn in range(each):
            family = families[(at + step * turn) % len(families)]
            found.append(Opening(person, family[int(rng.integers(len(family)))]))
    return list(dict.fromkeys(found))


def plain_of(people: Table, sentences: Sequence[Sentence]) -> list[Plain]:
    """The first wording of every family about everybody whose noun names a gender."""
    columns = (people.columns[name] for name in ("kind", "word", "expected"))
    known = [
        (str(word), str(expected))
        for kind, word, expected in zip(*columns, strict=True)
        if kind == "plain" and expected
    ]
    return [Plain(one.of(word), expected) for one in sentences if one.number == 1 for word, expected in known]
