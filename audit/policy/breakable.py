"""Rules that no value of a metric could break: mostly a bound in per cent where values are shares."""

from __future__ import annotations

import math
from collections.abc import Mapping

from fairwitness.audit.policy.rules import Rule, breach
from fairwitness.audit.records import Interval, Metric

MOST: Mapping[str, float] = {"share": 1.0, "probability": 1.0, "%": 100.0, "ratio": math.inf}
"""The highest value by unit; the lowest is 0, or as far below where values have a sign (their null value is 0)."""


def unbreakable(rule: Rule, metric: Metric, at: Interval) -> str:
    """Why a pass of this rule says nothing; empty where a value could have broken it, or where no ends are known."""
    most = MOST.get(metric.unit)
    if most is None:
        return ""
    least = -most if metric.null == 0 else 0.0
    ends = (min(least, at.low), max(most, at.high))
    if max(breach(rule.op, rule.value, metric.null, end) for end in ends) > 0:
        return ""
    hint = f"; {rule.value:g} per cent are {rule.value / 100:g}" if most == 1 < rule.value <= 100 else ""
    return f"nothing could break {rule.condition}: values of this metric lie from {ends[0]:g} to {ends[1]:g}{hint}"
