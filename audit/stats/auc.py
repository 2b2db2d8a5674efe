"""The area under the ROC curve: the chance that a score ranks a positive row above a negative one, ties counting half.

Variances are those of DeLong, DeLong & Clarke-Pearson (Biometrics 44 (1988) 837-845). Limits are made on the logit
scale and so stay between 0 and 1. With few rows near an AUC of 0 or 1 the placements say too little of their variance:
there each limit is the wider of DeLong's and the score limit of Newcombe (Statistics in Medicine 25 (2006) 559-573,
method 5), and under perfect separation, where DeLong's variance is 0, the score limit alone. So no interval is without
width.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from fairwitness.audit import reasons
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.clusters import Labels, Values, numbered
from fairwitness.audit.stats.levels import LEVEL
from fairwitness.audit.stats.mover import Statistic, difference_limits, linear_combination
from fairwitness.audit.stats.placements import Flags, Placements, covariance, place
from fairwitness.audit.stats.simultaneous import contrasts, gap
from fairwitness.audit.stats.weights import effective_size, few_clusters

Scored: TypeAlias = tuple[Values, Flags] | tuple[Values, Flags, Values]
"""Scores of the rows of one group, whether each row is positive, and the weights of the rows where they have some."""

UNIT = (0.0, 1.0)
METHOD = "DeLong, logit"
FEW = 10
"""Below this product of the smaller class and the distance of the AUC from 0 or 1 the score limits are taken too."""
_NEXT_TO = 1e-12
_NOTHING = 1e-24


def auc(scores: Values, positive: Flags, weights: Values | None = None, level: float = LEVEL) -> Estimate | Undefined:
    """The AUC with DeLong's interval on the logit scale; n is the number of rows.

    Undefined with fewer than two positive or two negative rows (of weight above 0) and where a score is not finite.
    """
    placed = place(scores, positive, weights)
    if isinstance(placed, Undefined):
        return placed
    area = _area(placed)
    return area.statistic().estimate(area.method, UNIT, level)


def auc_statistic(scores: Values, positive: Flags, weights: Values | None = None) -> Statistic | Undefined:
    """The AUC of one group, for contrasts and gaps; undefined as `auc`."""
    placed = place(scores, positive, weights)
    return placed if isinstance(placed, Undefined) else _area(placed).statistic()


def clustered_auc_statistic(scores: Values, positive: Flags, clusters: Labels) -> Statistic | Undefined:
    """The AUC of rows that belong to clusters (people); undefined as `auc`, and below two clusters. n is clusters.

    The placements of all rows of a cluster move together (Obuchowski, Biometrics 53 (1997) 567-578, eq. 4), and the
    variance allows for few clusters (`few_clusters`). Score limits, where they are taken, count clusters.
    """
    placed = place(scores, positive)
    if isinstance(placed, Undefined):
        return placed
    flags = np.asarray(positive, dtype=np.bool_)
    codes = numbered(clusters, len(flags))
    sums = [
        np.bincount(codes[of], weights=weights * (values - placed.area), minlength=int(codes.max()) + 1)
        for of, values, weights in (
            (flags, placed.positives, placed.positive_weights),
            (~flags, placed.negatives, placed.negative_weights),
        )
    ]
    moved = sums[0] + sums[1]
    count = len(moved)
    if count < 2:
        return reasons.few(count, 2, "clusters")
    sizes = effective_size(np.bincount(codes[flags])), effective_size(np.bincount(codes[~flags]))
    variance = float(moved @ moved) / few_clusters(effective_size(np.bincount(codes)))
    return _Area(placed.area, variance, sizes, count).statistic()


def auc_difference(
    scores_a: Values, positive_a: Flags, scores_b: Values, positive_b: Flags, level: float = LEVEL
) -> Estimate | Undefined:
    """The AUC of a minus that of b, independent groups, from the limits of both (square-and-add)."""
    a, b = auc_statistic(scores_a, positive_a), auc_statistic(scores_b, positive_b)
    if isinstance(a, Undefined):
        return a
    if isinstance(b, Undefined):
        return b
    return linear_combination([(1.0, a), (-1.0, b)]).estimate(f"{METHOD}, square-and-add", (-1.0, 1.0), level)


def auc_contrasts(groups: Sequence[Scored], reference: int, level: float = LEVEL) -> list[Estimate | Undefined]:
    """AUC of each group minus that of group `reference`, without it, all intervals at once (max-T).

    A group without an AUC is undefined and does not widen the others; without that of the reference all are.
    """
    statistics = [auc_statistic(*group) for group in groups]
    return contrasts(statistics, reference, method=f"{METHOD}, max-T", bounds=(-1.0, 1.0), level=level)


def auc_gap(groups: Sequence[Scored], level: float = LEVEL) -> Estimate | Undefined:
    """The largest AUC minus the smallest, as `gap`; groups without an AUC are left out."""
    statistics = [auc_statistic(*group) for group in groups]
    return gap([statistic for statistic in statistics if isinstance(statistic, Statistic)], bounds=UNIT, level=level)


def paired_auc_difference(first: Values, second: Values, positive: Flags, level: float = LEVEL) -> Estimate | Undefined:
    """The AUC of the first score minus that of the second on the same rows.

    The limits of both, squared and added less the part that they share, by DeLong's covariance of the placements.
    Scores that order all rows alike differ by 0 with hardly any width: nothing was seen in which they could differ.
    """
    first_area, other = place(first, positive), place(second, positive)
    if isinstance(first_area, Undefined):
        return first_area
    if isinstance(other, Undefined):
        return other
    a, b, shared = _area(first_area), _area(other), covariance(first_area, other)
    scale = math.sqrt(a.variance * b.variance)
    correlation = min(1.0, max(-1.0, shared / scale)) if scale > _NOTHING else 0.0
    pair = a.statistic(), b.statistic()
    variance = max(0.0, a.variance + b.variance - 2 * shared)
    statistic = Statistic(a.value - b.value, variance, a.rows, lambda z: difference_limits(*pair, z, correlation))
    return statistic.estimate("DeLong, paired", (-1.0, 1.0), level)


@dataclass(frozen=True, slots=True)
class _Area:
    """An AUC, DeLong's variance of it, the effective sizes of its classes and its rows."""

    value: float
    variance: float
    sizes: tuple[float, float]
    rows: int

    @property
    def separated(self) -> bool:
        return self.variance <= _NOTHING or not _NEXT_TO < self.value < 1 - _NEXT_TO

    @property
    def few(self) -> bool:
        return self.separated or min(self.sizes) * min(self.value, 1 - self.value) < FEW

    @property
    def method(self) -> str:
        alone = "Newcombe score" if self.separated else "wider of DeLong (logit) and Newcombe score"
        return alone if self.few else METHOD

    def statistic(self) -> Statistic:
        variance, (m, n) = self.variance, self.sizes
        if self.few:
            variance = max(variance, score_variance((self.value * m * n + 0.5) / (m * n + 1), m, n))
        return Statistic(self.value, variance, self.rows, self.limits)

    def limits(self, z: float) -> tuple[float, float]:
        value, ends = self.value, []
        if self.few:
            ends.append(score_limits(value, *self.sizes, z))
        if not self.separated:
            logit, error = math.log(value / (1 - value)), math.sqrt(self.variance) / (value * (1 - value))
            ends.append((_expit(logit - z * error), _expit(logit + z * error)))
        return min(low for low, _ in ends), max(high for _, high in ends)


def _area(placed: Placements) -> _Area:
    return _Area(placed.area, covariance(placed, placed), placed.sizes, placed.rows)


def score_variance(value: float, m: float, n: float) -> float:
    """The variance of an AUC of `value` from m and n rows under exponential scores, both counts averaged.

    Hanley & McNeil, Radiology 143 (1982) 29-36, with Newcombe's (2006) average of m and n in the two last terms.
    """
    middle = (m + n) / 2 - 1
    return value * (1 - value) * (1 + middle * ((1 - value) / (2 - value) + value / (1 + value))) / (m * n)


def score_limits(value: float, m: float, n: float, z: float) -> tuple[float, float]:
    """The values whose distance from the one seen is z of their own standard errors (Newcombe 2006, method 5)."""
    from scipy.optimize import brentq

    def excess(theta: float) -> float:
        return abs(value - theta) - z * math.sqrt(score_variance(theta, m, n))

    low = float(brentq(excess, 0.0, min(value, 1 - _NEXT_TO))) if value > 0 else 0.0
    high = float(brentq(excess, max(value, _NEXT_TO), 1.0)) if value < 1 else 1.0
    return low, high


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))
