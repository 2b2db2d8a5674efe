"""Columns of a table: which go together, and which give a protected one away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from fairwitness.audit.records import Cell, Estimate, Undefined
from fairwitness.probes.kit.decisions.categorical import MISSING, Categorical, Codes, Floats
from fairwitness.probes.kit.decisions.cross_validated import Plan, auc, folded, kind_shares, sample
from fairwitness.probes.kit.decisions.features import Feature, features

FOLDS = 5
MOST_ROWS = 20_000
LEAST_ROWS = 30
"""Rows inside and outside of a group below which nothing can be told from columns."""
BINS = 8


@dataclass(frozen=True, slots=True)
class Proxy:
    """How well a column tells the group of a protected column that it tells best, and whether it is a proxy for it."""

    protected: str
    column: str
    group: str
    estimate: Estimate | Undefined
    is_proxy: bool


def proxies(
    protected: str, groups: Categorical, columns: Mapping[str, Sequence[Cell]], least: float, seed: int
) -> list[Proxy]:
    """One entry a column that can tell anything, the most telling first.

    The AUC is cross-validated (`cross_validated.auc`); intervals hold for all columns and groups at once. A column is a
    proxy where the low end lies above `least`.
    """
    names = [name for name, count in groups.counts.items() if name != MISSING and count >= LEAST_ROWS]
    inside = np.isin(groups.codes, [groups.values.index(name) for name in groups.counts if name != MISSING])
    rows = sample(np.flatnonzero(inside), Plan(FOLDS, LEAST_ROWS, MOST_ROWS, seed))
    names = [name for name in names if (groups.codes[rows] == groups.values.index(name)).sum() >= LEAST_ROWS]
    telling, _ = features({name: tuple(cells) for name, cells in columns.items()})
    if len(groups.counts) < 2 or not names or not telling:
        return []
    codes = groups.codes[rows]
    numbers = np.array([names.index(name) if name in names else len(names) for name in groups.values])
    classes = numbers[codes]
    if len(np.unique(classes)) < 2:
        return []
    asked = names[:1] if len(names) == 2 and len(np.unique(classes)) == 2 else names
    folds = folded(classes, Plan(FOLDS, LEAST_ROWS, MOST_ROWS, seed))
    made = []
    for feature in telling:
        shares = kind_shares(feature.bins[rows], classes, folds)
        many = len(telling) * len(asked)
        areas = {name: auc(shares[:, names.index(name)], classes == names.index(name), folds, many) for name in asked}
        best = max(areas, key=lambda name: _value(areas[name]))
        estimate = areas[best]
        is_proxy = isinstance(estimate, Estimate) and estimate.low > least
        made.append(Proxy(protected, feature.name, best, estimate, is_proxy))
    return sorted(made, key=lambda proxy: (-_value(proxy.estimate), proxy.column))


def _value(estimate: Estimate | Undefined) -> float:
    return estimate.value if isinstance(estimate, Estimate) else 0.0


def linked(columns: Mapping[str, Sequence[Cell]], least: float) -> list[tuple[str, ...]]:
    """Columns that go together, in groups of two and more: each is correlated with another one of its group.

    Two columns of numbers by Spearman's correlation, others by Cramér's V corrected for bias (Bergsma 2013), numbers
    cut into eighths.
    """
    telling, _ = features({name: tuple(cells) for name, cells in columns.items()})
    group = list(range(len(telling)))
    for first in range(len(telling)):
        for second in range(first):
            if association(telling[first], telling[second]) >= least:
                old, new = group[first], group[second]
                group = [new if number == old else number for number in group]
    members: dict[int, list[str]] = {}
    for feature, number in zip(telling, group, strict=True):
        members.setdefault(number, []).append(feature.name)
    return [tuple(names) for names in members.values() if len(names) > 1]


def association(first: Feature, second: Feature) -> float:
    """How far two columns go together, from 0 to 1; 0 where one of them does not vary."""
    if not (first.categorical or second.categorical):
        known = np.isfinite(first.values) & np.isfinite(second.values)
        return abs(spearman(first.values[known], second.values[known]))
    return _cramers_v(_cut(first), _cut(second))


def spearman(first: Floats, second: Floats) -> float:
    """Spearman's rank correlation; 0 below three pairs and where one side does not vary."""
    if len(first) < 3 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(np.corrcoef(rankdata(first), rankdata(second))[0, 1])


def _cut(feature: Feature) -> Codes:
    if feature.categorical:
        return feature.bins
    ranks = rankdata(feature.bins, method="average") / (len(feature.bins) + 1)
    return np.floor(ranks * BINS).astype(np.int64)


def _cramers_v(first: Codes, second: Codes) -> float:
    _, rows = np.unique(first, return_inverse=True)
    _, columns = np.unique(second, return_inverse=True)
    table = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(table, (rows, columns), 1)
    n, (r, c) = table.sum(), table.shape
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    phi = max(0.0, float(((table - expected) ** 2 / expected).sum() / n) - (r - 1) * (c - 1) / (n - 1))
    least = min(r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)) - 1
    return float(np.sqrt(phi / least)) if least > 0 else 0.0


def shades(cells: Sequence[Cell]) -> list[float | None]:
    """Where each number lies among those of its column, from 0 to 1; None for what is no number."""
    numbers = [cell if isinstance(cell, int | float) and not isinstance(cell, bool) else None for cell in cells]
    known = [float(number) for number in numbers if number is not None]
    if len(set(known)) < 2:
        return [None] * len(cells)
    ranks: Iterator[float] = iter(((rankdata(known) - 1) / (len(known) - 1)).tolist())
    return [None if number is None else next(ranks) for number in numbers]
