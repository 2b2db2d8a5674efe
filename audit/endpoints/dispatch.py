"""Many questions at once: how many, when again after a trouble, within the budget; answers are given as they come.

All is decided in the thread of the caller. The others each carry one question over the wire and end.
"""

from __future__ import annotations

import heapq
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from fairwitness.audit.budget import Budget, Cost, OutOfBudget
from fairwitness.audit.endpoints.http import NoReply, Reply
from fairwitness.audit.endpoints.questions import Question

FIRST, MOST = 4, 32
"""Questions at once with which an endpoint that nobody told us about is begun with, and the most that it is asked."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long an endpoint is waited for, in seconds."""

    tries: int = 6
    """Times that a question is put before it stays without an answer; a request to wait is no try."""
    first: float = 1.0
    """Wait after the first trouble; twice as long after each further one."""
    longest: float = 60.0
    most: float = 900.0
    """Longest wait that a `Retry-After` may ask for, and longest time in which nothing is answered at all."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """The last reply to a question, with the place of the question among those that were put."""

    place: int
    reply: Reply


@dataclass
class _Waiting:
    """A question that is to be put, from a time on."""

    ready: float
    place: int
    tries: int = 0
    waits: int = 0

    def __lt__(self, other: _Waiting) -> bool:
        return (self.ready, self.place) < (other.ready, other.place)


@dataclass
class Dispatcher:
    """Puts questions by `post`, at most `at_once` of them at a time; None finds out how many the endpoint bears.

    `cost` is what a question and its reply cost, with no reply the most that it may. `seed` is that of the jitter by
    which waits are spread.
    """

    post: Callable[[Question], Reply]
    cost: Callable[[Question, Reply | None], Cost]
    at_once: int | None = None
    patience: Patience = Patience()
    seed: int = 0
    clock: Callable[[], float] = time.monotonic
    limit: float = field(init=False)

    def __post_init__(self) -> None:
        self.limit = float(self.at_once or FIRST)
        self._random = np.random.default_rng(self.seed)
        self._pause = self._good = self._slowed = 0.0

    def replies(self, kind: str, questions: Sequence[Question], budget: Budget) -> Round:
        """The replies as they come, a passing trouble only after it was tried anew."""
        self._good = self.clock()
        return Round(self, kind, questions, budget)

    def noted(self, reply: Reply) -> None:
        """Learns from a reply how many questions at once are borne and how long to wait."""
        now = self.clock()
        if not isinstance(reply, NoReply):
            self._good = now
            if self.at_once is None:
                self.limit = min(float(MOST), self.limit + 1 / self.limit)
        elif reply.trouble == "throttled":
            if self.at_once is None and now >= self._slowed:
                self.limit = max(1.0, self.limit / 2)
                self._slowed = now + self.patience.first
            if reply.wait is not None:
                self._pause = max(self._pause, now + reply.wait)

    def wait(self, reply: NoReply, before: int) -> float:
        """Seconds until a question is put again that waited so often before.

        As long as was asked for, else twice as long each time, with jitter.
        """
        if reply.wait is not None:
            return reply.wait
        backoff = min(self.patience.longest, self.patience.first * 2.0 ** min(before, 30))
        return float(backoff * self._random.uniform(0.5, 1.0))

    def lost(self, reply: NoReply) -> NoReply | None:
        """The trouble as one that does not pass, where it asks for too long a wait or has lasted too long."""
        most = self.patience.most
        if reply.wait is not None and reply.wait > most:
            return NoReply(reply.trouble, f"{reply.words}: it asks us to wait {reply.wait:,.0f} seconds", passing=False)
        if self.clock() - self._good > most:
            return NoReply(reply.trouble, f"{reply.words}, and nothing else for {most:,.0f} seconds", passing=False)
        return None

    @property
    def pause(self) -> float:
        """The time until which nothing is asked."""
        return self._pause


class Round:
    """The replies to some questions, once each, in the order in which they come.

    Where the budget ends, or after `stop`, nothing more is put and what is on its way is waited for, since it is paid
    for. Then OutOfBudget is raised where it was the budget.
    """

    def __init__(self, dispatcher: Dispatcher, kind: str, questions: Sequence[Question], budget: Budget) -> None:
        self._by = dispatcher
        self._kind = kind
        self._questions = questions
        self._budget = budget
        self._waiting = [_Waiting(0.0, place) for place in range(len(questions))]
        self._flying: dict[int, tuple[_Waiting, Cost, float]] = {}
        self._landed: queue.SimpleQueue[tuple[int, Reply | BaseException]] = queue.SimpleQueue()
        self._end: OutOfBudget | None = None
        self._stopped = False

    def stop(self) -> None:
        """Puts no more questions; `__iter__` ends with those on their way."""
        self._stopped = True

    def __iter__(self) -> Iterator[Arrived]:
        while self._flying or (self._waiting and not self._over):
            self._launch()
            if not self._flying:
                if not self._over:
                    self._sleep()
                continue
            arrived = self._next()
            if arrived is not None:
                yield arrived
        if self._end is not None and not self._stopped:
            raise self._end

    @property
    def _over(self) -> bool:
        return self._stopped or self._end is not None

    def _launch(self) -> None:
        """Puts as many questions as may be put now."""
        while not self._over and self._waiting and len(self._flying) < max(1, int(self._by.limit)):
            now = self._by.clock()
            if max(self._waiting[0].ready, self._by.pause) > now:
                return
            item = self._waiting[0]
            question = self._questions[item.place]
            most = self._by.cost(question, None)
            try:
                if not self._budget.hold(most):
                    return
                self._admit(most)
            except OutOfBudget as end:
                self._end = end
                return
            heapq.heappop(self._waiting)
            self._flying[item.place] = (item, most, now)
            threading.Thread(target=self._carry, args=(item.place, question), daemon=True).start()

    def _admit(self, most: Cost) -> None:
        try:
            self._budget.admit(self._kind, 1)
        except OutOfBudget:
            self._budget.settle(most, Cost())
            raise

    def _carry(self, place: int, question: Question) -> None:
        try:
            self._landed.put((place, self._by.post(question)))
        except BaseException as error:  # a bug of ours must reach the caller, not end with its thread
            self._landed.put((place, error))

    def _next(self) -> Arrived | None:
        """The next reply that is the last to its question; None where one is put again, or it is time for more."""
        try:
            place, reply = self._landed.get(timeout=self._until_more())
        except queue.Empty:
            return None
        item, most, begun = self._flying.pop(place)
        if isinstance(reply, BaseException):
            self._budget.settle(most, most)
            raise reply
        self._budget.settle(most, self._by.cost(self._questions[place], reply))
        self._budget.took(self._kind, 1, self._by.clock() - begun)
        self._by.noted(reply)
        if not isinstance(reply, NoReply) or not reply.passing:
            return Arrived(place, reply)
        if (lost := self._by.lost(reply)) is not None:
            return Arrived(place, lost)
        if reply.trouble != "throttled":
            item.tries += 1
        if item.tries >= self._by.patience.tries:
            return Arrived(place, reply)
        wait = self._by.wait(reply, item.waits)
        heapq.heappush(self._waiting, _Waiting(self._by.clock() + wait, place, item.tries, item.waits + 1))
        return None

    def _until_more(self) -> float | None:
        """Seconds until another question may be put beside those on their way; None where none may."""
        if self._over or not self._waiting or len(self._flying) >= int(self._by.limit):
            return None
        ready = max(self._waiting[0].ready, self._by.pause) - self._by.clock()
        return ready if ready > 0 else None

    def _sleep(self) -> None:
        """Waits until the next question may be put, or ends where the minutes are over by then."""
        ready = max(self._waiting[0].ready, self._by.pause)
        left = self._budget.seconds_left()
        wait = ready - self._by.clock()
        if left is not None and wait >= left:
            self._end = OutOfBudget("minutes")
        elif wait > 0:
            time.sleep(wait)
