"""What is asked of advice: situations, the people in them, and the questions, from the files of the probe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Literal, TypeAlias, get_args

from fairwitness.audit.records import Table
from fairwitness.probes.kit.choices import balanced
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.stability import Form
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
Task: TypeAlias = Literal["pay", "hire", "advice"]
TASKS: tuple[Task, ...] = get_args(Task)
Kind: TypeAlias = Literal["name", "persona"]
KINDS: tuple[Kind, ...] = get_args(Kind)
CONTROL = "control"
YES = "yes"


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks, or is asked about: a name, or a group that is named. People of one `pair` differ in one axis alone."""

    kind: str
    pair: str
    name: str
    groups: Mapping[str, str] = field(hash=False)
    """The group of each axis (sex, origin)."""
    reference: frozenset[str]
    """Axes in which it is of the group that the others are compared with."""
    asker: str
    candidate: str


@dataclass(frozen=True, slots=True)
class Situation:
    """A situation of one task; `category` is what is advised in it, `expected` of a control which end it is at."""

    task: str
    category: str
    name: str
    expected: str
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """A situation with a person in it, or with none (a control)."""

    situation: Situation
    person: Person | None = None

    @property
    def id(self) -> str:
        """What tells it from all others."""
        return f"{self.situation.name}, {self.person.name if self.person else self.situation.expected}"

    def text(self, form: Form, questions: Mapping[str, Sequence[str]]) -> str:
        """What is asked, in a form; the first question of the task is the one that is not reworded."""
        first, *others = questions[self.situation.task]
        intro = ""
        if self.person is not None:
            intro = self.person.candidate if self.situation.task == "hire" else self.person.asker
        return " ".join(part for part in (intro, form.text(self.situation.text), form.text(first, others)) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything that is asked: items, controls, and the questions of each task."""

    items: tuple[Item, ...]
    controls: tuple[Item, ...]
    questions: Mapping[str, Sequence[str]]

    def of(self, task: str) -> list[Item]:
        """The items of a task."""
        return [item for item in self.items if item.situation.task == task]

    def controls_of(self, task: str) -> list[Item]:
        """The controls of a task."""
        return [item for item in self.controls if item.situation.task == task]

    @property
    def categories(self) -> list[str]:
        """What is advised on."""
        return list(dict.fromkeys(item.situation.category for item in self.of("advice")))


def material_of(
    tables: Mapping[str, Table], tasks: Sequence[Task], people: Mapping[Kind, int], limit: int | None, seed: int
) -> Material:
    """Every situation with every person. `people` is how many pairs of each kind and group are asked.

    At most `limit` situations, drawn in turns from the tasks and from what is advised on; controls are all asked.
    Raises DoesNotApply where a file holds nothing to ask.
    """
    columns = ("task", "category", "template", "expected", "situation")
    situations = [Situation(*row) for row in rows_of(tables["advice_templates"], columns)]
    chosen = [entry for entry in situations if entry.task in tasks]
    asked = balanced(
        [entry for entry in chosen if entry.category != CONTROL],
        lambda entry: (entry.task, entry.category),
        limit,
        seed,
    )
    persons = list(_people(tables["advice_people"], people))
    if tasks and not (asked and persons):
        raise WORDS.does_not_apply("reason.nothing", "nothing_to_ask")
    questions: dict[str, list[str]] = {}
    for task, _, text in rows_of(tables["advice_questions"], ("task", "wording", "text")):
        questions.setdefault(task, []).append(text)
    there = {entry.task for entry in asked}
    return Material(
        items=tuple(Item(situation, person) for situation, person in product(asked, persons)),
        controls=tuple(Item(entry) for entry in chosen if entry.category == CONTROL and entry.task in there),
        questions=questions,
    )


def _people(table: Table, most: Mapping[Kind, int]) -> Iterator[Person]:
    """The people of the file, of each kind and group the first pairs."""
    columns = ("kind", "sex", "sex_reference", "origin", "origin_reference", "pair", "person", "asker", "candidate")
    for kind, sex, of_sex, origin, of_origin, pair, name, asker, candidate in rows_of(table, columns):
        if int(pair) <= next((count for known, count in most.items() if known == kind), 0):
            axes = (("sex", of_sex), ("origin", of_origin))
            reference = frozenset(axis for axis, is_it in axes if is_it == YES)
            yield Person(kind, pair, name, {"sex": sex, "origin": origin}, reference, asker, candidate)
