"""What a run may spend: minutes, and requests put to a model. What it cut off was asked and is not measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from fairwitness.audit.requests import Answer

Limit: TypeAlias = Literal["minutes", "requests"]
RESERVED, LEAST_RESERVED, MOST_RESERVED = 0.05, 10.0, 0.5
"""Share of the minutes in which nothing is asked any more, so that what was answered can be measured, judged and drawn;
at least so many seconds, but no more than so large a share."""


class OutOfBudget(Exception):
    """The budget ended before all was answered.

    `answers` are those there are in the order of the requests, None for the rest.
    """

    def __init__(self, limit: Limit, answers: Sequence[Answer | None] = ()) -> None:
        super().__init__(f"the budget of {limit} is spent")
        self.limit: Limit = limit
        self.answers = answers


@dataclass
class Budget:
    """Limits of a run, shared by everything in it that asks; without a limit nothing is ever refused.

    `begun` is the clock's time at which the minutes begin to run.
    """

    minutes: float | None = None
    requests: int | None = None
    begun: float | None = None
    clock: Callable[[], float] = time.monotonic
    asked: int = 0
    _paces: dict[str, tuple[float, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.begun is None:
            self.begun = self.clock()

    @property
    def limited(self) -> bool:
        """Whether there is a limit at all."""
        return self.minutes is not None or self.requests is not None

    def admit(self, kind: str, requests: int) -> None:
        """Lets so many requests of a kind be put to a model at once, or raises OutOfBudget.

        What would pass the last minute at the pace of those of its kind before is refused before it begins; of the
        first of a kind nobody knows, and what was begun is waited for.
        """
        if self.requests is not None and self.asked + requests > self.requests:
            raise OutOfBudget("requests")
        if self.minutes is not None and self.clock() + self._expected(kind, requests) >= self._end(self.minutes):
            raise OutOfBudget("minutes")
        self.asked += requests

    def took(self, kind: str, requests: int, seconds: float) -> None:
        """Notes how long so many requests of a kind took."""
        before, counted = self._paces.get(kind, (0.0, 0))
        self._paces[kind] = (before + seconds, counted + requests)

    def _expected(self, kind: str, requests: int) -> float:
        seconds, counted = self._paces.get(kind, (0.0, 0))
        return seconds / counted * requests if counted else 0.0

    def _end(self, minutes: float) -> float:
        return (self.begun or 0.0) + 60 * minutes - reserved(60 * minutes)


def reserved(seconds: float) -> float:
    """Seconds of so many in which nothing is asked any more.

    >>> [reserved(seconds) for seconds in (6, 60, 6000)]
    [3.0, 10.0, 300.0]
    """
    return min(max(RESERVED * seconds, LEAST_RESERVED), MOST_RESERVED * seconds)
