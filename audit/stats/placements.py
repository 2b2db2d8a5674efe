"""Placement values: where each scored row stands among the rows of the other class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit import reasons
from fairwitness.audit.records import Undefined
from fairwitness.audit.stats.clusters import Values
from fairwitness.audit.stats.levels import FloatArray
from fairwitness.audit.stats.weights import effective_size

Flags: TypeAlias = Sequence[bool] | npt.NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Placements:
    """Of each positive row the share of negatives below it, of each negative that of positives above; ties count half.

    Weights sum to 1 in each class.
    """

    positives: FloatArray
    negatives: FloatArray
    positive_weights: FloatArray
    negative_weights: FloatArray

    @property
    def rows(self) -> int:
        """Rows of both classes."""
        return len(self.positives) + len(self.negatives)

    @property
    def sizes(self) -> tuple[float, float]:
        """Effective numbers of positive and of negative rows."""
        return effective_size(self.positive_weights), effective_size(self.negative_weights)

    @property
    def area(self) -> float:
        """The mean placement of the positives: the AUC."""
        return float((self.positives * self.positive_weights).sum() / self.positive_weights.sum())


def place(scores: Values, positive: Flags, weights: Values | None = None) -> Placements | Undefined:
    """Placement values by sorting, O(n log n) (Sun & Xu, IEEE Signal Processing Letters 21 (2014) 1389-1393).

    Undefined with fewer than two positive or two negative rows of weight above 0, and where a score is not finite.
    """
    values, flags = np.asarray(scores, dtype=np.float64), np.asarray(positive, dtype=np.bool_)
    shares = np.ones(values.shape) if weights is None else np.asarray(weights, dtype=np.float64)
    if not values.shape == flags.shape == shares.shape or values.ndim != 1:
        raise ValueError(f"{values.size} scores, {flags.size} outcomes and {shares.size} weights")
    odd = int(values.size - np.isfinite(values).sum())
    if odd:
        return reasons.not_finite(odd, values.size, "scores")
    yes, no = flags & (shares > 0), ~flags & (shares > 0)
    for name, count in (("positive", int(yes.sum())), ("negative", int(no.sum()))):
        if count < 2:
            return reasons.few(count, 2, f"{name} rows")
    w_yes, w_no = shares[yes] / shares[yes].sum(), shares[no] / shares[no].sum()
    below, above = _share_below(values[yes], values[no], w_no), 1 - _share_below(values[no], values[yes], w_yes)
    return Placements(below, above, w_yes, w_no)


def covariance(a: Placements, b: Placements) -> float:
    """The covariance of two AUCs of the same rows, the variance of one where both are the same.

    DeLong, DeLong & Clarke-Pearson, Biometrics 44 (1988) 837-845, eq. 4 to 6; with weights, their linearised form.
    """
    total = 0.0
    for first, other, weights in (
        (a.positives, b.positives, a.positive_weights),
        (a.negatives, b.negatives, a.negative_weights),
    ):
        products = weights**2 * (first - first @ weights) * (other - other @ weights)
        total += float(products.sum()) * len(weights) / (len(weights) - 1)
    return total


def _share_below(points: FloatArray, others: FloatArray, weights: FloatArray) -> FloatArray:
    """The share of the others below each point, and half of that at it."""
    order = np.argsort(others, kind="stable")
    ordered, heaped = others[order], np.concatenate(([0.0], np.cumsum(weights[order])))
    heaped /= heaped[-1]
    below, up_to = (heaped[np.searchsorted(ordered, points, side)] for side in ("left", "right"))
    return np.asarray((below + up_to) / 2, dtype=np.float64)
