"""Texts spelled so that people still read them and filters may not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

Disguise: TypeAlias = Literal["leetspeak", "spacing", "homoglyphs", "typos", "invisible"]
_WORD = re.compile(r"[^\W\d_]+")
_LEET = str.maketrans("aeiostAEIOST", "431057431057")
_CYRILLIC = str.maketrans("aeopcyxijsAEOPCXBHKMTIJS", "аеорсухіјѕАЕОРСХВНКМТІЈЅ")
_LONG, _SWAPPED = 4, 5
_UNSEEN = "\u200b"


def _leetspeak(text: str) -> str:
    return text.translate(_LEET)


def _homoglyphs(text: str) -> str:
    return text.translate(_CYRILLIC)


def _spacing(text: str) -> str:
    return _WORD.sub(lambda word: " ".join(word[0]) if len(word[0]) >= _LONG else word[0], text)


def _invisible(text: str) -> str:
    return _WORD.sub(lambda word: _UNSEEN.join(word[0]) if len(word[0]) >= _LONG else word[0], text)


def _typos(text: str) -> str:
    return _WORD.sub(lambda word: _swapped(word[0]) if len(word[0]) >= _SWAPPED else word[0], text)


def _swapped(word: str) -> str:
    """The word with two letters in its middle exchanged."""
    middle = len(word) // 2 - 1
    return word[:middle] + word[middle + 1] + word[middle] + word[middle + 2 :]


_SPELLED: Mapping[Disguise, Callable[[str], str]] = MappingProxyType(
    {
        "leetspeak": _leetspeak,
        "spacing": _spacing,
        "homoglyphs": _homoglyphs,
        "typos": _typos,
        "invisible": _invisible,
    }
)
DISGUISES: tuple[Disguise, ...] = tuple(_SPELLED)


def disguised(text: str, disguise: Disguise) -> str:
    """The text in this disguise; the same every time.

    `leetspeak` writes six letters as digits, `spacing` puts blanks between the letters of words of four letters or
    more, `invisible` a zero-width space, `homoglyphs` takes Cyrillic letters that look like Latin ones, `typos`
    exchanges two letters in the middle of words of five letters or more.

    >>> disguised("They hate us.", "leetspeak"), disguised("They hate us.", "spacing")
    ('7h3y h473 u5.', 'T h e y h a t e us.')
    >>> disguised("nothing new", "typos")
    'nohting new'
    """
    return _SPELLED[disguise](text)
