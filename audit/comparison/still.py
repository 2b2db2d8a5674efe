"""How far a change could lie from none where not one answer changed: what so many rows never showed."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fairwitness.audit import metrics, stats
from fairwitness.audit.comparison.paired import UNKNOWN, Joint, counts
from fairwitness.audit.records import Estimate

METHOD = "the same answers, exact binomial limit"


def never_seen(level: float, rows: float) -> float:
    """The largest share of answers that could change without one of so many having done so, at half of 1 - level.

    >>> round(never_seen(0.95, 100), 4)
    0.0362
    """
    return 1.0 - math.pow((1.0 - level) / 2, 1.0 / rows)


def still_rows(joints: Sequence[Joint], rate: str, *, ratio: bool) -> Estimate | None:
    """The change of a rate, of its difference between two groups, or of its ratio, where every decision stayed.

    None without rows in the base of a rate, and for a ratio where one of the rates is too near 0 to be told from it.
    """
    bases = [_base(joint, rate) for joint in joints]
    if min(bases) < 1:
        return None
    n = int(sum(bases))
    if not ratio:

        def limits(level: float) -> tuple[float, float]:
            reach = sum(never_seen(level, base) for base in bases)
            return -reach, reach

        return stats.estimate(0.0, limits, n=n, method=METHOD, bounds=(-float(len(bases)), float(len(bases))))
    rates = [_rate(joint, rate) for joint in joints]
    shares = [value for value in rates if value is not None]
    reach = [never_seen(max(stats.LEVELS), base) for base in bases]
    if len(shares) < len(bases) or any(share <= most for share, most in zip(shares, reach, strict=True)):
        return None

    def factors(level: float) -> tuple[float, float]:
        reaches = [never_seen(level, base) / share for base, share in zip(bases, shares, strict=True)]
        low = (1 - reaches[0]) / (1 + reaches[1])
        return low, (1 + reaches[0]) / (1 - reaches[1])

    return stats.estimate(1.0, factors, n=n, method=METHOD, bounds=(0.0, math.inf))


def still_scores(places: int, top: float | None) -> Estimate | None:
    """The change of the mean of so many scores that did not change; None where nothing bounds them."""
    if top is None or places < 2:
        return None

    def limits(level: float) -> tuple[float, float]:
        reach = top * never_seen(level, places)
        return -reach, reach

    return stats.estimate(0.0, limits, n=places, method=METHOD, bounds=(-top, top))


def _base(joint: Joint, rate: str) -> float:
    """Rows that the rate is a share of; of what is made of several rates the fewest that one of them has."""
    truths, decisions = joint.weights.sum(axis=(1, 2))[:UNKNOWN], joint.weights.sum(axis=1)[:UNKNOWN]
    share = metrics.SHARES.get(rate)
    if share is None:
        return float(min(*truths, *decisions.sum(axis=0)))
    if rate == "selection_rate":
        return float(joint.weights.sum())
    cells = {"tn": decisions[0, 0], "fp": decisions[0, 1], "fn": decisions[1, 0], "tp": decisions[1, 1]}
    return float(sum(cells[name] for name in share.base))


def _rate(joint: Joint, rate: str) -> float | None:
    part = metrics.DEFINITIONS.get(rate)
    if part is None:
        return None
    value = float(np.asarray(part.function(counts(joint.weights, 1, all_rows=rate == "selection_rate"))))
    return value if math.isfinite(value) else None
