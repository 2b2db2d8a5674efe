"""How a quantity of occupations follows the share of women in them, with both occupations and sentences as chance.

Which word of a control pair stands first is a coin, so its slope has a size and no sign, and nothing can be subtracted.
What can be asked is whether a slope lies beyond what contrasts of arbitrary words do.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fairwitness.audit import reasons, stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.crossed.two_way_slope import Grid, Ints, VarianceComponent, both, grid
from fairwitness.audit.stats.equal import unless_rounding
from fairwitness.audit.stats.grouping import grouped
from fairwitness.audit.stats.levels import IntervalAt, t_quantile
from fairwitness.audit.stats.means import t_interval

FEWEST = 10
"""Occupations below which the interval of a slope holds the truth too seldom, or is too wide to say anything."""
FEWEST_OF_A_PAIR = 4
_NEARLY_ONE = 1 - 1e-12
METHOD = "t, CR2 clustered two ways"
FEWEST_PAIRS = 20
"""Control pairs below which their spread is not known well enough to allow for."""


@dataclass(frozen=True, slots=True)
class Point:
    """One value of one occupation in one sentence family; `share` of women in 0..1."""

    occupation: str
    family: str
    share: float
    value: float


@dataclass(frozen=True, slots=True)
class Spread:
    """The variance of the slopes of control pairs beyond chance, and of how many."""

    variance: float
    count: int

    @classmethod
    def of(cls, slopes: Sequence[float], variances: Sequence[float]) -> Spread:
        """From the slope of each pair and its own sampling variance: the mean of slope² less variance, or 0.

        Slopes are squared, so that no order of words matters.
        """
        if not slopes:
            return cls(0.0, 0)
        return cls(max(0.0, float(np.mean(np.square(slopes) - np.asarray(variances)))), len(slopes))

    @property
    def usable(self) -> bool:
        """Whether there are enough pairs to allow for their spread."""
        return self.count >= FEWEST_PAIRS

    def allowing(self, value: float, part: VarianceComponent) -> IntervalAt:
        """The t interval of a slope, whose end nearer to 0 allows for the spread as well; 0 is never passed by that.

        That end is where the slope less t × sqrt(its variance + the spread) lies, with the degrees of freedom of
        Satterthwaite (1946) for both: those of the slope, and for the spread as many as pairs. An interval that holds 0
        stays as it is, and so does the other end, so that no limit is passed more easily or less.
        """
        plain = t_interval(value, math.sqrt(part.variance), part.df)
        if self.variance == 0.0:
            return plain
        total = part.variance + self.variance
        df = total**2 / (part.variance**2 / part.df + self.variance**2 / self.count)

        def interval(level: float) -> tuple[float, float]:
            (low, high), reach = plain(level), t_quantile(level, df) * math.sqrt(total)
            if low > 0.0:
                low = min(low, max(0.0, value - reach))
            elif high < 0.0:
                high = max(high, min(0.0, value + reach))
            return low, high

        return interval


def cells(items: Iterable[Point]) -> list[Point]:
    """The mean of every occupation in every family, over its wordings, texts or persons."""
    groups = grouped(items, lambda point: (point.occupation, point.family))
    return [some[0] if len(some) == 1 else _mean(some) for some in groups.values()]


def _mean(some: Sequence[Point]) -> Point:
    return replace(some[0], value=math.fsum(point.value for point in some) / len(some))


def slope(points: Sequence[Point]) -> float | None:
    """Least-squares slope of the cells on the share within families; None where the shares do not vary."""
    if not points:
        return None
    fit, _, _ = _grid(cells(points))
    return fit.value if fit.known else None


def slope_estimate(points: Sequence[Point], spread: Spread | None = None) -> Estimate | Undefined:
    """The slope of the cells with an interval that holds for other occupations and other sentence families alike.

    Bias-reduced variances of both factors, their sum less what both hold of single cells, and never below either
    (`two_way_slope`); t interval with Satterthwaite's degrees of freedom. Where a `spread` of arbitrary contrasts is
    given, the end nearer to 0 allows for it too (`Spread.allowing`). Unbiased in a full grid whose occupations,
    families' slopes and cells vary independently. Undefined below ten occupations or two families, where shares do not
    vary, and where one occupation or one family alone makes the slope.
    """
    occupations, families = {point.occupation for point in points}, {point.family for point in points}
    if len(occupations) < FEWEST or len(families) < 2:
        counts = {"occupations": len(occupations), "families": len(families)}
        return reasons.stated("few_occupations_or_families", "few_units", **counts, needed=FEWEST)
    fit, _, _ = _grid(cells(points))
    if not fit.known:
        return reasons.stated("same_shares", "no_variation")
    of_occupations, of_families = fit.occupations(), fit.families()
    if of_occupations is None or of_families is None:
        alone = reasons.WORDS.named("unit", "occupation" if of_occupations is None else "family")
        return reasons.stated("alone", "few_units", alone=alone)
    part = both(of_occupations, of_families, fit.cells())
    smaller = min(len(occupations), len(families))
    if spread is not None and spread.usable:
        method = f"{METHOD}; end nearer to 0 by {spread.count} control pairs"
        return stats.estimate(fit.value, spread.allowing(fit.value, part), n=smaller, method=method)
    interval = t_interval(fit.value, math.sqrt(part.variance), part.df)
    return stats.estimate(fit.value, interval, n=smaller, method=METHOD)


def answered_slope(
    items: Sequence[Point], lost: Sequence[Point], bounds: tuple[float, float], spread: Spread | None = None
) -> Estimate | Undefined:
    """The slope of the cells of `items`, with its ends had the `lost` items had any answer within `bounds`.

    The values of lost items are not read. Exact: with the occupations and families of all items the slope is linear in
    each value, so that each lost one does most at one of its bounds, which the sign of its share within its family
    decides. Undefined as `slope_estimate`; not interpretable where every occupation has the same value, which is an
    answer that does not depend on what was asked.
    """
    if items and _all_alike(items):
        return reasons.undefined(reasons.WORDS, "reason.same_values", "validity_check", "not_interpretable")
    estimate = slope_estimate(items, spread)
    if isinstance(estimate, Undefined):
        return estimate
    if not lost:
        return replace(estimate, if_answered=(estimate.value, estimate.value))
    whole = cells([*items, *lost])
    fit, rows, columns = _grid(whole)
    weights = fit.weights[rows, columns]
    upward = {(point.occupation, point.family): weight > 0 for point, weight in zip(whole, weights, strict=True)}
    ends = [estimate.value]
    for falling, lower in (bounds, bounds[::-1]):
        filled = [replace(item, value=falling if upward[item.occupation, item.family] else lower) for item in lost]
        ends.append(_grid(cells([*items, *filled]))[0].value)
    return replace(estimate, if_answered=(min(ends), max(ends)))


def share_correlation(points: Sequence[Point]) -> Estimate | Undefined:
    """Pearson's correlation over occupations of their mean value with the share of women.

    Fisher's z, whose variance is that of occupations and, added to it, that of the slopes of families beyond chance:
    other sentences would give the mean values another slope (delta method: a slope's variance times the ratio of the
    variances of share and mean). t quantile with Satterthwaite's degrees of freedom. Undefined as `stats.correlation`.
    """
    groups = grouped(points, lambda point: point.occupation)
    shares = [some[0].share for some in groups.values()]
    means = [float(np.mean([point.value for point in some])) for some in groups.values()]
    plain = stats.correlation(shares, means)
    if isinstance(plain, Undefined):
        return plain
    fit, _, _ = _grid(cells(points))
    part = fit.families() if fit.known else None
    if part is None or (beyond := part.variance - fit.cells()) <= 0:
        return plain
    beyond *= float(np.var(shares) / np.var(means))
    variance = 1 / (plain.n - 3) + beyond
    df, centre = variance**2 * part.df / beyond**2, math.atanh(min(max(plain.value, -_NEARLY_ONE), _NEARLY_ONE))

    def interval(level: float) -> tuple[float, float]:
        half = t_quantile(level, df) * math.sqrt(variance)
        return math.tanh(centre - half), math.tanh(centre + half)

    return stats.estimate(
        plain.value, interval, n=plain.n, method=f"{plain.method}, families as chance", bounds=(-1, 1)
    )


def slope_size(points: Iterable[Point], seed: int) -> Estimate | Undefined:
    """The root mean square of the slopes of single sentences, each the `family` of its points: its sign is no matter.

    Noise alone makes it larger than 0. For control pairs, of which either word may stand first: it says how far
    occupations move words that say nothing of people. Undefined below two sentences with three occupations.
    """
    return stats.rmse(sentence_slopes(points), seed=seed)


def sentence_slopes(points: Iterable[Point]) -> list[float]:
    """The slope of each `family` of points alone, where it has three occupations of different shares."""
    groups = grouped(points, lambda point: point.family)
    slopes = (slope(some) for some in groups.values() if len({point.occupation for point in some}) > 2)
    return [estimate for estimate in slopes if estimate is not None]


def spread_of(pairs: Iterable[Sequence[Point]]) -> Spread:
    """How far the slopes of contrasts lie apart that say nothing of people, from the points of each control pair.

    A pair's sampling variance is the CR2 variance over its occupations; it is usable with four occupations or more of
    different shares, none of which alone makes its slope.
    """
    slopes, variances = [], []
    for some in pairs:
        if len({point.occupation for point in some}) < FEWEST_OF_A_PAIR:
            continue
        fit, _, _ = _grid(cells(some))
        part = fit.occupations() if fit.known else None
        if part is not None:
            slopes.append(fit.value)
            variances.append(part.variance)
    return Spread.of(slopes, variances)


def _grid(points: Sequence[Point]) -> tuple[Grid, Ints, Ints]:
    """The grid of cells, each of which comes once."""
    labels = [(point.occupation, point.family) for point in points]
    return grid(labels, [point.share for point in points], [point.value for point in points])


def _all_alike(points: Sequence[Point]) -> bool:
    """Whether all items of each family have one value."""
    ends: dict[str, tuple[float, float]] = {}
    for point in points:
        low, high = ends.get(point.family, (point.value, point.value))
        ends[point.family] = (min(low, point.value), max(high, point.value))
    largest = max(abs(point.value) for point in points)
    return all(unless_rounding(high - low, largest) == 0 for low, high in ends.values())


def root_mean_square(slopes: Sequence[float]) -> float | None:
    """The size of slopes whatever their sign; None without any.

    >>> root_mean_square([3.0, -3.0])
    3.0
    """
    return float(np.sqrt(np.mean(np.square(slopes)))) if slopes else None
