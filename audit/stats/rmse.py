"""The root mean squared error of a regressor, and groups compared by it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from assay.audit.records import Estimate, Undefined
from assay.audit.stats.bootstrap import bca
from assay.audit.stats.clusters import Labels, Values, cluster_means, one_factor
from assay.audit.stats.equal import all_equal
from assay.audit.stats.ladder import LEVEL, FloatArray, IntervalAt, normal_level, t_quantile
from assay.audit.stats.means import BCA_FROM, BCA_TO
from assay.audit.stats.mover import Sample, linear
from assay.audit.stats.simultaneous import contrasts

BOUNDS = (0.0, math.inf)
_MOST = 300.0  # keeps the upper limit of two or three units a finite number


def rmse(errors: Values, clusters: Labels | None = None, level: float = LEVEL, seed: int = 0) -> Estimate | Undefined:
    """The root of the mean squared error, in the unit of the errors; n is the number of units.

    From 40 to 10,000 units (rows, or clusters that weigh the same) the root of the BCa limits of the mean square; else
    t limits of its logarithm (delta method), which keep to values above 0. Undefined below two units, where an error is
    not finite and where all squared errors are equal.
    """
    found = rmse_sample(errors, clusters, seed)
    if isinstance(found, Undefined):
        return found
    method = "root of BCa bootstrap" if BCA_FROM <= found.n <= BCA_TO else "log t"
    return found.estimate(method if clusters is None else f"{method} over clusters", BOUNDS, level)


def rmse_difference(
    first: Values,
    second: Values,
    clusters_first: Labels | None = None,
    clusters_second: Labels | None = None,
    level: float = LEVEL,
    seed: int = 0,
) -> Estimate | Undefined:
    """The RMSE of first minus that of second, two independent groups, from the limits of both (square-and-add)."""
    a, b = rmse_sample(first, clusters_first, seed), rmse_sample(second, clusters_second, seed)
    if isinstance(a, Undefined):
        return a
    if isinstance(b, Undefined):
        return b
    return linear([(1.0, a), (-1.0, b)]).estimate("RMSE, square-and-add", level=level)


def rmse_contrasts(
    groups: Sequence[Values], reference: int, level: float = LEVEL, seed: int = 0
) -> list[Estimate | Undefined]:
    """RMSE of each group minus that of group `reference`, without it, all intervals at once (max-T)."""
    return contrasts(
        [rmse_sample(errors, None, seed) for errors in groups], reference, method="RMSE, max-T", level=level
    )


def rmse_sample(errors: Values, clusters: Labels | None = None, seed: int = 0) -> Sample | Undefined:
    """The RMSE of one group, for contrasts and gaps; undefined as `rmse`."""
    squares, problem = cluster_means(np.asarray(errors, dtype=np.float64) ** 2, one_factor(clusters))
    if problem:
        return Undefined(problem)
    if all_equal(squares):
        return Undefined("not estimable: all squared errors are equal")
    count, value = len(squares), float(squares.mean())
    at = _roots(squares, seed) if BCA_FROM <= count <= BCA_TO else _log_t(squares)
    variance = float(squares.var(ddof=1)) / count / (4 * value)
    return Sample(math.sqrt(value), variance, count, lambda z: at(normal_level(z)))


def _roots(squares: FloatArray, seed: int) -> IntervalAt:
    of_squares = bca(squares, seed)

    def interval(level: float) -> tuple[float, float]:
        low, high = of_squares(level)
        return math.sqrt(max(0.0, low)), math.sqrt(high)

    return interval


def _log_t(squares: FloatArray) -> IntervalAt:
    count, value = len(squares), float(squares.mean())
    error = float(squares.std(ddof=1)) / math.sqrt(count) / (2 * value)

    def interval(level: float) -> tuple[float, float]:
        factor = math.exp(min(_MOST, t_quantile(level, count - 1) * error))
        return math.sqrt(value) / factor, math.sqrt(value) * factor

    return interval
