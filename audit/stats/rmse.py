"""The root mean squared error of a regressor, and groups compared by it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fairwitness.audit import reasons
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.clusters import Labels, Values, cluster_means, one_factor
from fairwitness.audit.stats.equal import all_equal
from fairwitness.audit.stats.levels import LEVEL, FloatArray, IntervalAt, normal_level, normal_quantile, t_quantile
from fairwitness.audit.stats.mover import Statistic, linear_combination
from fairwitness.audit.stats.simultaneous import contrasts

BOUNDS = (0.0, math.inf)
METHOD = "log t, widened"
_MOST = 300.0  # keeps the upper limit of two or three units a finite number


def rmse(errors: Values, clusters: Labels | None = None, level: float = LEVEL, seed: int = 0) -> Estimate | Undefined:
    """The root of the mean squared error, in the unit of the errors; n is the number of units.

    t limits of the logarithm of the mean square, whose error is that of the delta method. The logarithm is moved by its
    bias, half the squared error, and its arms are widened by n / (n - z), as few units see too little of the tails
    (Bonett, Computational Statistics & Data Analysis 50 (2006) 775-782, eq. 1, who moves it by the logarithm of that
    factor, too far where all errors are of like size). Units are rows, or clusters that weigh the same. Undefined below
    two units, where an error is not finite and where all squared errors are equal. The interval has a closed form, so
    `seed` changes nothing; it is there so that every estimator is called alike.
    """
    statistic = rmse_statistic(errors, clusters, seed)
    if isinstance(statistic, Undefined):
        return statistic
    return statistic.estimate(METHOD if clusters is None else f"{METHOD} over clusters", BOUNDS, level)


def rmse_difference(
    first: Values,
    second: Values,
    clusters_first: Labels | None = None,
    clusters_second: Labels | None = None,
    level: float = LEVEL,
    seed: int = 0,
) -> Estimate | Undefined:
    """The RMSE of first minus that of second, two independent groups, from the limits of both (square-and-add)."""
    a, b = rmse_statistic(first, clusters_first, seed), rmse_statistic(second, clusters_second, seed)
    if isinstance(a, Undefined):
        return a
    if isinstance(b, Undefined):
        return b
    return linear_combination([(1.0, a), (-1.0, b)]).estimate("RMSE, square-and-add", level=level)


def rmse_contrasts(
    groups: Sequence[Values], reference: int, level: float = LEVEL, seed: int = 0
) -> list[Estimate | Undefined]:
    """RMSE of each group minus that of group `reference`, without it, all intervals at once (max-T)."""
    return contrasts(
        [rmse_statistic(errors, None, seed) for errors in groups], reference, method="RMSE, max-T", level=level
    )


def rmse_statistic(errors: Values, clusters: Labels | None = None, seed: int = 0) -> Statistic | Undefined:
    """The RMSE of one group, for contrasts and gaps; undefined as `rmse`."""
    squares, problem = cluster_means(np.asarray(errors, dtype=np.float64) ** 2, one_factor(clusters))
    if problem:
        return problem
    if all_equal(squares):
        return reasons.stated("errors_alike", "no_variation")
    count, value = len(squares), float(squares.mean())
    interval, variance = _log_t(squares), float(squares.var(ddof=1)) / count / (4 * value)
    return Statistic(math.sqrt(value), variance, count, lambda z: interval(normal_level(z)))


def _log_t(squares: FloatArray) -> IntervalAt:
    count, value = len(squares), float(squares.mean())
    error = float(squares.std(ddof=1)) / math.sqrt(count) / value
    middle = value * math.exp(min(_MOST, error**2 / 2))

    def interval(level: float) -> tuple[float, float]:
        wider = count / max(count - normal_quantile(level), 1.0)
        factor = math.exp(min(_MOST, t_quantile(level, count - 1) * wider * error))
        return math.sqrt(middle / factor), math.sqrt(middle * factor)

    return interval
