"""One line of the table of coverage."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from fairwitness.audit.records import Estimate, Undefined

Z = 1.959963984540054
Rng: TypeAlias = np.random.Generator
Shares: TypeAlias = Callable[[int, Rng], list[float]]
"""From a number of worlds to the share of them in which the interval holds the truth, or the test rejects it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A method in a situation, and the shares that are asked of it.

    `worlds` is how many the full simulation looks at, 0 where all outcomes are listed. `corner` marks a situation that
    is known to lie outside what is asked: it is printed, not judged. `alarms` marks a test: shares of false alarms.
    """

    method: str
    situation: str
    shares: Shares
    low: float = 0.93
    high: float = 1.0
    worlds: int = 4_000
    corner: bool = False
    alarms: bool = False

    def measure(self, worlds: int, seed: int) -> list[float]:
        """The shares in so many worlds; one for each situation that the line puts together."""
        return self.shares(worlds, np.random.default_rng(seed))

    def holds(self, found: list[float], worlds: int = 0) -> bool:
        """Whether the shares are as asked, up to three and a half standard errors where `worlds` are few."""
        slack = 3.5 * math.sqrt(0.05 * 0.95 / worlds) if worlds else 0.0
        return self.corner or self.low - slack <= min(found) <= max(found) <= self.high + slack


def alarms(method: str, situation: str, shares: Shares, worlds: int = 4_000, *, corner: bool = False) -> Cell:
    """A test at 5 %, of which at most 6 % false alarms are asked."""
    return Cell(method, situation, shares, 0.0, 0.06, worlds, corner, alarms=True)


def share(worlds: int, once: Callable[[], bool]) -> list[float]:
    """How often `once` is true."""
    return [sum(once() for _ in range(worlds)) / worlds]


def holds(found: Estimate | Undefined, truth: float) -> bool:
    """Whether the interval holds the truth. No world may leave the estimate undefined: it would count for nothing."""
    assert isinstance(found, Estimate), found
    return found.low <= truth <= found.high


def inside(limits: tuple[float, float], truth: float) -> bool:
    """Whether the truth lies between the limits."""
    return limits[0] <= truth <= limits[1]
