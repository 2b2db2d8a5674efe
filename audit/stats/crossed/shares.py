"""Shares of weighted values, and gaps between two shares whose items belong together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.clusters import Labels, cluster_means, numbered, two_way_error
from fairwitness.audit.stats.equal import ROUNDING, all_equal
from fairwitness.audit.stats.mover import Statistic, difference_limits
from fairwitness.audit.stats.weights import effective_size

Floats: TypeAlias = npt.NDArray[np.float64]

METHOD = "Wilson at the effective count of clusters"


@dataclass(frozen=True, slots=True)
class Side:
    """Values of 0 to 1 with their weights and both labels.

    `centres` is what each value varies about, the mean of its `strata` where there are several. A cluster that holds
    the share h of a stratum pulls that mean to itself, so that its values seem to vary less than they do: they are
    stretched by 1 / sqrt(1 - h) (CR2: Bell & McCaffrey, Survey Methodology 28 (2002) 169-181, with the identity as
    working variance). Without strata that is left to the correction of the variance for few clusters.
    """

    values: Floats
    weights: Floats
    centres: Floats
    labels: tuple[Labels, Labels]
    strata: Labels | None = None

    @property
    def influence(self) -> Floats:
        """What each value adds to the distance of the share from the true one."""
        influences: Floats = self.weights * (self.values - self.centres) * self._correction() / self.weights.sum()
        return influences

    def _correction(self) -> Floats:
        if self.strata is None:
            return np.ones(len(self.values))
        strata = numbered(self.strata, len(self.values))
        cells = numbered(list(zip(self.strata, self.labels[0], strict=True)), len(self.values))
        held = np.bincount(cells)[cells] / np.bincount(strata)[strata]
        factors: Floats = 1 / np.sqrt(1 - np.where(held < 1, held, 0.0))
        return factors

    @property
    def df(self) -> float:
        """Degrees of freedom: clusters of the factor with fewer, less one.

        Clusters of very unequal size count for fewer (`effective_size`), but where all values are the same: there each
        cluster says so, whatever its size.
        """
        sizes = [np.bincount(numbered(labels, len(self.values))) for labels in self.labels]
        alike = all_equal(self.values, 1.0)
        return max(min(len(size) if alike else effective_size(size) for size in sizes) - 1, 1.0)

    def statistic(self, df: float) -> Statistic:
        """The share with Wilson's limits at its effective count, which is never above that of the values."""
        value = float(self.weights @ self.values / self.weights.sum())
        value = float(round(value)) if abs(value - round(value)) < ROUNDING else value
        error = two_way_error(self.influence, *self.labels)
        return stats.effective_share(value, error, effective_size(self.weights), df, df + 1)


def share(side: Side) -> Estimate | Undefined:
    """A share with its interval. Undefined below two clusters."""
    if problem := cluster_means(side.values, side.labels)[1]:
        return problem
    return side.statistic(side.df).estimate(METHOD, (0.0, 1.0))


def gap(first: Side, second: Side) -> Estimate | Undefined:
    """The share of first less that of second, whose clusters tie them together. Undefined below two clusters of either.

    The arms of both intervals, squared and added, less twice the correlation times their product (Newcombe, Statistics
    in Medicine 17 (1998) 2635-2650, method 10, with his continuity correction; Zou 2007). The correlation is the one
    that gives the difference its own clustered variance.
    """
    for side in (first, second):
        if problem := cluster_means(side.values, side.labels)[1]:
            return problem
    df = min(first.df, second.df)
    above, other = first.statistic(df), second.statistic(df)
    both = np.concatenate([first.influence, -second.influence])
    labels = [[*a, *b] for a, b in zip(first.labels, second.labels, strict=True)]
    covariance = (above.variance + other.variance - two_way_error(both, *labels) ** 2) / 2
    if covariance > 0:
        covariance = max(0.0, covariance - 0.5 / (len(first.values) * len(second.values)))
    scale = (above.variance * other.variance) ** 0.5
    tied = max(-1.0, min(1.0, covariance / scale))
    variance = max(0.0, above.variance + other.variance - 2 * tied * scale)
    difference = Statistic(
        above.value - other.value, variance, df + 1, lambda z: difference_limits(above, other, z, tied)
    )
    return difference.estimate(f"difference of shares, {METHOD}", (-1.0, 1.0))
