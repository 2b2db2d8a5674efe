"""What wrong true outcomes can hide: how many labels would have to be wrong for two groups to be judged alike."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.metrics import CELLS, SHARES, false_positive_bounds, true_positive_bounds
from fairwitness.audit.metrics.label_noise import Bounds
from fairwitness.audit.records import Cell, Column, Estimate, Evidence, Metric, Undefined
from fairwitness.audit.stats.ladder import normal_quantile
from fairwitness.probes.fairness.group_fairness import words
from fairwitness.probes.fairness.group_fairness.cells import Floats
from fairwitness.probes.fairness.group_fairness.contrasts import unless_shared
from fairwitness.probes.fairness.group_fairness.rates import NEGATIVES, NOT_ESTIMABLE, POSITIVES, Group, Limits, Part
from fairwitness.probes.kit.claims import stated
from fairwitness.probes.kit.standing import standing

RATES: Mapping[str, tuple[Bounds, str]] = {
    "true_positive_rate": (true_positive_bounds, POSITIVES),
    "false_positive_rate": (false_positive_bounds, NEGATIVES),
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


def reach(part: Part, group: Group, bounds: Bounds) -> Reach:
    """From the counts of a group (sums of weights; over people, where they have several rows), by the delta method."""
    named = part.weighted[group] if part.weighted else None
    cells = np.array([(named.sums if named else part.groups[group])[name] for name in CELLS], dtype=np.float64)
    total = float(cells.sum())
    if part.people:
        moments, few = part.people[group].moments(), stats.few_clusters(part.people[group].labelled)
    else:
        squares = [(named.squares if named else part.groups[group])[name] for name in CELLS]
        moments, few = np.diag(np.array(squares, dtype=np.float64)), 1.0
    rows = max(1.0, float(sum(part.groups[group][name] for name in CELLS)))
    moments = moments + 0.5 * float(np.trace(moments)) / rows * np.eye(len(CELLS))
    shares = (cells + 0.5 * total / rows) / total
    moved = bounds(shares + STEP * np.vstack([np.zeros(len(CELLS)), np.eye(len(CELLS))]), GRID[:, None])
    slopes = (moved[:, 1:] - moved[:, :1]) / STEP
    slopes = np.nan_to_num(slopes)
    variances = np.einsum("gie,ij,gje->ge", slopes, moments, slopes) / total**2 / few
    return Reach(bounds(cells[None], GRID), variances, float(part.counted(SHARES["accuracy"], group)[1]))


def wrong_labels(own: Reach, base: Reach) -> Estimate:
    """The smallest share of wrong labels, in each of both groups, with which their rates could be equal.

    By inversion: at each share the distance that the worst choice of wrong labels leaves between both rates is compared
    with its error. The lower limit is the share from which on chance and wrong labels together explain the difference,
    the upper one that from which on wrong labels alone do whatever chance has done.
    """
    sides = [_side(own, base), _side(base, own)]

    def at(z: float) -> float:
        return max(_root(distance + z * error) for distance, error in sides)

    return stats.estimate(
        at(0.0),
        lambda level: (at(-normal_quantile(level)), at(normal_quantile(level))),
        n=own.size + base.size,
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
    at = int(gone[0])
    if at == 0:
        return 0.0
    before, after = distance[at - 1], distance[at]
    return float(GRID[at - 1] + (GRID[at] - GRID[at - 1]) * before / (before - after))


def noise_metrics(parts: Sequence[Part], limits: Limits) -> Iterator[Metric]:
    """Of every group and the reference of its part, for true and false positive rates."""
    for part in parts:
        if part.reference is None:
            continue
        for name in RATES:
            found = _of_rate(part, part.reference, name, limits)
            for group, estimate in unless_shared(found, part, part.reference).items():
                yield _metric(part, group, part.reference, name, estimate)


def _of_rate(part: Part, reference: Group, name: str, limits: Limits) -> dict[Group, Estimate | Undefined]:
    bounds, condition = RATES[name]
    problems = {
        group: found if isinstance(found, Undefined) else None
        for group in part.compared
        if (found := part.sample(SHARES[name], group, limits, condition=condition)) is not None
    }
    others = [group for group in part.compared if group != reference]
    why = problems[reference]
    if why is not None:
        reason = why.reason.removeprefix(NOT_ESTIMABLE)
        why = Undefined(f"{NOT_ESTIMABLE}the reference group {' × '.join(reference)} has {reason}", why.kind)
        return {group: problems[group] or why for group in others}
    base = reach(part, reference, bounds)
    return {group: problems[group] or wrong_labels(reach(part, group, bounds), base) for group in others}


def _metric(part: Part, group: Group, reference: Group, name: str, estimate: Estimate | Undefined) -> Metric:
    who, other = words.of_group(part, group), words.of_group(part, reference)
    rate = words.title(name)
    claim = stated(f"How many wrong labels could explain the {rate} of {who}", estimate, "")
    if isinstance(estimate, Estimate):
        few = words.percent(estimate.low)
        shown = (
            f"chance and wrong labels together explain the difference from {few} on"
            if estimate.low
            else "chance alone explains the difference too"
        )
        claim = (
            f"If {words.percent(estimate.value)} of the true outcomes of {who} and of {other} were wrong, at worst, "
            f"both could have the same {rate}; {shown} (95 % interval {few} to {words.percent(estimate.high)})."
        )
    by, tags = part.by(group), ("extrinsic", "description", "label_noise")
    return Metric(
        name=f"{name}_wrong_labels",
        estimate=estimate,
        unit="share",
        better="none",
        claim=claim,
        null=None,
        by=by,
        against=words.crossing(reference),
        evidence=(EVIDENCE,),
        tags=tags,
        **standing(tags, "none", part=bool(by)),
    )


def noise_table(parts: Sequence[Part]) -> Evidence:
    """The lowest and highest rate of every group at some shares of wrong labels, as its counts bound them."""
    columns = [Column("by"), Column("group"), Column("rate"), Column("labels", "number")]
    for share in SHOWN:
        columns += [Column(f"{side}, {100 * share:g} % wrong", "number", "share") for side in ("lowest", "highest")]
    rows: list[tuple[Cell, ...]] = []
    for part in parts:
        for group in part.compared:
            counts = [part.groups[group][name] for name in CELLS]
            for name, (bounds, _) in RATES.items():
                if sum(counts) and SHARES[name].of(counts)[1]:
                    found = bounds(counts, 0.0), *(bounds(counts, share) for share in SHOWN[1:])
                    cells = [None if math.isnan(end) else float(end) for ends in found for end in ends]
                    rows.append((part.name, " × ".join(group) or "all rows", words.title(name), sum(counts), *cells))
    caption = (
        "How low and how high a rate could be had a share of a group's true outcomes been wrong, whichever they are"
    )
    return Evidence(EVIDENCE, caption, "table", tuple(columns), tuple(rows), len(rows))
