"""The small group that is furthest from all other rows, with an interval that holds for all small groups at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.fairness.group_fairness.rates import Group, Number, Part, Rate, Undecided, Weighted
from fairwitness.probes.kit.unanswered import Ends, with_ends

REST: Group = ()
"""All rows but those of a group."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """A small group and all other rows with a known group."""

    group: Group
    own: stats.Sample
    others: stats.Sample
    ends: Ends

    @property
    def difference(self) -> stats.Sample:
        return stats.linear([(1.0, self.own), (-1.0, self.others)])


def distance(part: Part, rate: Rate, groups: Sequence[Group], reason: str) -> tuple[Group | None, Estimate | Undefined]:
    """The largest distance of one of these groups from all other rows of the column, and which group it is.

    The interval is that of the largest of all distances, from Newcombe's limits of each at its share of the error
    (Bonferroni), so a small group that is shown to lie apart shows here though it is lost in an average. Groups without
    a base are left out; not asked where `reason` says so or none is left: what is too little to tell is said elsewhere.
    """
    every = part.merged({(): part.compared})
    pairs = [pair for group in groups if (pair := _pair(_with_rest(part, every, group), rate, group)) is not None]
    if reason or not pairs:
        return None, Undefined(reason or "no small group has a row to compare", "not_asked")
    signed = [pair.difference for pair in pairs]

    def interval(level: float) -> tuple[float, float]:
        z = stats.normal_quantile(1 - (1 - level) / len(signed))
        ends = [one.limits(z) for one in signed]
        return max(max(low, -high, 0.0) for low, high in ends), max(max(abs(low), abs(high)) for low, high in ends)

    at = max(range(len(signed)), key=lambda one: abs(signed[one].value))
    estimate = stats.estimate(
        abs(signed[at].value),
        interval,
        n=pairs[at].own.n + pairs[at].others.n,
        method="largest of Newcombe limits, Bonferroni over small groups",
        bounds=(0.0, 1.0),
    )
    least, most = max(pair.ends[0] for pair in pairs), max(pair.ends[1] for pair in pairs)
    return pairs[at].group, with_ends(estimate, (least, most))


def _pair(part: Part, rate: Rate, group: Group) -> _Pair | None:
    """None where the group or all others have no row that counts in the rate; `part` has these two groups."""
    both = (group, REST)
    counted, against = (part.counted(rate.share, one, labelled=rate.needs_labels) for one in both)
    if min(counted[1], against[1]) <= 0:
        return None
    own, other = (_reach(part, rate, one) for one in both)
    low, high = own[0] - other[1], own[1] - other[0]
    ends = max(0.0, low, -high), max(abs(low), abs(high))
    return _Pair(group, stats.rate_sample(*counted), stats.rate_sample(*against), ends)


def _with_rest(part: Part, whole: Part, group: Group) -> Part:
    """The group beside all other rows; `whole` has all rows as one group."""
    counts = _less(whole.groups[()], part.groups[group])
    missing, own = whole.missing[()], part.missing.get(group, Undecided())
    left = Undecided(missing.rows - own.rows, missing.positives - own.positives, missing.negatives - own.negatives)
    weighted = {}
    if part.weighted:
        all_of, of_group = whole.weighted[()], part.weighted[group]
        rest = Weighted(_less(all_of.sums, of_group.sums), _less(all_of.squares, of_group.squares))
        weighted = {group: of_group, REST: rest}
    groups = {group: part.groups[group], REST: counts}
    both = Part(part.columns, groups, weighted=weighted, missing={group: own, REST: left})
    if not part.people:
        return both
    return both.of_people({group: part.people[group], REST: whole.people[()].without(part.people[group])})


def _less(whole: Mapping[str, Number], part: Mapping[str, Number]) -> dict[str, Number]:
    """What is left of sums; of weights that are all taken away, rounding may leave a little on either side of 0."""
    return {name: abs(whole[name] - part[name]) for name in part}


def _reach(part: Part, rate: Rate, group: Group) -> Ends:
    """The rate of a group had its undecided rows all been misses, and all hits."""
    hits, base = part.counted(rate.share, group, labelled=rate.needs_labels)
    missed = part.undecided(rate.share, group, labelled=rate.needs_labels)
    return hits / (base + missed), (hits + missed) / (base + missed)
