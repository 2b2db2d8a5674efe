"""How a quantity of occupations follows the share of women in them, with both occupations and sentences as chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from assay.audit.records import Estimate, Undefined
from assay.audit.stats.clusters import crossed_error
from assay.audit.stats.ladder import estimate, t_quantile

Floats: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Point:
    """One value of one occupation in one sentence family; `share` of women in 0..1."""

    occupation: str
    family: str
    share: float
    value: float


def slope(points: Sequence[Point]) -> float | None:
    """Least-squares slope on the share within families; None where the shares do not vary."""
    x, _ = _centred(points)
    return None if not len(x) or float(np.ptp(x)) == 0 else _fit(points)[0]


def slope_estimate(points: Sequence[Point]) -> Estimate | Undefined:
    """The slope with an interval that holds for other occupations and other sentence families alike.

    Variance clustered two ways (Cameron, Gelbach & Miller 2011, eq. 2.11), never below either one-way variance;
    t interval with as many degrees of freedom as the smaller factor has groups, less one. Undefined below three
    occupations or two families, and where the shares do not vary.
    """
    occupations, families = {one.occupation for one in points}, {one.family for one in points}
    if len(occupations) < 3 or len(families) < 2:
        return Undefined(
            f"not estimable: {len(occupations)} occupations and {len(families)} sentence families, 3 and 2 needed"
        )
    if slope(points) is None:
        return Undefined("not estimable: the occupations do not differ in their share of women")
    value, influence = _fit(points)
    error = crossed_error(influence, [one.occupation for one in points], [one.family for one in points])
    smaller = min(len(occupations), len(families))
    return estimate(value, _interval(value, error, smaller - 1), n=smaller, method="t, clustered two ways")


def _interval(value: float, error: float, df: int) -> Callable[[float], tuple[float, float]]:
    def at(level: float) -> tuple[float, float]:
        half = t_quantile(level, df) * error
        return value - half, value + half

    return at


def _centred(points: Sequence[Point]) -> tuple[Floats, Floats]:
    """Share and value, each less its mean within the family."""
    _, codes = np.unique([one.family for one in points], return_inverse=True)
    counts = np.bincount(codes)

    def centre(values: Floats) -> Floats:
        return values - (np.bincount(codes, weights=values) / counts)[codes]

    return centre(np.array([one.share for one in points])), centre(np.array([one.value for one in points]))


def _fit(points: Sequence[Point]) -> tuple[float, Floats]:
    x, y = _centred(points)
    value = float(x @ y / (x @ x))
    return value, x * (y - value * x) / float(x @ x)
