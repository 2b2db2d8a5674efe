"""Unfairness between persons: how unequally benefits fall, and whether like cases are treated alike."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from fairwitness.audit.metrics.arrays import FloatArray, divide
from fairwitness.audit.metrics.contrasts import BELLAMY
from fairwitness.audit.metrics.definition import Definition, define
from fairwitness.audit.metrics.rates import n

BENEFITS = np.array([1.0, 2.0, 0.0, 1.0])
"""Decision minus true outcome plus 1, for tn, fp, fn and tp (Speicher et al. 2018, section 3.1)."""

_CHUNK = 2**22


def generalized_entropy(counts: npt.ArrayLike, alpha: float = 2.0) -> FloatArray:
    """Inequality of the benefits that decisions bring, where a benefit is decision minus true outcome plus 1.

    `counts` [..., 4] in the order tn, fp, fn, tp; returns [...]. `alpha` weighs the upper end: 2 is half the squared
    coefficient of variation, 1 Theil's index, 0 the mean log deviation (undefined where someone has no benefit).
    Undefined where nobody has a benefit.
    """
    table = np.asarray(counts, dtype=np.float64)
    return _entropy(table, np.broadcast_to(BENEFITS, table.shape), alpha)


def theil(counts: npt.ArrayLike) -> FloatArray:
    """Theil's index of the benefits that decisions bring: the generalized entropy with alpha 1."""
    return generalized_entropy(counts, 1.0)


def between_group_entropy(counts: npt.ArrayLike, alpha: float = 2.0) -> FloatArray:
    """The part of the generalized entropy that lies between groups: everybody has the mean benefit of their group.

    `counts` [..., groups, 4]; returns [...]. Groups without rows weigh nothing.
    """
    rows = n(counts)
    means = divide(np.asarray(counts, dtype=np.float64) @ BENEFITS, rows)
    return _entropy(rows, np.where(rows > 0, means, 0.0), alpha)


def consistency(selected: npt.ArrayLike, features: npt.ArrayLike, neighbours: int = 5) -> float:
    """One minus the mean distance between a row's decision and the mean decision of the rows most like it.

    See `neighbour_distances`; undefined with fewer rows than `neighbours` + 1.
    """
    distances, _ = neighbour_distances(selected, features, neighbours)
    return 1 - float(distances.mean()) if distances.size else math.nan


def neighbour_distances(
    selected: npt.ArrayLike, features: npt.ArrayLike, neighbours: int = 5
) -> tuple[FloatArray, FloatArray]:
    """Distance [rows] between each row's decision and the mean decision of the rows most like it; and what a row moves.

    A row moves its own distance and those of the rows that it is a neighbour of; the second array [rows] holds its
    distance plus by how much the others' would change without it. Their variance over the rows is at least that of
    the mean distance (jackknife, neighbours not replaced), which the distances alone understate: they share rows.
    `selected` [rows] are decisions (0 or 1), `features` [rows, columns] numbers on comparable scales; likeness is
    Euclidean. The row itself is left out, and rows that tie for the last place all count, so that the order of rows
    changes nothing (AIF360 counts the row itself among its neighbours, which pulls the value towards 1). Empty with
    fewer rows than `neighbours` + 1. Time grows with the square of the rows, memory with the rows.
    """
    chosen, points = np.asarray(selected, dtype=np.float64), np.asarray(features, dtype=np.float64)
    if points.ndim != 2 or points.shape[0] != chosen.size:
        raise ValueError(f"features of shape {points.shape} for {chosen.size} decisions")
    if neighbours < 1:
        raise ValueError(f"{neighbours} neighbours; at least 1 is needed")
    rows = chosen.size
    if rows <= neighbours:
        return np.zeros(0), np.zeros(0)
    points = points - points.mean(axis=0)
    squares = (points**2).sum(axis=1)
    tolerance = 1e-9 * float(squares.max())
    apart, moved = np.zeros(rows), np.zeros((2, rows))
    for start in range(0, rows, step := max(1, _CHUNK // rows)):
        block = np.arange(start, min(start + step, rows))
        distances = squares[block, None] + squares - 2 * points[block] @ points.T
        distances[np.arange(block.size), block] = np.inf
        last = np.partition(distances, neighbours - 1, axis=1)[:, neighbours - 1]
        row, other = np.divmod(np.flatnonzero(distances <= last[:, None] + tolerance), rows)
        sums, sizes = np.bincount(row, weights=chosen[other]), np.bincount(row)
        apart[block] = np.abs(chosen[block] - sums / sizes)
        for decision in (0, 1):
            without = np.abs(chosen[block] - (sums - decision) / np.maximum(sizes - 1, 1))
            change = apart[block] - np.where(sizes > 1, without, apart[block])
            moved[decision] += np.bincount(other, weights=change[row], minlength=rows)
    return apart, apart + np.where(chosen == 1, moved[1], moved[0])


def counterfactual_flip_rate(selected: npt.ArrayLike, counterfactuals: npt.ArrayLike) -> float:
    """Share of the changed rows whose decision differs from that of the row as it is.

    `selected` [rows] are decisions, `counterfactuals` [rows] or [rows, changes] the decisions about the same rows after
    a change that should not matter (another group, say). Undefined without rows.
    """
    decided, other = np.asarray(selected), np.asarray(counterfactuals)
    if other.shape[:1] != decided.shape or other.ndim > 2:
        raise ValueError(f"decisions about changed rows have shape {other.shape}, the rows number {decided.size}")
    return float((other.reshape(decided.size, -1) != decided[:, None]).mean()) if other.size else math.nan


def _entropy(rows: FloatArray, benefits: FloatArray, alpha: float) -> FloatArray:
    """Generalized entropy over the last axis, `rows` being how many have each benefit."""
    total = rows.sum(axis=-1)
    relative = divide(benefits, divide((rows * benefits).sum(axis=-1), total)[..., None])
    with np.errstate(divide="ignore", invalid="ignore"):
        if alpha == 1:
            terms = np.where(relative > 0, relative * np.log(relative), 0.0)
        elif alpha == 0:
            terms = -np.log(relative)
        else:
            terms = (relative**alpha - 1) / (alpha * (alpha - 1))
        summed = np.where(rows > 0, rows * terms, 0.0).sum(axis=-1)
    value = divide(summed, total)
    undefined = ~np.isfinite(value) | np.isnan(relative).all(axis=-1)
    return np.where(undefined, math.nan, value)


SPEICHER = (
    "Speicher et al. 2018, A Unified Approach to Quantifying Algorithmic Unfairness, https://arxiv.org/abs/1807.00787"
)
ZEMEL = "Zemel et al. 2013, Learning Fair Representations, ICML, equation for yNN"
GARG = "Garg et al. 2019, Counterfactual Fairness in Text Classification, https://arxiv.org/abs/1809.10610"

DEFINITIONS: tuple[Definition, ...] = (
    define(
        "individual",
        generalized_entropy,
        "mean((b / mean b)^α - 1) / (α (α - 1)), b = decision - truth + 1, α = 2",
        SPEICHER,
        ideal=0,
        better="lower",
        high=math.inf,
        unit="index",
    ),
    define(
        "individual",
        theil,
        "mean((b / mean b) ln(b / mean b)), b = decision - truth + 1",
        SPEICHER,
        ideal=0,
        better="lower",
        high=math.inf,
        unit="nat",
        title="Theil index",
    ),
    define(
        "gap",
        between_group_entropy,
        "generalized entropy with b = mean benefit of the own group, α = 2",
        BELLAMY,
        ideal=0,
        better="lower",
        high=math.inf,
        unit="index",
        title="generalized entropy between groups",
    ),
    define(
        "individual",
        consistency,
        "1 - mean |decision - mean decision of the k nearest others|, k = 5",
        ZEMEL,
        ideal=1,
        better="higher",
        truth=False,
    ),
    define(
        "individual",
        counterfactual_flip_rate,
        "share of (row, change) whose decision differs from the row's",
        GARG,
        ideal=0,
        better="lower",
        truth=False,
    ),
)
