"""How far the true rates of several groups lie apart, beyond what chance makes of few rows each."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit import reasons
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.levels import LEVEL, FloatArray, estimate, normal_quantile
from fairwitness.audit.stats.proportions import wilson

SHRINK = 2.0
"""Hits and misses added to all groups together, so that no hit at all does not mean that there is no chance."""
APART = 0.25
"""The largest variance of a yes-or-no unit: taken of a group whose rate lies apart, wherever that is."""
_STEPS = 40


def rate_spread(hits: Sequence[float], n: Sequence[float], level: float = LEVEL) -> Estimate | Undefined:
    """The standard deviation of the true rates of these groups, each weighing as its units; from 0 to 0.5.

    theta² = sum n_i (p_i - p)² / N. The groups are all there are, and no sample of others: the estimand is the spread
    of their own true rates. The interval holds every theta under which Q = sum n_i (r_i - r)², of the rates that were
    seen, is neither too small nor too large (inversion of Q, as for the variance of effects in Viechtbauer, Statistics
    in Medicine 26 (2007) 37-52). The law of Q is that of a noncentral chi-square about its mean
    (K - 1)(r(1 - r) - theta²) + N theta², by three cumulants (Pearson III); units of groups that lie apart are taken to
    vary as much as units can, so that few groups far from the others do not make it too narrow. A Q smaller than no
    spread at all gives on average counts as that average: chance alone makes no interval of no width. No interval
    reaches beyond the spread that the limits of the common rate allow (Wilson).

    Hits and sizes may be effective ones. `n` of the estimate is their sum. Undefined below two groups; ValueError where
    a group has no units or more hits than units.
    """
    counts, sizes = np.array(hits, dtype=np.float64), np.array(n, dtype=np.float64)
    if len(counts) != len(sizes) or (sizes <= 0).any() or ((counts < 0) | (counts > sizes * (1 + 1e-9))).any():
        raise ValueError(f"{list(hits)} hits of {list(n)}")
    if len(counts) < 2:
        return reasons.few(len(counts), 2, "groups")
    seen = _Counts.of(counts, sizes)
    return estimate(
        seen.value,
        lambda level: _limits(seen, level),
        n=seen.units,
        method="inversion of Q, noncentral chi-square by three cumulants",
        level=level,
        bounds=(0.0, 0.5),
    )


def spread_limits(hits: FloatArray, n: FloatArray, level: float) -> tuple[float, float]:
    """The interval of `rate_spread` at one level alone."""
    return _limits(_Counts.of(hits, n), level)


def spread_value(hits: FloatArray, n: FloatArray) -> float:
    """The value of `rate_spread` alone: by the method of moments, 0 where rates differ less than chance makes them."""
    return _Counts.of(hits, n).value


@dataclass(frozen=True, slots=True)
class _Counts:
    """What was seen of all groups: how many they are, their units and hits, the variance of a unit, and Q."""

    groups: int
    units: float
    hits: float
    variance: float
    q: float

    @classmethod
    def of(cls, hits: FloatArray, n: FloatArray) -> _Counts:
        units, successes = float(n.sum()), float(hits.sum())
        common = (successes + SHRINK) / (units + 2 * SHRINK)
        q = float((n * (hits / n - successes / units) ** 2).sum())
        return cls(len(n), units, successes, common * (1 - common), q)

    @property
    def by_chance(self) -> float:
        """The mean of Q where the true rates are alike."""
        return (self.groups - 1) * self.variance

    @property
    def value(self) -> float:
        free = max(self.units - self.groups + 1, 1.0)
        return min(0.5, math.sqrt(max(0.0, self.q - self.by_chance) / free))

    def tails(self, theta: float, q: float) -> tuple[float, float]:
        """How likely a Q of at most `q`, and of at least `q`, is under a spread of theta."""
        from scipy.special import gammainc, gammaincc

        within, between = max(self.variance - theta**2, 0.0), self.units * theta**2
        mean = (self.groups - 1) * within + between
        variance = 2 * (self.groups - 1) * within**2 + 4 * between * APART
        third = 8 * (self.groups - 1) * within**3 + 24 * between * APART**2
        shape = 4 * variance**3 / third**2
        point = max(0.0, shape + (q - mean) * math.sqrt(shape / variance))
        return float(gammainc(shape, point)), float(gammaincc(shape, point))


def _limits(seen: _Counts, level: float) -> tuple[float, float]:
    """The lowest and highest spread that fit what was seen."""
    tail = (1 - level) / 2
    ends = wilson(seen.hits, seen.units, normal_quantile(level))
    widest = min(max(0.5, ends[0]), ends[1])
    most = math.sqrt(widest * (1 - widest))
    high = _last(lambda theta: seen.tails(theta, max(seen.q, seen.by_chance))[0] > tail, most)
    low = _last(lambda theta: seen.tails(theta, seen.q)[1] <= tail, most)
    return min(low, high), high


def _last(holds: Callable[[float], bool], most: float) -> float:
    """The largest theta up to which the condition holds; 0 where it does not hold at 0."""
    if not holds(0.0):
        return 0.0
    low, high = 0.0, most
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return high if holds(most) else low
