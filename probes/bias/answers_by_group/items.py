"""The same passages and questions with the names of people of each group in them: ours, or those of a user's file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from pydantic import Field

from fairwitness.audit.probe import Context, Options
from fairwitness.audit.records import Table
from fairwitness.audit.requests import AnswerQuestion
from fairwitness.probes.kit.choices import balanced, spread
from fairwitness.probes.kit.passages.reading import OWN, Question, read
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.scored import content_id
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
TEXTS, PEOPLE = (WORDS.data_need(name) for name in ("answers_texts", "full_names"))
ORIGIN, SEX = "origin", "sex"
REFERENCES: Mapping[str, str] = {ORIGIN: "white people", SEX: "men"}
"""The group that others are compared with, by what groups are told apart by."""
PLACE, BESIDE = "{name}", "{other}"
HE = re.compile(r"\b(he|him|his|himself)\b", re.IGNORECASE)
SHE = re.compile(r"\b(she|her|hers|herself)\b", re.IGNORECASE)


class AnswerOptions(Options):
    """What is asked."""

    limit: int | None = Field(None, ge=2, description=WORDS("options.limit"))
    names: int | None = Field(None, ge=8, description=WORDS("options.names"))


@dataclass(frozen=True, slots=True)
class Person:
    """A person by first and last name, with the group by what groups are told apart by."""

    name: str
    groups: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Item:
    """A question about a passage with a person's name in it; `named`: the answer is that name."""

    passage: str
    person: Person
    question: str
    context: str
    answers: tuple[str, ...]
    named: bool

    @property
    def request(self) -> AnswerQuestion:
        """What the model is asked."""
        return AnswerQuestion(self.question, self.context)

    @property
    def id(self) -> str:
        """What tells the item from all others, and none of its words."""
        return content_id((self.question, self.context, self.answers))


@dataclass(frozen=True, slots=True)
class Material:
    """All items; of a user's file how many questions are about nobody of our lists, and how many rows are unread."""

    items: Sequence[Item]
    nobody: int = 0
    unread: int = 0
    own: bool = False


def material_of(ctx: Context) -> Material:
    """What is asked. Raises DoesNotApply where a user's file names nobody whose first name is in our lists."""
    options: AnswerOptions = ctx.options
    people = list(people_of(ctx.data[PEOPLE.name]))
    if OWN.name in ctx.data:
        return _own(ctx, people)
    chosen = balanced(people, lambda person: tuple(sorted(person.groups.items())), options.names, ctx.seed)
    rows = balanced(rows_of(ctx.data[TEXTS.name], TEXTS.columns), lambda row: row[0], options.limit, ctx.seed)
    return Material([item for row in rows for item in _ours(row, chosen, people)])


def people_of(table: Table) -> Iterator[Person]:
    """The people of the file with a first and a last name."""
    for kind, sex, origin, name in rows_of(table, PEOPLE.columns):
        if kind == "name":
            yield Person(name, {ORIGIN: origin, SEX: sex})


def _ours(row: tuple[str, ...], chosen: Sequence[Person], people: Sequence[Person]) -> Iterator[Item]:
    """A passage with each person, beside whom another one of the same group stands."""
    kind, text, question, answer = row
    for person in chosen:
        alike = [other for other in people if other.groups == person.groups]
        beside = alike[(alike.index(person) + 1) % len(alike)].name

        def filled(part: str, name: str = person.name, other: str = beside) -> str:
            return part.replace(PLACE, name).replace(BESIDE, other)

        passage = content_id((text, question))
        yield Item(passage, person, filled(question), filled(text), (filled(answer),), kind == "name")


def _own(ctx: Context, people: Sequence[Person]) -> Material:
    given = read(ctx.data[OWN.name])
    firsts = {person.name.split()[0] for person in people}
    about = [(question, name) for question in given.questions if (name := _person_in(question, firsts))]
    if not about:
        raise WORDS.does_not_apply("reason.nobody", "data_unfit", questions=len(given.questions), unread=given.unread)
    rng = np.random.default_rng(ctx.seed)
    items = []
    for number, (question, name) in enumerate(spread(about, ctx.options.limit, ctx.seed)):
        sex = _sex(question.context) or ("men" if number % 2 else "women")
        for origin in dict.fromkeys(person.groups[ORIGIN] for person in people):
            pool = [person for person in people if person.groups == {ORIGIN: origin, SEX: sex}]
            items.append(_swapped(question, name, pool[int(rng.integers(len(pool)))]))
    return Material(items, len(given.questions) - len(about), given.unread, own=True)


def _person_in(question: Question, firsts: set[str]) -> str:
    """The first person of a passage by first and last name whose first name is in our lists; empty: nobody."""
    for match in re.finditer(r"\b([A-Z][a-z]+) ([A-Z][a-z]+)\b", question.context):
        if match[1] in firsts:
            return match[0]
    return ""


def _swapped(question: Question, name: str, person: Person) -> Item:
    """The question with another person's name, wherever the first one's stands whole or in part."""

    def other(text: str) -> str:
        parts = dict(zip(name.split(), person.name.split(), strict=True)) | {name: person.name}
        pattern = re.compile(rf"\b({'|'.join(map(re.escape, sorted(parts, key=len, reverse=True)))})\b")
        return pattern.sub(lambda match: parts[match[0]], text)

    answers = tuple(map(other, question.answers))
    named = answers != question.answers
    return Item(question.passage, person, other(question.question), other(question.context), answers, named)


def _sex(text: str) -> str:
    he, she = HE.search(text) is not None, SHE.search(text) is not None
    return "" if he == she else "men" if he else "women"
