"""Calibration: whether a probability of 0.7 comes true seven times in ten. Arguments are those of `scores`."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit.metrics.arrays import FloatArray, Weights, divide, tally
from fairwitness.audit.metrics.definition import Definition, define
from fairwitness.audit.metrics.groups import against, by_group
from fairwitness.audit.metrics.scores import Flags, columns

Equal: TypeAlias = Literal["width", "mass"]
CLIP = 1e-6
"""Probabilities are held this far from 0 and 1 before their logit is taken."""

_STEPS = 200
_ROUNDING = 1e-12


class Bins(NamedTuple):
    """Rows of each bin: how many (or their weight), how many of them positive, and their mean score; each [bins]."""

    rows: FloatArray
    positives: FloatArray
    score: FloatArray


def calibration_bins(
    scores: npt.ArrayLike,
    positive: npt.ArrayLike,
    weights: Weights = None,
    *,
    bins: int = 10,
    equal: Equal = "width",
) -> Bins:
    """Rows binned by their probability; the mean score of an empty bin is NaN.

    Bins of equal width hold their lower edge, the last one both. Bins of equal mass are cut by mid-rank, so that tied
    scores share one bin and the order of rows changes nothing; with many ties they are not equally full.
    """
    values, truth, weight = columns(scores, positive, weights, probabilities=True)
    places = _by_width(values, bins) if equal == "width" else _by_mass(values, weight, bins)
    rows = tally(places, bins, weight)
    return Bins(
        rows,
        tally(places, bins, weight * truth),
        divide(tally(places, bins, weight * values), rows),
    )


def expected_calibration_error(
    scores: npt.ArrayLike,
    positive: npt.ArrayLike,
    weights: Weights = None,
    *,
    bins: int = 10,
    equal: Equal = "width",
) -> float:
    """Mean distance between the share of positive rows and the mean score, over ten bins of equal width.

    `equal="mass"` takes bins of equally many rows. It is above 0 by chance alone, the more so the fewer rows there are.
    Undefined without rows.
    """
    binned = calibration_bins(scores, positive, weights, bins=bins, equal=equal)
    full = binned.rows > 0
    distance = np.abs(binned.positives[full] - binned.rows[full] * binned.score[full])
    return float(distance.sum() / binned.rows.sum()) if full.any() else math.nan


def cell_errors(
    scores: npt.ArrayLike, positive: npt.ArrayLike, codes: npt.ArrayLike, *, bins: int = 10
) -> tuple[FloatArray, FloatArray]:
    """Share of positive rows less mean score of every group and bin of equal width, and the rows there.

    `codes` is the group of each row. Both [groups, bins]; NaN in a cell without rows.
    """
    values, truth, weight = columns(scores, positive, None, probabilities=True)
    places = np.asarray(codes, dtype=np.int64) * bins + _by_width(values, bins)
    count = bins * (int(np.max(codes, initial=0)) + 1)
    rows = tally(places, count, weight)
    errors = divide(tally(places, count, weight * truth) - tally(places, count, weight * values), rows)
    return errors.reshape(-1, bins), rows.reshape(-1, bins)


def multicalibration_error(
    scores: npt.ArrayLike, positive: npt.ArrayLike, codes: npt.ArrayLike, *, bins: int = 10, least: int = 30
) -> float:
    """Largest distance between the share of positive rows and the mean score over groups and bins of `least` rows.

    The alpha for which scores are multicalibrated on these groups (Hébert-Johnson et al., ICML 2018, definition 2.2).
    It is above 0 by chance alone. NaN where no group has so many rows in one bin.
    """
    errors, rows = cell_errors(scores, positive, codes, bins=bins)
    large = rows >= least
    return float(np.abs(errors[large]).max()) if large.any() else math.nan


def calibration_slope(scores: npt.ArrayLike, positive: npt.ArrayLike, weights: Weights = None) -> float:
    """Slope of the logistic recalibration of the outcome on the logit of the score.

    Below 1 scores are too extreme, above 1 too timid. Scores are held 1e-6 away from 0 and 1. Undefined where one
    outcome alone occurs, the scores do not vary, or they separate the outcomes.
    """
    return recalibration(scores, positive, weights)[1]


def calibration_intercept(scores: npt.ArrayLike, positive: npt.ArrayLike, weights: Weights = None) -> float:
    """Intercept of the logistic recalibration of the outcome on the logit of the score, fitted together with the slope.

    Undefined where the slope is.
    """
    return recalibration(scores, positive, weights)[0]


def recalibration(scores: npt.ArrayLike, positive: npt.ArrayLike, weights: Weights = None) -> tuple[float, float]:
    """Intercept and slope of logit P(y = 1) = a + b logit(s) by maximum likelihood: 0 and 1 when calibrated.

    Cox, Two Further Applications of a Model for Binary Regression, Biometrika 45 (1958) 562-565. NaN twice where the
    likelihood has no maximum: it has one just when each outcome reaches beyond the other's extreme (Albert & Anderson,
    Biometrika 71 (1984) 1-10). NaN too where weights are so far apart that arithmetic cannot find it.
    """
    values, truth, weight = columns(scores, positive, weights, probabilities=True)
    held = np.clip(values[weight > 0], CLIP, 1 - CLIP)
    truth, weight = truth[weight > 0], weight[weight > 0]
    x = np.log(held) - np.log1p(-held)
    above, below = x[truth], x[~truth]
    if not (above.size and below.size and above.min() < below.max() and below.min() < above.max()):
        return math.nan, math.nan
    return _newton(x, truth, weight)


def calibration_difference(
    scores: npt.ArrayLike, positive: npt.ArrayLike, codes: npt.ArrayLike, reference: int
) -> FloatArray:
    """Expected calibration error (ten bins of equal width) of the group minus that of the reference group: [groups].

    Smaller groups have larger errors by chance.
    """
    return against(by_group(expected_calibration_error, codes, scores, positive), reference)


def _by_width(values: FloatArray, bins: int) -> npt.NDArray[np.int64]:
    return np.searchsorted(np.arange(1, bins) / bins, values, "right").astype(np.int64)


def _by_mass(values: FloatArray, weight: FloatArray, bins: int) -> npt.NDArray[np.int64]:
    unique, places = np.unique(values, return_inverse=True)
    mass = tally(places, unique.size, weight)
    middle = np.cumsum(mass) - mass / 2
    bin_of = np.nan_to_num(divide(bins * middle, mass.sum())).astype(np.int64)
    return np.minimum(bin_of, bins - 1)[places]


def _newton(x: FloatArray, truth: Flags, weight: FloatArray) -> tuple[float, float]:
    """Maximum of the logistic likelihood, by Newton's steps halved where they overshoot; x is centred and scaled."""
    from scipy.special import expit

    centre, scale = float(x.mean()), float(x.std())
    design = np.stack([np.ones_like(x), (x - centre) / scale])
    share = float(weight @ truth / weight.sum())
    point = np.array([math.log(share / (1 - share)), 0.0])
    best = _loss(point, design, truth, weight)
    for _ in range(_STEPS):
        chance = expit(point @ design)
        slope = design @ (weight * (truth - chance))
        curvature = (design * (weight * chance * (1 - chance))) @ design.T
        try:
            step = np.linalg.solve(curvature, slope)
        except np.linalg.LinAlgError:
            break
        worse = best * (1 + _ROUNDING)
        while (loss := _loss(point + step, design, truth, weight)) > worse and np.abs(step).max() > _ROUNDING:
            step = step / 2
        point, best = point + step, min(loss, best)
        if np.abs(step).max() <= _ROUNDING * max(1.0, float(np.abs(point).max())):
            return float(point[0] - point[1] * centre / scale), float(point[1] / scale)
    return math.nan, math.nan


def _loss(point: FloatArray, design: FloatArray, truth: Flags, weight: FloatArray) -> float:
    logits = point @ design
    return float(weight @ (np.logaddexp(0.0, logits) - truth * logits))


NAEINI = "Naeini, Cooper & Hauskrecht 2015, Obtaining Well Calibrated Probabilities Using Bayesian Binning, AAAI"
COX = "Cox 1958, Two Further Applications of a Model for Binary Regression, Biometrika 45, 562-565"

DEFINITIONS: tuple[Definition, ...] = (
    define("score", expected_calibration_error, "Σ n_b / n |mean y_b - mean s_b|", NAEINI, ideal=0, better="lower"),
    define(
        "score",
        calibration_slope,
        "b in logit P(y = 1) = a + b logit s",
        COX,
        ideal=1,
        low=-math.inf,
        high=math.inf,
        unit="slope",
    ),
    define(
        "score",
        calibration_intercept,
        "a in logit P(y = 1) = a + b logit s",
        COX,
        ideal=0,
        low=-math.inf,
        high=math.inf,
        unit="log odds",
    ),
    define("score", calibration_difference, "ECE(g) - ECE(ref)", NAEINI, ideal=0, low=-1),
)
