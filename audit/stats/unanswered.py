"""Where a value could lie had every unanswered item been answered: what a pass must still hold for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fairwitness.audit.records import Estimate, Undefined

Ends = tuple[float, float]
"""Lowest and highest value."""
_SLACK = 1e-9
"""How far outside its bounds rounding may put a mean, in units of the larger bound."""


def mean_if_answered(estimate: Estimate | Undefined, answered: int, missing: int, bounds: Ends) -> Estimate | Undefined:
    """The mean of `answered` items with its ends had the `missing` ones had the lowest or the highest answer.

    `bounds` are those of the answer to one item, in the unit of the mean; where it has none, the lowest and highest
    that were seen. All items weigh the same. An Undefined is returned as it is. Raises ValueError on counts below 1
    (answered) or 0 (missing), and where the mean lies outside the bounds.
    """
    if isinstance(estimate, Undefined):
        return estimate
    low, high = bounds
    if answered < 1 or missing < 0:
        raise ValueError(f"{answered} answered and {missing} missing items are no counts of a mean")
    slack = _SLACK * max(1.0, abs(low), abs(high))
    if not low - slack <= estimate.value <= high + slack:
        raise ValueError(f"a mean of {estimate.value} is outside {bounds}, the bounds of one answer")
    known, total = answered * estimate.value, answered + missing
    return with_ends(estimate, ((known + missing * low) / total, (known + missing * high) / total))


def difference_if_answered(estimate: Estimate | Undefined, first: Ends, second: Ends) -> Estimate | Undefined:
    """A difference, first less second, with its ends from those of both sides.

    The sides may both be at their worst for the difference. An Undefined is returned as it is. Raises ValueError where
    a side has its ends the wrong way round.
    """
    if isinstance(estimate, Undefined):
        return estimate
    for low, high in (first, second):
        if not low <= high:
            raise ValueError(f"({low}, {high}) has the lowest value above the highest")
    return with_ends(estimate, (first[0] - second[1], first[1] - second[0]))


def with_ends(estimate: Estimate, ends: Ends) -> Estimate:
    """`ends` hold the value: rounding must not leave it outside."""
    return replace(estimate, if_answered=(min(ends[0], estimate.value), max(ends[1], estimate.value)))


def extremes(values: Sequence[float]) -> Ends:
    """The lowest and the highest of the values, for those that have no bounds; 0 without any."""
    return min(values, default=0.0), max(values, default=0.0)


def completed(estimate: Estimate | Undefined, ends: Ends | None) -> Estimate | Undefined:
    """The estimate with its ends, where it has a value and they are known."""
    return estimate if isinstance(estimate, Undefined) or ends is None else with_ends(estimate, ends)
