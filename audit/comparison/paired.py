"""Changes between two decisions about the same rows: tests and intervals that know that the rows are the same.

A group is a table [truth, before, after] of summed weights; truth is 0 (no), 1 (yes) or 2 (unknown), a decision 0 or 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit import reasons, stats
from fairwitness.audit.metrics import Share
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.levels import normal_quantile

Floats: TypeAlias = npt.NDArray[np.float64]
TableStatistic: TypeAlias = Callable[[Floats], Floats]
"""From tables [..., groups, truth, before, after] to one number each; NaN where there is none."""

UNKNOWN = 2
STEP = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """One group: its rows, and in each cell the sum of their weights and of the squares of these."""

    rows: int
    weights: Floats
    squares: Floats

    @property
    def moved(self) -> bool:
        """Whether any row was decided otherwise."""
        return bool(self.weights[:, 0, 1].any() or self.weights[:, 1, 0].any())


def counts(tables: Floats, moment: int, *, all_rows: bool = False) -> Floats:
    """Tables [..., truth, before, after] as counts [..., 4] (tn, fp, fn, tp) before (0) or after (1) the change.

    Rows of unknown truth are left out, or with `all_rows` counted among the truly negative: for rates that do not look
    at the truth.
    """
    decided = tables.sum(axis=-1 if moment == 0 else -2)
    known = decided[..., :UNKNOWN, :]
    if all_rows:
        known = known + decided[..., UNKNOWN:, :] * np.array([[1.0], [0.0]])
    flat: Floats = known.reshape(*known.shape[:-2], 4)
    return flat


def confusion_counts(joint: Joint, share: Share, *, all_rows: bool = False) -> Floats | None:
    """Effective rows [hit before, hit after] of a rate whose base does not depend on the decision; None for others.

    Counts as they are; weights are scaled to Kish's effective size.
    """
    kept = (("tn", "fp"), ("fn", "tp"))
    if any((first in share.base) != (second in share.base) for first, second in kept):
        return None
    total, squares = np.zeros((2, 2)), 0.0
    for truth in (0, 1, UNKNOWN) if all_rows else (0, 1):
        refused, selected = kept[truth % UNKNOWN]
        if selected in share.base:
            cells = joint.weights[truth]
            total += cells if selected in share.hits else cells[::-1, ::-1]
            squares += float(joint.squares[truth].sum())
        if selected in share.base and (selected in share.hits) == (refused in share.hits):
            return None
    return total * (float(total.sum()) / squares) if squares else total


def contrast_change(group: Floats, reference: Floats) -> Estimate | Undefined:
    """The change of a group's share minus that of the reference group: square-and-add of both paired intervals.

    Tables [hit before, hit after] as of `confusion_counts`. Undefined where a group has no rows.
    """
    if not (group.sum() and reference.sum()):
        return reasons.stated("empty_group", "no_units")
    statistics = [stats.paired_rate_statistic(*pairs(table)) for table in (group, reference)]
    change = stats.linear_combination([(1.0, statistics[0]), (-1.0, statistics[1])])
    return change.estimate("paired, square-and-add", bounds=(-2.0, 2.0))


def pairs(table: Floats) -> tuple[float, float, float, float]:
    """A table [hit before, hit after] as the counts both, only after, only before, neither."""
    (neither, gained), (lost, both) = table.tolist()
    return both, gained, lost, neither


def delta_change(
    joints: Sequence[Joint], before: TableStatistic, after: TableStatistic, *, factor: bool = False
) -> Estimate | Undefined:
    """The change of any smooth statistic of the joint tables, or its factor, by the delta method.

    The variance is taken at the tables with half a row added to every cell, so that a cell without rows still counts
    as uncertain. A factor's interval is made on its logarithm. Undefined where the statistic has no value.
    """
    weights, squares = (np.array([getattr(joint, name) for joint in joints]) for name in ("weights", "squares"))
    rows = sum(joint.rows for joint in joints)
    if not rows:
        return reasons.stated("no_rows", "no_units")
    was, now = float(before(weights)), float(after(weights))
    if not (math.isfinite(was) and math.isfinite(now)) or (factor and (was <= 0 or now <= 0)):
        return reasons.stated("one_without_value", "no_value")

    def change(tables: Floats) -> Floats:
        first, second = before(tables), after(tables)
        return np.log(second) - np.log(first) if factor else second - first

    unit = float(weights.sum()) / rows
    error = _delta_error(change, weights + 0.5 * unit, squares + 0.5 * unit**2)
    if not math.isfinite(error):
        return reasons.stated("no_error", "no_value")
    if not factor:
        return stats.normal_statistic(now - was, error**2, rows).estimate("paired, delta")
    return exponential(stats.normal_statistic(math.log(now / was), error**2, rows), "paired, delta on the log")


def exponential(change: stats.Statistic, method: str) -> Estimate:
    """A change of logarithms as a factor."""
    value = math.exp(change.value)
    return stats.monotone_transform(change, math.exp, value).estimate(method, bounds=(0.0, math.inf))


def _delta_error(change: TableStatistic, weights: Floats, squares: Floats) -> float:
    """The standard error from the slope in every cell, by central differences of its own size."""
    steps = STEP * weights.ravel()
    moves = np.diag(steps).reshape(len(steps), *weights.shape)
    slopes = (change(weights + moves) - change(weights - moves)) / (2 * steps)
    return float(np.sqrt((squares.ravel() * slopes**2).sum()))


def mcnemar(table: Floats) -> float | None:
    """McNemar's exact p-value of no change; None for weighted rows, which are no counts."""
    _, gained, lost, _ = pairs(table)
    return stats.mcnemar(int(gained), int(lost)) if gained.is_integer() and lost.is_integer() else None


def independent_change(before: Estimate, after: Estimate) -> Estimate:
    """After minus before of two estimates that are taken to be independent: square-and-add of their intervals.

    Wider than needed where both rest on the same items and agree in them.
    """
    return _less(_statistic(after, float), _statistic(before, float)).estimate("independent, square-and-add")


def independent_factor(before: Estimate, after: Estimate) -> Estimate | None:
    """After over before, as `independent_change` on the logarithms; None where a stored interval reaches 0."""
    if min(low for estimate in (before, after) for _, low, _ in limits_by_level(estimate)) <= 0:
        return None
    change = _less(_statistic(after, math.log), _statistic(before, math.log))
    return exponential(change, "independent, square-and-add on the log")


def _less(first: stats.Statistic, second: stats.Statistic) -> stats.Statistic:
    return stats.linear_combination([(1.0, first), (-1.0, second)])


def limits_by_level(estimate: Estimate) -> tuple[tuple[float, float, float], ...]:
    """Level, low and high of every stored interval, narrowest first."""
    wider = ((interval.level, interval.low, interval.high) for interval in estimate.wider)
    return ((estimate.level, estimate.low, estimate.high), *wider)


def _statistic(estimate: Estimate, scale: Callable[[float], float]) -> stats.Statistic:
    """An estimate with limits at its stored levels; beyond the last its arms grow with the quantile."""
    value = scale(estimate.value)
    stored = [(normal_quantile(level), scale(low), scale(high)) for level, low, high in limits_by_level(estimate)]

    def limits(z: float) -> tuple[float, float]:
        last, low, high = next((arm for arm in stored if arm[0] >= z - 1e-9), stored[-1])
        factor = max(1.0, z / last)
        return value - (value - low) * factor, value + (high - value) * factor

    return stats.Statistic(value, math.nan, estimate.n, limits)
