"""Groups below the minimum, judged together: as one against all others, by the spread of rates, by the furthest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Column, Estimate, Evidence, Metric, Undefined
from fairwitness.probes.fairness.group_fairness import words
from fairwitness.probes.fairness.group_fairness.cells import Codes, Floats
from fairwitness.probes.fairness.group_fairness.furthest import distance
from fairwitness.probes.fairness.group_fairness.metrics import of_rates
from fairwitness.probes.fairness.group_fairness.people import one_row_each
from fairwitness.probes.fairness.group_fairness.rates import LEAST_SHARE, OTHERS, TOGETHER, Group, Limits, Part, Rate
from fairwitness.probes.fairness.group_fairness.rows import Outcomes
from fairwitness.probes.kit.standing import standing
from fairwitness.probes.kit.unanswered import with_ends

EVIDENCE = "small_groups"
MOST_CUTS, STEPS = 500, 50
"""How many ways to cut the groups in two are tried, evenly over all; and the halvings that find a common rate."""
SAID = 12
"""Groups that a note names."""


@dataclass(frozen=True, slots=True)
class Small:
    """The groups of a part that are too small for one rate.

    `share` of the rows is theirs. `reason` says why they are not judged; empty where they are.
    """

    part: Part
    rate: Rate
    groups: tuple[Group, ...]
    share: float
    reason: str

    @property
    def pooled(self) -> Part | None:
        """The part that sets them as one beside all others; None where there are no others."""
        small = set(self.groups)
        others = [group for group in self.part.compared if group not in small]
        if not others:
            return None
        names = [(name,) * len(self.part.columns) for name in (TOGETHER, OTHERS)]
        return replace(self.part.merged(dict(zip(names, (self.groups, others), strict=True))), reference=names[1])

    @property
    def whole(self) -> tuple[Part, Group]:
        """They as one group, and its name."""
        name = (TOGETHER,) * len(self.part.columns)
        return self.part.merged({name: self.groups}), name


def small_groups(rates: Sequence[Rate], parts: Sequence[Part], limits: Limits) -> list[Small]:
    """What is too small in every part that has groups, by rate."""
    compared = [rate for rate in rates if rate.compared]
    cells = product((part for part in parts if part.columns), compared)
    return [_small(part, rate, limits) for part, rate in cells]


def judged_together(parts: Sequence[Part], found: Sequence[Small]) -> list[Part]:
    """The parts, each knowing in which rates its small groups are judged together or need not be judged."""
    return [
        replace(part, small={one.rate.name: _becomes(one) for one in found if one.part is part and one.groups})
        for part in parts
    ]


def small_metrics(found: Sequence[Small], outcomes: Outcomes, limits: Limits) -> Iterator[Metric]:
    """Of each: rates and contrasts of the small groups as one, the spread of their rates, the furthest of them."""
    for one in found:
        pooled = None if one.reason else one.pooled
        if pooled is not None:
            for metric in of_rates([one.rate], [pooled], outcomes, limits):
                yield replace(metric, evidence=(EVIDENCE,))
        yield _spread_metric(one, spread(one, limits))
        group, estimate = distance(one.part, one.rate, () if one.reason else one.groups, one.reason)
        yield _distance_metric(one, group, estimate)


def _small(part: Part, rate: Rate, limits: Limits) -> Small:
    """A share below the limit excuses groups that the usual minimum calls small, and no others if a higher is asked."""
    groups = tuple(group for group in part.compared if isinstance(part.sample_of(rate, group, limits), Undefined))
    if not groups:
        return Small(part, rate, groups, 0.0, "every group has rows enough to be judged by itself")
    share = part.held(groups, part.compared)
    reason = ""
    usual = limits.at_most_usual
    if share < LEAST_SHARE and all(isinstance(part.sample_of(rate, group, usual), Undefined) for group in groups):
        held = words.percent_below(share, LEAST_SHARE)
        reason = f"the groups that are too small hold {held} of the rows, under 2 %: listed, not judged"
    return Small(part, rate, groups, share, reason)


def _becomes(one: Small) -> str:
    """What becomes of a single small group, as the end of the sentence that says what it lacks."""
    if one.reason:
        return one.reason
    if len(one.groups) == 1:
        return "judged as the smaller groups, of which it is the only one"
    others = len(one.groups) - 1
    return f"judged together with {others} other small group{'s' if others > 1 else ''}"


def spread(one: Small, limits: Limits) -> Estimate | Undefined:
    """The standard deviation of the true rates of the small groups, or why it is not told."""
    if one.reason or len(one.groups) == 1:
        return Undefined(
            one.reason or "one small group alone has no spread: it is compared with all others", "not_asked"
        )
    whole, name = one.whole
    together = whole.sample_of(one.rate, name, limits)
    if isinstance(together, Undefined):
        return Undefined(f"{together.reason}, in {len(one.groups)} small groups together", together.kind)
    if one.part.people and one.part.weighted:
        return Undefined("not estimable: rows have weights and some people several rows, of which one has to be chosen")
    hits, bases, missed = counted(one)
    estimate = stats.rate_spread(hits.tolist(), bases.tolist())
    return estimate if isinstance(estimate, Undefined) else with_ends(estimate, _ends(hits, bases, missed))


def counted(one: Small) -> tuple[Floats, Floats, Floats]:
    """Hits, base and undecided rows of each small group that has a base; of people with several rows one row each.

    How the few people of a small group repeat themselves is not seen, and a guess of it would make the spread too
    small or too large. So each person counts with one row, chosen by chance.
    """
    rate, part = one.rate, one.part
    found = [part.counted(rate.share, group, labelled=rate.needs_labels) for group in one.groups]
    missed = [part.undecided(rate.share, group, labelled=rate.needs_labels) for group in one.groups]
    table = np.array([(*pair, more) for pair, more in zip(found, missed, strict=True)], dtype=np.float64).reshape(-1, 3)
    if part.people and one.groups:
        people = [part.people[group] for group in one.groups]
        hits, bases = one_row_each(people, rate.share, labelled=rate.needs_labels)
        scale = np.divide(bases, table[:, 1], out=np.zeros_like(bases), where=table[:, 1] > 0)
        table = np.column_stack([hits, bases, table[:, 2] * scale])
    table = table[table[:, 1] > 0]
    return table[:, 0], table[:, 1], table[:, 2]


def _ends(hits: Floats, bases: Floats, missed: Floats) -> tuple[float, float]:
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


def _names(one: Small) -> str:
    named = [" × ".join(group) for group in one.groups]
    more = f" and {len(named) - SAID} more" if len(named) > SAID else ""
    return ", ".join(named[:SAID]) + more


def notes(found: Sequence[Small]) -> list[str]:
    """Which groups of single columns were judged together, or not at all."""
    said: dict[tuple[str, tuple[Group, ...], str], list[str]] = {}
    for one in found:
        if one.groups and len(one.part.columns) == 1:
            said.setdefault((one.part.name, one.groups, one.reason), []).append(words.title(one.rate.name))
    lines = []
    kept = {key: next(one for one in found if (one.part.name, one.groups, one.reason) == key) for key in said}
    for key, rates in said.items():
        one = kept[key]
        what = "listed and not judged" if one.reason else "judged together"
        many = f"{len(one.groups)} groups are" if len(one.groups) > 1 else "1 group is"
        lines.append(
            f"Group column {one.part.name!r}: {many} below the minimum, {what} "
            f"({_held(one)} of the rows; {', '.join(rates)}): {_names(one)}."
        )
    return lines


def _held(one: Small) -> str:
    """Their share of the rows, as it stands to the limit."""
    return words.percent_below(one.share, LEAST_SHARE) if one.reason else words.percent(one.share)


def _tags(one: Small) -> tuple[str, ...]:
    return words.contrast_tags(one.part, "small_groups")


def _spread_metric(one: Small, estimate: Estimate | Undefined) -> Metric:
    what = f"The spread of the {words.title(one.rate.name)} of small groups by {one.part.name}"
    claim = words.not_measured(what, estimate)
    if isinstance(estimate, Estimate):
        interval = f"95 % interval {100 * estimate.low:.1f} to {100 * estimate.high:.1f}"
        size = f"{100 * estimate.value:.1f} percentage points ({interval})"
        whose = f"the {words.title(one.rate.name)} of the {len(one.groups)} small groups by {one.part.name}"
        claim = f"Beyond what chance gives, {whose} has a standard deviation of {size}."
        if estimate.low == 0:
            claim = f"Whether {whose} varies beyond chance is not shown: a standard deviation of {size}."
    name = f"{one.rate.name}_spread"
    return Metric(
        name=name,
        estimate=estimate,
        unit="share",
        better="lower",
        claim=claim,
        null=None,
        variant={"groups": one.part.name},
        evidence=(EVIDENCE,),
        tags=_tags(one),
        **standing(_tags(one), "lower", part=True),
    )


def _distance_metric(one: Small, group: Group | None, estimate: Estimate | Undefined) -> Metric:
    what = f"How far the furthest small group by {one.part.name} is from all others in {words.title(one.rate.name)}"
    claim = words.not_measured(what, estimate)
    if isinstance(estimate, Estimate) and group is not None:
        claim = (
            f"Of the small groups by {one.part.name}, {' × '.join(group)} is furthest from all other rows in "
            f"{words.title(one.rate.name)}: {100 * estimate.value:.1f} percentage points; all {len(one.groups)} looked "
            f"at together, the largest distance is {100 * estimate.low:.1f} to {100 * estimate.high:.1f} points."
        )
    name = f"{one.rate.name}_distance"
    return Metric(
        name=name,
        estimate=estimate,
        unit="share",
        better="lower",
        claim=claim,
        null=None,
        variant={"groups": one.part.name},
        evidence=(EVIDENCE,),
        tags=_tags(one),
        **standing(_tags(one), "lower", part=True),
    )


def small_table(found: Sequence[Small]) -> Evidence:
    """The small groups of every part and rate: how many, and how they were decided."""
    columns = (
        Column("by"),
        Column("rate"),
        Column("small groups", "number"),
        Column("share of rows", "number", "share"),
        Column("base", "number", "rows"),
        Column("hits", "number", "rows"),
        Column("judged"),
        Column("groups", "text"),
    )
    rows = []
    for one in found:
        if one.groups:
            hits, bases, _ = counted(one)
            judged = one.reason or "together"
            name = words.title(one.rate.name)
            sizes = (len(one.groups), one.share, float(bases.sum()), float(hits.sum()))
            rows.append((one.part.name, name, *sizes, judged, _names(one)))
    caption = (
        "Groups below the minimum, judged together: how many rows count in each rate, and how many of these are hits"
    )
    return Evidence(EVIDENCE, caption, "table", columns, tuple(rows), len(rows))
