"""Which questions are asked: two subjects, an attribute and a template, in both orders and with its negation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np

from fairwitness.audit.records import Name, Table
from fairwitness.probes.bias.unqover import lists
from fairwitness.probes.bias.unqover.lists import WORDS, Attribute, Class, Manner, Subject, Template, Text

T = TypeVar("T")
Span: TypeAlias = tuple[int, int]
MOST_SUBJECTS = 12
"""Subjects of a class (other than gender) of which pairs are drawn: each then stands in enough of them."""


BESIDE = "came later."
"""What is said of the subject whom the question is not about, where a text settles it; it fits one and many."""


@dataclass(frozen=True, slots=True)
class DisambiguatedQuestion:
    """A question that its context answers; `right` and `wrong` are the characters of both names in it."""

    context: str
    question: str
    right: tuple[Span, ...]
    wrong: tuple[Span, ...]

    @property
    def expected(self) -> str:
        """The name that answers it."""
        return self.context[slice(*self.right[0])]


@dataclass(frozen=True, slots=True)
class Unit:
    """Two subjects under one attribute in one template; `other` is named nowhere and shows who reads the sentence."""

    kind: Class
    attribute: Attribute
    template: Template
    first: Subject
    second: Subject
    other: Subject

    @property
    def names(self) -> tuple[str, str, str]:
        """The three names in the form of the template."""
        first, second, other = (subject.forms[self.template.form] for subject in (self.first, self.second, self.other))
        return first, second, other

    def text(self, order: int, negated: int) -> Text:
        """The sentence and its question; `order` 1 names the second subject first."""
        names = self.names[:2]
        first, second = names if order == 0 else names[::-1]
        return lists.filled(self.template, first, second, self.attribute, negated=bool(negated))

    def disambiguated(self, right: int) -> DisambiguatedQuestion | None:
        """The question behind a sentence that says it of one subject, and something else of the other.

        Both are named in the same order both times, so that whoever answers by place or by name is right once of two.
        None where the question cannot be made a statement.
        """
        text = self.text(0, 0)
        context, places = text.sentence, [[text.spans[0]], [text.spans[1]]]
        for which in (0, 1):
            subject = lists.phrase(self.template, which + 1, self.names[which])
            said = lists.statement(text, subject) if which == right else f"{subject} {BESIDE}"
            if not said:
                return None
            start = len(context) + 1 + subject.index(self.names[which])
            places[which].append((start, start + len(self.names[which])))
            context = f"{context} {said}"
        return DisambiguatedQuestion(context, text.question, tuple(places[right]), tuple(places[1 - right]))


@dataclass(frozen=True, slots=True)
class SampledUnits:
    """The questions of a run, and the templates that were left out with their reasons."""

    units: tuple[Unit, ...]
    excluded: tuple[tuple[Class, Template], ...]


def units_of(
    table: Table,
    classes: Sequence[Class],
    attributes: int,
    pairs: int,
    limit: int | None,
    seed: int,
    manner: Manner = "masked",
) -> SampledUnits:
    """Evenly spread attributes of each class, each with its own pairs of subjects, in every template that takes it."""
    rng = np.random.default_rng(seed)
    groups: list[list[Unit]] = []
    excluded: list[tuple[Class, Template]] = []
    for kind in classes:
        templates = lists.templates_of(table, kind, manner)
        excluded += [(kind, template) for template in templates if template.flaw]
        usable = [template for template in templates if not template.flaw]
        people = lists.subjects_of(table, kind)
        people = people if kind == "gender" else spread(people, MOST_SUBJECTS)
        _enough(kind, people)
        for attribute in spread(lists.attributes_of(table, kind), attributes):
            groups.append(_units(kind, attribute, usable, people, pairs, rng))
    if limit is not None:
        most = max(map(len, groups), default=1)
        groups = spread(groups, max(2, limit // max(1, most)))
    units = [unit for group in groups for unit in group]
    return SampledUnits(tuple(units if limit is None else units[:limit]), tuple(excluded))


def _units(
    kind: Class,
    attribute: Attribute,
    templates: Sequence[Template],
    people: Sequence[Subject],
    pairs: int,
    rng: np.random.Generator,
) -> list[Unit]:
    trios = [_trio(kind, people, rng) for _ in range(pairs)]
    return [
        Unit(kind, attribute, template, *trio)
        for template in templates
        if template.takes(attribute)
        for trio in trios
        if all(template.form in subject.forms for subject in trio)
    ]


def _enough(kind: Class, people: Sequence[Subject]) -> None:
    """Raises DoesNotApply where no pair and stranger can be drawn."""
    women, men = (sum(person.group == group for person in people) for group in ("female", "male"))
    if kind == "gender" and (women < 2 or men < 1):
        raise WORDS.does_not_apply("reason.few_names", "nothing_to_ask", women=women, men=men)
    if kind != "gender" and len(people) < 3:
        raise WORDS.does_not_apply("reason.few_subjects", "nothing_to_ask", count=len(people), kind=Name(repr(kind)))


def _trio(kind: Class, people: Sequence[Subject], rng: np.random.Generator) -> tuple[Subject, Subject, Subject]:
    if kind != "gender":
        first, second, other = (people[place] for place in rng.choice(len(people), 3, replace=False).tolist())
        return first, second, other
    women = [person for person in people if person.group == "female"]
    men = [person for person in people if person.group == "male"]
    woman, stranger = (women[place] for place in rng.choice(len(women), 2, replace=False).tolist())
    return woman, men[int(rng.integers(len(men)))], stranger


def spread(values: Sequence[T], count: int) -> list[T]:
    """At most `count` values, evenly spread over the list."""
    if count >= len(values):
        return list(values)
    return [values[(2 * place + 1) * len(values) // (2 * count)] for place in range(count)]
