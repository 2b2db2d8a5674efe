"""The ROC curve of a score, and the share of positives that it finds at a fixed share of false alarms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from fairwitness.audit import reasons
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.clusters import Values
from fairwitness.audit.stats.levels import LEVEL, FloatArray, estimate

FEWEST_ALARMS = 3
"""False alarms that a bound must allow among the negatives that are there: the tail is not read off one or two."""
_RARE = 1e-12
"""Chance of numbers of false alarms that are left out of the mixture."""
_ABOVE = 1e-12
"""Rounding of a product that should be a whole number."""


def roc_points(positives: Values, negatives: Values) -> npt.NDArray[np.float64]:
    """The corners of the ROC curve from (0, 0) to (1, 1): rows of false and true positive rate, equal scores at once.

    >>> roc_points([2.0, 1.0], [1.0, 0.0]).tolist()
    [[0.0, 0.0], [0.0, 0.5], [0.5, 1.0], [1.0, 1.0]]
    """
    yes, no = (np.sort(np.asarray(side, dtype=np.float64)) for side in (positives, negatives))
    cuts = np.unique(np.concatenate((yes, no)))[::-1]
    rates = [1 - np.searchsorted(side, cuts, "left") / len(side) for side in (no, yes)]
    return np.vstack((np.zeros((1, 2)), np.column_stack(rates)))


def tpr_at_fpr(positives: Values, negatives: Values, fpr: float, level: float = LEVEL) -> Estimate | Undefined:
    """The share of positives above the lowest threshold whose share of negatives above it is at most `fpr`.

    With k negatives allowed the threshold is the (k + 1)th largest negative; what equals it is not above. The interval
    has both samples vary: the true threshold lies behind the J largest negatives, J binomial of n and `fpr`, and at
    each J the share of positives has its own exact limits (Clopper & Pearson, Biometrika 26 (1934) 404-413). Its ends
    are quantiles of the mixture over J, which is where resampling both samples without end would come to; a threshold
    between two negatives is taken to be at either with the same chance. `n` is the number of positives.

    Undefined below `FEWEST_ALARMS` / `fpr` negatives (the smallest rate but 0 is 1/n), below two positives, and where a
    score is not finite.
    """
    yes, no = np.asarray(positives, dtype=np.float64), np.asarray(negatives, dtype=np.float64)
    odd = int((~np.isfinite(yes)).sum() + (~np.isfinite(no)).sum())
    if odd:
        return reasons.not_finite(odd, len(yes) + len(no), "scores")
    needed = int(np.ceil(FEWEST_ALARMS / fpr - _ABOVE))
    if len(no) < needed:
        return reasons.few(len(no), needed, "negative rows")
    if len(yes) < 2:
        return reasons.few(len(yes), 2, "positive rows")
    above = _above(yes, no)
    share = above[_allowed(len(no), fpr)] / len(yes)
    limits = partial(_limits, above.tolist(), len(yes), fpr)
    return estimate(
        float(share), limits, n=len(yes), method="binomial mixture of exact limits", level=level, bounds=(0.0, 1.0)
    )


def tpr_if_answered(
    rate: Estimate | Undefined, positives: Values, negatives: Values, fpr: float, missing: tuple[int, int]
) -> Estimate | Undefined:
    """The share with its ends had the `missing` positives and negatives had the lowest or the highest scores."""
    if isinstance(rate, Undefined):
        return rate
    yes, no = np.asarray(positives, dtype=np.float64), np.asarray(negatives, dtype=np.float64)
    total = len(yes) + missing[0]
    above = _above(yes, no)
    allowed = _allowed(len(no) + missing[1], fpr)
    most = above[min(allowed, len(no))] + missing[0]
    least = above[max(allowed - missing[1], 0)]
    return replace(rate, if_answered=(min(least / total, rate.value), max(most / total, rate.value)))


def _allowed(negatives: int, fpr: float) -> int:
    """How many negatives may lie above the threshold."""
    return int(np.floor(negatives * fpr + _ABOVE))


def _above(yes: FloatArray, no: FloatArray) -> npt.NDArray[np.int64]:
    """By k the positives above the (k + 1)th largest negative; all of them where no negative is left."""
    ordered = np.sort(yes)
    behind = len(yes) - np.searchsorted(ordered, np.sort(no)[::-1], "right")
    return np.append(behind, len(yes))


def _limits(above: Sequence[int], positives: int, fpr: float, level: float) -> tuple[float, float]:
    """Quantiles of the mixture over where the true threshold lies."""
    from scipy.optimize import brentq
    from scipy.special import betainc
    from scipy.stats import binom

    negatives = len(above) - 1
    behind = np.arange(int(binom.isf(_RARE, negatives, fpr)) + 1)
    weights = binom.pmf(behind, negatives, fpr) / 2
    counts = np.asarray(above)
    # J negatives lie above the true threshold: it is between the Jth largest and the next, at either as well
    nearer = np.where(behind == 0, 0, counts[np.maximum(behind - 1, 0)])
    hits = np.concatenate((nearer, counts[behind]))
    weights = np.concatenate((weights, weights)) / weights.sum() / 2
    tail = (1 - level) / 2

    def low_share(rate: float) -> float:
        some = hits > 0
        shares = betainc(np.maximum(hits, 1), positives - hits + 1, rate)
        return float(weights @ np.where(some, shares, 1.0)) - tail

    def high_share(rate: float) -> float:
        some = hits < positives
        shares = betainc(hits + 1, np.maximum(positives - hits, 1), rate)
        return float(weights @ np.where(some, shares, 0.0)) - (1 - tail)

    low = 0.0 if low_share(0.0) >= 0 else float(brentq(low_share, 0.0, 1.0))
    high = 1.0 if high_share(1.0) < 0 else float(brentq(high_share, 0.0, 1.0))
    return low, high
