"""Empty cells: how many each column has, and whether some groups have more of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Cell, Evidence, Metric, Name
from fairwitness.probes.fairness.representation.groupings import MEASURE, UNIT, WORDS, Grouping, contrasts, shares
from fairwitness.probes.kit.decisions.categorical import Categorical, Flags, outcome
from fairwitness.probes.kit.decisions.table import DecisionTable
from fairwitness.probes.kit.tables import Listing, label, number

OF_CELLS = partial(MEASURE, scope="detail", tags=("representation", "missing"), evidence=("missing",))
SHARE = OF_CELLS(name="missing_share", better="lower", null=None)
DIFFERENCE = OF_CELLS(name="missing_share_difference", joint=True)


@dataclass(frozen=True, slots=True, eq=False)
class Holes:
    """The rows in which a column has no value."""

    column: str
    empty: Flags

    @property
    def count(self) -> int:
        """How many these are."""
        return int(self.empty.sum())


def holes(columns: Mapping[str, Sequence[Cell]]) -> list[Holes]:
    """Every column with its empty cells, the emptiest first. Empty is what has no text, or is `nan`."""
    gaps = [Holes(name, ~Categorical.of(cells, outcome).known) for name, cells in columns.items()]
    return sorted(gaps, key=lambda each: -each.count)


def hole_metrics(
    holes: Sequence[Holes], groupings: Sequence[Grouping], table: DecisionTable, least: int, most: int
) -> Iterator[Metric]:
    """Share of empty cells of the `most` emptiest columns, and by group its difference to the reference (max-T)."""
    for each in [each for each in holes if each.count][:most]:
        variant = {"column": each.column}
        hits, n = shares(each.empty, np.zeros(len(each.empty), dtype=np.int64), 1, table.weights)
        yield SHARE.metric(stats.proportion(float(hits[0]), float(n[0])), variant=variant, rows=table.naming.rows)
        for grouping in groupings:
            if grouping.column != each.column:
                hits, n = shares(each.empty, grouping.codes, len(grouping.groups), table.weights)
                differences = contrasts(grouping, grouping.sizes, hits, n, least)
                yield from grouping.differences(DIFFERENCE, differences, variant, empty=Name(each.column))


@dataclass(frozen=True, slots=True)
class Line:
    """How many cells of a column are empty in a group."""

    column: str
    by: str
    group: str
    rows: int
    empty: int


HOLES: Listing[Line] = Listing(
    "missing",
    WORDS,
    label("column", lambda line: line.column),
    label("by", lambda line: line.by),
    label("group", lambda line: line.group),
    number("rows", lambda line: line.rows, "rows"),
    number("empty cells", lambda line: line.empty, "rows"),
    number("share", lambda line: line.empty / line.rows if line.rows else None, UNIT),
)


def hole_table(holes: Sequence[Holes], groupings: Sequence[Grouping]) -> Evidence:
    """Empty cells of every column, by group for those that have any."""
    lines = []
    for each in holes:
        lines.append(Line(each.column, "all rows", "all rows", len(each.empty), each.count))
        for grouping in groupings if each.count else ():
            if grouping.column != each.column:
                hits, n = shares(each.empty, grouping.codes, len(grouping.groups), None)
                for name, empty, rows in zip(grouping.groups, hits.tolist(), n.tolist(), strict=True):
                    lines.append(Line(each.column, grouping.column, name, int(rows), int(empty)))
    return HOLES.of(lines)
