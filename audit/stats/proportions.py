"""Shares of independent yes-or-no units, their differences and their ratios."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

from assay.audit.records import Estimate, Undefined
from assay.audit.stats.ladder import LEVEL, estimate, normal_quantile

RatioLimits: TypeAlias = Callable[[int, int, int, int, float], tuple[float, float]]
KATZ_LEAST = 10
"""Below this count of hits or misses in either group the log interval gives way to the score-based one."""


def proportion(hits: int, n: int, level: float = LEVEL) -> Estimate | Undefined:
    """The share hits / n with Wilson's score interval (Wilson 1927); undefined without units."""
    _check(hits, n)
    if n == 0:
        return Undefined("not estimable: no rows")
    return estimate(
        hits / n,
        lambda rung: wilson(hits, n, normal_quantile(rung)),
        n=n,
        method="Wilson score",
        level=level,
        bounds=(0.0, 1.0),
    )


def difference(hits_a: int, n_a: int, hits_b: int, n_b: int, level: float = LEVEL) -> Estimate | Undefined:
    """The share of a minus the share of b, independent groups, Newcombe's hybrid score interval.

    Square-and-add of Wilson limits: method 10 of Newcombe, Statistics in Medicine 17 (1998) 873-890. `n` is n_a + n_b.
    """
    _check(hits_a, n_a)
    _check(hits_b, n_b)
    if n_a == 0 or n_b == 0:
        return Undefined("not estimable: a group has no rows")
    return estimate(
        hits_a / n_a - hits_b / n_b,
        lambda rung: newcombe(hits_a, n_a, hits_b, n_b, normal_quantile(rung)),
        n=n_a + n_b,
        method="Newcombe hybrid score",
        level=level,
        bounds=(-1.0, 1.0),
    )


def ratio(hits_a: int, n_a: int, hits_b: int, n_b: int, level: float = LEVEL) -> Estimate | Undefined:
    """The share of a over the share of b, independent groups.

    Katz's interval on the logarithm (Katz et al. 1978). With fewer than 10 hits or misses in a group, empty cells
    among them, the ratio interval made from Wilson limits (MOVER-R; Donner & Zou, Statistical Methods in Medical
    Research 21 (2012) 347-359), which stays finite and of positive width. Undefined where b has no hits: a ratio to
    zero has no value. `n` is n_a + n_b.
    """
    _check(hits_a, n_a)
    _check(hits_b, n_b)
    if n_a == 0 or n_b == 0:
        return Undefined("not estimable: a group has no rows")
    if hits_b == 0:
        return Undefined(f"not estimable: the rate to divide by is 0 of {n_b}")
    limits = ratio_limits(hits_a, n_a, hits_b, n_b)
    return estimate(
        (hits_a / n_a) / (hits_b / n_b),
        lambda rung: limits(hits_a, n_a, hits_b, n_b, normal_quantile(rung)),
        n=n_a + n_b,
        method="Katz log ratio" if limits is katz else "ratio of Wilson limits (MOVER-R)",
        level=level,
        bounds=(0.0, math.inf),
    )


def ratio_limits(hits_a: int, n_a: int, hits_b: int, n_b: int) -> RatioLimits:
    """Katz's limits where every count is large enough, those from Wilson limits elsewhere."""
    small = min(hits_a, n_a - hits_a, hits_b, n_b - hits_b) < KATZ_LEAST
    return mover_ratio if small else katz


def wilson(hits: int, n: int, z: float) -> tuple[float, float]:
    """Wilson's limits at `z` standard errors."""
    share, square = hits / n, z * z
    centre = (share + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return (0.0 if hits == 0 else max(0.0, centre - half)), (1.0 if hits == n else min(1.0, centre + half))


def newcombe(hits_a: int, n_a: int, hits_b: int, n_b: int, z: float) -> tuple[float, float]:
    """Newcombe's limits of the difference a - b at `z` standard errors."""
    a, b = hits_a / n_a, hits_b / n_b
    (low_a, high_a), (low_b, high_b) = wilson(hits_a, n_a, z), wilson(hits_b, n_b, z)
    return a - b - math.hypot(a - low_a, high_b - b), a - b + math.hypot(high_a - a, b - low_b)


def katz(hits_a: int, n_a: int, hits_b: int, n_b: int, z: float) -> tuple[float, float]:
    """Katz's limits of the ratio a / b; needs hits in both groups."""
    centre = math.log(hits_a / n_a) - math.log(hits_b / n_b)
    error = math.sqrt(1 / hits_a - 1 / n_a + 1 / hits_b - 1 / n_b)
    return math.exp(centre - z * error), math.exp(centre + z * error)


def mover_ratio(hits_a: int, n_a: int, hits_b: int, n_b: int, z: float) -> tuple[float, float]:
    """Limits of the ratio a / b from the Wilson limits of both; needs hits in b alone."""
    a, b = hits_a / n_a, hits_b / n_b
    (low_a, high_a), (low_b, high_b) = wilson(hits_a, n_a, z), wilson(hits_b, n_b, z)
    product = a * b
    root_low = math.sqrt(max(0.0, product**2 - low_a * (2 * a - low_a) * high_b * (2 * b - high_b)))
    root_high = math.sqrt(max(0.0, product**2 - high_a * (2 * a - high_a) * low_b * (2 * b - low_b)))
    low = low_a * (2 * a - low_a) / (product + root_low) if low_a > 0 else 0.0
    return low, (product + root_high) / (low_b * (2 * b - low_b))


def _check(hits: int, n: int) -> None:
    if not 0 <= hits <= n:
        raise ValueError(f"{hits} hits of {n}")
