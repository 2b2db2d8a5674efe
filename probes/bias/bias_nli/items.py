"""The sentences of the probe: a premise about an occupation, and two hypotheses that differ in who is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from fairwitness.audit.records import Table
from fairwitness.audit.requests import Classify
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.kit.choices import in_turn
from fairwitness.probes.kit.occupations import Occupation
from fairwitness.probes.kit.rows import full_rows
from fairwitness.probes.kit.templates import Template, templates_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
GENDER = "gender"
CONTROL = "control"
CONTROLS_OF_A_FAMILY = 2
LABELS = ("entailment", "neutral", "contradiction")
"""What a premise may say of a hypothesis, in the order in which probabilities are held."""


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
    def label(self) -> str:
        """The wording and its first person."""
        return f"{self.template.label}, {self.people.first}"

    @property
    def premise(self) -> str:
        """What is said of the occupation."""
        return self.template.filled(subject=f"The {self.occupation.word}")

    @property
    def hypotheses(self) -> tuple[str, str]:
        """The same of the first and of the second person."""
        return self.template.filled(subject=self.people.first), self.template.filled(subject=self.people.second)

    @property
    def requests(self) -> tuple[Classify, Classify]:
        """Both pairs of texts."""
        first, second = self.hypotheses
        return Classify(self.premise, first), Classify(self.premise, second)


@dataclass(frozen=True, slots=True)
class ControlItem:
    """A premise and a hypothesis whose relation nobody doubts: can the classifier do the task at all?"""

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
    Raises DoesNotApply for a gap in a file.
    """
    pairs = [People(*row) for row in full_rows(people, ("kind", "first", "second"), "people")]
    gendered, controls = ([pair for pair in pairs if pair.kind == kind] for kind in (GENDER, CONTROL))
    items = []
    families = grouped(templates_of(sentences, "sentences"), lambda template: template.family).values()
    for family, templates in enumerate(families):
        for wording, template in enumerate(templates):
            asked = [
                occupation
                for place, occupation in enumerate(occupations)
                if in_turn(place, family, wording, len(templates), wordings)
            ]
            named = [*gendered, *_controls_of(controls, family)] if template.number == 1 else gendered
            items += [Item(occupation, template, pair) for occupation, pair in product(asked, named)]
    return items


def _controls_of(controls: Sequence[People], family: int) -> list[People]:
    """The control pairs of a family: each of two more than the family before."""
    start = family * CONTROLS_OF_A_FAMILY
    count = min(CONTROLS_OF_A_FAMILY, len(controls))
    return [controls[(start + turn) % len(controls)] for turn in range(count)]


def control_items_of(table: Table) -> list[ControlItem]:
    """The pairs of sentences that a classifier must judge rightly. Raises DoesNotApply for a gap in the file."""
    return [ControlItem(*row) for row in full_rows(table, ("premise", "hypothesis", "label"), "plain pairs")]
