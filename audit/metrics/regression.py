"""Errors of predicted numbers. `predicted` and `true` [rows] are finite; a residual is predicted minus true.

`weights` [rows] say how often each row counts. Values are undefined (NaN) without rows; differences are those of a
group to a reference group, [groups]. ValueError on unequal lengths and on numbers that are not finite.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from fairwitness.audit.metrics.arrays import FloatArray, Weights, refuse
from fairwitness.audit.metrics.definition import Definition, define
from fairwitness.audit.metrics.groups import against, by_group
from fairwitness.audit.metrics.scores import CALDERS, weighted_mean


def residuals(
    predicted: npt.ArrayLike, true: npt.ArrayLike, weights: Weights = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Residuals, true numbers and weights as checked arrays of one length."""
    guess, truth = np.asarray(predicted, dtype=np.float64), np.asarray(true, dtype=np.float64)
    weight = np.ones(truth.shape) if weights is None else np.asarray(weights, dtype=np.float64)
    if guess.ndim != 1 or not guess.shape == truth.shape == weight.shape:
        raise ValueError(f"{guess.size} predicted numbers, {truth.size} true ones and {weight.size} weights")
    refuse(~np.isfinite(guess), guess, "is no finite number, as a prediction must be")
    refuse(~np.isfinite(truth), truth, "is no finite number, as a true outcome must be")
    refuse(~(weight >= 0), weight, "is no weight")
    return guess - truth, truth, weight


def mean_residual(predicted: npt.ArrayLike, true: npt.ArrayLike, weights: Weights = None) -> float:
    """Mean of predicted minus true: above 0 where predictions are too high."""
    errors, _, weight = residuals(predicted, true, weights)
    return weighted_mean(errors, weight)


def root_mean_squared_error(predicted: npt.ArrayLike, true: npt.ArrayLike, weights: Weights = None) -> float:
    """Root of the mean squared residual."""
    errors, _, weight = residuals(predicted, true, weights)
    return math.sqrt(weighted_mean(errors**2, weight))


def mean_absolute_error(predicted: npt.ArrayLike, true: npt.ArrayLike, weights: Weights = None) -> float:
    """Mean distance of predicted from true."""
    errors, _, weight = residuals(predicted, true, weights)
    return weighted_mean(np.abs(errors), weight)


def r2(predicted: npt.ArrayLike, true: npt.ArrayLike, weights: Weights = None) -> float:
    """Share of the variance of the true numbers that is explained, below 0 where their mean would predict better.

    Undefined where the true numbers do not vary.
    """
    errors, truth, weight = residuals(predicted, true, weights)
    if np.unique(truth[weight > 0]).size < 2:
        return math.nan
    spread = weighted_mean((truth - weighted_mean(truth, weight)) ** 2, weight)
    return 1 - weighted_mean(errors**2, weight) / spread


def mean_residual_difference(
    predicted: npt.ArrayLike, true: npt.ArrayLike, codes: npt.ArrayLike, reference: int
) -> FloatArray:
    """Mean residual of the group minus that of the reference group."""
    return against(by_group(mean_residual, codes, predicted, true), reference)


def root_mean_squared_error_difference(
    predicted: npt.ArrayLike, true: npt.ArrayLike, codes: npt.ArrayLike, reference: int
) -> FloatArray:
    """Root mean squared error of the group minus that of the reference group."""
    return against(by_group(root_mean_squared_error, codes, predicted, true), reference)


def mean_absolute_error_difference(
    predicted: npt.ArrayLike, true: npt.ArrayLike, codes: npt.ArrayLike, reference: int
) -> FloatArray:
    """Mean absolute error of the group minus that of the reference group."""
    return against(by_group(mean_absolute_error, codes, predicted, true), reference)


def r2_difference(predicted: npt.ArrayLike, true: npt.ArrayLike, codes: npt.ArrayLike, reference: int) -> FloatArray:
    """Share of explained variance of the group minus that of the reference group."""
    return against(by_group(r2, codes, predicted, true), reference)


AGARWAL = "Agarwal, Dudík & Wu 2019, Fair Regression, https://arxiv.org/abs/1905.12843"
DRAPER = "Draper & Smith 1998, Applied Regression Analysis, 3rd edition, chapter 1"
UNIT = "unit of the outcome"

DEFINITIONS: tuple[Definition, ...] = (
    define("regression", mean_residual, "mean (ŷ - y)", CALDERS, ideal=0, low=-math.inf, high=math.inf, unit=UNIT),
    define(
        "regression",
        root_mean_squared_error,
        "√ mean (ŷ - y)²",
        AGARWAL,
        ideal=0,
        better="lower",
        high=math.inf,
        unit=UNIT,
    ),
    define(
        "regression", mean_absolute_error, "mean |ŷ - y|", AGARWAL, ideal=0, better="lower", high=math.inf, unit=UNIT
    ),
    define(
        "regression",
        r2,
        "1 - Σ (ŷ - y)² / Σ (y - mean y)²",
        DRAPER,
        ideal=1,
        better="higher",
        low=-math.inf,
        title="R²",
    ),
    define(
        "regression",
        mean_residual_difference,
        "mean residual(g) - mean residual(ref)",
        CALDERS,
        ideal=0,
        low=-math.inf,
        high=math.inf,
        unit=UNIT,
    ),
    define(
        "regression",
        root_mean_squared_error_difference,
        "RMSE(g) - RMSE(ref)",
        AGARWAL,
        ideal=0,
        low=-math.inf,
        high=math.inf,
        unit=UNIT,
    ),
    define(
        "regression",
        mean_absolute_error_difference,
        "MAE(g) - MAE(ref)",
        AGARWAL,
        ideal=0,
        low=-math.inf,
        high=math.inf,
        unit=UNIT,
    ),
    define(
        "regression",
        r2_difference,
        "R²(g) - R²(ref)",
        DRAPER,
        ideal=0,
        low=-math.inf,
        high=math.inf,
        title="R² difference",
    ),
)
