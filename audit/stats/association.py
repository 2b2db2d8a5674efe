"""How two quantities go together."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from fairwitness.audit import reasons
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.clusters import Values
from fairwitness.audit.stats.equal import all_equal
from fairwitness.audit.stats.levels import LEVEL, estimate, normal_quantile

_NEARLY_ONE = 1 - 1e-12


def correlation(x: Values, y: Values, level: float = LEVEL, seed: int = 0) -> Estimate | Undefined:
    """Pearson's correlation with Fisher's z interval; n = number of pairs, which are taken to be independent.

    Undefined below four pairs, on a constant input and where a value is not finite. The interval has a closed form, so
    `seed` changes nothing; it is there so that every estimator is called alike.
    """
    a, b = _pair(x, y)
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return reasons.stated("a_value_not_finite", "not_finite")
    if len(a) < 4:
        return reasons.few(len(a), 4, "pairs")
    r = _pearson(a, b)
    if r is None:
        return reasons.stated("one_does_not_vary", "no_variation")
    centre, error = math.atanh(max(-_NEARLY_ONE, min(_NEARLY_ONE, r))), 1 / math.sqrt(len(a) - 3)

    def interval(level: float) -> tuple[float, float]:
        half = normal_quantile(level) * error
        return math.tanh(centre - half), math.tanh(centre + half)

    return estimate(r, interval, n=len(a), method="Fisher z", level=level, bounds=(-1.0, 1.0))


def _pair(x: Values, y: Values) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    a, b = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"{a.size} values are paired with {b.size}")
    return a, b


def _pearson(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float | None:
    if all_equal(a) or all_equal(b):
        return None
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.linalg.norm(a)) * float(np.linalg.norm(b))
    return float(np.clip(a @ b / scale, -1, 1)) if scale > 0 else None
