"""Whether rows that look alike are decided alike."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.metrics import DEFINITIONS
from fairwitness.audit.metrics.individual import neighbour_distances
from fairwitness.audit.records import Cell, Estimate, Metric, Name, Undefined
from fairwitness.probes.fairness.group_fairness.meaning import alike, not_interpretable
from fairwitness.probes.fairness.group_fairness.measures import WORDS
from fairwitness.probes.kit.decisions.categorical import Categorical, Floats, outcome, real
from fairwitness.probes.kit.decisions.outcomes import Outcomes
from fairwitness.probes.kit.decisions.table import DecisionTable
from fairwitness.probes.kit.measures import Measure

MOST_ROWS = 10_000
MOST_VALUES = 50
"""A column of more different texts than these names things rather than describes them."""
CONSISTENCY = Measure(
    name="consistency",
    words=WORDS,
    unit=DEFINITIONS["consistency"].unit,
    better=DEFINITIONS["consistency"].better,
    null=None,
    headline=False,
    tags=("extrinsic", "individual"),
)


def consistency(table: DecisionTable, outcomes: Outcomes, neighbours: int, seed: int) -> tuple[list[Metric], list[str]]:
    """The consistency of decisions over the feature columns, group columns left aside; nothing without features."""
    names = [name for name in table.columns.features if name not in table.groups]
    points, unused = _points({name: table.table.columns[name] for name in names})
    if points is None or not neighbours:
        return [], []
    rows = np.flatnonzero(outcomes.answered)
    notes = []
    if unused:
        notes.append(WORDS("note.texts_unused", names=Name(", ".join(map(repr, unused[:10])))))
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(seed).permutation(rows)[:MOST_ROWS])
        notes.append(WORDS("note.neighbours_sampled", rows=MOST_ROWS))
    distances, moved = neighbour_distances(outcomes.selected[rows], points[rows], neighbours)
    estimate = _estimate(distances, moved, neighbours, several=table.persons is not None)
    metric = CONSISTENCY.metric(estimate, neighbours=neighbours, rows=table.naming.rows)
    why = alike(outcomes.selected.astype(np.int64), outcomes.answered)
    return [metric if why is None else not_interpretable(metric, why)], notes


def _estimate(distances: Floats, moved: Floats, neighbours: int, *, several: bool) -> Estimate | Undefined:
    if several:
        return WORDS.undefined("reason.neighbours_of_people", "no_value")
    rows = len(distances)
    if not rows:
        return WORDS.undefined("reason.too_few_rows", "few_units", rows=neighbours + 1)
    least = 1 / (rows + 2) ** 2  # rows that never differ are no certainty
    variance = max(float(moved.var(ddof=1)), least) / rows
    return stats.normal_statistic(1 - float(distances.mean()), variance, rows).estimate("jackknife", (0.0, 1.0))


def _points(columns: Mapping[str, Sequence[Cell]]) -> tuple[Floats | None, list[str]]:
    """Features as numbers on one scale [rows, dimensions], None where none is left; and the columns left out.

    Numbers are divided by their standard deviation, missing ones stand at the mean; two different categories lie as
    far apart as two standard deviations.
    """
    points: list[Floats] = []
    unused = []
    for name, cells in columns.items():
        numbers = np.array([real(cell) for cell in cells], dtype=np.float64)
        column = Categorical.of(cells, outcome)
        if not np.isnan(numbers[column.known]).any():
            numbers = np.where(np.isfinite(numbers), numbers, np.nan)
            spread = float(np.nanstd(numbers)) if np.isfinite(numbers).any() else 0.0
            if spread > 0:
                points.append(np.nan_to_num((numbers - np.nanmean(numbers)) / spread)[:, None])
        elif len(column.values) <= MOST_VALUES:
            points.append(math.sqrt(2) * np.eye(len(column.values) + 1)[column.codes])
        else:
            unused.append(name)
    return (np.hstack(points) if points else None), unused
