"""Estimates: a value with its interval, or why there is none."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from fairwitness.audit.records.evidence import Cell
from fairwitness.audit.records.text import Text

UndefinedKind: TypeAlias = Literal["not_asked", "not_estimable", "not_interpretable"]
ReasonCode: TypeAlias = Literal[
    "few_units",
    "no_units",
    "no_variation",
    "no_value",
    "not_finite",
    "unanswered",
    "validity_check",
    "not_asked",
    "not_offered",
    "ambiguous",
    "no_reference",
    "not_comparable",
    "no_baseline",
    "no_change_known",
    "other",
]
REASON_CODES: Mapping[ReasonCode, str] = {
    "few_units": "fewer rows, items, groups or clusters than the estimate needs",
    "no_units": "nothing to measure on: no rows, no items, no group",
    "no_variation": "all values agree, so that nothing was seen that could vary",
    "no_value": "the statistic has no value here: a rate of 0 to divide by, a resample without a value",
    "not_finite": "a value is not a finite number",
    "unanswered": "too little was answered",
    "validity_check": "a validity check failed: the answers do not mean what the metric claims",
    "not_asked": "nothing in this run asked for it",
    "not_offered": "the model, the data or the language does not have it",
    "ambiguous": "nothing says which value, row or group is meant",
    "no_reference": "what it is compared with is undefined itself",
    "not_comparable": "two runs, or two sides, cannot be compared in it",
    "no_baseline": "a rule judges its change since a baseline, and no baseline was named",
    "no_change_known": "a rule judges its change since a baseline, which cannot be compared with this run in it",
    "other": "none of these; the sentence alone says why",
}
"""Every code of a reason, and what it says. Probes of others use `other` where none fits."""


_MOST_DECIMALS = 12
"""Beyond these a number is shown as 0; the record holds all of it."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Closed interval at a confidence level; the unit is that of the value it belongs to."""

    level: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise ValueError(f"level {self.level} is not between 0 and 1")
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high):
            raise ValueError(f"[{self.low}, {self.high}] is no interval")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Estimate:
    """A value with its interval, the number of independent units behind it and how it was made.

    >>> Estimate(value=0.3, low=0.1078, high=0.6032, level=0.95, n=10, method="Wilson")
    0.30 [0.11, 0.60] (95 %, n=10, Wilson)
    """

    value: float
    low: float
    high: float
    level: float
    n: int
    """Number of independent units."""
    method: str
    """The estimator in words, with its source where it has one."""
    wider: tuple[Interval, ...] = ()
    """The same interval at rising levels (1 - 0.05/2, 1 - 0.05/4, ...), so that a rule over many metrics can be decided
    at a corrected level by whoever holds the document."""
    if_answered: tuple[float, float] | None = None
    """Where the value could lie had every unanswered item been answered, from its lowest to its highest; None where the
    probe did not work it out, so that a rule cannot pass on it when something stayed unanswered."""

    def __post_init__(self) -> None:
        Interval(self.level, self.low, self.high)
        if self.if_answered is not None and not self.if_answered[0] <= self.value <= self.if_answered[1]:
            raise ValueError(f"the answered items alone give {self.value}, outside {self.if_answered}")
        if not self.low <= self.value <= self.high:
            raise ValueError(f"interval [{self.low}, {self.high}] does not hold value {self.value}")
        if self.n < 1 or (self.n < 2 and self.low == self.high):
            raise ValueError(f"an interval of zero width needs more than n = {self.n}")

    def __repr__(self) -> str:
        width = self.high - self.low
        decimals = min(_MOST_DECIMALS, max(0, 1 - math.floor(math.log10(width)))) if 0 < width < math.inf else 3
        value, low, high = (f"{number:.{decimals}f}" for number in (self.value, self.low, self.high))
        return f"{value} [{low}, {high}] ({100 * self.level:.4g} %, n={self.n}, {self.method})"

    def at(self, level: float) -> Interval | None:
        """The narrowest stored interval of at least this level; None when no stored level is high enough."""
        intervals = (Interval(self.level, self.low, self.high), *self.wider)
        return next((interval for interval in intervals if interval.level >= level - 1e-12), None)


@dataclass(frozen=True, slots=True)
class Undefined:
    """Why there is no estimate."""

    reason: Text
    """The sentence for a reader; nothing decides by its words."""
    kind: UndefinedKind = "not_estimable"
    """`not_asked`, nothing in this run asked for it (no column of true outcomes was named, say); `not_estimable`, too
    little to tell; `not_interpretable`, answers were given and a validity check says that they do not mean what the
    metric claims. A rule on what is not interpretable is inconclusive, whatever the policy ignores."""
    code: ReasonCode = field(default="other", compare=False)
    """The reason as one of `REASON_CODES`. Reasons of the same sentence and kind are the same."""
    values: Mapping[str, Cell] = field(default_factory=dict, compare=False)
    """The numbers and names that the sentence is filled with."""
