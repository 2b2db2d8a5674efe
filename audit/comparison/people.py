"""The rows of two runs side by side: are they the same people, and what was decided about each of them?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit.comparison.paired import UNKNOWN, Floats, Joint
from fairwitness.audit.comparison.words import WORDS
from fairwitness.audit.own_cells import shown_cell
from fairwitness.audit.records import Cell, DecisionRows, Measured, Metric, Name, StoredItems

CROSSED = " × "
CLOSE = 1e-9
Codes: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """The same rows in both runs. `truth` is 0 (no), 1 (yes) or 2 (unknown).

    `groups` holds for each column its values and which of them each row has. `selected` and `scores` are of before and
    of after; None where decisions are classes or numbers, of which none is counted, and where there are no scores.
    """

    groups: Mapping[str, tuple[tuple[str, ...], Codes]]
    truth: Codes
    selected: tuple[Flags, Flags] | None
    scores: tuple[Floats, Floats] | None
    weights: Floats

    @property
    def weighted(self) -> bool:
        """Whether rows weigh differently."""
        return bool((self.weights != 1).any())

    def part(self, metric: Metric) -> tuple[Flags, Flags | None] | None:
        """The rows that a metric speaks of and those of its reference group; None where they cannot be told."""
        columns = list(metric.by)
        if self.selected is None or metric.variant or not set(columns) <= set(self.groups):
            return None
        rows = self._within(columns, list(metric.by.values()))
        if metric.against is None:
            return rows, None
        for values in product(*(self.groups[name][0] for name in columns)):
            if CROSSED.join(values) == metric.against:
                return rows, self._within(columns, values)
        return None

    def _within(self, columns: Sequence[str], wanted: Sequence[str]) -> Flags:
        """The rows that have these values in these group columns."""
        rows = np.ones(len(self.truth), dtype=np.bool_)
        for column, value in zip(columns, wanted, strict=True):
            values, codes = self.groups[column]
            rows &= codes == (values.index(value) if value in values else -1)
        return rows

    def joint(self, rows: Flags) -> Joint:
        """The table [truth, before, after] of some rows. Raises ValueError where nothing is counted as selected."""
        if self.selected is None:
            raise ValueError("no decision is counted as selected")
        before, after = self.selected
        cells = (4 * self.truth + 2 * before + after)[rows]
        weights = self.weights[rows]
        return Joint(len(cells), _summed(cells, weights), _summed(cells, weights**2))


def _summed(cells: Codes, weights: Floats) -> Floats:
    return np.bincount(cells, weights=weights, minlength=12).astype(np.float64).reshape(3, 2, 2)


def shared_rows(base: Measured, new: Measured, *, same_data: bool) -> tuple[DecisionRows, DecisionRows] | str:
    """The rows that both runs asked about, or in a clause why they are not known to be the same.

    Of the same data the rows that are in both are the same rows; of other bytes all rows have to be.
    """
    pair = decision_rows(base), decision_rows(new)
    first, second = pair
    if first is None or second is None:
        sides = [name for name, rows in zip(("BASE", "NEW"), pair, strict=True) if rows is None]
        return WORDS("rows.no_decisions_of_one" if len(sides) == 1 else "rows.no_decisions", run=sides[0])
    if same_data:
        both = set(first.rows) & set(second.rows)
        first, second = (rows.where([row in both for row in rows.rows]) for rows in (first, second))
    elif not (first.groups or first.outcomes):
        return WORDS("rows.numbers_alone")
    return _difference(first, second) or (first, second)


def people_of(first: DecisionRows, second: DecisionRows) -> People | str:
    """The people of shared rows, as far as both runs decided on them; or in a clause why they cannot be paired."""
    lacking = [name for name, rows in (("BASE", first), ("NEW", second)) if not rows.decisions]
    if lacking:
        return WORDS("rows.no_decisions_of_one" if len(lacking) == 1 else "rows.no_decisions", run=lacking[0])
    if first.persons or second.persons:
        return WORDS("rows.persons")
    decided = [
        before is not None and after is not None
        for before, after in zip(first.decisions, second.decisions, strict=True)
    ]
    first, second = first.where(decided), second.where(decided)
    scored = [_numbers(rows.scores) for rows in (first, second)]
    has_scores = all(len(scores) == len(first) and not np.isnan(scores).any() for scores in scored)
    has_selected = bool(first.selected and second.selected)
    return People(
        groups={name: _coded(cells) for name, cells in first.groups.items() if name in second.groups},
        truth=_truth(first),
        selected=(np.array(first.selected), np.array(second.selected)) if has_selected else None,
        scores=(scored[0], scored[1]) if has_scores else None,
        weights=np.array(first.weights) if first.weights else np.ones(len(first)),
    )


def decision_rows(result: Measured) -> DecisionRows | None:
    """The rows that were asked about; None where the probe asks about none, or where they were taken out of the run.

    Raises ValueError where the rows are in a file that was not read: what is not read cannot be compared.
    """
    if isinstance(result.items, StoredItems):
        if result.items.redacted:
            return None
        raise ValueError(f"the rows of {result.probe.name} were not read (document.with_items)")
    return result.items if isinstance(result.items, DecisionRows) else None


def _difference(first: DecisionRows, second: DecisionRows) -> str:
    """In a clause how the rows differ; empty where number, groups, true outcomes and weights are all the same."""
    if len(first) != len(second):
        return WORDS("rows.number", ours=len(first), theirs=len(second))
    if first.rule != second.rule:
        rules = [Name(rows.rule) if rows.rule else WORDS("rows.nothing") for rows in (first, second)]
        return WORDS("rows.rule", ours=rules[0], theirs=rules[1])
    shared = [name for name in first.groups if name in second.groups]
    if not shared and first.groups:
        ours, theirs = Name(", ".join(first.groups)), Name(", ".join(second.groups))
        return WORDS("rows.no_shared_column", ours=ours, theirs=theirs)
    columns: list[tuple[str, Sequence[Cell], Sequence[Cell]]] = [
        (WORDS("rows.row_number"), first.rows, second.rows),
        *((_column(name), first.groups[name], second.groups[name]) for name in shared),
        (WORDS("rows.outcome"), first.outcomes, second.outcomes),
        (WORDS("rows.counted"), first.counted, second.counted),
        (WORDS("rows.weight"), first.weights, second.weights),
    ]
    for what, before, after in columns:
        if before == after:
            continue
        if len(before) != len(after):
            return WORDS("rows.known_in_one", what=what)
        odd = [place for place, (was, now) in enumerate(zip(before, after, strict=True)) if was != now]
        cells = {"was": shown_cell(before[odd[0]], before), "now": shown_cell(after[odd[0]], after)}
        place = {"count": len(odd), "total": len(before), "row": first.rows[odd[0]]}
        return WORDS("rows.differs", what=what, **place, **{name: Name(cell) for name, cell in cells.items()})
    return ""


def _column(name: str) -> str:
    return WORDS("rows.group_column", column=Name(repr(name)))


def _coded(cells: Sequence[str]) -> tuple[tuple[str, ...], Codes]:
    numbers: dict[str, int] = {}
    codes = np.array([numbers.setdefault(cell, len(numbers)) for cell in cells], dtype=np.int64)
    return tuple(numbers), codes


def _truth(rows: DecisionRows) -> Codes:
    """Whether each row truly has the counted outcome: 0, 1, or UNKNOWN."""
    if not rows.counted:
        return np.full(len(rows), UNKNOWN, dtype=np.int64)
    return np.array([UNKNOWN if counted is None else int(counted) for counted in rows.counted], dtype=np.int64)


def _numbers(cells: Sequence[float | None]) -> Floats:
    return np.array([math.nan if cell is None else cell for cell in cells], dtype=np.float64)
