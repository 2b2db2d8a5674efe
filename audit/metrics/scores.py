"""Metrics of scores: how well they rank, how near they are to the outcomes, and who reaches a cut.

`scores` [rows] are finite numbers, `positive` [rows] the true outcomes as flags, `weights` [rows] how often each row
counts (1 where none are given). Whole-number weights are repetition. ValueError on unequal lengths and on scores that
are not finite, or no probabilities where these are needed.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from fairwitness.audit.metrics.arrays import FloatArray, Weights, refuse, tally
from fairwitness.audit.metrics.definition import Definition, define
from fairwitness.audit.metrics.groups import against, by_group

Flags = npt.NDArray[np.bool_]


def columns(
    scores: npt.ArrayLike, positive: npt.ArrayLike, weights: Weights = None, *, probabilities: bool = False
) -> tuple[FloatArray, Flags, FloatArray]:
    """Scores, true outcomes and weights as checked arrays of one length."""
    values, truth = np.asarray(scores, dtype=np.float64), np.asarray(positive, dtype=np.bool_)
    weight = np.ones(values.shape) if weights is None else np.asarray(weights, dtype=np.float64)
    if values.ndim != 1 or not values.shape == truth.shape == weight.shape:
        raise ValueError(f"{values.size} scores, {truth.size} true outcomes and {weight.size} weights")
    refuse(~np.isfinite(values), values, "is no finite number")
    if probabilities:
        refuse((values < 0) | (values > 1), values, "is no probability")
    refuse(~(weight >= 0), weight, "is no weight")
    return values, truth, weight


def auc(scores: npt.ArrayLike, positive: npt.ArrayLike, weights: Weights = None) -> float:
    """Probability that a positive row scores above a negative one, ties counting half: the area under the ROC curve.

    Undefined where only one outcome occurs. O(n log n).
    """
    _, hits, misses = levels(scores, positive, weights)
    pairs = hits.sum() * misses.sum()
    below = np.cumsum(misses) - misses / 2
    return float(hits @ below / pairs) if pairs > 0 else math.nan


def brier(scores: npt.ArrayLike, positive: npt.ArrayLike, weights: Weights = None) -> float:
    """Mean squared distance of the probability from the outcome; undefined without rows."""
    values, truth, weight = columns(scores, positive, weights, probabilities=True)
    return weighted_mean((values - truth) ** 2, weight)


def mean_score(scores: npt.ArrayLike, weights: Weights = None) -> float:
    """Mean of the scores; undefined without rows."""
    values, _, weight = columns(scores, np.zeros(np.shape(scores)), weights)
    return weighted_mean(values, weight)


def median_score(scores: npt.ArrayLike, weights: Weights = None) -> float:
    """Median of the scores, the mean of the two middle ones where they differ; undefined without rows."""
    values, _, weight = columns(scores, np.zeros(np.shape(scores)), weights)
    values, weight = values[weight > 0], weight[weight > 0]
    if not values.size:
        return math.nan
    order = np.argsort(values, kind="stable")
    reached, half = np.cumsum(weight[order]), weight.sum() / 2
    lower, upper = np.searchsorted(reached, half, "left"), np.searchsorted(reached, half, "right")
    return float((values[order[lower]] + values[order[min(upper, values.size - 1)]]) / 2)


def scoring_rate(scores: npt.ArrayLike, median: float, weights: Weights = None) -> float:
    """Share of the rows of a group that score above the median of the full sample; undefined without rows.

    `median` is `median_score` of all rows, not of the group.
    """
    values, _, weight = columns(scores, np.zeros(np.shape(scores)), weights)
    return weighted_mean(values > median, weight)


def auc_difference(scores: npt.ArrayLike, positive: npt.ArrayLike, codes: npt.ArrayLike, reference: int) -> FloatArray:
    """AUC of the group minus that of the reference group: [groups]."""
    return against(by_group(auc, codes, scores, positive), reference)


def mean_score_difference(scores: npt.ArrayLike, codes: npt.ArrayLike, reference: int) -> FloatArray:
    """Mean score of the group minus that of the reference group: [groups]."""
    return against(by_group(mean_score, codes, scores), reference)


def brier_difference(
    scores: npt.ArrayLike, positive: npt.ArrayLike, codes: npt.ArrayLike, reference: int
) -> FloatArray:
    """Brier score of the group minus that of the reference group: [groups]."""
    return against(by_group(brier, codes, scores, positive), reference)


def weighted_mean(values: npt.ArrayLike, weight: FloatArray) -> float:
    """Mean of values by weight; NaN where the weights sum to 0."""
    total = float(weight.sum())
    return float(np.asarray(values) @ weight / total) if total > 0 else math.nan


def levels(
    scores: npt.ArrayLike, positive: npt.ArrayLike, weights: Weights = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The different scores, rising, and the weight of positive and of negative rows at each: three arrays [levels]."""
    values, truth, weight = columns(scores, positive, weights)
    unique, places = np.unique(values, return_inverse=True)
    hits = tally(places, unique.size, weight * truth)
    return unique, hits, tally(places, unique.size, weight * ~truth)


def histogram(scores: npt.ArrayLike, edges: npt.ArrayLike, weights: Weights = None) -> FloatArray:
    """Share of the rows in each bin [edges - 1]; bins hold their lower edge, the last one both edges.

    Rows outside the edges count in no bin. NaN without rows.
    """
    values, _, weight = columns(scores, np.zeros(np.shape(scores)), weights)
    counts, _ = np.histogram(values, np.asarray(edges, dtype=np.float64), weights=weight)
    total = weight.sum()
    return np.asarray(counts / total if total > 0 else np.full(counts.shape, math.nan), dtype=np.float64)


def threshold_counts(
    scores: npt.ArrayLike,
    positive: npt.ArrayLike,
    thresholds: npt.ArrayLike,
    codes: npt.ArrayLike,
    groups: int,
    weights: Weights = None,
) -> FloatArray:
    """Counts [thresholds, groups, 4] (tn, fp, fn, tp) when rows are selected whose score is at least the threshold."""
    values, truth, weight = columns(scores, positive, weights)
    places, cuts = np.asarray(codes, dtype=np.int64), np.asarray(thresholds, dtype=np.float64)
    if places.shape != values.shape:
        raise ValueError(f"{values.size} scores and {places.size} group codes")
    order = np.argsort(cuts, kind="stable")
    reached = np.searchsorted(cuts[order], values, "right")
    cells = (reached * groups + places) * 2 + truth
    table = tally(cells, (cuts.size + 1) * groups * 2, weight).reshape(-1, groups, 2)
    selected = table[::-1].cumsum(axis=0)[::-1]
    result = np.empty((cuts.size, groups, 4))
    result[order, :, 1], result[order, :, 3] = selected[1:, :, 0], selected[1:, :, 1]
    passed = selected[0] - selected[1:]
    result[order, :, 0], result[order, :, 2] = passed[..., 0], passed[..., 1]
    return result


HANLEY = "Hanley & McNeil 1982, The Meaning and Use of the Area under a ROC Curve, Radiology 143, 29-36"
BRIER = "Brier 1950, Verification of Forecasts Expressed in Terms of Probability, Monthly Weather Review 78, 1-3"
LL144 = "New York City Department of Consumer and Worker Protection 2023, 6 RCNY 5-300 (Local Law 144 of 2021)"
BORKAN = "Borkan et al. 2019, Nuanced Metrics for Measuring Unintended Bias, https://arxiv.org/abs/1903.04561"
CALDERS = "Calders et al. 2013, Controlling Attribute Effect in Linear Regression, ICDM, 71-80"

DEFINITIONS: tuple[Definition, ...] = (
    define("score", auc, "P(s+ > s-) + P(s+ = s-) / 2", HANLEY, ideal=1, better="higher", title="AUC"),
    define("score", brier, "mean (s - y)²", BRIER, ideal=0, better="lower", title="Brier score", unit="squared error"),
    define(
        "score",
        mean_score,
        "mean s",
        CALDERS,
        ideal=None,
        better="none",
        low=-math.inf,
        high=math.inf,
        unit="score",
        truth=False,
    ),
    define("score", scoring_rate, "share of s > median of all s", LL144, ideal=None, better="none", truth=False),
    define("score", auc_difference, "AUC(g) - AUC(ref)", BORKAN, ideal=0, low=-1, title="AUC difference"),
    define(
        "score",
        brier_difference,
        "Brier(g) - Brier(ref)",
        BRIER,
        ideal=0,
        low=-1,
        unit="squared error",
        title="Brier score difference",
    ),
    define(
        "score",
        mean_score_difference,
        "mean s(g) - mean s(ref)",
        CALDERS,
        ideal=0,
        low=-math.inf,
        high=math.inf,
        unit="score",
        truth=False,
    ),
)
