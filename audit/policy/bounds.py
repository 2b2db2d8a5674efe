"""A bound of a rule, and where values and intervals lie to it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal, TypeAlias

from fairwitness.audit.records import Interval, Metric

Operator: TypeAlias = Literal["<=", ">=", "within"]
Decision: TypeAlias = Literal["pass", "fail", "inconclusive"]

HIGHEST: Mapping[str, float] = {"share": 1.0, "probability": 1.0, "%": 100.0, "ratio": math.inf}
"""The highest value by unit; the lowest is 0, or as far below where values have a sign (their null value is 0)."""


def breach(op: Operator, bound: float, null: float | None, value: float) -> float:
    """How far a value lies beyond the bound; negative on the allowed side.

    `within` allows null ± bound. Raises ValueError for it where the metric has no null value.
    """
    match op:
        case "<=":
            return value - bound
        case ">=":
            return bound - value
        case "within":
            if null is None:
                raise ValueError("'within' needs a null value")
            return abs(value - null) - bound


def decide(op: Operator, bound: float, null: float | None, interval: Interval) -> Decision:
    """Where an interval lies: wholly on the allowed side, wholly on the other, or on both.

    `within` allows null ± bound, and needs a null value.
    """
    nearest = min(max(null or 0.0, interval.low), interval.high)
    breaches = [breach(op, bound, null, point) for point in (interval.low, nearest, interval.high)]
    return "pass" if max(breaches) <= 0 else "fail" if min(breaches) > 0 else "inconclusive"


def span(metric: Metric, interval: Interval) -> tuple[float, float] | None:
    """The lowest and the highest value that a metric can have; None where its unit has no known ends."""
    highest = HIGHEST.get(metric.unit)
    if highest is None:
        return None
    lowest = -highest if metric.null == 0 else 0.0
    return min(lowest, interval.low), max(highest, interval.high)


def breakable(op: Operator, bound: float, metric: Metric, interval: Interval) -> bool:
    """Whether a value that the metric can have lies beyond the bound; true where the ends of its unit are not known."""
    ends = span(metric, interval)
    return ends is None or any(breach(op, bound, metric.null, end) > 0 for end in ends)
