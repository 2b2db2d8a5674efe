"""Changes between two measurements of the same rows, with intervals that know that the rows are the same.

Where closed forms exist they are better: `paired_rate_difference` for the change of a share, `linear_combination` of
the `paired_rate_statistic` of two groups for the change of their difference, `paired_auc_difference`,
`paired_difference` of means, and `mcnemar` as the exact test. Here are the others: any statistic of counts, any smooth
statistic of sums.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit import reasons
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.bootstrap import acceleration, bca_interval, resampled_means, resamples
from fairwitness.audit.stats.clusters import Labels, cluster_means, one_factor
from fairwitness.audit.stats.equal import all_equal
from fairwitness.audit.stats.levels import LEVEL, UNBOUNDED, FloatArray, IntArray, IntervalAt, estimate
from fairwitness.audit.stats.means import BCA_FROM, BCA_TO, t_interval
from fairwitness.audit.stats.tables import DRAWS, Counts, TableStatistic, table_estimates

OfMeans: TypeAlias = Callable[[FloatArray], FloatArray]
"""From means [..., columns] to one value each."""


def joint_table(
    groups: npt.ArrayLike, truth: npt.ArrayLike, before: npt.ArrayLike, after: npt.ArrayLike, count: int
) -> IntArray:
    """Rows counted by group (codes from 0, `count` of them), true outcome, decision before and decision after.

    Outcome and decisions are yes or no: [count, 2, 2, 2].
    """
    codes = np.asarray(groups, dtype=np.int64)
    for part in (truth, before, after):
        codes = 2 * codes + np.asarray(part, dtype=np.bool_)
    return np.bincount(codes, minlength=8 * count).reshape(count, 2, 2, 2)


def paired_change(
    table: Counts,
    statistic: TableStatistic,
    *,
    seed: int = 0,
    draws: int = DRAWS,
    bounds: tuple[float, float] = UNBOUNDED,
    level: float = LEVEL,
) -> list[Estimate | Undefined]:
    """Each value of a statistic after minus before, on the same rows: the paired bootstrap of the joint table.

    The last two axes of `table` are the decision before and after (no, yes); others, such as group and true outcome,
    are free. The statistic sees tables [draws, ..., decision], where [..., truth, decision] holds tn, fp, fn, tp in
    this order. Resamples are of whole rows, so both moments move together; the interval is BCa, and undefined where no
    row was decided otherwise or `table_estimates` is. Take signed differences to a reference, never a gap.
    """

    def change(tables: FloatArray) -> FloatArray:
        return statistic(tables.sum(axis=-2)) - statistic(tables.sum(axis=-1))

    return table_estimates(table, change, seed=seed, draws=draws, bounds=bounds, level=level)


def paired_bootstrap(
    rows: npt.ArrayLike,
    statistic: OfMeans,
    clusters: Labels | None = None,
    *,
    seed: int = 0,
    bounds: tuple[float, float] = UNBOUNDED,
    level: float = LEVEL,
) -> Estimate | Undefined:
    """A smooth statistic of the means of several columns of the same rows: statistic(mean of each column).

    `rows` is [rows, columns]. The squared errors of two models as columns and sqrt(m[..., 1]) - sqrt(m[..., 0]) give
    the change of the RMSE. Rows are resampled whole, or whole clusters of them (a cluster weighs the same whatever its
    size). As for `mean`: below 40 units a t interval with the jackknife's standard error, from 40 the BCa bootstrap,
    above 10,000 t again. Undefined below two units, where a value is not finite and where units do not vary.
    """
    table = np.asarray(rows, dtype=np.float64)
    columns = [cluster_means(column, one_factor(clusters)) for column in table.T]
    problem = next((problem for _, problem in columns if problem), None)
    if problem:
        return problem
    units = np.stack([means for means, _ in columns], axis=1)
    count, value = len(units), float(statistic(units.mean(axis=0)))
    without = statistic((units.sum(axis=0) - units) / (count - 1))
    if not (math.isfinite(value) and np.isfinite(without).all()):
        return reasons.stated("no_jackknife", "no_value")
    if all_equal(without, float(np.abs(units).max())):
        return reasons.stated("units_alike", "no_variation")
    interval, method = _unit_interval(units, statistic, value, without, seed)
    named = method if clusters is None else f"{method} over clusters"
    return estimate(value, interval, n=count, method=f"paired {named}", level=level, bounds=bounds)


def _unit_interval(
    units: FloatArray, statistic: OfMeans, value: float, without: FloatArray, seed: int
) -> tuple[IntervalAt, str]:
    count = len(units)
    if BCA_FROM <= count <= BCA_TO:
        draws = statistic(resampled_means(units, resamples(count), seed))
        return bca_interval(draws[np.isfinite(draws)], value, acceleration(without), count), "BCa bootstrap"
    return t_interval(value, math.sqrt((count - 1) * float(without.var())), count - 1), "jackknife t"
