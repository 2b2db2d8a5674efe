"""Shares of yes-or-no items that labels tie together (exchanged words, templates, target terms), with their limits."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import stats as laws

from assay.audit import stats
from assay.audit.records import Estimate, Undefined
from assay.audit.stats.clusters import numbered

Floats: TypeAlias = npt.NDArray[np.float64]
Codes: TypeAlias = npt.NDArray[np.int64]
Labels: TypeAlias = Sequence[Hashable]

METHOD = "Wilson at the effective count of clusters"
PERCENT_BOUNDS = (0.0, 100.0)


@dataclass(frozen=True, slots=True)
class Share:
    """A weighted mean of values of 0 to 1 with its standard error.

    `most` is the number of equally weighing values, `count` that of equally weighing clusters of the factor with fewer,
    `df` the degrees of freedom of the error.
    """

    value: float
    error: float
    most: float
    count: float
    df: float

    def sample(self) -> stats.Sample:
        """In %: Wilson's limits at the effective count v (1 - v) / error², with the t quantile of the clusters."""
        found = stats.effective_share(self.value, self.error, self.most, self.df, self.count)
        return stats.linear([(100.0, found)])

    def estimate(self) -> Estimate:
        """The share in %, with its interval."""
        return self.sample().estimate(METHOD, PERCENT_BOUNDS)

    def p_value(self, null: float = 0.5) -> float:
        """Two-sided p-value of a share of `null`: the level at which the interval just leaves it out.

        Where all values are the same, no more than the chance that so many clusters agree.
        """
        spread = self.value * (1 - self.value)
        count = spread / self.error**2 if self.error**2 * self.most > spread else self.most
        z = abs(self.value - null) / math.sqrt(null * (1 - null) / max(count, 1.0))
        found = float(2 * laws.t.sf(z, self.df))
        agreed = {0.0: 1 - null, 1.0: null}.get(self.value)
        return found if agreed is None else min(found, 2 * agreed**self.count)


def clustered_share(
    values: Sequence[float] | Floats, weights: Floats, *factors: Labels, whole_clusters: bool = False
) -> Share | Undefined:
    """The mean of values of 0 to 1 by positive `weights`, whose labels of one or two factors tie them together.

    The squared error is that of Bell & McCaffrey (Survey Methodology 28 (2002) 169-181; CR2), which for a mean is the
    sum over clusters of their squared residual sums, each over one less the cluster's weight: a cluster of a tenth of
    all items draws the mean towards itself. Of two factors it is clustered both ways (Cameron, Gelbach & Miller 2011,
    eq. 2.11), never below either one-way variance. Degrees of freedom are Bell and McCaffrey's for independent values,
    of the factor with fewer: clusters less one where they are equal, and where one outweighs the others fewer. With
    `whole_clusters`, which may be all hits or none, each counts once where all values are the same end. Undefined below
    two clusters of any factor.
    """
    kept, cells = _coarsest([numbered(labels, len(weights)) for labels in factors])
    fewest = min(int(codes.max()) + 1 for codes in kept)
    if fewest < 2:
        return Undefined(f"not estimable: {fewest} clusters, 2 needed")
    array, parts = np.asarray(values, dtype=np.float64), weights / weights.sum()
    value = min(1.0, max(0.0, float(weights @ array) / float(weights.sum())))
    influence = parts * (array - value)
    variances = [_variance(influence, parts, codes) for codes in kept]
    variance = max(variances)
    if len(kept) == 2:
        variance = max(sum(variances) - _variance(influence, parts, cells), variance)
    if whole_clusters and value in (0.0, 1.0):
        return Share(value, 0.0, fewest, fewest, fewest - 1)
    sizes = [np.bincount(codes, weights=parts) for codes in kept]
    count = min(1 / float(own @ own) for own in sizes)
    return Share(value, math.sqrt(variance), 1 / float(parts @ parts), count, min(_freedom(own) for own in sizes))


def equal_weights(labels: Labels) -> Floats:
    """Weights by which each label weighs the same, and so do the items of one label."""
    codes = numbered(labels, len(labels))
    weights: Floats = 1 / np.bincount(codes)[codes]
    return weights


def _coarsest(factors: Sequence[Codes]) -> tuple[list[Codes], Codes]:
    """The factors, of two of which one lies within the other the coarser alone, and the cells of both."""
    if len(factors) < 2:
        return list(factors), factors[0]
    first, second = factors
    cells = np.unique(first * (int(second.max()) + 1) + second, return_inverse=True)[1].reshape(-1)
    count = int(cells.max())
    if count == int(first.max()):
        return [second], cells
    return ([first] if count == int(second.max()) else [first, second]), cells


def _freedom(shares: Floats) -> float:
    """Satterthwaite's degrees of freedom of `_variance`, from the weights of the clusters."""
    part = shares**2 / (1 - shares)
    return max(1 / float(shares @ shares + part.sum() ** 2 - part @ part), 1.0)


def _variance(influence: Floats, parts: Floats, codes: Codes) -> float:
    sums, share = np.bincount(codes, weights=influence), np.bincount(codes, weights=parts)
    return float((sums**2 / (1 - share)).sum())
