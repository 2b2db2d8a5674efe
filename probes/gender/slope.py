"""How a quantity of occupations follows the share of women in them, with both occupations and sentences as chance."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from assay.audit import stats
from assay.audit.records import Estimate, Undefined
from assay.audit.stats.clusters import crossed_error
from assay.audit.stats.equal import unless_rounding
from assay.audit.stats.ladder import estimate, t_quantile

Floats: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Point:
    """One value of one occupation in one sentence family; `share` of women in 0..1."""

    occupation: str
    family: str
    share: float
    value: float


def cells(items: Iterable[Point]) -> list[Point]:
    """The mean of every occupation in every family, over its wordings, texts or persons."""
    groups: dict[tuple[str, str], list[Point]] = {}
    for one in items:
        groups.setdefault((one.occupation, one.family), []).append(one)
    return [replace(some[0], value=float(np.mean([one.value for one in some]))) for some in groups.values()]


def slope(points: Sequence[Point]) -> float | None:
    """Least-squares slope on the share within families; None where the shares do not vary."""
    if not points:
        return None
    x, _ = _centred(points)
    return None if float(np.ptp(x)) == 0 else _fit(points)[0]


def slope_estimate(points: Sequence[Point]) -> Estimate | Undefined:
    """The slope with an interval that holds for other occupations and other sentence families alike.

    Variance clustered two ways (Cameron, Gelbach & Miller 2011, eq. 2.11), never below either one-way variance, times
    (N - 1) / (N - K) for N points and K = families + 1 fitted numbers, which few occupations a family make matter;
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
    error *= math.sqrt((len(points) - 1) / max(len(points) - len(families) - 1, 1))
    smaller = min(len(occupations), len(families))
    return estimate(value, _interval(value, error, smaller - 1), n=smaller, method="t, clustered two ways")


def answered_slope(items: Sequence[Point], lost: Sequence[Point], bounds: tuple[float, float]) -> Estimate | Undefined:
    """The slope of the cells of `items`, with its ends had the `lost` items had any answer within `bounds`.

    The values of lost items are not read. Exact: with the occupations and families of all items the slope is linear in
    each value, so that each lost one does most at one of its bounds, which the sign of its share within its family
    decides. Undefined as `slope_estimate`; not interpretable where every occupation has the same value, which is an
    answer that does not depend on what was asked.
    """
    found = slope_estimate(cells(items))
    if isinstance(found, Undefined):
        return found
    if _all_alike(items):
        return Undefined("every occupation has the same value, so the answers do not depend on it", "not_interpretable")
    grid = cells([*items, *lost])
    x, _ = _centred(grid)
    upward = {(one.occupation, one.family): above > 0 for one, above in zip(grid, x, strict=True)}
    ends = [found.value]
    for falling, rising in (bounds, bounds[::-1]):
        filled = [replace(one, value=falling if upward[one.occupation, one.family] else rising) for one in lost]
        ends.append(_fit(cells([*items, *filled]))[0])
    return replace(found, if_answered=(min(ends), max(ends)))


def slope_size(points: Iterable[Point], seed: int) -> Estimate | Undefined:
    """The root mean square of the slopes of single sentences, each the `family` of its points: its sign is no matter.

    Noise alone makes it larger than 0. For control pairs, of which either word may stand first: it says how far
    occupations move words that say nothing of people. Undefined below two sentences with three occupations.
    """
    return stats.rmse(sentence_slopes(points), seed=seed)


def sentence_slopes(points: Iterable[Point]) -> list[float]:
    """The slope of each `family` of points alone, where it has three occupations of different shares."""
    groups: dict[str, list[Point]] = {}
    for one in points:
        groups.setdefault(one.family, []).append(one)
    found = (slope(some) for some in groups.values() if len({one.occupation for one in some}) > 2)
    return [one for one in found if one is not None]


def _interval(value: float, error: float, df: int) -> Callable[[float], tuple[float, float]]:
    def at(level: float) -> tuple[float, float]:
        half = t_quantile(level, df) * error
        return value - half, value + half

    return at


def _all_alike(points: Sequence[Point]) -> bool:
    """Whether all items of each family have one value."""
    _, y = _centred(points)
    return unless_rounding(float(np.ptp(y)), max(abs(one.value) for one in points)) == 0


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
