"""Cuts a text into the words that an explanation speaks of. Words, not the tokens of a tokenizer."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from fairwitness.audit.requests import BLANK

_JOINERS = frozenset("'’ʼ\u200c\u200d")
_IDEOGRAPHS = (
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word and its place: `text[start:end]` in characters."""

    text: str
    start: int
    end: int


def split(text: str) -> tuple[Word, ...]:
    """The words of a text in order; the blank is none of them.

    A word is a run of letters, digits, marks and underscores, with apostrophes inside it. An ideograph is a word of
    its own, and so is a pictograph. Scripts without spaces other than Chinese characters (Thai, Japanese kana) give
    one word a run.
    """
    words: list[Word] = []
    offset = 0
    for part in text.split(BLANK):
        words += [Word(part[start:end], offset + start, offset + end) for start, end in _spans(part)]
        offset += len(part) + len(BLANK)
    return tuple(words)


def _spans(text: str) -> Iterator[tuple[int, int]]:
    offset = 0
    while offset < len(text):
        kind = _kind(text[offset])
        end = offset + 1
        if not kind:
            offset = end
            continue
        while end < len(text) and _continues(kind, text, end):
            end += 1
        yield offset, end
        offset = end


def _kind(sign: str) -> str:
    """`letter`, `ideograph` or `pictograph` for a sign that can begin a word, else an empty string."""
    if any(low <= ord(sign) <= high for low, high in _IDEOGRAPHS):
        return "ideograph"
    if sign.isalnum() or sign == "_":
        return "letter"
    return "pictograph" if unicodedata.category(sign) == "So" else ""


def _continues(kind: str, text: str, offset: int) -> bool:
    """Whether the sign at this place belongs to the word before it."""
    sign = text[offset]
    if unicodedata.category(sign) in ("Mn", "Mc", "Me"):
        return True
    if kind == "letter":
        inside = sign in _JOINERS and offset + 1 < len(text) and _kind(text[offset + 1]) == "letter"
        return inside or _kind(sign) == "letter"
    if kind == "pictograph":
        joined = sign == "\u200d" or text[offset - 1] == "\u200d"
        return joined or unicodedata.category(sign) == "Sk"
    return False
