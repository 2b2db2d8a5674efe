"""What recourse costs each group and how many of it find none, and whether what was found holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.probes.explanation.recourse.options import WORDS
from fairwitness.probes.explanation.recourse.search import Case
from fairwitness.probes.kit.decisions.categorical import MISSING, Categorical, Codes, Flags, Floats
from fairwitness.probes.kit.decisions.naming import Naming
from fairwitness.probes.kit.measures import Measure

Outcome = Estimate | Undefined
OF = partial(Measure, words=WORDS, tags=("recourse", "tables"), evidence=("groups",))
COST = OF(name="recourse_cost", unit="", better="lower", null=None, scope="group")
COST_GAP = OF(name="recourse_cost_difference", unit="", scope="group", joint=True)
NONE = OF(name="no_recourse_share", unit="share", better="lower", null=None, scope="group")
NONE_GAP = OF(name="no_recourse_difference", unit="share", scope="group", joint=True)
HOLDS = replace(NONE, name="recourse_holds", better="higher", role="competence", scope="overall", headline=False)
MEASURES = (COST, COST_GAP, NONE, NONE_GAP, HOLDS)
LEAST_HELD = 0.8
LEAST_FOUND = 0.2
LEAST_CARRIED = 10


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Searched:
    """The rows without the favourable decision, and what their recourse costs: the budget where none was found.

    `costs` and `none` by row, NaN and False where the model left what was tried unanswered and nothing was found.
    """

    cases: Sequence[Case]
    rows: Codes
    costs: Floats
    none: Flags
    persons: Codes
    groups: Mapping[str, Categorical]
    naming: Naming
    budget: float
    unit: str
    least: int
    seed: int

    @classmethod
    def of(cls, cases: Sequence[Case], budget: float, **more: object) -> Searched:
        """From cases that were searched to their end."""
        costs = np.array([_cost(case, budget) for case in cases], dtype=np.float64)
        none = np.array([case.best is None and not case.unanswered for case in cases], dtype=np.bool_)
        return cls(cases=cases, costs=costs, none=none, budget=budget, **more)  # type: ignore[arg-type]

    @property
    def known(self) -> Flags:
        """Whether the search of each row came to an end."""
        return np.isfinite(self.costs)

    def members(self, column: str) -> dict[str, Flags]:
        """The searched rows of each group, the largest group first."""
        groups = self.groups[column]
        inside = {name: groups.where(name.__eq__)[self.rows] & self.known for name in groups.values if name != MISSING}
        return dict(sorted(inside.items(), key=lambda pair: (-int(pair[1].sum()), pair[0])))

    def few(self, inside: Flags) -> Undefined | None:
        """Why a group is too small to be measured."""
        count = len(np.unique(self.persons[inside]))
        if count >= self.least:
            return None
        return WORDS.undefined("reason.few", "few_units", count=count, needed=self.least)

    def mean(self, values: Floats, inside: Flags, high: float) -> Outcome:
        """The mean over rows of a group, those of one person tied together."""
        persons = self.persons[inside]
        if len(np.unique(persons)) < len(persons):
            return stats.mean(values[inside], persons, (0.0, high), seed=self.seed, weigh="values")
        return stats.mean(values[inside], bounds=(0.0, high), seed=self.seed)

    def share(self, inside: Flags) -> Outcome:
        """The share of rows of a group without recourse."""
        if len(np.unique(self.persons[inside])) < int(inside.sum()):
            return self.mean(self.none.astype(np.float64), inside, 1.0)
        return stats.proportion(int(self.none[inside].sum()), int(inside.sum()))

    def contrasts(self, values: Floats, members: Sequence[Flags], high: float) -> list[Outcome]:
        """Means of groups less that of the first, all at once."""
        persons = [self.persons[inside] for inside in members]
        tied = any(len(np.unique(each)) < len(each) for each in persons)
        return list(
            stats.mean_contrasts(
                [values[inside] for inside in members],
                0,
                persons if tied else None,
                (0.0, high),
                seed=self.seed,
                weigh="values" if tied else None,
            )
        )


def _cost(case: Case, budget: float) -> float:
    if case.best is not None:
        return case.best.cost
    return np.nan if case.unanswered else budget


def holds(searched: Searched) -> Outcome:
    """The share of changes with which the decision stays favourable where they are carried further."""
    held = [case.held for case in searched.cases if case.held is not None]
    if len(held) < LEAST_CARRIED:
        return WORDS.undefined("reason.few_carried", "few_units", count=len(held), needed=LEAST_CARRIED)
    return stats.proportion(sum(held), len(held))


def uninterpretable(searched: Searched, held: Outcome) -> Undefined | None:
    """Why groups cannot be compared: the search found too little, or what it found does not hold."""
    known = searched.known
    if not known.any():
        return WORDS.undefined("reason.unsearched", "unanswered")
    share = 1 - float(searched.none[known].mean())
    if share < LEAST_FOUND:
        percent = f"{100 * share:.0f}"
        return WORDS.undefined("reason.hardly_found", "validity_check", "not_interpretable", percent=percent)
    if isinstance(held, Estimate) and held.value < LEAST_HELD:
        percent = f"{100 * held.value:.0f}"
        return WORDS.undefined("reason.unstable", "validity_check", "not_interpretable", percent=percent)
    return None


def metrics(searched: Searched) -> list[Metric]:
    """Costs and shares of each group, differences from the largest that is measured, and whether recourse holds."""
    held = holds(searched)
    why = uninterpretable(searched, held)
    listed = [HOLDS.metric(held)]
    if not searched.groups:
        missing = WORDS.undefined("reason.no_group", "not_asked", "not_asked")
        everybody: dict[str, Any] = {"who": WORDS("part.everybody"), "unit": WORDS(f"cost.{searched.unit}")}
        listed.append(replace(COST_GAP, scope="overall").metric(missing, **everybody, other=everybody["who"]))
        known = searched.known
        listed.append(
            replace(COST, unit=searched.unit, scope="overall").metric(
                why or searched.few(known) or searched.mean(searched.costs, known, searched.budget), **everybody
            )
        )
    for column in searched.groups:
        listed += _of_column(searched, column, why)
    return listed


def _of_column(searched: Searched, column: str, why: Undefined | None) -> Iterator[Metric]:
    members = searched.members(column)
    unit: dict[str, Any] = {"unit": WORDS(f"cost.{searched.unit}")}
    for name, inside in members.items():
        few = searched.few(inside)
        cost = few or why or searched.mean(searched.costs, inside, searched.budget)
        who = searched.naming.group({column: name})
        yield replace(COST, unit=searched.unit).metric(cost, by={column: name}, who=who, **unit)
        yield NONE.metric(few or searched.share(inside), by={column: name}, who=who, **unit)
    large = {name: inside for name, inside in members.items() if searched.few(inside) is None}
    small = [name for name in members if name not in large]
    first = next(iter(large or members), "")
    none = searched.none.astype(np.float64)
    for measure, values, high in ((COST_GAP, searched.costs, searched.budget), (NONE_GAP, none, 1.0)):
        estimates: dict[str, Outcome] = {}
        names = list(large)
        if len(names) > 1:
            contrasts = searched.contrasts(values, list(large.values()), high)
            estimates = dict(zip(names[1:], contrasts, strict=True))
        for name in small:
            if name != first:
                few = searched.few(members[name])
                assert few is not None  # noqa: S101 - small are those
                estimates[name] = few
        measure = replace(measure, unit=searched.unit) if measure is COST_GAP else measure
        for name, estimate in estimates.items():
            who = searched.naming.group({column: name})
            other = searched.naming.group({column: first})
            result = why if why is not None and isinstance(estimate, Estimate) else estimate
            yield measure.metric(result, by={column: name}, against=first, who=who, other=other, **unit)
