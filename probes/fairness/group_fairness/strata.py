"""Conditional demographic disparity: selection of a group within the strata of a column that the user names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.metrics import stratum_disparity
from fairwitness.audit.records import Evidence, Metric, Name
from fairwitness.audit.stats.decisions.strata import Rows, disparity
from fairwitness.probes.fairness.group_fairness.measures import WORDS, GroupMeasure
from fairwitness.probes.fairness.group_fairness.unmeasured import not_asked
from fairwitness.probes.kit.decisions.counts import Group
from fairwitness.probes.kit.decisions.outcomes import Outcomes
from fairwitness.probes.kit.decisions.partition import Partition
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
