"""What is made of several rates: balanced accuracy, F1, average odds, treatment equality, inequality of benefit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from fairwitness.audit import stats
from fairwitness.audit.metrics import DEFINITIONS, SHARES, Share, generalized_entropy, theil
from fairwitness.audit.records import Better, Estimate, Metric, Undefined
from fairwitness.probes.fairness.group_fairness import words
from fairwitness.probes.fairness.group_fairness.contrasts import differences, unless_shared
from fairwitness.probes.fairness.group_fairness.ends import completed, rate_ends
from fairwitness.probes.fairness.group_fairness.inequality import METHOD, TWICE, WITHOUT, Index, inequality
from fairwitness.probes.fairness.group_fairness.rates import NEGATIVES, NOT_ESTIMABLE, POSITIVES, Group, Limits, Part
from fairwitness.probes.kit.claims import concluded, escaped, stated
from fairwitness.probes.kit.standing import standing
from fairwitness.probes.kit.unanswered import Ends, difference_if_answered

Of: TypeAlias = Callable[[Part, Group, Limits], stats.Sample | Undefined]
EndsOf: TypeAlias = Callable[[Part, Group], Ends | None]
"""Where the quantity of a group could lie had all of its rows got a decision; None where it is not worked out."""
FOUND = Share(("tp",), ("fp", "fn", "tp"))
MISSED = Share(("fn",), ("fp", "fn"))
WRONG = "wrong decisions"


@dataclass(frozen=True, slots=True)
class Compound:
    """A quantity of a group, its words and how it is made. `alone`: whether a group's own value is given too."""

    name: str
    title: str
    of: Of
    ends: EndsOf
    method: str
    high: float = 1.0
    unit: str = "share"
    better: Better = "higher"
    alone: bool = True


def compounds(parts: Sequence[Part], limits: Limits) -> list[Metric]:
    """The values of every group."""
    cells = [(one, part, group) for part in parts for group in part.groups for one in COMPOUNDS]
    return [_own(one, part, group, limits) for one, part, group in cells if one.alone]


def compounds_between(parts: Sequence[Part], limits: Limits) -> list[Metric]:
    """Their contrasts with the reference group."""
    found: list[Metric] = []
    for part in parts:
        for one in COMPOUNDS:
            if part.reference is not None:
                found += _contrasts(one, part, part.reference, limits)
    return found


def balanced_accuracy(part: Part, group: Group, limits: Limits) -> stats.Sample | Undefined:
    """The mean of the true positive and the true negative rate."""
    return _mean_with("true_negative_rate")(part, group, limits)


def _mean_with(name: str) -> Of:
    """The mean of the true positive rate and of a rate of the truly negative rows."""

    def of(part: Part, group: Group, limits: Limits) -> stats.Sample | Undefined:
        first, second = SHARES["true_positive_rate"], SHARES[name]
        beside = [[(part.people[group], other, 1.0)] if part.people else [] for other in (second, first)]
        one = part.sample(first, group, limits, condition=POSITIVES, beside=beside[0])
        two = part.sample(second, group, limits, condition=NEGATIVES, beside=beside[1])
        if isinstance(one, Undefined):
            return one
        return two if isinstance(two, Undefined) else stats.linear([(0.5, one), (0.5, two)])

    return of


def _mean_ends(name: str) -> EndsOf:
    """Rows with and without the true outcome are different rows: both rates may be at their ends at once."""

    def ends(part: Part, group: Group) -> Ends | None:
        one, two = (rate_ends(part, SHARES[each], group, labelled=True) for each in ("true_positive_rate", name))
        return None if one is None or two is None else ((one[0] + two[0]) / 2, (one[1] + two[1]) / 2)

    return ends


def _rising_ends(share: Share, function: Callable[[float], float]) -> EndsOf:
    """Of a rising function of a share; None where it has no value at the higher end."""

    def ends(part: Part, group: Group) -> Ends | None:
        found = rate_ends(part, share, group, labelled=True)
        try:
            return None if found is None else (function(found[0]), function(found[1]))
        except ZeroDivisionError:
            return None

    return ends


def _unknown_ends(part: Part, group: Group) -> Ends | None:
    return None


def _f1_of(share: float) -> float:
    return 2 * share / (1 + share)


def _odds(share: float) -> float:
    return share / (1 - share)


def _f1(part: Part, group: Group, limits: Limits) -> stats.Sample | Undefined:
    """F1 is 2 j / (1 + j) of the share j of true positives among all rows that are positive or selected."""
    share = part.sample(FOUND, group, limits, condition="rows that are positive or selected")
    if isinstance(share, Undefined):
        return share
    return stats.rising(share, _f1_of, 2 / (1 + share.value) ** 2)


def _treatment(part: Part, group: Group, limits: Limits) -> stats.Sample | Undefined:
    """False negatives for each false positive: the odds of the share of false negatives among wrong decisions."""
    share = part.sample(MISSED, group, limits, condition=WRONG)
    if isinstance(share, Undefined):
        return share
    if share.value == 1:
        return Undefined(f"{NOT_ESTIMABLE}there is no false positive to divide by")
    return stats.rising(share, _odds, 1 / (1 - share.value) ** 2)


def _inequality(index: Index) -> Of:
    """An index of the benefits of all rows."""

    def of(part: Part, group: Group, limits: Limits) -> stats.Sample | Undefined:
        without = part.sample(WITHOUT, group, limits)
        if isinstance(without, Undefined):
            return without
        if part.people:
            return Undefined(f"{NOT_ESTIMABLE}people have several rows, and a benefit is one person's")
        hits, base = part.counted(TWICE, group)
        if base == 0:
            return Undefined(f"{NOT_ESTIMABLE}no row has a benefit")
        return inequality(index, without, stats.rate_sample(hits, base))

    return of


ENTROPY, THEIL = DEFINITIONS["generalized_entropy"], DEFINITIONS["theil"]
SHAPED = "Wilson score, transformed"
COMPOUNDS: tuple[Compound, ...] = (
    Compound("balanced_accuracy", "balanced accuracy", balanced_accuracy, _mean_ends("true_negative_rate"), METHOD),
    Compound("f1", "F1", _f1, _rising_ends(FOUND, _f1_of), SHAPED),
    Compound(
        "average_odds",
        "mean of true and false positive rate",
        _mean_with("false_positive_rate"),
        _mean_ends("false_positive_rate"),
        METHOD,
        alone=False,
    ),
    Compound(
        "treatment_equality",
        "number of false negatives for each false positive",
        _treatment,
        _rising_ends(MISSED, _odds),
        SHAPED,
        math.inf,
        "ratio",
        "none",
    ),
    Compound(
        ENTROPY.name,
        "generalized entropy of benefits",
        _inequality(generalized_entropy),
        _unknown_ends,
        METHOD,
        math.inf,
        ENTROPY.unit,
        "lower",
    ),
    Compound(
        THEIL.name,
        "Theil index of benefits",
        _inequality(theil),
        _unknown_ends,
        METHOD,
        math.inf,
        THEIL.unit,
        "lower",
    ),
)


def _own(one: Compound, part: Part, group: Group, limits: Limits) -> Metric:
    sample = one.of(part, group, limits)
    estimate = sample if isinstance(sample, Undefined) else sample.estimate(one.method, (0.0, one.high))
    estimate = completed(estimate, one.ends(part, group))
    what = f"The {one.title} of {words.of_group(part, group)}"
    claim = stated(what, estimate, f"{escaped(what)} is {{value}}")
    tags = words.group_tags(part)
    return Metric(
        name=one.name,
        estimate=estimate,
        unit=one.unit,
        better=one.better,
        claim=claim,
        null=None,
        by=part.by(group),
        evidence=("confusion",),
        tags=tags,
        **standing(tags, one.better, part=bool(part.by(group))),
    )


def _contrasts(one: Compound, part: Part, reference: Group, limits: Limits) -> Iterator[Metric]:
    samples = {group: one.of(part, group, limits) for group in part.compared}
    found = differences(samples, reference, one.method, (-one.high, one.high))
    for group, estimate in unless_shared(found, part, reference).items():
        own, base = one.ends(part, group), one.ends(part, reference)
        if own is not None and base is not None:
            estimate = difference_if_answered(estimate, own, base)
        yield _difference(one, part, group, reference, estimate)


def _difference(one: Compound, part: Part, group: Group, reference: Group, estimate: Estimate | Undefined) -> Metric:
    who, other = words.of_group(part, group), words.of_group(part, reference)
    difference = f"The difference in {one.title} between {who} and {other}"
    who, other = escaped(who), escaped(other)
    what = f"The {one.title} of {who}"
    claim = concluded(
        difference,
        estimate,
        above=f"{what} is {{size}} higher than that of {other}",
        below=f"{what} is {{size}} lower than that of {other}",
        unshown=f"Whether the {one.title} of {who} and of {other} differ is not shown",
    )
    by, tags = part.by(group), words.contrast_tags(part, "simultaneous")
    name = f"{one.name}_difference"
    return Metric(
        name=name,
        estimate=estimate,
        unit=one.unit,
        better="near_zero",
        claim=claim,
        null=0.0,
        by=by,
        against=words.crossing(reference),
        evidence=("confusion",),
        tags=tags,
        **standing(tags, "near_zero", part=bool(by)),
    )
