"""Means and differences of means whose values share two factors, with both as chance.

Variance clustered two ways (Cameron, Gelbach & Miller 2011, eq. 2.11), never below either one-way variance; t limits
with as many degrees of freedom as the smaller factor has groups, less one (fewer where they are of very unequal size).
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit import reasons, stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.clusters import BALANCED, cluster_means, independent_error, two_way_error, two_way_mean
from fairwitness.audit.stats.equal import all_equal, constant_interval, unless_rounding
from fairwitness.audit.stats.levels import UNBOUNDED, estimate
from fairwitness.audit.stats.means import t_interval
from fairwitness.audit.stats.pvalues import t_pvalue
from fairwitness.audit.stats.transforms import monotone_transform

Floats: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Value:
    """One value with its two labels, such as sentence family and attribute pair."""

    family: str
    pair: str
    value: float


@dataclass(frozen=True, slots=True)
class TwoWayClustered:
    """A mean or difference of means, its standard error and degrees of freedom."""

    value: float
    error: float
    df: float
    method: str = "t, clustered two ways"

    def estimate(self, bounds: tuple[float, float] = UNBOUNDED) -> Estimate:
        """The estimate with its t interval; n is the number of equally large clusters of the smaller factor.

        Where all values are equal, finite bounds give the exact binomial limit on what was never seen.
        """
        n = round(self.df) + 1
        if self.error == 0:
            return estimate(
                self.value, constant_interval(self.value, n, bounds), n=n, method="all equal", bounds=bounds
            )
        interval = t_interval(self.value, self.error, self.df)
        return estimate(self.value, interval, n=n, method=self.method, bounds=bounds)

    @property
    def pvalue(self) -> float:
        """Two-sided, for a true value of 0; where all values are equal that of so many equal signs."""
        return t_pvalue(self.value, self.error, self.df + 1)


def mean(values: Sequence[Value]) -> TwoWayClustered | Undefined:
    """The mean of values of equal weight. Undefined below two families or two pairs, or for a value not finite."""
    if (problem := _problem(values)) is not None:
        return problem
    clustered = two_way_mean(*_columns(values))
    return TwoWayClustered(clustered.value, clustered.error, clustered.df, clustered.method)


def difference(first: Sequence[Value], second: Sequence[Value]) -> TwoWayClustered | Undefined:
    """Mean of first minus mean of second, where both stand in the same families and have pairs of their own."""
    for side in (first, second):
        if (problem := _problem(side)) is not None:
            return problem
    (first_influence, above), (other, below) = _influence(first), _influence(second)
    influence, size = np.concatenate([above, -below]), max(abs(item.value) for item in (*first, *second))
    error = unless_rounding(_error([*first, *second], influence), size)
    df = min(_df(first), _df(second))
    if error == 0 and not all(all_equal([item.value for item in side], 1.0) for side in (first, second)):
        return TwoWayClustered(
            first_influence - other, independent_error(influence), df, f"t, clustered two ways, {BALANCED}"
        )
    return TwoWayClustered(first_influence - other, error, df)


def _problem(values: Sequence[Value]) -> Undefined | None:
    families, pairs = {value.family for value in values}, {value.pair for value in values}
    if len(families) < 2 or len(pairs) < 2:
        return reasons.stated("few_factors", "few_units", families=len(families), pairs=len(pairs))
    if not all(math.isfinite(value.value) for value in values):
        return reasons.stated("a_value_not_finite", "not_finite")
    return None


def _df(values: Sequence[Value]) -> float:
    return two_way_mean(*_columns(values)).df


def _columns(values: Sequence[Value]) -> tuple[list[float], list[str], list[str]]:
    return [value.value for value in values], [value.family for value in values], [value.pair for value in values]


def _influence(values: Sequence[Value]) -> tuple[float, Floats]:
    numbers = np.array([value.value for value in values])
    centre = float(numbers.mean())
    return centre, (numbers - centre) / len(numbers)


def _error(values: Sequence[Value], influence: Floats) -> float:
    return two_way_error(influence, [value.family for value in values], [value.pair for value in values])


def bounded_mean(
    values: Sequence[float],
    first: Sequence[Hashable],
    second: Sequence[Hashable],
    bounds: tuple[float, float],
    seed: int,
) -> Estimate | Undefined:
    """The mean of values within finite `bounds`, each of the same weight, that two labels tie together.

    As a part p of the way between the bounds it has Wilson's limits at the count p (1 - p) / error², with the error
    clustered both ways and the t quantile of `stats.mean` (Korn & Graubard 1998, whose p need not come of zeros and
    ones). Where nothing varies, and undefined, as `stats.mean`.
    """
    low, span = bounds[0], bounds[1] - bounds[0]
    _, problem = cluster_means(values, (first, second))
    clustered = None if problem else two_way_mean((np.asarray(values) - low) / span, first, second)
    if clustered is None or clustered.error == 0.0:
        return stats.mean(values, clusters=(first, second), bounds=bounds, seed=seed, weigh="values")
    value = min(max(clustered.value, 0.0), 1.0)
    statistic = stats.effective_share(value, clustered.error, math.inf, clustered.df, round(clustered.count))
    part = statistic.estimate("Wilson at the effective count, clustered two ways", (0.0, 1.0))
    return monotone_transform(part, lambda share: low + span * share)
