"""Conditional demographic disparity: selection of a group within the strata of a column that the user names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.metrics import conditional_demographic_disparity, stratum_disparity
from fairwitness.audit.records import Estimate, Evidence, Metric, Name, Undefined
from fairwitness.probes.fairness.group_fairness.measures import WORDS, GroupMeasure, reason
from fairwitness.probes.fairness.group_fairness.unmeasured import not_asked
from fairwitness.probes.kit.decisions.categorical import Codes, Flags, Floats
from fairwitness.probes.kit.decisions.counts import Group
from fairwitness.probes.kit.decisions.figures import percent
from fairwitness.probes.kit.decisions.outcomes import Outcomes
from fairwitness.probes.kit.decisions.partition import LEAST_IN_CONDITION, Partition
from fairwitness.probes.kit.decisions.table import DecisionTable
from fairwitness.probes.kit.tables import Head, Listing, label, number

MEASURE = GroupMeasure(
    name="conditional_demographic_disparity",
    title="disparity",
    null=0.0,
    sentence="strata",
    tags=("conditional",),
    evidence=("strata",),
)
METHOD, OF_PEOPLE = "square-and-add of Wilson limits over strata", "delta over people"
BOUNDS = (-1.0, 1.0)
MOST_UNSCORED = 0.2
"""The share of rows that may lie in strata that are too small."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Decided rows: stratum of each, whether it is of the group and whether it is selected; weights and persons."""

    strata: Codes
    inside: Flags
    selected: Flags
    weights: Floats | None = None
    persons: Codes | None = None

    @property
    def unit(self) -> str:
        """What is counted."""
        return "rows" if self.persons is None else "people"

    def tables(self, power: int) -> Floats:
        """Sums of weights to that power by stratum, group (others, the group) and decision: [strata, 2, 2]."""
        cells = (2 * self.strata + self.inside) * 2 + self.selected
        weights = None if self.weights is None else self.weights**power
        count = 4 * (int(self.strata.max()) + 1)
        return np.bincount(cells, weights=weights, minlength=count).reshape(-1, 2, 2).astype(np.float64)


def disparity(rows: Rows) -> Estimate | Undefined:
    """The disparity of a group within strata, each weighing as its rows.

    Sum over strata of the arms of both shares, squared and added (`stats.linear_combination`); where people have
    several rows, the delta method over people with t, never surer than the first. Strata with too few rows of either
    decision (`large`) are left out; undefined where they hold more than a fifth of the rows.
    """
    sums, squares = rows.tables(1), rows.tables(2)
    kept = large(rows)
    outside = 1 - float(sums[kept].sum() / sums.sum())
    if outside > MOST_UNSCORED:
        return reason("strata_too_small", share=percent(outside), needed=LEAST_IN_CONDITION, unit=rows.unit)
    known = np.flatnonzero(kept)
    sums = np.where(kept[:, None, None], sums, 0.0)
    whole = sums[known].sum(axis=(1, 2))
    whole = whole / whole.sum()
    terms = []
    for stratum, share in zip(known.tolist(), whole.tolist(), strict=True):
        for decision, sign in ((0, 1.0), (1, -1.0)):
            inside, total = sums[stratum, 1, decision], sums[stratum, :, decision].sum()
            inside_squares, total_squares = squares[stratum, 1, decision], squares[stratum, :, decision].sum()
            hits, size = stats.effective_counts(inside, total, inside_squares, total_squares)
            terms.append((sign * share, stats.rate_statistic(float(hits), float(size))))
    statistic = stats.linear_combination(terms)
    if rows.persons is None:
        return statistic.estimate(METHOD, BOUNDS)
    moved = _by_person(rows, sums, known, whole)
    people = stats.effective_size(np.unique_counts(rows.persons).counts)
    variance = max(statistic.variance, float(moved @ moved) / stats.few_clusters(people))
    value = conditional_demographic_disparity(sums)
    return stats.normal_statistic(value, variance, len(moved)).estimate(OF_PEOPLE, BOUNDS)


def large(rows: Rows) -> Flags:
    """Which strata have rows (people) enough that are selected, and enough that are not: [strata]."""
    cells = 2 * rows.strata + rows.selected
    if rows.persons is not None:
        cells = np.unique(np.stack([cells, rows.persons]), axis=1)[0]
    counted = np.bincount(cells, minlength=2 * (int(rows.strata.max()) + 1)).reshape(-1, 2)
    return np.asarray((counted >= LEAST_IN_CONDITION).all(axis=1))


def _by_person(rows: Rows, sums: Floats, known: Codes, whole: Floats) -> Floats:
    """What the rows of each person move the disparity by."""
    share = np.zeros(len(sums))
    share[known] = whole
    decision = rows.selected.astype(np.int64)
    total = sums.sum(axis=1)[rows.strata, decision]
    rate = np.divide(sums[:, 1], sums.sum(axis=1), out=np.zeros_like(sums[:, 1]), where=sums.sum(axis=1) > 0)
    weights = np.ones(len(decision)) if rows.weights is None else rows.weights
    sign = np.where(rows.selected, -1.0, 1.0)
    moved = sign * share[rows.strata] * weights * (rows.inside - rate[rows.strata, decision]) / np.maximum(total, 1e-12)
    _, places = np.unique(np.asarray(rows.persons), return_inverse=True)
    return np.bincount(places, weights=moved).astype(np.float64)


def disparities(
    table: DecisionTable, outcomes: Outcomes, parts: Sequence[Partition]
) -> tuple[list[Metric], list[Evidence]]:
    """Of every group of every single column against all others, and the table of strata; not asked without strata."""
    if table.strata is None:
        return list(not_asked([MEASURE.name], "no_strata", "conditional")), []
    metrics, strata = list[Metric](), list[Stratum]()
    for part in parts:
        if len(part.columns) == 1:
            rows = {group: _rows(table, outcomes, part, group) for group in part.compared}
            metrics += _metrics(table.columns.strata, part, rows)
            for group, inside in rows.items():
                strata += _strata(table.strata.values, part, group, inside)
    head: Head[Stratum] = label(f"stratum ({table.columns.strata})", lambda stratum: stratum.name)
    return metrics, [Listing("strata", WORDS, HEADS[:2], head, HEADS[2:]).of(strata)]


def _rows(table: DecisionTable, outcomes: Outcomes, part: Partition, group: Group) -> Rows:
    """The decided rows of all groups that can be compared."""
    compared = np.array([each in part.compared for each in part.groups], dtype=np.bool_)
    here = outcomes.answered & compared[part.codes]
    return Rows(
        np.zeros(0, dtype=np.int64) if table.strata is None else table.strata.codes[here],
        part.rows_of(group)[here],
        outcomes.selected[here],
        None if table.weights is None else table.weights[here],
        None if table.persons is None else table.persons[here],
    )


def _metrics(strata: str, part: Partition, rows: dict[Group, Rows]) -> Iterator[Metric]:
    for group, inside in rows.items():
        counts = part.groups[group]
        few = part.limits.enough(counts.size, part.naming.units)
        variant = {"strata": strata}
        yield MEASURE.of(part, few or disparity(inside), group, among=len(rows), variant=variant, strata=Name(strata))


@dataclass(frozen=True, slots=True)
class Stratum:
    """The rows of a group in one stratum: sums of weights of all, of the group, and of all that are selected."""

    part: Partition
    group: Group
    name: str
    rows: float
    inside: float
    selected: float
    disparity: float | None


def _strata(names: Sequence[str], part: Partition, group: Group, rows: Rows) -> Iterator[Stratum]:
    sums = rows.tables(1)
    for table, name, value in zip(sums, names, stratum_disparity(sums).tolist(), strict=False):
        if table.any():
            sizes = float(table.sum()), float(table[1].sum()), float(table[:, 1].sum())
            yield Stratum(part, group, name, *sizes, None if np.isnan(value) else value)


HEADS: tuple[Head[Stratum], ...] = (
    label("by", lambda stratum: stratum.part.name),
    label("group", lambda stratum: " × ".join(stratum.group)),
    number("rows", lambda stratum: stratum.rows, "rows"),
    number("of the group", lambda stratum: stratum.inside, "rows"),
    number("selected", lambda stratum: stratum.selected, "rows"),
    number("disparity", lambda stratum: stratum.disparity, "share"),
)
