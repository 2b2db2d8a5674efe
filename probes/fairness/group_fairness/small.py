"""Groups below the minimum, judged together: as one against all others, by the spread of rates, by the furthest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Cell, Evidence, Metric, Name, Undefined, joined, quoted
from fairwitness.audit.stats.grouping import grouped
from fairwitness.audit.stats.unanswered import Ends, with_ends
from fairwitness.probes.fairness.group_fairness.ends import distance_ends
from fairwitness.probes.fairness.group_fairness.measures import WORDS, GroupMeasure, group_words, over_groups, title_of
from fairwitness.probes.fairness.group_fairness.quantities import Found, contrasts, rate_quantity, values
from fairwitness.probes.fairness.group_fairness.ratios import SELECTION, pair_ratios
from fairwitness.probes.kit.decisions.categorical import Codes, Floats
from fairwitness.probes.kit.decisions.counts import Group, one_row_each, together
from fairwitness.probes.kit.decisions.figures import percent, percent_below
from fairwitness.probes.kit.decisions.outcomes import Outcomes
from fairwitness.probes.kit.decisions.partition import LEAST_SHARE, OTHERS, TOGETHER, Partition, Rate
from fairwitness.probes.kit.tables import Listing, label, number, text

EVIDENCE = "small_groups"
MOST_CUTS, STEPS = 500, 50
"""How many ways to cut the groups in two are tried, evenly over all; and the halvings that find a common rate."""
MOST_NAMED = 12
"""Groups that a note names."""
REST: Group = ()
"""All rows but those of a group."""


@dataclass(frozen=True, slots=True)
class Small:
    """The groups of a partition that are too small for one rate.

    `share` of the rows is theirs. `reason` says why they are not judged; empty where they are.
    """

    part: Partition
    rate: Rate
    groups: tuple[Group, ...]
    share: float
    reason: str

    @property
    def title(self) -> str:
        """The rate in words."""
        return title_of(self.rate.name)

    @property
    def name(self) -> Group:
        """What they are called as one group."""
        return (TOGETHER,) * len(self.part.columns)

    @property
    def pooled(self) -> Partition | None:
        """The partition that sets them as one beside all others; None where there are no others."""
        others = [group for group in self.part.compared if group not in set(self.groups)]
        if not others:
            return None
        reference = (OTHERS,) * len(self.part.columns)
        return replace(self.part.merged({self.name: self.groups, reference: others}), reference=reference)

    @property
    def as_one(self) -> Partition:
        """The partition with them as one group beside each of the others."""
        kept = {group: (group,) for group in self.part.groups if group not in set(self.groups)}
        return self.part.merged({**kept, self.name: self.groups})

    @property
    def whole(self) -> stats.Statistic | Undefined:
        """The rate of all of them together."""
        return self.part.merged({self.name: self.groups}).judged(self.rate, self.name)

    @property
    def listed(self) -> str:
        """The names of the first of them."""
        names = [" × ".join(group) for group in self.groups]
        listed = Name(", ".join(names[:MOST_NAMED]))
        more = len(names) - MOST_NAMED
        return WORDS("part.and_more", names=listed, count=more) if more > 0 else listed

    def metrics(self, outcomes: Outcomes) -> Iterator[Metric]:
        """Rates and contrasts of them as one, the spread of their rates, the furthest of them."""
        pooled = None if self.reason else self.pooled
        if pooled is not None:
            for metric in _of_two_groups(pooled, self.rate, outcomes):
                yield replace(metric, evidence=(EVIDENCE,))
        yield small_measure(self.rate, "spread").of(self.part, spread(self), count=len(self.groups))
        furthest, estimate = distance(self)
        words: dict[str, Any] = {"furthest": group_words(self.part, furthest), "count": len(self.groups)}
        yield small_measure(self.rate, "distance").of(self.part, estimate, **words)


def _of_two_groups(part: Partition, rate: Rate, outcomes: Outcomes) -> Iterator[Metric]:
    words = outcomes.said.names
    yield from values([rate_quantity(rate)], [part], **words)
    yield from contrasts([rate_quantity(rate)], [part], **words)
    if rate == SELECTION:
        for ratio in pair_ratios(part):
            yield from ratio.metrics(outcomes.said)


def small_measure(rate: Rate, ending: str) -> GroupMeasure:
    """The spread or the distance of small groups in a rate as a measure."""
    return over_groups(rate.name, ending, EVIDENCE, evidence=(EVIDENCE,))


def small_groups(rates: Sequence[Rate], parts: Sequence[Partition]) -> list[Small]:
    """What is too small in every partition that has groups, by rate."""
    return [_small(part, rate) for part in parts if part.columns for rate in rates if rate.compared]


def _small(part: Partition, rate: Rate) -> Small:
    """A share below the limit excuses groups that the usual minimum calls small, and no others if a higher is asked."""
    groups = tuple(group for group in part.compared if isinstance(part.judged(rate, group), Undefined))
    if not groups:
        return Small(part, rate, groups, 0.0, WORDS("part.none_small"))
    share = part.held(groups, part.compared)
    usual = replace(part, limits=part.limits.at_most_usual)
    excused = share < LEAST_SHARE and all(isinstance(usual.judged(rate, group), Undefined) for group in groups)
    reason = WORDS("part.small_excused", held=percent_below(share, LEAST_SHARE)) if excused else ""
    return Small(part, rate, groups, share, reason)


def judged_together(parts: Sequence[Partition], comparisons: Sequence[Small]) -> list[Partition]:
    """The partitions, each knowing in which rates its small groups are judged together or need not be judged."""
    judged = []
    for part in parts:
        small = {each.rate.name: _becomes(each) for each in comparisons if each.part is part and each.groups}
        judged.append(replace(part, small=small))
    return judged


def _becomes(small: Small) -> str:
    """What becomes of a single small group, as the end of the sentence that says what it lacks."""
    if small.reason:
        return small.reason
    others = len(small.groups) - 1
    if not others:
        return WORDS("part.only_small")
    return WORDS("part.with_others" if others > 1 else "part.with_other", count=others)


def spread(small: Small) -> Found:
    """The standard deviation of the true rates of the small groups, or why it is not told."""
    if small.reason or len(small.groups) == 1:
        return Undefined(small.reason or WORDS("part.one_small"), "not_asked", "not_asked")
    together = small.whole
    if isinstance(together, Undefined):
        return replace(together, reason=WORDS("part.in_small", reason=together.reason, count=len(small.groups)))
    if small.part.of_people and small.part.weighted:
        return WORDS.undefined("reason.weights_and_people", "ambiguous")
    hits, bases, missed = counted(small)
    estimate = stats.rate_spread(hits.tolist(), bases.tolist())
    return estimate if isinstance(estimate, Undefined) else with_ends(estimate, spread_ends(hits, bases, missed))


def counted(small: Small) -> tuple[Floats, Floats, Floats]:
    """Hits, base and undecided rows of each small group that has a base; of people with several rows one row each.

    How the few people of a small group repeat themselves is not seen, and a guess of it would make the spread too
    small or too large. So each person counts with one row, chosen by chance.
    """
    rate, part = small.rate, small.part
    rows = [(*part.counted(rate, group), part.could_count(rate, group)) for group in small.groups]
    table = np.array(rows, dtype=np.float64).reshape(-1, 3)
    people = [each for group in small.groups if (each := part.groups[group].people) is not None]
    if people:
        hits, bases = one_row_each(people, rate.share, labelled=rate.needs_labels)
        scale = np.divide(bases, table[:, 1], out=np.zeros_like(bases), where=table[:, 1] > 0)
        table = np.column_stack([hits, bases, table[:, 2] * scale])
    table = table[table[:, 1] > 0]
    return table[:, 0], table[:, 1], table[:, 2]


def spread_ends(hits: Floats, bases: Floats, missed: Floats) -> Ends:
    """The spread where undecided rows bring rates as near to each other, or as far apart, as they can.

    It is largest where every group is at one of its own ends: those of higher rates at the upper, the others at the
    lower, for one of the ways to cut them in two. It is smallest where each is as near to the common rate as it can be.
    """
    total = bases + missed
    if not missed.any():
        return (value := stats.spread_value(hits, total)), value
    order = np.argsort((hits + missed / 2) / total)
    cuts = range(0, len(hits) + 1, 1 + len(hits) // MOST_CUTS)
    apart = [stats.spread_value(hits + _filled(missed, order[cut:]), total) for cut in cuts]
    low, high = 0.0, 1.0
    near = hits
    for _ in range(STEPS):
        common = (low + high) / 2
        near = np.clip(common * total, hits, hits + missed)
        low, high = (common, high) if near.sum() > common * total.sum() else (low, common)
    return stats.spread_value(near, total), max(apart)


def _filled(missed: Floats, groups: Codes) -> Floats:
    """The undecided rows of these groups, 0 for the others."""
    filled = np.zeros_like(missed)
    filled[groups] = missed[groups]
    return filled


def distance(small: Small) -> tuple[Group, Found]:
    """The largest distance of a small group from all other rows of the column, and which group it is.

    The interval is that of the largest of all distances, from Newcombe's limits of each at its share of the error
    (Bonferroni), so a small group that is shown to lie apart shows here though it is lost in an average. Groups without
    a base are left out; not asked where they are not judged or none is left: what is too little to tell is said
    elsewhere.
    """
    part, rate = small.part, small.rate
    whole = together([part.groups[group] for group in part.compared] or [*part.groups.values()])
    names, distances, ends, rows = list[Group](), list[stats.Statistic](), list[Ends](), list[float]()
    for group in () if small.reason else small.groups:
        pair = replace(part, groups={group: part.groups[group], REST: whole - part.groups[group]}, small={})
        counts = pair.counted(rate, group), pair.counted(rate, REST)
        if min(base for _, base in counts) > 0:
            names.append(group)
            small_rate, others = (stats.rate_statistic(*each) for each in counts)
            distances.append(stats.linear_combination([(1.0, small_rate), (-1.0, others)]))
            rows.append(small_rate.n + others.n)
            ends.append(distance_ends(_reach(pair, rate, group), _reach(pair, rate, REST)))
    if not distances:
        return (), Undefined(small.reason or WORDS("part.no_small_row"), "not_asked", "not_asked")

    def interval(level: float) -> tuple[float, float]:
        z = stats.normal_quantile(1 - (1 - level) / len(distances))
        sides = [each.limits(z) for each in distances]
        return max(max(low, -high, 0.0) for low, high in sides), max(max(abs(low), abs(high)) for low, high in sides)

    place = max(range(len(distances)), key=lambda each: abs(distances[each].value))
    estimate = stats.estimate(
        abs(distances[place].value),
        interval,
        n=rows[place],
        method="largest of Newcombe limits, Bonferroni over small groups",
        bounds=(0.0, 1.0),
    )
    least, most = (max(end) for end in zip(*ends, strict=True))
    return names[place], with_ends(estimate, (least, most))


def _reach(part: Partition, rate: Rate, group: Group) -> Ends:
    """The rate of a group had its undecided rows all been misses, and all hits."""
    hits, base = part.counted(rate, group)
    missed = part.could_count(rate, group)
    return hits / (base + missed), (hits + missed) / (base + missed)


def notes(comparisons: Sequence[Small]) -> list[str]:
    """Which groups of single columns were judged together, or not at all."""
    noted = [small for small in comparisons if small.groups and len(small.part.columns) == 1]
    lines = []
    for alike in grouped(noted, lambda small: (small.part.name, small.groups, small.reason)).values():
        small = alike[0]
        held = percent_below(small.share, LEAST_SHARE) if small.reason else percent(small.share)
        names = {
            "column": quoted(small.part.name),
            "groups": WORDS("part.several_are" if len(small.groups) > 1 else "part.single_is", count=len(small.groups)),
            "held": held,
            "rates": joined(WORDS("part.comma"), [each.title for each in alike]),
            "names": small.listed,
        }
        lines.append(WORDS("note.small_listed" if small.reason else "note.small_together", **names))
    return lines


def _total(small: Small, place: int) -> Cell:
    return float(counted(small)[place].sum())


SMALL: Listing[Small] = Listing(
    EVIDENCE,
    WORDS,
    label("by", lambda small: small.part.name),
    label("rate", lambda small: small.title),
    number("small groups", lambda small: len(small.groups)),
    number("share of rows", lambda small: small.share, "share"),
    number("base", lambda small: _total(small, 1), "rows"),
    number("hits", lambda small: _total(small, 0), "rows"),
    label("judged", lambda small: small.reason or "together"),
    text("groups", lambda small: small.listed),
)


def small_table(comparisons: Sequence[Small]) -> Evidence:
    """The small groups of every partition and rate: how many, and how they were decided."""
    return SMALL.of([small for small in comparisons if small.groups])
