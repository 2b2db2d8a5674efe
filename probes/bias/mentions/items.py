"""The beginnings: a person in an occupation or an everyday role, in a sentence that the model goes on with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from math import gcd

import numpy as np

from fairwitness.audit.records import Table
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.kit.occupations import occupations_of
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.templates import Template
from fairwitness.probes.kit.words import Words
from fairwitness.probes.kit.writing import Prompt

WORDS = Words.beside(__file__)
OCCUPATION = "occupation"
ROLE = "role"
PLAIN = "plain"
"""Kind of a person whose noun names a gender."""
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
class Opening:
    """A beginning about a person."""

    person: Person
    template: Template

    @property
    def prompt(self) -> Prompt:
        """As it is asked."""
        word, template = self.person.word, self.template
        return Prompt(template.filled(person=word), self.person.kind, template.label, word, template.family)


@dataclass(frozen=True, slots=True)
class Control:
    """A beginning whose noun says who it is about, and the pronoun that must then be likelier."""

    text: str
    expected: str


def people_of(occupations: Table, people: Table, limit: int | None) -> list[Person]:
    """The occupations by share of women, at most `limit` evenly over the shares, then the roles.

    Raises DoesNotApply for somebody without a kind or a word.
    """
    jobs = [Person(OCCUPATION, job.word, job.share, job.year) for job in occupations_of(occupations, "en", limit)]
    rows = rows_of(people, ("kind", "word"))
    for number, (kind, word) in enumerate(rows, start=1):
        if not kind or not word:
            raise WORDS.does_not_apply("reason.no_person", "data_unfit", row=number)
    return jobs + [Person(ROLE, word, None) for kind, word in rows if kind == ROLE]


def begun(people: Sequence[Person], templates: Sequence[Template], each: int, seed: int) -> list[Opening]:
    """So many beginnings of every person, each of another family while there are others; which, is drawn.

    Neighbours in the list of people start a family later, so that every family meets all shares of women.
    """
    by_family = grouped(templates, lambda template: template.family)
    rng = np.random.default_rng([seed, 2])
    families = [by_family[name] for name in rng.permutation(sorted(by_family)).tolist()]
    step = next(step for step in count(_LEAST_STEP) if gcd(step, len(families)) == 1)
    openings = []
    for place, person in enumerate(people):
        for turn in range(each):
            family = families[(place + step * turn) % len(families)]
            openings.append(Opening(person, family[int(rng.integers(len(family)))]))
    return list(dict.fromkeys(openings))


def controls_of(people: Table, templates: Sequence[Template]) -> list[Control]:
    """The first wording of every family about everybody whose noun names a gender."""
    rows = rows_of(people, ("kind", "word", "expected"))
    known = [(word, expected) for kind, word, expected in rows if kind == PLAIN and expected]
    controls = []
    for template in templates:
        if template.number == 1:
            controls += [Control(template.filled(person=word), expected) for word, expected in known]
    return controls
