"""Whether rows that look alike are decided alike."""

from __future__ import annotations

import math

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.metrics import DEFINITIONS
from fairwitness.audit.metrics.individual import neighbour_distances
from fairwitness.audit.records import Cell, Estimate, Metric, Undefined
from fairwitness.probes.fairness.group_fairness.cells import Coded, Floats, outcome, real
from fairwitness.probes.fairness.group_fairness.meaning import alike, not_interpretable
from fairwitness.probes.fairness.group_fairness.rates import NOT_ESTIMABLE
from fairwitness.probes.fairness.group_fairness.rows import Frame, Outcomes
from fairwitness.probes.kit.claims import stated
from fairwitness.probes.kit.standing import standing

MOST_ROWS = 10_000
MOST_VALUES = 50
"""A column of more different texts than these names things rather than describes them."""


def consistency(frame: Frame, outcomes: Outcomes, neighbours: int, seed: int) -> tuple[list[Metric], list[str]]:
    """The consistency of decisions over the feature columns, group columns left aside; nothing without features."""
    names = [name for name in frame.columns.features if name not in frame.groups]
    columns, left_out = _points({name: frame.table.columns[name] for name in names})
    if columns is None or not neighbours:
        return [], []
    rows = np.flatnonzero(outcomes.answered)
    notes = []
    if left_out:
        notes.append(f"Similar rows: texts too many to compare are left out ({', '.join(map(repr, left_out[:10]))}).")
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(seed).permutation(rows)[:MOST_ROWS])
        notes.append(f"Similar rows were looked for among {MOST_ROWS} rows chosen by chance.")
    distances, moved = neighbour_distances(outcomes.selected[rows], columns[rows], neighbours)
    metric = _metric(distances, moved, neighbours, several=frame.persons is not None)
    why = alike(outcomes.selected.astype(np.int64), outcomes.answered)
    return [metric if why is None else not_interpretable(metric, why)], notes


def _metric(distances: Floats, moved: Floats, neighbours: int, *, several: bool) -> Metric:
    definition = DEFINITIONS["consistency"]
    estimate: Estimate | Undefined = Undefined(f"{NOT_ESTIMABLE}{neighbours + 1} rows needed")
    if several:
        estimate = Undefined(f"{NOT_ESTIMABLE}people have several rows, so the rows most like one are often their own")
    elif len(distances):
        n = len(distances)
        least = 1 / (n + 2) ** 2  # rows that never differ are no certainty
        variance = max(float(moved.var(ddof=1)), least) / n
        estimate = stats.normal_sample(1 - float(distances.mean()), variance, n).estimate("jackknife", (0.0, 1.0))
    what = f"The consistency of decisions over the {neighbours} most similar rows"
    claim = stated(what, estimate, f"{what}, group aside, is {{value}}; 1 is the same decision for all of them")
    return Metric(
        name=definition.name,
        estimate=estimate,
        unit=definition.unit,
        better=definition.better,
        claim=claim,
        tags=("extrinsic", "individual"),
        **standing(("extrinsic", "individual"), definition.better, part=False),
    )


def _points(columns: dict[str, tuple[Cell, ...]]) -> tuple[Floats | None, list[str]]:
    """Features as numbers on one scale [rows, dimensions], None where none is left; and the columns left out.

    Numbers are divided by their standard deviation, missing ones stand at the mean; two different categories lie as
    far apart as two standard deviations.
    """
    made: list[Floats] = []
    left_out = []
    for name, cells in columns.items():
        numbers = np.array([real(cell) for cell in cells], dtype=np.float64)
        coded = Coded.of(cells, outcome)
        if not np.isnan(numbers[coded.known]).any():
            numbers = np.where(np.isfinite(numbers), numbers, np.nan)
            spread = float(np.nanstd(numbers)) if np.isfinite(numbers).any() else 0.0
            if spread > 0:
                made.append(np.nan_to_num((numbers - np.nanmean(numbers)) / spread)[:, None])
        elif len(coded.values) <= MOST_VALUES:
            made.append(math.sqrt(2) * np.eye(len(coded.values) + 1)[coded.codes])
        else:
            left_out.append(name)
    return (np.hstack(made) if made else None), left_out
