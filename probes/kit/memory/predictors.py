"""Predictors without a model: what anyone could continue without having seen the text before."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import Literal, TypeAlias, get_args
from unicodedata import category

Form: TypeAlias = Literal["sentences", "records"]
FORMS: tuple[Form, ...] = get_args(Form)
LETTERS, FRAMED = 0.9, 0.2
"""Running text has at least this share of letters, and less than this share of its units is given away."""

PREDICTABLE = 0.9
"""Of a text of which more is given away there is nothing to know by heart: it has no values of its own."""
SIGNS = frozenset("{}[]<>=_|\\")
"""Signs of code and markup; prose has next to none of them."""
CODED, FEWEST_SIGNS = 0.01, 6
"""Code has at least this share of them, and a record of one line fewer than so many."""

ORDER = 2
"""Units of context that must have occurred before, with the same unit after them, for a copy."""

_CJK = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_UNIT = re.compile(rf"[{_CJK}]|[^\W\d_{_CJK}]+|[^\S\n]*\n|[^\s{_CJK}]")
_WORD = re.compile(rf"[{_CJK}]|[^\s{_CJK}]+")
_EDGE = re.compile(r"^\W+|\W+$")
_NUMBER = re.compile(r"-?\d{1,15}")
_DIGITS = re.compile(r"\d+")
_NO_LETTER = re.compile(r"[^a-zA-Z ]")

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

_AFTER = set(chain.from_iterable(zip(ring, (*ring[1:], ring[0]), strict=True) for ring in SERIES))


@dataclass(frozen=True, slots=True)
class Explained:
    """The units of a text (letters that stand together, single digits and signs, line ends) and which are given away.

    Of Chinese and Japanese each character is a unit. `starts` and `ends` are character offsets.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    given: tuple[bool, ...]

    def at(self, offset: int) -> bool:
        """Whether the unit at a character offset is given away; white space belongs to the unit after it."""
        place = bisect_right(self.starts, offset) - 1
        if place < 0 or offset >= self.ends[place]:
            place += 1
        return place < len(self.given) and self.given[place]

    @property
    def share(self) -> float:
        """Share of the units that are given away, 0 of an empty text."""
        return sum(self.given) / len(self.given) if self.given else 0.0


def explain(text: str) -> Explained:
    """Marks every unit that copying, even steps of numbers or a well-known order would have predicted.

    Steps and orders are those of whole words; of such a word every unit is given away.
    """
    words, units = list(_WORD.finditer(text)), list(_UNIT.finditer(text))
    plain = [word.group() for word in words]
    in_order = _explained(words, [a or b for a, b in zip(_stepped(plain), _ordered(plain), strict=True)])
    given = _copied([unit.group().strip(" \t") for unit in units])
    if any(in_order.given):
        for place, unit in enumerate(units):
            given[place] = given[place] or (not unit.group().isspace() and in_order.at(unit.start()))
    return _explained(units, given)


def _explained(matches: Sequence[re.Match[str]], given: Sequence[bool]) -> Explained:
    starts, ends = (tuple(match.start() for match in matches), tuple(match.end() for match in matches))
    return Explained(starts, ends, tuple(given))


def form_of(text: str, given: float) -> Form:
    """Whether a text is running text, or records: many signs and digits, or frames that come again.

    `given` is the share of its units that are given away.
    """
    letters = (len(text) - len(_signs_of(text))) / len(text) if text else 1.0
    return "sentences" if letters >= LETTERS and given < FRAMED else "records"


def framed(text: str) -> bool:
    """Whether a text says the same again with other values in it (logs, tables, records, form letters), or is code.

    How long a run an unseen text of this kind may have is not known: a model is right far more often inside of a frame
    than in prose, and in some frames more than in others. A text is one where a fifth of its units or more are copies,
    any number being as good as another, and lines that come again as they are (refrains) left out; or where it has the
    signs of code. The text alone decides: what a model knows of it has no say.
    """
    units = [match.group().strip(" \t") for match in _UNIT.finditer(_DIGITS.sub("0", _once(text)))]
    signs = sum(sign in SIGNS for sign in text)
    return sum(_copied(units)) >= FRAMED * max(len(units), 1) or signs >= max(FEWEST_SIGNS, CODED * len(text))


def _once(text: str) -> str:
    """The text without lines that stood there before."""
    return "\n".join(dict.fromkeys(line.strip() for line in text.split("\n")))


def _signs_of(text: str) -> list[str]:
    """What is no letter and no space, sign by sign."""
    return [sign for sign in _NO_LETTER.findall(text) if not _lettered(sign)]


def _lettered(sign: str) -> bool:
    """Letters, their marks, spaces, and all signs of East Asian scripts."""
    return sign.isalpha() or sign == " " or sign > "\u2fff" or category(sign)[0] == "M"


def only_new(text: str, explained: Explained) -> Explained:
    """Of records: every word and sign that stood in the text before is given away too, so that what is new counts.

    Names of fields and variables come again in places that no order of words foretells. Digits are no copies.
    """
    seen: set[str] = set()
    flags = []
    for start, end, mark in zip(explained.starts, explained.ends, explained.given, strict=True):
        unit = text[start:end]
        flags.append(mark or (unit in seen and not unit.isdigit()))
        seen.add(unit)
    return replace(explained, given=tuple(flags))


def _copied(units: Sequence[str]) -> list[bool]:
    """The last time the two units before stood here, the same unit followed."""
    last: dict[tuple[str, ...], str] = {}
    flags = [False] * min(ORDER, len(units))
    for *before, unit in zip(*(units[place:] for place in range(ORDER + 1)), strict=False):
        key = tuple(before)
        flags.append(last.get(key) == unit)
        last[key] = unit
    return flags


def _stepped(words: Sequence[str]) -> list[bool]:
    """A number that goes on in the step of the two before it."""
    numbers = [_number(word) for word in words]
    flags = [False, False][: len(numbers)]
    for first, second, third in zip(numbers, numbers[1:], numbers[2:], strict=False):
        steps = first is not None and second is not None and third is not None and third - second == second - first
        flags.append(steps)
    return flags


def _number(word: str) -> int | None:
    if word.isalpha():
        return None
    plain = _EDGE.sub("", word)
    return int(plain) if _NUMBER.fullmatch(plain) else None


def _ordered(words: Sequence[str]) -> list[bool]:
    """The next of a well-known order."""
    plain = [(word if word.isalpha() else _EDGE.sub("", word)).lower() for word in words]
    return [False, *(pair in _AFTER for pair in pairwise(plain))][: len(plain)]
