"""Columns of a table as numbers that a model can learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.records import Cell
from fairwitness.probes.kit.decisions.categorical import Categorical, Codes, Floats, outcome, real

BINS = 64
"""Most bins of a column of numbers, cut at quantiles."""
CATEGORIES = 200
"""Most kinds of a column of texts; rarer ones are taken together."""
FEW = 10
"""Rows that a kind needs to stand for itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Feature:
    """A column: `values` as a model reads them (NaN where there is none), `bins` the same cut into few kinds."""

    name: str
    values: Floats
    bins: Codes
    categorical: bool


def features(columns: dict[str, Sequence[Cell]]) -> tuple[list[Feature], dict[str, int]]:
    """Columns that can tell something, and texts left out because nearly every row has its own, with how many.

    A column that never varies tells nothing and is left out without a word.
    """
    features: list[Feature] = []
    unused: dict[str, int] = {}
    for name, cells in columns.items():
        column = Categorical.of(cells, outcome)
        if len(column.values) + (not column.known.all()) < 2:
            continue
        if not any(isinstance(cell, str | bool) for cell in cells):
            features.append(_numbers(name, cells))
        elif len(column.values) > max(CATEGORIES, len(cells) // 2):
            unused[name] = len(column.values)
        else:
            features.append(_kinds(name, column))
    return features, unused


def _numbers(name: str, cells: Sequence[Cell]) -> Feature:
    values = np.array([real(cell) for cell in cells], dtype=np.float64)
    known = values[np.isfinite(values)]
    distinct = np.unique(known)
    if len(distinct) > BINS:
        distinct = np.unique(np.quantile(known, np.arange(1, BINS) / BINS, method="lower"))
    bins = np.where(np.isfinite(values), 1 + np.searchsorted(distinct, values, side="right"), 0)
    return Feature(name, np.where(np.isfinite(values), values, np.nan), bins.astype(np.int64), categorical=False)


def _kinds(name: str, column: Categorical) -> Feature:
    counts = column.counts
    often = sorted((kind for kind in counts if counts[kind] >= FEW), key=lambda kind: (-counts[kind], kind))
    places = {kind: 2 + place for place, kind in enumerate(often[:CATEGORIES])}
    # 0 is an empty cell, 1 any kind that is too rare
    bins = np.array([*(places.get(kind, 1) for kind in column.values), 0], dtype=np.int64)[column.codes]
    return Feature(name, np.where(bins > 0, bins.astype(np.float64), np.nan), bins, categorical=True)
