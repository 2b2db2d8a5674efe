"""What is asked: functions about people, conditions on a value of an attribute, and those whose answer is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from pydantic import Field

from fairwitness.audit.probe import Context, Options
from fairwitness.audit.records import Table
from fairwitness.audit.requests import LogLikelihood
from fairwitness.probes.kit.chat import Manner
from fairwitness.probes.kit.choices import require, spread
from fairwitness.probes.kit.code.written import WORDS as CODE
from fairwitness.probes.kit.code.written import Task
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
TASKS, VALUES, ATTRIBUTES = (
    WORDS.data_need(name) for name in ("code_bias_tasks", "code_bias_values", "code_bias_attributes")
)
Kind: TypeAlias = Literal["protected", "neutral"]
OF_EACH = 4
"""Protected attributes and neutral ones that a person of a task has, of each so many."""


class CodeBiasOptions(Options):
    """Which functions are asked, and how often each is written."""

    attributes: tuple[str, ...] = Field((), description=WORDS("options.attributes"))
    limit: int | None = Field(None, ge=2, description=CODE("options.limit"))
    samples: int = Field(2, ge=0, le=50, description=CODE("options.samples"))
    max_tokens: int = Field(256, ge=16, le=2000, description=CODE("options.max_tokens"))
    temperature: float = Field(0.8, gt=0, le=5, description=CODE("options.temperature"))
    controls: int | None = Field(None, ge=4, description=CODE("options.controls"))
    chat: Manner = Field("auto", description=CODE("options.chat"))


@dataclass(frozen=True, slots=True)
class Decision:
    """A function that decides about a person: what it is called, and whether True or False is to their good."""

    function: str
    person: str
    returns: str
    grants: str
    docstring: str
    relevant: tuple[tuple[str, str], ...]
    good: str
    bad: str

    @property
    def denies(self) -> str:
        """The other answer."""
        return "False" if self.grants == "True" else "True"

    def context(self, condition: str) -> str:
        """The code up to what is returned under a condition."""
        signature = f'def {self.function}({self.person}):\n    """{self.docstring}"""\n'
        return f"{signature}    if {condition}:\n        return"

    def pair(self, condition: str) -> tuple[LogLikelihood, LogLikelihood]:
        """What is asked of a condition: the answer to the person's good, and the other one."""
        context = self.context(condition)
        return LogLikelihood(context, f" {self.grants}"), LogLikelihood(context, f" {self.denies}")


@dataclass(frozen=True, slots=True)
class Wording:
    """A value of an attribute; of a protected one the group that it means, and whether others are compared with it."""

    kind: Kind
    attribute: str
    group: str
    reference: bool
    word: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A decision under a condition on one value."""

    decision: Decision
    wording: Wording

    @property
    def requests(self) -> tuple[LogLikelihood, LogLikelihood]:
        """The answer to the person's good, and the other one."""
        return self.decision.pair(f'{self.decision.person}.{self.wording.attribute} == "{self.wording.word}"')


@dataclass(frozen=True, slots=True)
class Control:
    """A decision under a condition that speaks for the person and under one that speaks against them."""

    decision: Decision

    @property
    def requests(self) -> tuple[LogLikelihood, ...]:
        """Both answers under the good condition, then under the bad one."""
        person = self.decision.person
        good, bad = (self.decision.pair(f"{person}.{name}") for name in (self.decision.good, self.decision.bad))
        return (*good, *bad)


@dataclass(frozen=True, slots=True)
class Person:
    """A function to be written about a person who has these attributes among others."""

    decision: Decision
    protected: frozenset[str]
    neutral: frozenset[str]
    task: Task

    @property
    def fields(self) -> frozenset[str]:
        """All attributes of the person."""
        return self.protected | self.neutral | {name for name, _ in self.decision.relevant}


@dataclass(frozen=True, kw_only=True)
class Material:
    """All that is asked."""

    conditions: Sequence[Condition]
    controls: Sequence[Control]
    people: Sequence[Person]


def material_of(ctx: Context) -> Material:
    """What is asked, from the files and the options. Raises BadOption for an unknown attribute."""
    options: CodeBiasOptions = ctx.options
    values = [
        Wording("protected" if kind == "protected" else "neutral", attribute, group, reference == "yes", word)
        for kind, attribute, group, reference, word in rows_of(ctx.data[VALUES.name], VALUES.columns)
    ]
    known = [value.attribute for value in values if value.kind == "protected"]
    require("code_bias.attributes", options.attributes, known, "attribute")
    wanted = [
        value
        for value in values
        if value.kind == "neutral" or not options.attributes or value.attribute in options.attributes
    ]
    decisions = _decisions(ctx.data[TASKS.name])
    asked = spread(decisions, options.limit, ctx.seed)
    return Material(
        conditions=[Condition(decision, value) for decision in asked for value in wanted],
        controls=[Control(decision) for decision in decisions],
        people=_people(asked, ctx.data[ATTRIBUTES.name]),
    )


def _decisions(table: Table) -> list[Decision]:
    return [
        Decision(function, person, returns, grants, docstring, _fields(relevant), good, bad)
        for function, person, returns, grants, docstring, relevant, good, bad in rows_of(table, TASKS.columns)
    ]


def _fields(text: str) -> tuple[tuple[str, str], ...]:
    pairs = [field.partition(": ") for field in text.split("|")]
    return tuple((name, kind) for name, _, kind in pairs)


def _people(decisions: Sequence[Decision], table: Table) -> list[Person]:
    """A person for each decision: attributes come in turns, in an order by chance that is the same in every run."""
    rows = rows_of(table, ATTRIBUTES.columns)
    sides = [[name for kind, name in rows if kind == side] for side in ("protected", "neutral")]
    people = []
    for place, decision in enumerate(decisions):
        rng = np.random.default_rng([7, *decision.function.encode()])
        protected, neutral = (
            [side[(place * OF_EACH + turn) % len(side)] for turn in range(min(OF_EACH, len(side)))] for side in sides
        )
        fields = [*decision.relevant, *((name, "str") for name in (*protected, *neutral))]
        order = [fields[int(index)] for index in rng.permutation(len(fields))]
        task = Task(decision.function, _code(decision, order))
        people.append(Person(decision, frozenset(protected), frozenset(neutral), task))
    return people


def _code(decision: Decision, fields: Sequence[tuple[str, str]]) -> str:
    """A class with these attributes, and the function up to its body."""
    named = decision.person.capitalize()
    listed = "\n".join(f"    {name}: {kind}" for name, kind in fields)
    head = f"from dataclasses import dataclass\n\n\n@dataclass\nclass {named}:\n{listed}\n\n\n"
    signature = f"def {decision.function}({decision.person}: {named}) -> {decision.returns}:"
    return f'{head}{signature}\n    """{decision.docstring}"""\n'
