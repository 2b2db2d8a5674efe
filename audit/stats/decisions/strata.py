"""Conditional demographic disparity: how differently a group is selected within strata, with its interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairwitness.audit import reasons, stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.decisions.scored import Codes, Flags, Floats

METHOD, OF_PEOPLE = "square-and-add of Wilson limits over strata", "delta over people"
BOUNDS = (-1.0, 1.0)
MOST_UNSCORED = 0.2
"""The share of rows that may lie in strata that are too small."""
LEAST = 10
"""Rows (people) of either decision below which a stratum is too small."""


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
        return reasons.stated(
            "strata_too_small", "few_units", share=f"{100 * outside:.1f} %", needed=LEAST, unit=rows.unit
        )
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
    return stats.normal_statistic(statistic.value, variance, len(moved)).estimate(OF_PEOPLE, BOUNDS)


def large(rows: Rows) -> Flags:
    """Which strata have rows (people) enough that are selected, and enough that are not: [strata]."""
    cells = 2 * rows.strata + rows.selected
    if rows.persons is not None:
        cells = np.unique(np.stack([cells, rows.persons]), axis=1)[0]
    counted = np.bincount(cells, minlength=2 * (int(rows.strata.max()) + 1)).reshape(-1, 2)
    return np.asarray((counted >= LEAST).all(axis=1))


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
