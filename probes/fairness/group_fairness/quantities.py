"""Numbers of groups, and how far those of each group lie from those of the reference group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.audit.stats.unanswered import Ends, completed, difference_if_answered
from fairwitness.probes.fairness.group_fairness.measures import WORDS, GroupMeasure, difference_of
from fairwitness.probes.kit.decisions.counts import Group
from fairwitness.probes.kit.decisions.figures import against
from fairwitness.probes.kit.decisions.partition import Partition, Rate

Found: TypeAlias = Estimate | Undefined
MaybeStatistic: TypeAlias = stats.Statistic | Undefined


def unknown_ends(part: Partition, group: Group) -> Ends | None:
    """Of what is not worked out."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number of a group: how it is estimated and named, and where it could lie had all rows got a decision.

    `alone` and `compared` say whether a group's own value and its difference to the reference are given. `tied` says
    that the statistic allows for people who have rows in both groups; else such groups are not compared. `estimate` is
    how a group's own value is estimated where that is not the statistic's interval.
    """

    measure: GroupMeasure
    statistic: Callable[[Partition, Group], MaybeStatistic]
    ends: Callable[[Partition, Group], Ends | None] = unknown_ends
    method: str
    bounds: tuple[float, float] = (0.0, 1.0)
    contrast_method: str = ""
    alone: bool = True
    compared: bool = True
    tied: bool = False
    estimate: Callable[[Partition, Group], Found] | None = None

    def value(self, part: Partition, group: Group) -> Found:
        """The number of a group."""
        if self.estimate is not None:
            return completed(self.estimate(part, group), self.ends(part, group))
        statistic = self.statistic(part, group)
        estimate = statistic if isinstance(statistic, Undefined) else statistic.estimate(self.method, self.bounds)
        return completed(estimate, self.ends(part, group))

    def beside(self, part: Partition, group: Group) -> str:
        """The share of a group and that of the reference, in words; empty where one of both is not known."""
        statistics = [self.statistic(part, each) for each in (group, part.reference or ())]
        known = [each.value for each in statistics if not isinstance(each, Undefined)]
        return against(*known) if self.measure.sentence == "rate" and len(known) == len(statistics) else ""

    def differences(self, part: Partition) -> dict[Group, Found]:
        """Each group less the reference; all intervals hold at once."""
        if part.reference is None:
            return {}
        low, high = self.bounds
        bounds = (min(low, -high), high)
        statistics = {group: self.statistic(part, group) for group in part.compared}
        contrasted = differences(part, statistics, self.contrast_method or self.method, bounds)
        if not self.tied:
            contrasted = unless_shared(contrasted, part)
        reference = self.ends(part, part.reference)
        if reference is None:
            return contrasted
        reach = {group: self.ends(part, group) for group in contrasted}
        return {
            group: estimate if (ends := reach[group]) is None else difference_if_answered(estimate, ends, reference)
            for group, estimate in contrasted.items()
        }


def values(quantities: Sequence[Quantity], parts: Sequence[Partition], **words: Any) -> Iterator[Metric]:
    """The value of every group in each."""
    for part in parts:
        for group in part.groups:
            for quantity in quantities:
                if quantity.alone:
                    yield quantity.measure.of(part, quantity.value(part, group), group, **words)


def contrasts(
    quantities: Sequence[Quantity], parts: Sequence[Partition], among: int = 1, **words: Any
) -> Iterator[Metric]:
    """The differences of every comparable group to the reference group.

    Claims are held to a correction for the classes that they are looked at `among`.
    """
    for part in parts:
        for quantity in quantities:
            if quantity.compared:
                measure = difference_of(quantity.measure)
                for group, estimate in quantity.differences(part).items():
                    rates = quantity.beside(part, group) if isinstance(estimate, Estimate) else ""
                    yield measure.of(part, estimate, group, among=among, rates=rates, **words)


def rate_quantity(rate: Rate) -> Quantity:
    """A rate as a quantity of groups."""
    measure = GroupMeasure(name=rate.name, better=rate.better, sentence="rate", tags=("rate",), evidence=("confusion",))
    return Quantity(
        measure=measure,
        statistic=lambda part, group: part.judged(rate, group),
        ends=lambda part, group: part.ends(rate, group),
        method="Wilson score",
        contrast_method="Newcombe",
        compared=rate.compared,
        tied=True,
    )


def differences(
    part: Partition, statistics: Mapping[Group, MaybeStatistic], method: str, bounds: tuple[float, float]
) -> dict[Group, Found]:
    """Each group minus the reference, without the reference; all intervals hold at once (max-T)."""
    if part.reference is None:
        return {}
    if isinstance(statistics[part.reference], Undefined):
        return {**part.incomparable(statistics)}
    others = [group for group in statistics if group != part.reference]
    place = list(statistics).index(part.reference)
    estimates = stats.contrasts([*statistics.values()], place, method=f"{method}, max-T", bounds=bounds)
    return dict(zip(others, estimates, strict=True))


def unless_shared(estimates: Mapping[Group, Found], part: Partition) -> dict[Group, Found]:
    """The contrasts of what is not a single rate, without those of groups that have people in common.

    How far such people tie the two values together is not measured.
    """
    kept = dict(estimates)
    for group in estimates:
        people = part.in_both(group, part.reference or ())
        if people:
            kept[group] = WORDS.undefined("reason.people_in_both", "ambiguous", people=people)
    return kept
