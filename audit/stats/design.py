"""How far the true rate of one set of items moves between several ways of asking them: its design variance."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fairwitness.audit import reasons
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.clusters import Labels, numbered
from fairwitness.audit.stats.equal import ROUNDING
from fairwitness.audit.stats.levels import LEVEL, FloatArray, IntervalAt, estimate
from fairwitness.audit.stats.proportions import exact_limits

DRAWS = 2_000
_STEPS = 24
FEW = 5
"""Clusters with a change below which a bootstrap says little of how many more there might be."""
METHOD = "inversion of the variance over forms, bootstrap of items"


@dataclass(frozen=True, slots=True)
class Moved:
    """What was seen of items that were each asked in several forms.

    `design` is the variance of the true rates over the forms (n - 1 in the denominator), by the method of moments: what
    was seen less what the items alone make of it; `sampling` the mean over forms of the squared standard error of a
    rate. Both are 0 or above, in squared units of a value.
    """

    rates: FloatArray
    design: float
    sampling: float
    clusters: int


def moved(values: npt.ArrayLike, clusters: Labels | None = None) -> Moved | Undefined:
    """The variances of values [items, forms], each item with a value in each form; undefined below two of either.

    Items of one cluster are drawn together. Source: a two-way layout of items and forms without repetition, in which
    forms are all there are and items are drawn (Scheffé 1959, ch. 8); of prompt formats Sclar et al. 2024,
    https://arxiv.org/abs/2310.11324. Raises ValueError for values of another shape.
    """
    seen = _Layout.of(values, clusters)
    return seen if isinstance(seen, Undefined) else Moved(seen.rates, seen.design, seen.sampling, seen.count)


def design_deviation(
    values: npt.ArrayLike,
    clusters: Labels | None = None,
    bounds: tuple[float, float] | None = None,
    level: float = LEVEL,
    seed: int = 0,
) -> Estimate | Undefined:
    """The standard deviation of the true rates over the forms, in units of a value: the root of `Moved.design`.

    The forms are all there are, and no sample of others. The interval holds every deviation under which the variance of
    the rates that was seen is neither too small nor too large: rates lie apart in the direction in which they were
    seen to, and chance is that of clusters of items drawn again. Where no item ever changes, or few do, its upper end
    is what the exact limit on the share of clusters that do allows, all of them to one side; `bounds` are those of a
    value (without them the values that were seen). `n` is the number of clusters. Undefined below two items, clusters
    or forms, and for values that are not finite or all equal without bounds.
    """
    seen = _Layout.of(values, clusters)
    if isinstance(seen, Undefined):
        return seen
    width = seen.width if bounds is None else bounds[1] - bounds[0]
    if width <= 0:
        return reasons.few(1, 2, "values")
    return estimate(
        math.sqrt(seen.design),
        _inverted(seen, width, seed),
        n=seen.count,
        method=METHOD,
        level=level,
        bounds=(0.0, math.inf),
    )


@dataclass(frozen=True, slots=True)
class _Layout:
    """Deviations of each cluster's sums from the item means, by form, and what they say of chance."""

    rates: FloatArray
    apart: FloatArray
    """Rates less their mean."""
    sums: FloatArray
    """Of each cluster what its items add to `apart`, less its expectation: [clusters, forms]."""
    sampling: float
    width: float
    changing: int
    """Clusters in which a value of an item differs between forms."""

    @classmethod
    def of(cls, values: npt.ArrayLike, clusters: Labels | None) -> _Layout | Undefined:
        array = np.asarray(values, dtype=np.float64)
        if array.ndim != 2:
            raise ValueError(f"values have {array.ndim} dimensions, not two")
        items, forms = array.shape
        codes = np.arange(items) if clusters is None else numbered(clusters, items)
        count = int(codes.max()) + 1 if items else 0
        for size, what in ((forms, "forms"), (count, "values" if clusters is None else "clusters")):
            if size < 2:
                return reasons.few(size, 2, what)
        odd = int(array.size - np.isfinite(array).sum())
        if odd:
            return reasons.not_finite(odd, array.size)
        rates, within = array.mean(axis=0), array - array.mean(axis=1, keepdims=True)
        apart = within.mean(axis=0)
        differs = np.ptp(array, axis=1) > ROUNDING * max(1.0, float(np.abs(array).max()))
        return cls(
            rates,
            apart,
            _summed((within - apart) / items, codes, count),
            float((_summed((array - rates) / items, codes, count) ** 2).sum() / forms * count / (count - 1)),
            float(np.ptp(array)),
            len(set(codes[differs].tolist())),
        )

    @property
    def count(self) -> int:
        return len(self.sums)

    @property
    def variance(self) -> float:
        """The variance of the rates as seen."""
        return float(self.apart @ self.apart) / (len(self.apart) - 1)

    @property
    def design(self) -> float:
        by_chance = float((self.sums**2).sum()) * self.count / (self.count - 1) / (len(self.apart) - 1)
        return max(0.0, self.variance - by_chance)

    @property
    def direction(self) -> FloatArray:
        """In which the rates lie apart, of length 1: where they do not at all, the first form from the others."""
        size = math.sqrt(float(self.apart @ self.apart))
        if size > 0:
            return np.asarray(self.apart / size, dtype=np.float64)
        plain = np.full(len(self.apart), -1.0 / len(self.apart))
        plain[0] += 1.0
        return np.asarray(plain / math.sqrt(float(plain @ plain)), dtype=np.float64)


def _summed(values: FloatArray, codes: npt.NDArray[np.int64], count: int) -> FloatArray:
    sums = np.zeros((count, values.shape[1]))
    np.add.at(sums, codes, values)
    return sums


def _inverted(seen: _Layout, width: float, seed: int) -> IntervalAt:
    """The interval of the deviation as a function of the level."""
    rng = np.random.default_rng(seed)
    count, forms = seen.sums.shape
    weights = rng.multinomial(count, np.full(count, 1 / count), size=DRAWS).astype(np.float64)
    noise = weights @ seen.sums * math.sqrt(count / (count - 1))
    along, size = noise @ seen.direction, (noise**2).sum(axis=1)

    # A variance smaller than chance alone gives on average counts as that average: no interval of no width.
    most_seen = max(seen.variance, float(size.mean()) / (forms - 1))

    def drawn(deviation: float) -> FloatArray:
        """Variances of rates that truly lie so far apart."""
        shift = deviation * math.sqrt(forms - 1)
        return np.asarray((shift**2 + 2 * shift * along + size) / (forms - 1), dtype=np.float64)

    def below(deviation: float) -> float:
        return float((drawn(deviation) <= most_seen).mean())

    def above(deviation: float) -> float:
        return float((drawn(deviation) >= seen.variance).mean())

    def interval(level: float) -> tuple[float, float]:
        tail = (1 - level) / 2
        changing = exact_limits(seen.changing, count, level)[1]
        most = width * math.sqrt(forms / (4 * (forms - 1)))
        high = _last(lambda deviation: below(deviation) > tail, most)
        low = _last(lambda deviation: above(deviation) <= tail, most)
        if seen.changing < FEW:
            high = max(high, changing * most)
        return min(low, high), high

    return interval


def _last(holds: Callable[[float], bool], most: float) -> float:
    """The largest deviation up to which the condition holds; 0 where it does not hold at 0."""
    if not holds(0.0):
        return 0.0
    low, high = 0.0, most
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return high
