"""What a run may spend: minutes, requests, tokens and money. What it cut off was asked and is not measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from fairwitness.audit.requests import Answer

Limit: TypeAlias = Literal["minutes", "requests", "tokens", "price"]
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


@dataclass(frozen=True, slots=True)
class Cost:
    """What a question to a paid model costs: tokens that it reads and writes, and their price."""

    tokens: int = 0
    price: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.tokens + other.tokens, self.price + other.price)

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.tokens - other.tokens, self.price - other.price)


@dataclass
class Budget:
    """Limits of a run, shared by everything in it that asks; without a limit nothing is ever refused.

    `begun` is the clock's time at which the minutes begin to run. Tokens and price are those of paid models alone:
    the most that a question may cost is set aside before it is put, and what it did cost is counted afterwards.
    """

    minutes: float | None = None
    requests: int | None = None
    tokens: int | None = None
    price: float | None = None
    begun: float | None = None
    clock: Callable[[], float] = time.monotonic
    asked: int = 0
    spent: Cost = Cost()
    held: Cost = Cost()
    _holding: int = 0
    _paces: dict[str, tuple[float, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.begun is None:
            self.begun = self.clock()

    @property
    def limited(self) -> bool:
        """Whether there is a limit at all."""
        return any(limit is not None for limit in (self.minutes, self.requests, self.tokens, self.price))

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

    def hold(self, most: Cost) -> bool:
        """Sets aside the most that a question may cost; False while what others hold may yet come free.

        Raises OutOfBudget where there is not so much left, whatever comes free.
        """
        for limit, cap, spent, held, wanted in (
            ("tokens", self.tokens, self.spent.tokens, self.held.tokens, most.tokens),
            ("price", self.price, self.spent.price, self.held.price, most.price),
        ):
            if cap is None or spent + held + wanted <= cap:
                continue
            if spent + wanted > cap:
                raise OutOfBudget("tokens" if limit == "tokens" else "price")
            return False
        self.held += most
        self._holding += 1
        return True

    def settle(self, most: Cost, cost: Cost) -> None:
        """Counts what a question did cost, in place of the most that was set aside for it."""
        self._holding -= 1
        self.held = self.held - most if self._holding else Cost()  # sums of fractions leave a rest
        self.spent += cost

    def seconds_left(self) -> float | None:
        """Seconds in which something may still be asked; None without a limit of minutes."""
        return None if self.minutes is None else self._end(self.minutes) - self.clock()

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
