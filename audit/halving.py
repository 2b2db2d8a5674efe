"""Batches put to foreign code, which may raise anything: halving finds the guilty items, and they alone are lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import TypeVar

from fairwitness.audit.errors import FairwitnessError
from fairwitness.audit.requests import Generate, Unanswered
from fairwitness.audit.subject import OutOfMemory

SEARCHES = 200
"""Calls spent on finding the items of a batch that cannot be taken; what is not found by then stays unanswered."""
LONGEST_REASON = 300
QUOTED = 4
"""Words in a row of what was asked that make an error's message one that quotes it."""
LETTERS = 6
"""Letters of a text of fewer words that make it one: a sentence may hold a word such as "no" without quoting it."""
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")

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
                return [lost_to(error, items)] * len(items)
        middle = len(items) // 2
        return answers(items[:middle]) + answers(items[middle:])

    return answers(batch) if batch else []


def lost_to(error: Exception, items: Sequence[object]) -> Unanswered:
    """Why the requests of a call have no answer, in one line: the kind of an error and its words.

    An error of foreign code may quote what was asked or what the model wrote, which nobody else should read: where a
    text was to be written, and where the words are those of a request, their length stands in their place, and `said`
    holds them. The words of a BadAnswer are ours.

    >>> lost_to(ValueError("no answer to: How is it made at home?"), [Generate("How is it made at home?", 9)]).reason
    'ValueError: [text: 37 characters]'
    """
    if isinstance(error, BadAnswer):
        return Unanswered(_line(str(error)))
    kind, words = type(error).__name__, str(error)
    said = _line(f"{kind}: {words}")
    if words and (any(isinstance(item, Generate) for item in items) or _quotes(words, items)):
        return Unanswered(f"{kind}: [text: {len(words)} characters]", said=said)
    return Unanswered(said)


def _quotes(words: str, items: Iterable[object]) -> bool:
    said = " ".join(_WORD.findall(words.casefold()))
    return any(run in f" {said} " for item in items for text in _texts(item) for run in _runs(text))


def _line(reason: str) -> str:
    return " ".join(reason.split())[:LONGEST_REASON]


def _runs(text: str) -> Iterator[str]:
    """Every four words in a row of a text, or all of a shorter one; a Chinese letter is a word."""
    words = _WORD.findall(text.casefold())
    if len(words) < QUOTED and len("".join(words)) >= LETTERS:
        yield f" {' '.join(words)} "
    for place in range(len(words) - QUOTED + 1):
        yield f" {' '.join(words[place : place + QUOTED])} "


def _texts(item: object) -> Iterator[str]:
    """The texts of a request."""
    if is_dataclass(item):
        yield from (value for part in fields(item) if isinstance(value := getattr(item, part.name), str))
        yield from (turn.text for turn in getattr(item, "turns", ()))
