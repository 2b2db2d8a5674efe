"""What wrong true outcomes could hide: rates had up to some share of the labels of a group been the other way round.

Which labels are wrong is not known, so bounds are over all of them: sharp, for some choice of wrong labels reaches
each. Arguments are counts [4] of one group: tn, fp, fn, tp; or shares of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit.metrics.arrays import FloatArray, divide

Bounds: TypeAlias = Callable[[npt.ArrayLike, npt.ArrayLike], FloatArray]
_HALVINGS = 50


def true_positive_bounds(counts: npt.ArrayLike, wrong: npt.ArrayLike) -> FloatArray:
    """Lowest and highest true positive rate [..., 2] where up to a share `wrong` of the rows have a wrong label.

    The rate is raised by selected rows that truly were positive and by refused ones that truly were not, and lowered by
    the contrary. It is a quotient of sums, so the ends lie where as many labels as can be are of one of the two kinds.
    `counts` is [..., 4], `wrong` fits it without the last axis. NaN where no row is positive.
    """
    tn, fp, fn, tp = np.moveaxis(np.asarray(counts, dtype=np.float64), -1, 0)
    most = np.asarray(wrong, dtype=np.float64) * (tn + fp + fn + tp)
    raised = _ends(tp, fn, fp, fn, most)
    lowered = 1 - _ends(fn, tp, tn, tp, most)
    return np.stack([lowered, raised], axis=-1)


def false_positive_bounds(counts: npt.ArrayLike, wrong: npt.ArrayLike) -> FloatArray:
    """The same of the false positive rate: the true positive rate of rows whose outcomes are turned round."""
    tn, fp, fn, tp = np.moveaxis(np.asarray(counts, dtype=np.float64), -1, 0)
    return true_positive_bounds(np.stack([fn, tp, tn, fp], axis=-1), wrong)


def wrong_labels_to_equal(first: npt.ArrayLike, other: npt.ArrayLike, bounds: Bounds = true_positive_bounds) -> float:
    """The smallest share of wrong labels, in each of two groups, with which their rates could be equal.

    0 where they are. `bounds` is one of the functions above.
    """
    if not _apart(first, other, bounds, 0.0):
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _apart(first, other, bounds, middle) else (low, middle)
    return high


def _apart(first: npt.ArrayLike, other: npt.ArrayLike, bounds: Bounds, wrong: float) -> bool:
    first_bounds, base = bounds(first, wrong), bounds(other, wrong)
    return bool(first_bounds[0] > base[1] or first_bounds[1] < base[0])


def _ends(hits: FloatArray, misses: FloatArray, more: FloatArray, fewer: FloatArray, most: FloatArray) -> FloatArray:
    """The largest hits / (hits + misses) with up to `most` rows changed: hits gained from `more`, misses lost."""
    gained = np.minimum(most, more)
    lost = np.minimum(most, fewer)
    with_gain = hits + gained, misses - np.minimum(fewer, most - gained)
    with_loss = hits + np.minimum(more, most - lost), misses - lost
    first, second = (divide(a, a + b) for a, b in (with_gain, with_loss))
    larger = np.fmax(first, second)
    # all of the base may go, and no hit can come: until its last row is gone the share is 0
    return np.where(np.isnan(larger) & (hits + misses > 0), 0.0, larger)
