"""What is made of several rates: balanced accuracy, F1, average odds, treatment equality, inequality of benefit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from fairwitness.audit import reasons, stats
from fairwitness.audit.metrics import CELLS, Share, generalized_entropy, theil
from fairwitness.audit.records import Better, Estimate, Interval, Metric, Undefined
from fairwitness.audit.stats.decisions.inequality import METHOD, Index, inequality
from fairwitness.audit.stats.unanswered import Ends, completed
from fairwitness.probes.fairness.group_fairness.ends import distance_ends, mean_ends
from fairwitness.probes.fairness.group_fairness.measures import WORDS, GroupMeasure, defined
from fairwitness.probes.fairness.group_fairness.quantities import (
    Found,
    MaybeStatistic,
    Quantity,
    differences,
)
from fairwitness.probes.kit.decisions.counts import Group
from fairwitness.probes.kit.decisions.partition import RATE, Partition, Rate

FOUND = Rate("found", Share(("tp",), ("fp", "fn", "tp")), "positive_or_selected")
MISSED = Rate("missed", Share(("fn",), ("fp", "fn")), "wrong")
WITHOUT_BENEFIT = Rate("without_benefit", Share(("fn",), CELLS))
TWICE_THE_BENEFIT = Rate("twice_the_benefit", Share(("fp",), ("tn", "fp", "tp")))
SIDES = RATE["true_positive_rate"], RATE["false_positive_rate"]
ODDS = defined(
    "equalized_odds_difference",
    title="equalized_odds",
    better="near_zero",
    null=0.0,
    about="contrast",
    sentence="odds",
    joint=True,
)


def mean_rate(part: Partition, group: Group, rates: Sequence[Rate]) -> MaybeStatistic:
    """The mean of rates of different rows; some people may have rows in the base of several of them."""
    people = part.groups[group].people
    terms = []
    for rate in rates:
        beside = [] if people is None else [(people, other.share, 1.0) for other in rates if other is not rate]
        statistic = part.statistic(rate, group, beside)
        if isinstance(statistic, Undefined):
            return statistic
        terms.append((1 / len(rates), statistic))
    return stats.linear_combination(terms)


def balanced_accuracy(part: Partition, group: Group) -> MaybeStatistic:
    """The mean of the true positive and the true negative rate."""
    return mean_rate(part, group, (RATE["true_positive_rate"], RATE["true_negative_rate"]))


def _f1(share: float) -> float:
    """F1 is 2 j / (1 + j) of the share j of true positives among all rows that are positive or selected."""
    return 2 * share / (1 + share)


def _odds(share: float) -> float:
    """False negatives for each false positive: the odds of the share of false negatives among wrong decisions."""
    return share / (1 - share)


def _shaped(
    rate: Rate, function: Callable[[float], float], slope: Callable[[float], float]
) -> Callable[..., MaybeStatistic]:
    """A rising function of a rate."""

    def statistic(part: Partition, group: Group) -> MaybeStatistic:
        share = part.statistic(rate, group)
        if isinstance(share, Undefined):
            return share
        try:
            return stats.monotone_transform(share, function, slope(share.value))
        except ZeroDivisionError:
            return WORDS.undefined("reason.no_false_positive", "no_value")

    return statistic


def _shaped_ends(rate: Rate, function: Callable[[float], float]) -> Callable[[Partition, Group], Ends | None]:
    """Of a rising function of a rate; None where it has no value at the higher end."""

    def ends(part: Partition, group: Group) -> Ends | None:
        reach = part.ends(rate, group)
        try:
            return None if reach is None else (function(reach[0]), function(reach[1]))
        except ZeroDivisionError:
            return None

    return ends


def _of_rates(name: str, rates: Sequence[Rate], *, alone: bool = True) -> Quantity:
    """The mean of two rates; rows with and without the true outcome are different rows."""
    return Quantity(
        measure=GroupMeasure(name=name, better="higher"),
        statistic=lambda part, group: mean_rate(part, group, rates),
        ends=lambda part, group: mean_ends([part.ends(rate, group) for rate in rates]),
        method=METHOD,
        alone=alone,
    )


def _of_share(
    name: str,
    rate: Rate,
    function: Callable[[float], float],
    slope: Callable[[float], float],
    *,
    high: float = 1.0,
    unit: str = "share",
    better: Better = "higher",
) -> Quantity:
    return Quantity(
        measure=GroupMeasure(name=name, unit=unit, better=better),
        statistic=_shaped(rate, function, slope),
        ends=_shaped_ends(rate, function),
        method="Wilson score, transformed",
        bounds=(0.0, high),
    )


def _of_benefits(name: str, index: Index) -> Quantity:
    """An index of the benefits of all rows."""

    def statistic(part: Partition, group: Group) -> MaybeStatistic:
        without = part.statistic(WITHOUT_BENEFIT, group)
        if isinstance(without, Undefined):
            return without
        if part.groups[group].people is not None:
            return WORDS.undefined("reason.benefit_of_people", "no_value")
        hits, base = part.counted(TWICE_THE_BENEFIT, group)
        if base == 0:
            return reasons.stated("no_benefit", "no_value")
        return inequality(index, without, stats.rate_statistic(hits, base))

    return Quantity(measure=defined(name), statistic=statistic, method=METHOD, bounds=(0.0, math.inf))


COMPOUNDS: tuple[Quantity, ...] = (
    _of_rates("balanced_accuracy", (RATE["true_positive_rate"], RATE["true_negative_rate"])),
    _of_share("f1", FOUND, _f1, lambda share: 2 / (1 + share) ** 2),
    _of_rates("average_odds", SIDES, alone=False),
    _of_share(
        "treatment_equality",
        MISSED,
        _odds,
        lambda share: 1 / (1 - share) ** 2,
        high=math.inf,
        unit="ratio",
        better="none",
    ),
    _of_benefits("generalized_entropy", generalized_entropy),
    _of_benefits("theil", theil),
)


def equalized_odds(part: Partition) -> Iterator[Metric]:
    """The larger of the distances in true and in false positive rate to the reference, of every comparable group."""
    sides = []
    for rate in SIDES:
        statistics = {group: part.statistic(rate, group) for group in part.compared}
        sides.append(differences(part, statistics, "Newcombe", (-1.0, 1.0)))
    for group in sides[0]:
        yield ODDS.of(part, _larger(part, group, sides[0][group], sides[1][group]), group)


def _larger(part: Partition, group: Group, first: Found, second: Found) -> Found:
    if isinstance(first, Undefined):
        return first
    if isinstance(second, Undefined):
        return second
    estimate = largest((first, second), f"{first.method}, Bonferroni over both rates")
    larger = []
    for rate in SIDES:
        reach, base = (part.ends(rate, each) for each in (group, part.reference or ()))
        if reach is None or base is None:
            return estimate
        larger.append(distance_ends(reach, base))
    # rows with and without the true outcome are different rows, so both distances may be at their ends at once
    return completed(estimate, (max(low for low, _ in larger), max(high for _, high in larger)))


def largest(estimates: Sequence[Estimate], method: str) -> Estimate:
    """The largest distance from 0 of several quantities, from the interval of each at its share of the error.

    It holds wherever all of the single intervals hold, so at least as often as its level says (Bonferroni). Where all
    of them hold 0, so does it. The highest levels, which the single intervals do not reach, are left out.
    """
    joints = []
    for level in (estimates[0].level, *(interval.level for interval in estimates[0].wider)):
        sides = [estimate.at(1 - (1 - level) / len(estimates)) for estimate in estimates]
        known = [side for side in sides if side is not None]
        if len(known) == len(sides):
            low = max(max(side.low, -side.high, 0.0) for side in known)
            joints.append(Interval(level, low, max(max(abs(side.low), abs(side.high)) for side in known)))
    value = max(abs(estimate.value) for estimate in estimates)
    n = min(estimate.n for estimate in estimates)
    shown, *wider = joints
    return Estimate(
        value=value, low=shown.low, high=shown.high, level=shown.level, n=n, method=method, wider=tuple(wider)
    )
