"""How large the associations of several tests are, whatever their signs: a root mean square with chance taken off."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fairwitness.audit import reasons
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.grouping import grouped
from fairwitness.audit.stats.levels import estimate, t_quantile
from fairwitness.audit.stats.reliability import part_means

MOST = 2.0
"""No effect size is further from 0."""


@dataclass(frozen=True, slots=True)
class TopicEffect:
    """The effect of one test; `whole` is False where words of it, or contexts of its words, had no answer."""

    topic: str
    estimate: Estimate
    whole: bool = True

    @property
    def error(self) -> float:
        """Standard error: half of the interval over the quantile that it was made with (Hesterberg 2015)."""
        units = self.estimate.n
        wide = math.sqrt(units / (units - 1)) * t_quantile(self.estimate.level, units - 1)
        return (self.estimate.high - self.estimate.low) / (2 * wide)

    @property
    def square(self) -> float:
        """Squared effect less its squared error: expected of the squared true effect, below 0 by chance alone."""
        return self.estimate.value**2 - self.error**2

    @property
    def square_error(self) -> float:
        """Standard error of `square`, of a normal effect: sqrt(4 effect² error² + 2 error⁴)."""
        return math.sqrt(4 * max(self.square, 0.0) * self.error**2 + 2 * self.error**4)


@dataclass(frozen=True, slots=True)
class _Topic:
    """Mean square over the tests of a topic. Tests of one topic share words: their errors are added, not squared."""

    square: float
    error: float
    units: int

    @classmethod
    def of(cls, effects: Sequence[TopicEffect]) -> _Topic:
        square = float(np.mean([effect.square for effect in effects]))
        error = float(np.mean([effect.square_error for effect in effects]))
        return cls(square, error, min(effect.estimate.n for effect in effects))

    def low(self, level: float) -> float:
        """The lower limit of the mean square."""
        return self.square - t_quantile(level, self.units - 1) * self.error


def size(effects: Sequence[TopicEffect]) -> Estimate | Undefined:
    """Root of the mean over topics of the mean over their tests of the squared true effect, in SD: from 0 to 2.

    A topic that leans one way and another that leans the other do not cancel, as in a mean; the squared error of each
    effect is taken off, so that chance alone does not look like an association. Topics are fixed and independent, words
    are chance; t limits with the target words of the smallest test, less one, as degrees of freedom. The lower limit
    also holds where one topic alone shows it (the mean square is never below a topic's share of it), at a level that is
    corrected for all topics: topics without an association do not hide another one. Both ends are taken at half of what
    the level leaves: the lower for its two ways, the upper because a small square comes with a small error, without
    which 1,500 worlds whose size is 0.7 lay above it in up to 5 % and not in 2.5 %. Undefined without a test.
    """
    if not effects:
        return reasons.stated("no_test", "no_units")
    topics = [_Topic.of(members) for members in grouped(effects, lambda effect: effect.topic).values()]
    square = float(np.mean([topic.square for topic in topics]))
    error = math.sqrt(sum(topic.error**2 for topic in topics)) / len(topics)
    units = min(topic.units for topic in topics)

    def interval(level: float) -> tuple[float, float]:
        sure = 1 - (1 - level) / 2
        surest = 1 - (1 - sure) / len(topics)
        low = max(square - t_quantile(sure, units - 1) * error, *(topic.low(surest) / len(topics) for topic in topics))
        return _root(low), _root(square + t_quantile(sure, units - 1) * error)

    method = "root mean square less chance, t over words"
    size = estimate(_root(square), interval, n=units, method=method, bounds=(0.0, MOST))
    return replace(size, if_answered=_if_answered(effects, size.value))


def _root(square: float) -> float:
    return math.sqrt(max(square, 0.0))


def _if_answered(effects: Sequence[TopicEffect], value: float) -> tuple[float, float]:
    """From no effect at all in the tests with missing words to the largest there is."""
    if all(effect.whole for effect in effects):
        return value, value
    ends = []
    for end in (0.0, MOST**2):
        squares = part_means((effect.topic, effect.square if effect.whole else end) for effect in effects)
        ends.append(_root(float(np.mean(list(squares.values())))))
    return min(ends[0], value), max(ends[1], value)
