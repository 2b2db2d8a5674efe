"""Batches put to foreign code, which may raise anything: halving finds the guilty items, and they alone are lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from fairwitness.audit.errors import FairwitnessError
from fairwitness.audit.requests import Unanswered
from fairwitness.audit.subject import OutOfMemory

SEARCHES = 200
"""Calls spent on finding the items of a batch that cannot be taken; what is not found by then stays unanswered."""
LONGEST_REASON = 300

Request = TypeVar("Request")
Answer = TypeVar("Answer")


class BadAnswer(ValueError):
    """What foreign code returned is no answer; the message is the reason, as a reader sees it."""


def in_halves(
    batch: Sequence[Request], ask: Callable[[Sequence[Request]], Sequence[Answer | Unanswered]]
) -> list[Answer | Unanswered]:
    """One answer per item of a batch; an item that cannot be taken stays unanswered, with what was said of it.

    `ask` never sees an empty batch. Raises OutOfMemory where memory ends, and lets errors of ours pass.
    """
    left = SEARCHES

    def answers(items: Sequence[Request]) -> list[Answer | Unanswered]:
        nonlocal left
        try:
            return list(ask(items))
        except MemoryError as error:
            raise OutOfMemory from error
        except (FairwitnessError, OutOfMemory):
            raise
        except Exception as error:  # foreign code may raise anything for an item it does not know
            left -= 1
            if len(items) == 1 or left <= 0:
                return [Unanswered(reason_of(error)) for _ in items]
        middle = len(items) // 2
        return answers(items[:middle]) + answers(items[middle:])

    return answers(batch) if batch else []


def reason_of(error: Exception) -> str:
    """Why there is no answer, in one line: the kind of an error and its words, or the words of a BadAnswer alone."""
    reason = str(error) if isinstance(error, BadAnswer) else f"{type(error).__name__}: {error}"
    return " ".join(reason.split())[:LONGEST_REASON]
