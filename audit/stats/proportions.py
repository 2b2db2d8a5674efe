"""Shares of independent yes-or-no units, their differences and their ratios.

Hits and sizes are counts, or the effective counts of weighted rows (`effective_counts`), which need not be whole.
"""

from __future__ import annotations

import math

from fairwitness.audit import reasons
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.levels import LEVEL, estimate, normal_quantile
from fairwitness.audit.stats.mover import Statistic, difference_limits, linear_combination, ratio_limits

OF_WILSON = "ratio of Wilson limits (MOVER-R)"
EXACT = "exact binomial"
_SLACK = 1e-9


def proportion(hits: float, n: float, level: float = LEVEL) -> Estimate | Undefined:
    """The share hits / n with Wilson's score interval (Wilson 1927); undefined without units."""
    if n == 0:
        return reasons.stated("no_rows", "no_units")
    return rate_statistic(hits, n).estimate("Wilson score", (0.0, 1.0), level)


def exact_proportion(hits: int, n: int, level: float = LEVEL) -> Estimate | Undefined:
    """The share hits / n with the exact binomial interval (Clopper & Pearson, Biometrika 26 (1934) 404-413).

    It holds the true share at least as often as its level says, whatever the share and n. Undefined without units.
    """
    if n == 0:
        return reasons.stated("no_rows", "no_units")
    _check(hits, n)
    return estimate(
        hits / n, lambda level: exact_limits(hits, n, level), n=n, method=EXACT, level=level, bounds=(0.0, 1.0)
    )


def exact_limits(hits: int, n: int, level: float) -> tuple[float, float]:
    """Clopper and Pearson's limits of a share."""
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = float(betaincinv(hits, n - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, n - hits, 1 - tail)) if hits < n else 1.0
    return low, high


def difference(hits_a: float, n_a: float, hits_b: float, n_b: float, level: float = LEVEL) -> Estimate | Undefined:
    """The share of a minus the share of b, independent groups, Newcombe's hybrid score interval.

    Square-and-add of Wilson limits: method 10 of Newcombe, Statistics in Medicine 17 (1998) 873-890. `n` is n_a + n_b.
    """
    if n_a == 0 or n_b == 0:
        return reasons.stated("empty_group", "no_units")
    both = linear_combination([(1.0, rate_statistic(hits_a, n_a)), (-1.0, rate_statistic(hits_b, n_b))])
    return both.estimate("Newcombe hybrid score", (-1.0, 1.0), level)


def ratio(hits_a: float, n_a: float, hits_b: float, n_b: float, level: float = LEVEL) -> Estimate | Undefined:
    """The share of a over the share of b, independent groups.

    The ratio interval made from Wilson limits (MOVER-R; Donner & Zou, Statistical Methods in Medical Research 21 (2012)
    347-359), which stays finite and of positive width where a cell is empty. It holds 1 wherever Newcombe's interval of
    the difference holds 0. Undefined where b has no hits: a ratio to zero has no value. `n` is n_a + n_b.
    """
    _check(hits_a, n_a)
    _check(hits_b, n_b)
    if n_a == 0 or n_b == 0:
        return reasons.stated("empty_group", "no_units")
    if hits_b == 0:
        return reasons.stated("zero_rate", "no_value", rows=f"{n_b:g}")
    above, other = rate_statistic(hits_a, n_a), rate_statistic(hits_b, n_b)
    return estimate(
        above.value / other.value,
        lambda level: ratio_limits(above, other, normal_quantile(level)),
        n=n_a + n_b,
        method=OF_WILSON,
        level=level,
        bounds=(0.0, math.inf),
    )


def paired_rate_difference(
    both: float, only_first: float, only_second: float, neither: float, level: float = LEVEL
) -> Estimate | Undefined:
    """The share of yes at first minus that at second, of the same rows asked twice; the four counts of pairs.

    Wilson limits of both shares, squared and added less the part that they share: method 10 of Newcombe, Statistics in
    Medicine 17 (1998) 2635-2650, with his continuity correction of the correlation. `n` is the number of pairs.
    """
    if both + only_first + only_second + neither == 0:
        return reasons.stated("no_pairs", "no_units")
    pair = paired_rate_statistic(both, only_first, only_second, neither)
    return pair.estimate("Newcombe paired score", (-1.0, 1.0), level)


def rate_statistic(hits: float, n: float) -> Statistic:
    """A share with Wilson's limits; its variance is taken half a hit and half a miss away from certainty."""
    _check(hits, n)
    if n <= 0:
        raise ValueError("a group has no units")
    smoothed = (hits + 0.5) / (n + 1)
    return Statistic(hits / n, smoothed * (1 - smoothed) / n, n, lambda z: wilson(hits, n, z))


def paired_rate_statistic(both: float, only_first: float, only_second: float, neither: float) -> Statistic:
    """The difference of two shares of the same rows, with Newcombe's limits; see `paired_rate_difference`."""
    n = both + only_first + only_second + neither
    if min(both, only_first, only_second, neither) < 0 or n <= 0:
        raise ValueError(f"{both}, {only_first}, {only_second} and {neither} are no counts of pairs")
    first, second = rate_statistic(both + only_first, n), rate_statistic(both + only_second, n)
    correlation = _phi(both, only_first, only_second, neither)
    value, moved = (only_first - only_second) / n, (only_first + only_second + 1) / (n + 2)
    variance = max(moved - value**2, 1 / (n + 2) ** 2) / n
    return Statistic(value, variance, n, lambda z: difference_limits(first, second, z, correlation))


def wilson(hits: float, n: float, z: float) -> tuple[float, float]:
    """Wilson's limits at `z` standard errors."""
    share, square = min(1.0, hits / n), z * z
    centre = (share + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return (0.0 if hits == 0 else max(0.0, centre - half)), (1.0 if hits == n else min(1.0, centre + half))


def _phi(both: float, only_first: float, only_second: float, neither: float) -> float:
    """The correlation of the two answers; a positive one is lessened by Newcombe's continuity correction."""
    n = both + only_first + only_second + neither
    margins = (both + only_first) * (only_second + neither) * (both + only_second) * (only_first + neither)
    product = both * neither - only_first * only_second
    if margins <= 0:
        return 0.0
    return (max(0.0, product - n / 2) if product > 0 else product) / math.sqrt(margins)


def _check(hits: float, n: float) -> None:
    if not -_SLACK <= hits <= n * (1 + _SLACK):
        raise ValueError(f"{hits} hits of {n}")
