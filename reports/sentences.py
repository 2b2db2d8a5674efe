"""Measurements and limits as sentences: who, how much, how sure, against which limit; in every language of the page."""

from __future__ import annotations

import math
import re

from fairwitness.audit.records import Estimate, Metric, Name, Undefined, Verdict, each, joined
from fairwitness.audit.records import opened as capital
from fairwitness.reports.against import beside_limit
from fairwitness.reports.i18n import both
from fairwitness.reports.labels import Labels
from fairwitness.reports.numbers import (
    compact,
    decimals_for,
    is_difference,
    is_share,
    odds,
    percent,
    stands_in,
    together,
)
from fairwitness.reports.rules import condition, margin, marks
from fairwitness.reports.text import human, line

SENTENCE = re.compile(r"(?<=[\w)%'])\. (?=[A-Z])|。(?=.)")
"""Where a sentence ends and another begins."""
SMALLEST = {"ratio": math.log(1.25), "SD": 0.2, "correlation": 0.1, "agreement": 0.1}
"""By unit the least difference from the null value that a reader must know without a rule; of a ratio its logarithm."""
SMALLEST_SHARE, SMALLEST_NATS, SMALLEST_OTHER = 0.05, math.log(1.25), 0.1


def claim_of(metric: Metric, verdict: Verdict | None = None) -> str:
    """What may be concluded, with a capital and without its full stop; the label of the metric where it says nothing.

    The value and its interval follow where the claim does not say them itself; beside the limit of a verdict, those
    that decided.
    """
    said = each(beside_limit(line(metric.claim), metric, verdict), opened)
    if said and (isinstance(metric.estimate, Undefined) or counted(metric)):
        return said
    about = said or ", ".join(part for part in (human(metric.name), Labels.of(metric).text) if part)
    if isinstance(metric.estimate, Undefined):
        return about
    estimate = metric.estimate
    shown = (verdict and verdict.decided) or estimate
    value, low, high = together(
        (estimate.value, shown.low, shown.high),
        decimals_for(shown.high - shown.low),
        limits=marks([verdict] if verdict else [], metric.null),
    )
    return both(
        "claim.interval", claim=about, value=value.text, low=low.text, high=high.text, level=percent(shown.level)
    )


def limit_of(verdict: Verdict, metric: Metric) -> str:
    """What the rule asks for, in the metric's unit: `at least 0.8`, `a difference of at most 10 percentage points`."""
    if verdict.relative_to:
        return both("asks.since", condition=Name(condition(verdict, metric.null)), reason=line(verdict.reason))
    if verdict.threshold is None:
        return line(verdict.condition)
    size = _size(verdict.threshold, metric)
    if verdict.condition.startswith(">"):
        return both("asks.at_least", limit=size)
    if verdict.condition.startswith("<"):
        return both("asks.at_most", limit=size)
    if metric.null:
        return both("asks.within", limit=size, null=compact(metric.null))
    return both("asks.difference", limit=size)


def _size(limit: float, metric: Metric) -> str:
    unit = line(metric.unit)
    if is_share(unit):
        points = metric.null == 0.0 or is_difference(metric.name)
        return both("asks.points" if points else "asks.percent", n=compact(limit * 100))
    if factor := odds(limit, unit):
        return both("asks.nats", n=compact(limit), factor=factor)
    return joined(" ", (compact(limit), unit)) if unit == "SD" else compact(limit)


def over_limit(metric: Metric, verdict: Verdict) -> float:
    """How far a value lies beyond its limit, in the limit's own distance from no difference; negative on its inside.

    Ratios are compared by their logarithms. 0 where there is no value or no limit.
    """
    estimate, threshold = metric.estimate, verdict.threshold
    if not isinstance(estimate, Estimate) or threshold is None:
        return 0.0
    if metric.null == 1.0 and min(estimate.value, threshold) > 0 and not verdict.condition.startswith("within"):
        away = math.log(estimate.value / threshold) * (1 if verdict.condition.startswith("<") else -1)
        return away / (abs(math.log(threshold)) or 1.0)
    room = margin(estimate.value, verdict, metric.null)
    reach = threshold if verdict.condition.startswith("within") else threshold - (metric.null or 0.0)
    return -(room or 0.0) / (abs(reach) or (estimate.high - estimate.low) / 2 or 1.0)


def over_smallest(metric: Metric) -> float:
    """How often the smallest difference that matters in its unit fits between a value and the null value."""
    estimate, null = metric.estimate, metric.null
    if not isinstance(estimate, Estimate) or null is None:
        return 0.0
    unit = line(metric.unit)
    if is_share(unit):
        return abs(estimate.value - null) / SMALLEST_SHARE
    if unit == "ratio" and null == 1.0 and estimate.value > 0:
        return abs(math.log(estimate.value)) / SMALLEST["ratio"]
    if odds(estimate.value, unit):
        return abs(estimate.value - null) / SMALLEST_NATS
    return abs(estimate.value - null) / SMALLEST.get(unit, SMALLEST_OTHER)


def first_of(claim: str) -> str:
    """The first sentence of a claim, in each language, where the interval stands in it or nowhere.

    >>> first_of("A is 3 points above B (95 % interval 1 to 5). By chance it would be 2")
    'A is 3 points above B (95 % interval 1 to 5)'
    """
    return each(claim, _first)


def _first(claim: str) -> str:
    first = SENTENCE.split(claim, maxsplit=1)[0].rstrip(".。")
    return first if "interval" in first or "区间" in first or not ("interval" in claim or "区间" in claim) else claim


def opened(claim: str) -> str:
    """A claim with a capital, where its script has any, and without its full stop."""
    return capital(claim.rstrip(".。"))


def counted(metric: Metric) -> bool:
    """Whether the claim says the ends of the interval."""
    estimate, said = metric.estimate, str(metric.claim)
    return isinstance(estimate, Estimate) and stands_in(said, estimate.low) and stands_in(said, estimate.high)
