"""Several groups at once: contrasts against a reference and the largest gap, with intervals that hold together."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fairwitness.audit import reasons
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.levels import LEVEL, UNBOUNDED, FloatArray, IntervalAt, estimate
from fairwitness.audit.stats.mover import Statistic, linear_combination
from fairwitness.audit.stats.proportions import rate_statistic
from fairwitness.audit.stats.quantiles import contrast_quantile, range_quantile


def rate_contrasts(hits: Sequence[float], n: Sequence[float], reference: int, level: float = LEVEL) -> list[Estimate]:
    """Rate of each group minus the rate of group `reference`, in the order given without the reference.

    All intervals hold at once with the level's probability (max-T; Dunnett 1955, Hothorn et al. 2008): Newcombe's
    hybrid score limits at the quantile of the largest of the correlated |T|, found by integration, so without chance.
    Counts may be effective ones (`effective_counts`). Every group needs at least one unit.
    """
    statistics = [rate_statistic(count, size) for count, size in zip(hits, n, strict=True)]
    contrasted = contrasts(statistics, reference, method="Newcombe, max-T", bounds=(-1.0, 1.0), level=level)
    return [estimate for estimate in contrasted if isinstance(estimate, Estimate)]


def contrasts(
    statistics: Sequence[Statistic | Undefined],
    reference: int,
    *,
    method: str,
    bounds: tuple[float, float] = UNBOUNDED,
    level: float = LEVEL,
) -> list[Estimate | Undefined]:
    """Value of each independent sample minus that of sample `reference`, without it, all intervals at once.

    Limits as `linear_combination`, at the max-T quantile of the samples' variances. A sample that is undefined stays so
    and does not widen the others; without the reference all are undefined.
    """
    base = statistics[reference]
    others = [statistic for index, statistic in enumerate(statistics) if index != reference]
    if isinstance(base, Undefined):
        return [reasons.of_reference(base)] * len(others)
    variances = [base.variance, *(statistic.variance for statistic in others if isinstance(statistic, Statistic))]
    critical = contrast_quantile(variances, 0)

    def against(statistic: Statistic) -> Estimate:
        signed = linear_combination([(1.0, statistic), (-1.0, base)])
        return estimate(
            signed.value,
            lambda level: signed.limits(critical(level)),
            n=signed.n,
            method=method,
            level=level,
            bounds=bounds,
        )

    return [statistic if isinstance(statistic, Undefined) else against(statistic) for statistic in others]


def rate_gap(hits: Sequence[float], n: Sequence[float], level: float = LEVEL) -> Estimate | Undefined:
    """The largest rate minus the smallest, as `gap`; groups without units are left out."""
    statistics = [rate_statistic(count, size) for count, size in zip(hits, n, strict=True) if size > 0]
    return gap(statistics, bounds=(0.0, 1.0), level=level)


def gap(
    statistics: Sequence[Statistic], *, bounds: tuple[float, float] = (0.0, math.inf), level: float = LEVEL
) -> Estimate | Undefined:
    """The largest value minus the smallest, from simultaneous intervals of all pairs (Tukey-Kramer quantile).

    Conservative where there is no gap: a true gap of 0 lies on the boundary. Its interval is no test of a gap; the
    permutation null is. Undefined below two samples.
    """
    if len(statistics) < 2:
        return reasons.few(len(statistics), 2, "groups")
    values = np.array([statistic.value for statistic in statistics])
    return estimate(
        float(np.ptp(values)),
        lambda level: _widest_pair(statistics, values, range_quantile(level, len(statistics))),
        n=sum(statistic.n for statistic in statistics),
        method="largest of all pairs, simultaneous",
        level=level,
        bounds=bounds,
    )


def largest_size(
    parts: Sequence[tuple[float, IntervalAt]], *, n: float, method: str, level: float = LEVEL
) -> Estimate | Undefined:
    """The largest distance of several quantities from 0, whatever their signs: parts are (value, its interval).

    That all lie below an upper limit is shown by each of them at the level itself, however many there are: the largest
    lies above its own upper limit no more often than a single one does (intersection-union test; Berger, Technometrics
    24 (1982) 295-300). That one lies above a lower limit is shown at a level that is corrected for their number
    (Bonferroni). The parts need not be independent. Of equal sizes the value itself lies above the truth by chance; the
    interval does not. Undefined without parts.
    """
    if not parts:
        return reasons.stated("nothing_to_compare", "no_units")

    def interval(level: float) -> tuple[float, float]:
        sure = [limits(1 - (1 - level) / len(parts)) for _, limits in parts]
        low = max(max(0.0, below, -above) for below, above in sure)
        return low, max(max(abs(below), abs(above)) for below, above in (limits(level) for _, limits in parts))

    size = max(abs(value) for value, _ in parts)
    return estimate(size, interval, n=n, method=method, level=level, bounds=(0.0, math.inf))


def _widest_pair(statistics: Sequence[Statistic], values: FloatArray, z: float) -> tuple[float, float]:
    """The largest lower and the largest upper of the limits of a difference, over all ordered pairs of samples."""
    lows, highs = np.array([statistic.limits(z) for statistic in statistics]).T
    below, above = (values - lows) ** 2, (highs - values) ** 2
    low, high = -math.inf, -math.inf
    for index, value in enumerate(values):
        gaps = value - values
        low = max(low, float(np.delete(gaps - np.sqrt(below[index] + above), index).max()))
        high = max(high, float(np.delete(gaps + np.sqrt(above[index] + below), index).max()))
    return low, high
