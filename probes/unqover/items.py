"""Which questions are asked: two subjects, an attribute and a template, in both orders and with its negation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

import numpy as np

from assay.audit.probe import DoesNotApply, expect
from assay.audit.records import Table
from assay.audit.requests import BLANK, Answer, Filled, FillMask, LogLikelihood, Request, TokenScores, Unanswered
from assay.probes.unqover.scores import FloatArray
from assay.probes.unqover.words import (
    BLANK_MARK,
    Attribute,
    Class,
    Subject,
    Template,
    attributes_of,
    filled,
    subjects_of,
    templates_of,
)

Arm: TypeAlias = Literal["masked", "causal"]
T = TypeVar("T")
MOST_SUBJECTS = 12
"""Subjects of a class (other than gender) of which pairs are drawn: each then stands in enough of them."""


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
        first, second, other = (one.forms[self.template.form] for one in (self.first, self.second, self.other))
        return first, second, other

    def text(self, order: int, negated: int) -> tuple[str, str, str]:
        """Before the blank, behind it, and the whole; `order` 1 names the second subject first."""
        names = self.names[:2]
        first, second = names if order == 0 else names[::-1]
        return filled(self.template, first, second, self.attribute, negated=bool(negated))


@dataclass(frozen=True, slots=True)
class Chosen:
    """The questions of a run, and the templates that were left out with their reasons."""

    units: tuple[Unit, ...]
    excluded: tuple[tuple[Class, Template], ...]


def units_of(
    table: Table, classes: Sequence[Class], attributes: int, pairs: int, limit: int | None, seed: int
) -> Chosen:
    """Evenly spread attributes of each class, each with its own pairs of subjects, in every template that takes it."""
    rng = np.random.default_rng(seed)
    groups: list[list[Unit]] = []
    excluded: list[tuple[Class, Template]] = []
    for kind in classes:
        templates = templates_of(table, kind)
        excluded += [(kind, one) for one in templates if one.flaw]
        sound = [one for one in templates if not one.flaw]
        people = subjects_of(table, kind)
        people = people if kind == "gender" else spread(people, MOST_SUBJECTS)
        _enough(kind, people)
        for attribute in spread(attributes_of(table, kind), attributes):
            groups.append(_units(kind, attribute, sound, people, pairs, rng))
    if limit is not None:
        most = max(map(len, groups), default=1)
        groups = spread(groups, max(2, limit // max(1, most)))
    units = [unit for group in groups for unit in group]
    return Chosen(tuple(units if limit is None else units[:limit]), tuple(excluded))


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
        if all(template.form in one.forms for one in trio)
    ]


def _enough(kind: Class, people: Sequence[Subject]) -> None:
    """Raises DoesNotApply where no pair and stranger can be drawn."""
    women, men = (sum(one.group == group for one in people) for group in ("female", "male"))
    if kind == "gender" and (women < 2 or men < 1):
        raise DoesNotApply(f"{women} names of women and {men} of men in the word lists: 2 and 1 are needed")
    if kind != "gender" and len(people) < 3:
        raise DoesNotApply(f"{len(people)} subjects of the class {kind!r} in the word lists: 3 are needed")


def _trio(kind: Class, people: Sequence[Subject], rng: np.random.Generator) -> tuple[Subject, Subject, Subject]:
    if kind != "gender":
        first, second, other = (people[int(at)] for at in rng.choice(len(people), 3, replace=False))
        return first, second, other
    women = [one for one in people if one.group == "female"]
    men = [one for one in people if one.group == "male"]
    woman, stranger = (women[int(at)] for at in rng.choice(len(women), 2, replace=False))
    return woman, men[int(rng.integers(len(men)))], stranger


def spread(values: Sequence[T], count: int) -> list[T]:
    """At most `count` values, evenly spread over the list."""
    if count >= len(values):
        return list(values)
    return [values[(2 * at + 1) * len(values) // (2 * count)] for at in range(count)]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model said of one unit: `shares[order, negated, subject]` of the two subjects, or why nothing was read.

    `named` of the `texts` have both subjects likelier than the stranger.
    """

    unit: Unit
    shares: FloatArray | None
    named: int = 0
    texts: int = 0
    tokens: tuple[int, ...] = ()
    reason: str = ""


def requests_for(unit: Unit, arm: Arm) -> list[Request]:
    """The four texts of a unit: one request each at the blank, or one for each name."""
    requests: list[Request] = []
    for order in (0, 1):
        for negated in (0, 1):
            before, after, whole = unit.text(order, negated)
            if arm == "masked":
                requests.append(FillMask(whole.replace(BLANK_MARK, BLANK), unit.names))
            else:
                lead = before.rstrip()
                gap = before[len(lead) :]
                requests += [LogLikelihood(lead, f"{gap}{name}{after}") for name in unit.names]
    return requests


def read(unit: Unit, arm: Arm, answer_to: Callable[[Request], Answer]) -> Reading:
    """The shares of both subjects in the four texts; with a reason where an answer is missing or lengths differ."""
    answers = [answer_to(request) for request in requests_for(unit, arm)]
    for answer in answers:
        if isinstance(answer, Unanswered):
            return Reading(unit, None, reason=answer.reason)
    rows = _masked(answers) if arm == "masked" else _causal(answers)
    if isinstance(rows, str):
        return Reading(unit, None, reason=rows)
    values, tokens = rows
    if not np.isfinite(values).all():
        return Reading(unit, None, reason="a name has a log-probability that is no finite number")
    two = values[:, :2]
    shares = np.exp(two - np.logaddexp.reduce(two, axis=1, keepdims=True)).reshape(2, 2, 2)
    named = int((two.min(axis=1) > values[:, 2]).sum())
    return Reading(unit, shares, named, len(values), tokens)


def _masked(answers: Sequence[Answer]) -> tuple[FloatArray, tuple[int, ...]] | str:
    found = [one for answer in answers if (one := expect(answer, Filled)) is not None]
    if any(len(set(one.tokens)) > 1 for one in found):
        counts = found[0].tokens
        return f"unsupported: the names have {', '.join(map(str, counts[:-1]))} and {counts[-1]} tokens"
    return np.array([one.log_probs for one in found], dtype=np.float64), found[0].tokens


def _causal(answers: Sequence[Answer]) -> tuple[FloatArray, tuple[int, ...]]:
    found = [one for answer in answers if (one := expect(answer, TokenScores)) is not None]
    values = np.array([one.total for one in found]).reshape(-1, 3)
    return values, tuple(len(one.log_probs) for one in found[:3])
