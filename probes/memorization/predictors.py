"""Predictors without a model: what anyone could continue without having seen the text before."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

ORDER = 3
"""Units of context that must have occurred before, with the same unit after them, for a copy."""

_CJK = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_UNIT = re.compile(rf"[{_CJK}]|[^\s{_CJK}]+")
_EDGE = re.compile(r"^\W+|\W+$")
_NUMBER = re.compile(r"-?\d{1,15}")

SERIES: tuple[tuple[str, ...], ...] = (
    tuple("abcdefghijklmnopqrstuvwxyz"),
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    (
        *("january", "february", "march", "april", "may", "june"),
        *("july", "august", "september", "october", "november", "december"),
    ),
    ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"),
    tuple("一二三四五六七八九十"),
)
"""Orders that everybody knows; each is taken as a ring."""

_AFTER = {(one, two) for ring in SERIES for one, two in zip(ring, (*ring[1:], ring[0]), strict=True)}


@dataclass(frozen=True, slots=True)
class Explained:
    """The units of a text (words, or single characters of Chinese and Japanese) and which are given away."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    given: tuple[bool, ...]

    def at(self, offset: int) -> bool:
        """Whether the unit at a character offset is given away; white space belongs to the unit after it."""
        place = bisect_right(self.starts, offset) - 1
        if place < 0 or offset >= self.ends[place]:
            place += 1
        return place < len(self.given) and self.given[place]


def explain(text: str) -> Explained:
    """Marks every unit that copying, even steps of numbers or a well-known order would have predicted."""
    found = list(_UNIT.finditer(text))
    words = [match.group() for match in found]
    given = [a or b or c for a, b, c in zip(_copied(words), _stepped(words), _ordered(words), strict=True)]
    return Explained(tuple(one.start() for one in found), tuple(one.end() for one in found), tuple(given))


def _copied(words: Sequence[str]) -> list[bool]:
    """The last time the three units before stood here, the same unit followed."""
    last: dict[tuple[str, ...], str] = {}
    marks = []
    for at, word in enumerate(words):
        before = tuple(words[max(at - ORDER, 0) : at])
        marks.append(len(before) == ORDER and last.get(before) == word)
        last[before] = word
    return marks


def _stepped(words: Sequence[str]) -> list[bool]:
    """A number that goes on in the step of the two before it."""
    numbers = [_number(word) for word in words]
    marks = []
    for at, here in enumerate(numbers):
        two, one = (numbers[at - 2], numbers[at - 1]) if at >= 2 else (None, None)
        marks.append(here is not None and one is not None and two is not None and here - one == one - two)
    return marks


def _number(word: str) -> int | None:
    plain = _EDGE.sub("", word)
    return int(plain) if _NUMBER.fullmatch(plain) else None


def _ordered(words: Sequence[str]) -> list[bool]:
    """The next of a well-known order."""
    plain = [_EDGE.sub("", word).lower() for word in words]
    return [at > 0 and (plain[at - 1], word) in _AFTER for at, word in enumerate(plain)]
