"""The bootstrap of statistics of counts: the contingency table is resampled, not its rows.

Drawing n rows with replacement and counting them gives multinomial counts, so both have one distribution; the table
costs as much for a million rows as for a hundred. Never take percentiles of a largest minus a smallest, or of any gap
without a sign, from it: with no true gap every resample has one, and in simulated fair worlds that interval lay above 0
practically always. Resample signed contrasts (`table_contrasts`), and test a gap by exchange (`gap_null`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit import reasons
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.bootstrap import acceleration, bca_interval
from fairwitness.audit.stats.equal import all_equal
from fairwitness.audit.stats.levels import LEVEL, UNBOUNDED, FloatArray, estimate, normal_level
from fairwitness.audit.stats.quantiles import contrast_quantile

Counts: TypeAlias = npt.NDArray[Any]
TableStatistic: TypeAlias = Callable[[FloatArray], FloatArray]
"""From tables [draws, *shape] to values [draws, ...]; NaN where a table has no value."""

DRAWS = 4_999
_CELLS_AT_ONCE = 1_000_000
_MOST_UNDEFINED = 0.05


def table_bootstrap(counts: Counts, statistic: TableStatistic, *, seed: int = 0, draws: int = 1_000) -> FloatArray:
    """The statistic of `draws` multinomial resamples of the table, over all of its cells: [draws, ...].

    `counts` is a table of any shape; effective counts of weighted rows are resampled as often as their rounded sum.
    Tables are made and measured in portions of a million cells, whatever `draws` is. Efron & Tibshirani 1993, ch. 6.
    """
    table = _checked(counts)
    rng = np.random.default_rng(seed)
    shares, size = table.ravel() / table.sum(), max(1, round(float(table.sum())))
    portion = max(1, _CELLS_AT_ONCE // table.size)
    drawn_values = []
    for start in range(0, draws, portion):
        drawn = rng.multinomial(size, shares, min(portion, draws - start))
        drawn_values.append(statistic(drawn.reshape(-1, *table.shape).astype(np.float64)))
    return np.concatenate(drawn_values)


def table_estimates(
    counts: Counts,
    statistic: TableStatistic,
    *,
    seed: int = 0,
    draws: int = DRAWS,
    bounds: tuple[float, float] = UNBOUNDED,
    level: float = LEVEL,
) -> list[Estimate | Undefined]:
    """Each value of the statistic with its BCa interval over resamples of the table; n is the rows counted in it.

    The acceleration comes from leaving out one row of each cell in turn. Undefined where the table, or more than 5 % of
    its resamples, have no value, and where all resamples agree: then nothing was seen that could vary.
    """
    resampled = _Resampled(counts, statistic, seed, draws)
    return [
        resampled.problem(index) or resampled.estimate(index, "BCa bootstrap of the table", bounds, level)
        for index in range(len(resampled.values))
    ]


def table_contrasts(
    counts: Counts,
    statistic: TableStatistic,
    reference: int,
    *,
    seed: int = 0,
    draws: int = DRAWS,
    bounds: tuple[float, float] = UNBOUNDED,
    level: float = LEVEL,
) -> list[Estimate | Undefined]:
    """Value of each group minus that of group `reference`, without it, all intervals at once; signed, never a gap.

    The statistic gives [draws, groups], each value from the rows of its own group. BCa limits of each difference, at
    the level of a single interval that the max-T quantile of the bootstrap variances stands for. Undefined as for
    `table_estimates`; a group without a value does not widen the others, and without that of the reference all are.
    """
    groups = _Resampled(counts, statistic, seed, draws)
    missing = groups.problem(reference)
    others = [index for index in range(len(groups.values)) if index != reference]
    if missing and missing.code != "no_variation":
        return [reasons.of_reference(missing)] * len(others)
    signed = _Resampled(counts, lambda tables: _against(statistic(tables), reference), seed, draws)
    known = [index for index in others if signed.problem(index) is None]
    if not known:
        return [signed.problem(index) or _still() for index in others]
    critical = contrast_quantile([groups.variance(index) for index in (reference, *known)], 0)
    method = "BCa bootstrap of the table, max-T"
    return [
        signed.problem(index)
        or signed.estimate(index, method, bounds, level, lambda level: normal_level(critical(level)))
        for index in others
    ]


def _still() -> Undefined:
    return reasons.stated("no_resample_differs", "no_variation")


class _Resampled:
    """Values of a statistic in the table, in its resamples and without one row of each cell."""

    def __init__(self, counts: Counts, statistic: TableStatistic, seed: int, draws: int) -> None:
        table = _checked(counts)
        self.rows = float(table.sum())
        self.values = np.atleast_1d(statistic(table[None])[0])
        self.draws = table_bootstrap(table, statistic, seed=seed, draws=draws).reshape(draws, -1)
        self._cells, self._without = _jackknife(table, statistic)

    def problem(self, index: int) -> Undefined | None:
        """Why the value cannot be estimated, if so."""
        undefined = float(np.isnan(self.draws[:, index]).mean())
        if not np.isfinite(self.values[index]):
            return reasons.stated("no_value", "no_value")
        if undefined > _MOST_UNDEFINED:
            return reasons.stated("few_resamples", "no_value", share=f"{undefined:.0%}")
        if self.rows < 2 or all_equal(self._known(index), 1.0):
            return _still()
        return None

    def estimate(
        self,
        index: int,
        method: str,
        bounds: tuple[float, float],
        level: float,
        single: Callable[[float], float] = lambda level: level,
    ) -> Estimate:
        """The value with its BCa interval; `single` gives the level at which each stored interval takes it."""
        without = self._without[:, index]
        skew = acceleration(without, self._cells) if np.isfinite(without).all() else 0.0
        limits = bca_interval(self._known(index), float(self.values[index]), skew, self.rows)
        return estimate(
            float(self.values[index]),
            lambda level: limits(single(level)),
            n=self.rows,
            method=method,
            level=level,
            bounds=bounds,
        )

    def variance(self, index: int) -> float:
        """The bootstrap variance."""
        return float(self._known(index).var(ddof=1))

    def _known(self, index: int) -> FloatArray:
        column = self.draws[:, index]
        return np.asarray(column[~np.isnan(column)], dtype=np.float64)


def _against(values: FloatArray, reference: int) -> FloatArray:
    return values - values[:, reference : reference + 1]


def _jackknife(table: FloatArray, statistic: TableStatistic) -> tuple[FloatArray, FloatArray]:
    """The counts of the cells that have rows, and the statistic without one row of each."""
    flat = table.ravel()
    cells = np.flatnonzero(flat)
    without = np.repeat(flat[None], len(cells), axis=0)
    without[np.arange(len(cells)), cells] -= np.minimum(1.0, flat[cells])
    return flat[cells], statistic(without.reshape(-1, *table.shape)).reshape(len(cells), -1)


def _checked(counts: Counts) -> FloatArray:
    table = np.asarray(counts, dtype=np.float64)
    if not (np.isfinite(table).all() and (table >= 0).all() and table.sum() > 0):
        raise ValueError("a table of counts has only finite counts from 0 on, and at least one row")
    return table
