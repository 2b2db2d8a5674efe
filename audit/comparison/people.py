"""The rows of two runs side by side: are they the same people, and what was decided about each of them?"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit import metrics
from fairwitness.audit.comparison.paired import UNKNOWN, Floats, Joint
from fairwitness.audit.own_cells import shown_cell
from fairwitness.audit.records import Cell, Estimate, Evidence, Measured, Metric

DECISIONS = "decisions"
"""Id of the evidence that holds one line for every row that was decided."""
TAIL = ("decision", "true outcome", "score", "selected")
"""Its columns after the row's number and its groups; the weight may follow."""
CROSSED = " × "
CLOSE = 1e-9
MOST_OUTCOMES = 50
"""With more different true outcomes than this they are taken for a quantity, of which no value is counted."""
KNOWN_BY = ("base_rate", "accuracy", "true_positive_rate", "false_positive_rate")
"""Overall rates that tell which true outcome was counted."""

Codes: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """The evidence `decisions` of one run by column; `several` says that people have several rows."""

    rows: tuple[Cell, ...]
    groups: Mapping[str, tuple[Cell, ...]]
    outcomes: tuple[Cell, ...]
    scores: tuple[Cell, ...]
    selected: Flags
    weights: tuple[Cell, ...]
    several: bool

    @classmethod
    def of(cls, evidence: Evidence) -> Lines | None:
        """None where the evidence has other columns."""
        names = [column.name for column in evidence.columns]
        at = next((k for k in range(1, len(names)) if tuple(names[k : k + len(TAIL)]) == TAIL), None)
        if at is None or not evidence.rows:
            return None
        cells = list(zip(*evidence.rows, strict=True))
        weight = names.index("weight", at) if "weight" in names[at:] else None
        return cls(
            rows=cells[0],
            groups=dict(zip(names[1:at], cells[1:at], strict=True)),
            outcomes=cells[at + 1],
            scores=cells[at + 2],
            selected=np.array([cell == "yes" for cell in cells[at + 3]], dtype=np.bool_),
            weights=() if weight is None else cells[weight],
            several="person" in names[at:],
        )


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """The same rows in both runs. `truth` is 0 (no), 1 (yes) or 2 (unknown); `scores` are of before and of after.

    `groups` holds for each column its values and which of them each row has.
    """

    groups: Mapping[str, tuple[tuple[str, ...], Codes]]
    truth: Codes
    selected: tuple[Flags, Flags]
    scores: tuple[Floats, Floats] | None
    weights: Floats

    @property
    def weighted(self) -> bool:
        """Whether rows weigh differently."""
        return bool((self.weights != 1).any())

    def part(self, metric: Metric) -> tuple[Flags, Flags | None] | None:
        """The rows that a metric speaks of and those of its reference group; None where they cannot be told."""
        columns = list(metric.by)
        if metric.variant or not set(columns) <= set(self.groups):
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
        found = np.ones(len(self.truth), dtype=np.bool_)
        for column, value in zip(columns, wanted, strict=True):
            values, codes = self.groups[column]
            found &= codes == (values.index(value) if value in values else -1)
        return found

    def joint(self, rows: Flags) -> Joint:
        """The table [truth, before, after] of some rows."""
        before, after = self.selected
        cells = (4 * self.truth + 2 * before + after)[rows]
        weights = self.weights[rows]
        return Joint(len(cells), _summed(cells, weights), _summed(cells, weights**2))


def _summed(cells: Codes, weights: Floats) -> Floats:
    return np.bincount(cells, weights=weights, minlength=12).astype(np.float64).reshape(3, 2, 2)


def same_rows(base: Measured, new: Measured) -> People | str:
    """The rows of both runs, or in a clause why they are not known to be the same."""
    lines = [_lines(result) for result in (base, new)]
    first, second = lines
    if first is None or second is None:
        sides = [name for name, found in zip(("BASE", "NEW"), lines, strict=True) if found is None]
        return f"{' and '.join(sides)} {'has' if len(sides) == 1 else 'have'} no list of decisions by row"
    if first.several or second.several:
        return "some people have several rows, and changes are told by rows that are people"
    problem = _difference(first, second)
    if problem:
        return problem
    truth = _truth(first.outcomes, (first.selected, second.selected), _weights(first), (base, new))
    if truth is None:
        return "which true outcome was counted cannot be told from the rows"
    scored = [np.array([_number(cell) for cell in side.scores], dtype=np.float64) for side in (first, second)]
    missing = any(np.isnan(scores).any() for scores in scored)
    return People(
        groups={name: _coded(cells) for name, cells in first.groups.items() if name in second.groups},
        truth=truth,
        selected=(first.selected, second.selected),
        scores=None if missing else (scored[0], scored[1]),
        weights=_weights(first),
    )


def _lines(result: Measured) -> Lines | None:
    found = next((one for one in result.evidence if one.id == DECISIONS), None)
    return None if found is None or found.total != found.shown else Lines.of(found)


def _difference(first: Lines, second: Lines) -> str:
    """In a clause how the rows differ; empty where number, groups, true outcomes and weights are all the same."""
    if len(first.rows) != len(second.rows):
        return f"BASE decided {len(first.rows)} rows and NEW {len(second.rows)}"
    shared = [name for name in first.groups if name in second.groups]
    if not shared and first.groups:
        return f"they have no group column in common ({', '.join(first.groups)}; {', '.join(second.groups)})"
    columns = [
        ("the row's number", first.rows, second.rows),
        *((f"group column {name!r}", first.groups[name], second.groups[name]) for name in shared),
        ("the true outcome", first.outcomes, second.outcomes),
        ("the weight", first.weights, second.weights),
    ]
    for what, ours, theirs in columns:
        if ours == theirs:
            continue
        if len(ours) != len(theirs):
            return f"{what} is known in one of them alone"
        odd = [at for at, (one, other) in enumerate(zip(ours, theirs, strict=True)) if one != other]
        was, now = shown_cell(ours[odd[0]], ours), shown_cell(theirs[odd[0]], theirs)
        return f"{what} differs in {len(odd)} of {len(ours)} rows, for example row {first.rows[odd[0]]}: {was}, {now}"
    return ""


def _coded(cells: Sequence[Cell]) -> tuple[tuple[str, ...], Codes]:
    numbers: dict[str, int] = {}
    codes = np.array([numbers.setdefault(str(cell), len(numbers)) for cell in cells], dtype=np.int64)
    return tuple(numbers), codes


def _weights(lines: Lines) -> Floats:
    if not lines.weights:
        return np.ones(len(lines.rows))
    return np.nan_to_num(np.array([_number(cell) for cell in lines.weights], dtype=np.float64))


def _truth(
    outcomes: Sequence[Cell], selected: Sequence[Flags], weights: Floats, results: Sequence[Measured]
) -> Codes | None:
    """Which rows truly have the counted outcome: the one choice of values that gives the overall rates of both runs."""
    known = np.array([cell is not None for cell in outcomes], dtype=np.bool_)
    if not known.any():
        return np.full(len(outcomes), UNKNOWN, dtype=np.int64)
    wanted = [_overall(result) for result in results]
    fitting: dict[bytes, Codes] = {}
    for counted in _choices([cell for cell in outcomes if cell is not None]):
        positive = np.array([cell is not None and counted(cell) for cell in outcomes], dtype=np.bool_)
        truth = np.where(known, positive, UNKNOWN).astype(np.int64)
        if all(
            _fits(positive[known], one[known], weights[known], want) for one, want in zip(selected, wanted, strict=True)
        ):
            fitting[positive.tobytes()] = truth
    return next(iter(fitting.values())) if len(fitting) == 1 else None


def _choices(outcomes: Sequence[Cell]) -> Iterator[Callable[[Cell], bool]]:
    """Each single value, and where all are numbers every rule of at least or at most one of them."""
    values = list(dict.fromkeys(outcomes))
    if len(values) > MOST_OUTCOMES:
        return
    for value in values:
        yield lambda cell, value=value: cell == value  # type: ignore[misc]
    numbers = {value: _number(value) for value in values}
    if not any(math.isnan(number) for number in numbers.values()):
        for compare in (operator.ge, operator.le):
            for bound in sorted(numbers.values()):
                yield lambda cell, bound=bound, compare=compare: compare(numbers[cell], bound)  # type: ignore[misc]


def _overall(result: Measured) -> Mapping[str, float]:
    return {
        one.name: one.estimate.value
        for one in result.metrics
        if one.name in KNOWN_BY and not one.by and not one.variant and isinstance(one.estimate, Estimate)
    }


def _fits(positive: Flags, selected: Flags, weights: Floats, wanted: Mapping[str, float]) -> bool:
    if not wanted:
        return False
    counts = metrics.counts(positive, selected, np.zeros(len(positive), dtype=np.int64), 1, weights)[0]
    found = {name: float(metrics.DEFINITIONS[name].function(counts)) for name in wanted}
    return all(abs(found[name] - value) < CLOSE for name, value in wanted.items())


def _number(cell: Cell) -> float:
    try:
        return math.nan if cell is None else float(cell)
    except ValueError:
        return math.nan
