"""Conditional demographic disparity: selection of a group within the strata of a column that the user names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.metrics import conditional_demographic_disparity, stratum_disparity
from fairwitness.audit.records import Cell, Column, Estimate, Evidence, Metric, Undefined
from fairwitness.probes.fairness.group_fairness import words
from fairwitness.probes.fairness.group_fairness.asked import not_asked
from fairwitness.probes.fairness.group_fairness.cells import Codes, Flags, Floats
from fairwitness.probes.fairness.group_fairness.parts import coded
from fairwitness.probes.fairness.group_fairness.rates import LEAST_IN_CONDITION, NOT_ESTIMABLE, Group, Limits, Part
from fairwitness.probes.fairness.group_fairness.rows import Frame, Outcomes
from fairwitness.probes.kit.claims import concluded, escaped, holds_among
from fairwitness.probes.kit.standing import standing

NAME, EVIDENCE = "conditional_demographic_disparity", "strata"
NO_STRATA = "no column of strata was named: -O group_fairness.strata=COLUMN has selection compared within each of them"
METHOD, OF_PEOPLE = "square-and-add of Wilson limits over strata", "delta over people"
BOUNDS = (-1.0, 1.0)
MOST_LEFT_OUT = 0.2
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

    Sum over strata of the arms of both shares, squared and added (`stats.linear`); where people have several rows, the
    delta method over people with t, never surer than the first. Strata with too few rows of either decision (`large`)
    are left out; undefined where they hold more than a fifth of the rows.
    """
    sums, squares = rows.tables(1), rows.tables(2)
    kept = large(rows)
    left_out = 1 - float(sums[kept].sum() / sums.sum())
    if left_out > MOST_LEFT_OUT:
        few = f"strata with fewer than {LEAST_IN_CONDITION} {rows.unit} selected, or not selected"
        return Undefined(f"{NOT_ESTIMABLE}{words.percent(left_out)} of the rows are in {few}: name a coarser column")
    known = np.flatnonzero(kept)
    sums = np.where(kept[:, None, None], sums, 0.0)
    whole = sums[known].sum(axis=(1, 2))
    whole = whole / whole.sum()
    terms = []
    for at, share in zip(known.tolist(), whole.tolist(), strict=True):
        for decision, sign in ((0, 1.0), (1, -1.0)):
            own, all_rows = sums[at, 1, decision], sums[at, :, decision].sum()
            own_squares, all_squares = squares[at, 1, decision], squares[at, :, decision].sum()
            hits, size = stats.effective_counts(own, all_rows, own_squares, all_squares)
            terms.append((sign * share, stats.rate_sample(float(hits), float(size))))
    sample = stats.linear(terms)
    if rows.persons is None:
        return sample.estimate(METHOD, BOUNDS)
    moved = _by_person(rows, sums, known, whole)
    people = stats.effective_size(np.unique_counts(rows.persons).counts)
    variance = max(sample.variance, float(moved @ moved) / stats.few_clusters(people))
    value = conditional_demographic_disparity(sums)
    return stats.normal_sample(value, variance, len(moved)).estimate(OF_PEOPLE, BOUNDS)


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
    own = np.ones(len(decision)) if rows.weights is None else rows.weights
    sign = np.where(rows.selected, -1.0, 1.0)
    moved = sign * share[rows.strata] * own * (rows.inside - rate[rows.strata, decision]) / np.maximum(total, 1e-12)
    _, of = np.unique(np.asarray(rows.persons), return_inverse=True)
    return np.bincount(of, weights=moved).astype(np.float64)


def disparities(
    frame: Frame, outcomes: Outcomes, parts: Sequence[Part], limits: Limits
) -> tuple[list[Metric], list[Evidence]]:
    """Of every group of every single column against all others, and the table of strata; not asked without strata."""
    strata = frame.strata
    if strata is None:
        return not_asked([NAME], NO_STRATA, "conditional"), []
    metrics, table = list[Metric](), list[tuple[Cell, ...]]()
    for part in parts:
        if len(part.columns) != 1:
            continue
        keys, codes = coded(frame, part.columns)
        here = outcomes.answered & np.isin(codes, [keys.index(group) for group in part.compared])
        found: dict[Group, Estimate | Undefined] = {}
        for group in part.compared:
            own = Rows(
                strata[here],
                codes[here] == keys.index(group),
                outcomes.selected[here],
                None if frame.weights is None else frame.weights[here],
                None if frame.persons is None else frame.persons[here],
            )
            found[group] = _few(part, group, limits) or disparity(own)
            table += _lines(frame, part, group, own)
        metrics += _metrics(frame, part, found)
    return metrics, [_table(frame, table)]


def _few(part: Part, group: Group, limits: Limits) -> Undefined | None:
    """Why a group has too few rows or people."""
    if not part.people:
        return limits.too_few(part.groups[group], labelled=False)
    return limits.enough(part.people[group].decided, "people")


def _metrics(frame: Frame, part: Part, found: dict[Group, Estimate | Undefined]) -> Iterator[Metric]:
    for group, estimate in found.items():
        who = words.of_group(part, group)
        within = f"within the strata of {frame.columns.strata}"
        what = f"The disparity of {who} {within}"
        share, others = f"the share of {escaped(who)} is {{size}}", f"than among those selected, {escaped(within)}"
        claim = concluded(
            what,
            estimate,
            above=f"Among those not selected, {share} higher {others}",
            below=f"Among those not selected, {share} lower {others}",
            unshown=escaped(f"Whether {who} are selected more or less often than others {within} is not shown"),
            among_others=holds_among(estimate, len(found)),
        )
        by, variant = part.by(group), {"strata": frame.columns.strata}
        tags = words.group_tags(part, "conditional")
        yield Metric(
            name=NAME,
            estimate=estimate,
            unit="share",
            better="near_zero",
            claim=claim,
            null=0.0,
            by=by,
            variant=variant,
            evidence=(EVIDENCE,),
            tags=tags,
            **standing(tags, "near_zero", part=bool(by)),
        )


def _lines(frame: Frame, part: Part, group: Group, own: Rows) -> Iterator[tuple[Cell, ...]]:
    sums = own.tables(1)
    for at, value in enumerate(stratum_disparity(sums).tolist()):
        if sums[at].any():
            name = " × ".join(group)
            cells = (float(sums[at].sum()), float(sums[at, 1].sum()), float(sums[at, :, 1].sum()))
            yield (part.name, name, frame.stratum_names[at], *cells, None if np.isnan(value) else value)


def _table(frame: Frame, rows: Sequence[tuple[Cell, ...]]) -> Evidence:
    columns = (
        Column("by"),
        Column("group"),
        Column(f"stratum ({frame.columns.strata})"),
        Column("rows", "number", "rows"),
        Column("of the group", "number", "rows"),
        Column("selected", "number", "rows"),
        Column("disparity", "number", "share"),
    )
    caption = "Share of the group among those not selected less its share among those selected, by stratum"
    return Evidence(EVIDENCE, caption, "table", columns, tuple(rows), len(rows))
