"""What wrong true outcomes can hide: how many labels would have to be wrong for two groups to be judged alike."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.metrics import CELLS, false_positive_bounds, true_positive_bounds
from fairwitness.audit.metrics.label_noise import Bounds
from fairwitness.audit.records import Cell, Estimate, Evidence, Metric, Undefined
from fairwitness.audit.stats.levels import normal_quantile
from fairwitness.probes.fairness.group_fairness.measures import WORDS, GroupMeasure
from fairwitness.probes.fairness.group_fairness.quantities import Found, unless_shared
from fairwitness.probes.kit.decisions.categorical import Floats
from fairwitness.probes.kit.decisions.counts import DECIDED, Group
from fairwitness.probes.kit.decisions.figures import percent
from fairwitness.probes.kit.decisions.partition import RATE, Partition
from fairwitness.probes.kit.tables import Head, Listing, label, number

BOUNDS: Mapping[str, Bounds] = {
    "true_positive_rate": true_positive_bounds,
    "false_positive_rate": false_positive_bounds,
}
EVIDENCE = "label_noise"
SHOWN = (0.0, 0.01, 0.02, 0.05, 0.1)
GRID = np.linspace(0.0, 1.0, 501)
"""Shares of wrong labels at which bounds are worked out; between them they are taken as straight."""
STEP = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """The lowest and highest rate of a group at every share of the grid, and their squared errors: [grid, 2]."""

    ends: Floats
    variances: Floats
    size: float


def reach(part: Partition, group: Group, bounds: Bounds) -> Reach:
    """From the counts of a group (sums of weights; over people, where they have several rows), by the delta method."""
    counts = part.groups[group]
    cells = counts.weights[DECIDED:]
    total = float(cells.sum())
    if counts.people is not None:
        moments, few = counts.people.moments(), stats.few_clusters(counts.people.labelled)
    else:
        moments, few = np.diag(cells if counts.squares is None else counts.squares[DECIDED:]), 1.0
    rows = max(1.0, float(counts.labelled))
    moments = moments + 0.5 * float(np.trace(moments)) / rows * np.eye(len(CELLS))
    shares = (cells + 0.5 * total / rows) / total
    moved = bounds(shares + STEP * np.vstack([np.zeros(len(CELLS)), np.eye(len(CELLS))]), GRID[:, None])
    slopes = np.nan_to_num((moved[:, 1:] - moved[:, :1]) / STEP)
    variances = np.einsum("gie,ij,gje->ge", slopes, moments, slopes) / total**2 / few
    return Reach(bounds(cells[None], GRID), variances, float(part.counted(RATE["accuracy"], group)[1]))


def wrong_labels(group: Reach, reference: Reach) -> Estimate:
    """The smallest share of wrong labels, in each of both groups, with which their rates could be equal.

    By inversion: at each share the distance that the worst choice of wrong labels leaves between both rates is compared
    with its error. The lower limit is the share from which on chance and wrong labels together explain the difference,
    the upper one that from which on wrong labels alone do whatever chance has done.
    """
    sides = [_side(group, reference), _side(reference, group)]

    def share(z: float) -> float:
        return max(_root(distance + z * error) for distance, error in sides)

    return stats.estimate(
        share(0.0),
        lambda level: (share(-normal_quantile(level)), share(normal_quantile(level))),
        n=group.size + reference.size,
        method="inversion of the bounds, delta",
        bounds=(0.0, 1.0),
    )


def _side(above: Reach, below: Reach) -> tuple[Floats, Floats]:
    """By how much one rate stays above the other at worst, and its standard error: [grid]."""
    distance = above.ends[:, 0] - below.ends[:, 1]
    return np.nan_to_num(distance, nan=-1.0), np.sqrt(above.variances[:, 0] + below.variances[:, 1])


def _root(distance: Floats) -> float:
    """The first share of the grid (between its points by a straight line) at which the distance is not above 0."""
    gone = np.flatnonzero(distance <= 0)
    if not len(gone):
        return 1.0
    place = int(gone[0])
    if place == 0:
        return 0.0
    before, after = distance[place - 1], distance[place]
    return float(GRID[place - 1] + (GRID[place] - GRID[place - 1]) * before / (before - after))


def noise_measure(rate: str) -> GroupMeasure:
    """The share of wrong labels with which a rate could be equal, as a measure."""
    return GroupMeasure(
        name=f"{rate}_wrong_labels",
        title=rate,
        better="none",
        about="contrast",
        sentence="wrong_labels",
        compares=False,
        role="description",
        tags=(EVIDENCE,),
        evidence=(EVIDENCE,),
    )


def noise_metrics(parts: Sequence[Partition]) -> Iterator[Metric]:
    """Of every group and the reference of its partition, for true and false positive rates."""
    for part in parts:
        for name in BOUNDS:
            measure = noise_measure(name)
            for group, estimate in unless_shared(_of_rate(part, name), part).items():
                explained = ""
                if isinstance(estimate, Estimate):
                    text = "part.explained_from" if estimate.low else "part.explained"
                    explained = WORDS(text, share=percent(estimate.low))
                yield measure.of(part, estimate, group, explained=explained)


def _of_rate(part: Partition, name: str) -> dict[Group, Found]:
    """The share of wrong labels of every group that is compared with the reference."""
    if part.reference is None:
        return {}
    statistics = {group: part.statistic(RATE[name], group) for group in part.compared}
    problems = part.incomparable(statistics)
    if isinstance(statistics[part.reference], Undefined):
        return {**problems}
    base = reach(part, part.reference, BOUNDS[name])
    levels: dict[Group, Found] = {}
    for group in part.others:
        levels[group] = problems.get(group) or wrong_labels(reach(part, group, BOUNDS[name]), base)
    return levels


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    part: Partition
    group: Group
    rate: str

    @property
    def cells(self) -> Floats:
        return self.part.groups[self.group].rows[DECIDED:]

    def bound(self, share: float, side: int) -> Cell:
        end = float(BOUNDS[self.rate](self.cells, share)[side])
        return None if math.isnan(end) else end


def _bound_heads() -> Iterator[Head[_Row]]:
    for share in SHOWN:
        for side, name in enumerate(("lowest", "highest")):
            yield number(f"{name}, {100 * share:g} % wrong", partial(_Row.bound, share=share, side=side), "share")


NOISE: Listing[_Row] = Listing(
    EVIDENCE,
    WORDS,
    label("by", lambda row: row.part.name),
    label("group", lambda row: " × ".join(row.group) or "all rows"),
    label("rate", lambda row: row.rate.replace("_", " ")),
    number("labels", lambda row: int(row.cells.sum())),
    _bound_heads(),
)


def noise_table(parts: Sequence[Partition]) -> Evidence:
    """The lowest and highest rate of every group at some shares of wrong labels, as its counts bound them."""
    rows = [_Row(part, group, name) for part in parts for group in part.compared for name in BOUNDS]
    return NOISE.of([row for row in rows if row.cells.sum() and RATE[row.rate].share.of(row.cells)[1]])
