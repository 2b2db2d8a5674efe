"""ROC curves and the area between two of them. Arguments are those of `scores`."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fairwitness.audit.metrics.arrays import FloatArray, Weights
from fairwitness.audit.metrics.definition import Definition, define
from fairwitness.audit.metrics.scores import levels


class Roc(NamedTuple):
    """Corners of a ROC curve from (0, 0) to (1, 1), each [corners]: rates of the rows scoring at least `threshold`."""

    false_positive_rate: FloatArray
    true_positive_rate: FloatArray
    threshold: FloatArray


def roc(scores: npt.ArrayLike, positive: npt.ArrayLike, weights: Weights = None) -> Roc | None:
    """The ROC curve, thresholds falling from infinity through every score that occurs; None with one outcome alone."""
    values, hits, misses = levels(scores, positive, weights)
    if not (hits.sum() > 0 and misses.sum() > 0):
        return None
    over, false = np.cumsum(hits[::-1]), np.cumsum(misses[::-1])
    return Roc(
        np.concatenate([[0.0], false / false[-1]]),
        np.concatenate([[0.0], over / over[-1]]),
        np.concatenate([[math.inf], values[::-1]]),
    )


def abroca(
    scores_a: npt.ArrayLike, positive_a: npt.ArrayLike, scores_b: npt.ArrayLike, positive_b: npt.ArrayLike
) -> float:
    """Area between the ROC curves of two groups: 0 where they coincide, without sign.

    Exact for the piecewise linear curves, crossings included. At least |AUC(a) - AUC(b)|, and above 0 by chance alone.
    Undefined where one outcome alone occurs in a group.
    """
    a, b = roc(scores_a, positive_a), roc(scores_b, positive_b)
    if a is None or b is None:
        return math.nan
    grid = np.union1d(a.false_positive_rate, b.false_positive_rate)
    (left_a, right_a), (left_b, right_b) = _along(a, grid), _along(b, grid)
    start, end = (right_a - right_b)[:-1], (left_a - left_b)[1:]
    size = np.abs(start) + np.abs(end)
    same = start * end >= 0
    height = np.where(same, size / 2, (start**2 + end**2) / np.where(same, 1.0, 2 * size))
    return float(np.diff(grid) @ height)


def _along(curve: Roc, grid: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Heights of the curve on reaching and on leaving each point of the grid: they differ where it rises upright."""
    x, y = curve.false_positive_rate, curve.true_positive_rate
    places = np.unique(x)
    first, last = y[np.searchsorted(x, places, "left")], y[np.searchsorted(x, places, "right") - 1]
    after = np.clip(np.searchsorted(places, grid, "left"), 0, places.size - 1)
    exact = places[after] == grid
    before = np.maximum(after - 1, 0)
    span = np.where(exact, 1.0, places[after] - places[before])
    between = last[before] + (first[after] - last[before]) * (grid - places[before]) / span
    return np.where(exact, first[after], between), np.where(exact, last[after], between)


GARDNER = "Gardner, Brooks & Baker 2019, Evaluating the Fairness of Predictive Student Models, LAK, 225-234"

DEFINITIONS: tuple[Definition, ...] = (
    define(
        "score", abroca, "∫ |ROC_a(t) - ROC_b(t)| dt over t in 0..1", GARDNER, ideal=0, better="lower", title="ABROCA"
    ),
)
