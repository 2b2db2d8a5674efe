"""An estimate of one quantity as that of another which rises or falls with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fairwitness.audit.records import Estimate, Interval


def monotone_transform(estimate: Estimate, function: Callable[[float], float]) -> Estimate:
    """The estimate of a monotone function of a quantity: its value and the ends of its intervals put through it.

    Coverage stays what it was. `function` must be defined at all of them.

    >>> share = Estimate(value=0.5, low=0.25, high=1.0, level=0.95, n=4, method="")
    >>> percent = monotone_transform(share, lambda part: 100 * part)
    >>> percent.value, percent.low, percent.high
    (50.0, 25.0, 100.0)
    """

    def ends(low: float, high: float) -> tuple[float, float]:
        first, last = sorted((function(low), function(high)))
        return first, last

    low, high = ends(estimate.low, estimate.high)
    return replace(
        estimate,
        value=function(estimate.value),
        low=low,
        high=high,
        wider=tuple(Interval(interval.level, *ends(interval.low, interval.high)) for interval in estimate.wider),
        if_answered=None if estimate.if_answered is None else ends(*estimate.if_answered),
    )
