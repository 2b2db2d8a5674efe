"""Empty cells: how many each column has, and whether some groups have more of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Cell, Column, Evidence, Metric
from fairwitness.probes.fairness.group_fairness.cells import Coded, Flags, Floats, outcome
from fairwitness.probes.fairness.representation.contrasts import contrasts, differences
from fairwitness.probes.fairness.representation.groupings import Grouping, shares
from fairwitness.probes.fairness.representation.sizes import UNIT
from fairwitness.probes.kit.claims import escaped, stated
from fairwitness.probes.kit.standing import standing


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
    found = [Holes(name, ~Coded.of(cells, outcome).known) for name, cells in columns.items()]
    return sorted(found, key=lambda one: -one.count)


def hole_metrics(
    found: Sequence[Holes], groupings: Sequence[Grouping], weights: Floats | None, least: int, most: int
) -> list[Metric]:
    """Share of empty cells of the `most` emptiest columns, and by group its difference to the reference (max-T)."""
    result = []
    for one in [one for one in found if one.count][:most]:
        hits, n = shares(one.empty, np.zeros(len(one.empty), dtype=np.int64), 1, weights)
        estimate = stats.proportion(float(hits[0]), float(n[0]))
        what = f"The share of rows without a value in column {one.column}"
        result.append(
            Metric(
                name="missing_share",
                estimate=estimate,
                unit=UNIT,
                better="lower",
                claim=stated(what, estimate, f"{escaped(what)} is {{value}}"),
                variant={"column": one.column},
                evidence=("missing",),
                tags=("representation", "missing", "detail"),
                **standing(("representation", "missing", "detail"), "lower", part=True),
            )
        )
        for grouping in groupings:
            if grouping.column != one.column:
                result += _by_group(one, grouping, weights, least)
    return result


def hole_table(found: Sequence[Holes], groupings: Sequence[Grouping]) -> Evidence:
    """Empty cells of every column, by group for those that have any."""
    columns = (
        Column("column"),
        Column("by"),
        Column("group"),
        Column("rows", "number", "rows"),
        Column("empty cells", "number", "rows"),
        Column("share", "number", UNIT),
    )
    rows: list[tuple[Cell, ...]] = []
    for one in found:
        rows.append((one.column, "all rows", "all rows", *_counted(one.count, len(one.empty))))
        for grouping in groupings if one.count else ():
            if grouping.column != one.column:
                hits, n = shares(one.empty, grouping.codes, len(grouping.groups), None)
                rows += [
                    (one.column, grouping.column, name, *_counted(int(hits[at]), int(n[at])))
                    for at, name in enumerate(grouping.groups)
                ]
    return Evidence(
        "missing", "Cells without a value, by column and by group", "table", columns, tuple(rows), len(rows)
    )


def _counted(hits: int, n: int) -> tuple[Cell, ...]:
    return n, hits, hits / n if n else None


def _by_group(one: Holes, grouping: Grouping, weights: Floats | None, least: int) -> list[Metric]:
    hits, n = shares(one.empty, grouping.codes, len(grouping.groups), weights)
    found = contrasts(grouping, grouping.sizes, hits, n, least)
    verb, tags = f"have no value in column {one.column}", ("representation", "missing", "simultaneous", "detail")
    return differences("missing_share_difference", grouping, found, verb, "missing", tags, {"column": one.column})
