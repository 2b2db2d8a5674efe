"""Worlds of decisions about groups, as the probe of decisions counts them: parts, and what it makes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from decision_tables import counted

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.fairness.group_fairness.flips import estimate_of
from fairwitness.probes.fairness.group_fairness.gaps import between
from fairwitness.probes.fairness.group_fairness.quantities import differences
from fairwitness.probes.fairness.group_fairness.ratios import over_all, pair_ratios
from fairwitness.probes.fairness.group_fairness.small import Small, distance, small_groups, spread
from fairwitness.probes.kit.decisions.counts import DECIDED, GroupCounts, by_group
from fairwitness.probes.kit.decisions.partition import RATE, Limits, Partition, Rate

Rng = np.random.Generator
Found = Estimate | Undefined
Floats = npt.NDArray[np.float64]
Of = Callable[[Partition], Found]
LIMITS = Limits(30, 10)
SELECTED, TRUE = RATE["selection_rate"], RATE["true_positive_rate"]
NEXT = 1e-4
"""How far beyond a limit the truth lies in the worlds of its edge."""


def names(groups: int) -> list[tuple[str]]:
    return [(f"g{at}",) for at in range(groups)]


def part(hits: Sequence[int], sizes: Sequence[int], *, positive: bool = False) -> Partition:
    """Groups of so many rows of which so many are selected; `positive`: all truly have the outcome, else none.

    Fewer positive rows than a group needs rows get others beside them that are not in the condition.
    """
    groups: dict[tuple[str, ...], GroupCounts] = {}
    for name, hit, size in zip(names(len(sizes)), hits, sizes, strict=True):
        rest = max(0, LIMITS.group - size) if positive else 0
        groups[name] = counted(rest, 0, size - hit, hit) if positive else counted(size - hit, hit, 0, 0)
    return Partition(columns=("g",), groups=groups, limits=LIMITS, reference=("g0",))


def drawn(rng: Rng, rates: Sequence[float], sizes: Sequence[int], *, positive: bool = False) -> Partition:
    """The same, drawn; every row is a person of its own."""
    return part(rng.binomial(sizes, rates).tolist(), sizes, positive=positive)


def of_people(
    rng: Rng, rates: Sequence[float], people: int, rows: int, alike: float, *, uneven: bool = False
) -> Partition:
    """Groups of people of whom each has several rows, hits that are `alike` (intraclass correlation) in each person.

    Sizes are equal or, `uneven`, geometric. All rows truly have the outcome.
    """
    sizes = rng.geometric(1 / rows, (len(rates), people)) if uneven else np.full((len(rates), people), rows)
    mean, total = np.array(rates)[:, None], (1 - alike) / alike
    own = rng.beta(mean * total, (1 - mean) * total, (len(rates), people))
    hits = rng.binomial(sizes, own)
    found = part(hits.sum(axis=1).tolist(), sizes.sum(axis=1).tolist(), positive=True)
    persons = np.repeat(np.arange(sizes.size), sizes.ravel())
    groups = np.repeat(np.repeat(np.arange(len(rates)), people), sizes.ravel())
    before = np.arange(len(persons)) - np.repeat(np.cumsum(sizes.ravel()) - sizes.ravel(), sizes.ravel())
    hit = (before < np.repeat(hits.ravel(), sizes.ravel())).astype(np.int64)
    every = np.ones(len(persons), dtype=np.bool_)
    cells = ((every, hit), (every, DECIDED + 2 + hit))
    tables = by_group(groups, len(rates), persons, cells, None)
    pairs = zip(found.groups.items(), tables, strict=True)
    return replace(found, groups={name: replace(counts, people=each) for (name, counts), each in pairs})


def ratio(of: Partition) -> Found:
    """The lower over the higher selection rate of the second group and the reference."""
    return pair_ratios(of)[0].estimate


def impact(of: Partition) -> Found:
    return over_all(of).estimate


def difference(of: Partition, rate: Rate = TRUE) -> Found:
    """The rate of the second group less that of the reference; holds together with those of all other groups."""
    statistics = {group: of.judged(rate, group) for group in of.groups}
    return differences(of, statistics, "Newcombe", (-1.0, 1.0))[("g1",)]


def gap(of: Partition) -> Found:
    return between(of, TRUE)[0]


def spread_of(of: Partition) -> Found:
    (small,) = small_groups([SELECTED], [of])
    return spread(small)


def furthest(of: Partition) -> Found:
    return distance(Small(of, SELECTED, tuple(of.groups), 1.0, ""))[1]


def flips(rng: Rng, rate: float, rows: int, twins: int, persons: int, alike: float) -> Found:
    """A flip rate: rows asked `twins` times each, `alike` within a row, or within a person where there are several."""
    own = np.arange(rows * persons) // rows if persons > 1 else np.arange(rows)
    total = (1 - alike) / alike
    chance = rng.beta(rate * total, (1 - rate) * total, int(own.max()) + 1)[own]
    values = (rng.random((len(own), twins)) < chance[:, None]).astype(np.float64).ravel()
    at = np.repeat(np.arange(len(own)), twins)
    return estimate_of(at, values, own[at], 0.0, numbers=False, seed=0)
