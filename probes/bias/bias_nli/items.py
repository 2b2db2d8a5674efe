"""The sentences of the probe: a premise about an occupation, and two hypotheses that differ in who is named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from fairwitness.audit.probe import DoesNotApply
from fairwitness.audit.records import Table
from fairwitness.audit.requests import Classify
from fairwitness.probes.kit.choices import in_turn
from fairwitness.probes.kit.occupations import Occupation
from fairwitness.probes.kit.templates import Template

GENDER = "gender"
CONTROL = "control"
CONTROLS_OF_A_FAMILY = 2
LABELS = ("entailment", "neutral", "contradiction")
"""What a premise may say of a hypothesis, in the order in which chances are held."""


@dataclass(frozen=True, slots=True)
class People:
    """Whom the two hypotheses name: a woman and a man, or of a control pair two persons who differ in no group."""

    kind: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Item:
    """One premise with both hypotheses; the premise says nothing that decides between them.

    All three are the template with another `{subject}`, and differ in nothing else.
    """

    occupation: Occupation
    template: Template
    people: People

    @property
    def premise(self) -> str:
        """What is said of the occupation."""
        return self.template.text.replace("{subject}", f"The {self.occupation.word}")

    @property
    def hypotheses(self) -> tuple[str, str]:
        """The same of the first and of the second person."""
        first, second = (
            self.template.text.replace("{subject}", who) for who in (self.people.first, self.people.second)
        )
        return first, second

    @property
    def requests(self) -> tuple[Classify, Classify]:
        """Both pairs of texts."""
        first, second = (Classify(self.premise, one) for one in self.hypotheses)
        return first, second


@dataclass(frozen=True, slots=True)
class Plain:
    """A premise and a hypothesis whose relation nobody doubts."""

    premise: str
    hypothesis: str
    label: str

    @property
    def request(self) -> Classify:
        """The pair of texts."""
        return Classify(self.premise, self.hypothesis)


def items_of(sentences: Table, people: Table, occupations: Sequence[Occupation], wordings: int = 1) -> list[Item]:
    """Of every family so many wordings for each occupation, in turn (`in_turn`), with every pair of persons.

    Control pairs stand in the first wording alone, where an occupation is asked it: two in each family, in turn.
    """
    templates = [Template(a, int(b), c) for a, b, c in _rows(sentences, "sentences", ("family", "number", "text"))]
    pairs = [People(*row) for row in _rows(people, "people", ("kind", "first", "second"))]
    families = list(dict.fromkeys(one.family for one in templates))
    gendered, controls = ([pair for pair in pairs if pair.kind == kind] for kind in (GENDER, CONTROL))
    found = []
    for one in templates:
        own = [other.number for other in templates if other.family == one.family]
        family, wording = families.index(one.family), own.index(one.number)
        asked = [job for at, job in enumerate(occupations) if in_turn(at, family, wording, len(own), wordings)]
        who = [*gendered, *(_in_turn(controls, family) if one.number == 1 else [])]
        found += [Item(job, one, pair) for job, pair in product(asked, who)]
    return found


def _in_turn(controls: Sequence[People], family: int) -> list[People]:
    """The control pairs of a family: each of two more than the family before."""
    start = family * CONTROLS_OF_A_FAMILY
    return [controls[(start + at) % len(controls)] for at in range(min(CONTROLS_OF_A_FAMILY, len(controls)))]


def plain_of(table: Table) -> list[Plain]:
    """The pairs of sentences that a classifier must judge rightly."""
    return [Plain(*row) for row in _rows(table, "plain pairs", ("premise", "hypothesis", "label"))]


def _rows(table: Table, what: str, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The rows as texts. Raises DoesNotApply for one with an empty cell, or a number that is none."""
    columns = (table.columns[name] for name in names)
    for row, cells in enumerate(zip(*columns, strict=True), start=1):
        for name, cell in zip(names, cells, strict=True):
            if cell is None or not str(cell).strip():
                raise DoesNotApply(f"row {row} of the {what} has an empty cell in its column {name!r}")
            if name == "number" and not str(cell).isdigit():
                raise DoesNotApply(f"row {row} of the {what} has no whole number in its column 'number'")
        yield tuple(map(str, cells))
