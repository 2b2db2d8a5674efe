"""Groups against the reference group: differences whose intervals hold together, and the odds taken together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from fairwitness.audit import stats
from fairwitness.audit.metrics import DEFINITIONS, SHARES
from fairwitness.audit.records import Estimate, Interval, Metric, Undefined
from fairwitness.probes.fairness.group_fairness import words
from fairwitness.probes.fairness.group_fairness.ends import completed, distance_ends, rate_ends
from fairwitness.probes.fairness.group_fairness.rates import NEGATIVES, NOT_ESTIMABLE, POSITIVES, Group, Limits, Part
from fairwitness.probes.kit.claims import concluded, escaped
from fairwitness.probes.kit.standing import standing
from fairwitness.probes.kit.unanswered import Ends

Samples = Mapping[Group, stats.Sample | Undefined]
ODDS = DEFINITIONS["equalized_odds_difference"]
UNBOUNDED = (-math.inf, math.inf)
SIDES = (("true_positive_rate", POSITIVES), ("false_positive_rate", NEGATIVES))


def differences(
    samples: Samples, reference: Group, method: str, bounds: tuple[float, float] = UNBOUNDED
) -> dict[Group, Estimate | Undefined]:
    """Each group minus the reference, without the reference; all intervals hold at once (max-T)."""
    base = samples[reference]
    if isinstance(base, Undefined):
        found = base.reason.removeprefix(NOT_ESTIMABLE)
        problem = Undefined(f"{NOT_ESTIMABLE}the reference group {' × '.join(reference)} has {found}", base.kind)
        return {
            group: one if isinstance(one, Undefined) else problem
            for group, one in samples.items()
            if group != reference
        }
    at = list(samples).index(reference)
    estimates = stats.contrasts([*samples.values()], at, method=f"{method}, max-T", bounds=bounds)
    return dict(zip((group for group in samples if group != reference), estimates, strict=True))


def unless_shared(
    found: Mapping[Group, Estimate | Undefined], part: Part, reference: Group
) -> dict[Group, Estimate | Undefined]:
    """The contrasts of what is not a single rate, without those of groups that have people in common.

    How far such people tie the two values together is not measured.
    """
    kept = dict(found)
    for group in found:
        people = part.in_both(group, reference)
        if people:
            kept[group] = Undefined(f"{NOT_ESTIMABLE}{people} people have rows in both groups")
    return kept


def equalized_odds(part: Part, reference: Group, limits: Limits) -> Iterator[Metric]:
    """The larger of the distances in true and in false positive rate to the reference, of every comparable group."""
    one, two = (
        differences(
            {group: part.sample(SHARES[name], group, limits, condition=condition) for group in part.compared},
            reference,
            "Newcombe",
            (-1.0, 1.0),
        )
        for name, condition in SIDES
    )
    for group in one:
        first, second = one[group], two[group]
        if isinstance(first, Undefined) or isinstance(second, Undefined):
            yield _odds(part, group, reference, first if isinstance(first, Undefined) else second)
        else:
            found = largest((first, second), f"{first.method}, Bonferroni over both rates")
            yield _odds(part, group, reference, completed(found, _odds_ends(part, group, reference)))


def _odds_ends(part: Part, group: Group, reference: Group) -> Ends | None:
    """Rows with and without the true outcome are different rows, so both distances may be at their ends at once."""
    found = []
    for name, _ in SIDES:
        own, base = (rate_ends(part, SHARES[name], each, labelled=True) for each in (group, reference))
        if own is None or base is None:
            return None
        found.append(distance_ends(own, base))
    return max(low for low, _ in found), max(high for _, high in found)


def largest(estimates: Sequence[Estimate], method: str) -> Estimate:
    """The largest distance from 0 of several quantities, from the interval of each at its share of the error.

    It holds wherever all of the single intervals hold, so at least as often as its level says (Bonferroni). Where all
    of them hold 0, so does it. The highest levels, which the single intervals do not reach, are left out.
    """
    shown, *wider = [
        joint
        for level in (estimates[0].level, *(rung.level for rung in estimates[0].wider))
        if (joint := _joint([one.at(1 - (1 - level) / len(estimates)) for one in estimates], level)) is not None
    ]
    value = max(abs(one.value) for one in estimates)
    n = min(one.n for one in estimates)
    return Estimate(value, shown.low, shown.high, shown.level, n, method, tuple(wider))


def _joint(sides: Sequence[Interval | None], level: float) -> Interval | None:
    known = [side for side in sides if side is not None]
    if len(known) < len(sides):
        return None
    low = max(max(side.low, -side.high, 0.0) for side in known)
    return Interval(level, low, max(max(abs(side.low), abs(side.high)) for side in known))


def _odds(part: Part, group: Group, reference: Group, estimate: Estimate | Undefined) -> Metric:
    who, other = words.of_group(part, group), words.of_group(part, reference)
    what = f"The larger of the distances in true and in false positive rate between {who} and {other}"
    said = escaped(what)
    unshown = f"{said} is not shown to be above 0"
    claim = concluded(what, estimate, above=f"{said} is {{size}}", below=unshown, unshown=unshown)
    by, tags = part.by(group), words.contrast_tags(part, "simultaneous")
    return Metric(
        name=ODDS.name,
        estimate=estimate,
        unit=ODDS.unit,
        better="near_zero",
        claim=claim,
        null=0.0,
        by=by,
        against=words.crossing(reference),
        evidence=("confusion",),
        tags=tags,
        **standing(tags, "near_zero", part=bool(by)),
    )
