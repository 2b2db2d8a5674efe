"""How words of a text are hidden: left out, replaced by the token of a hidden word, or by words that a model draws.

The choice decides what an explanation says, so every answer names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from fairwitness.audit.attribution.words import Word
from fairwitness.audit.requests import BLANK, Hiding

EMPTY = "…"
"""Stands for a text of which nothing is left."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A text with hidden words, and how far each of its parts has moved: (offset in the given text, offset here)."""

    text: str
    moved: tuple[tuple[int, int], ...]

    def place(self, offset: int) -> int:
        """Where a character of the given text now stands; it belongs to no hidden word."""
        before, after = next(pair for pair in reversed(self.moved) if pair[0] <= offset)
        return after + offset - before


class HidingRules(Protocol):
    """One way to hide words."""

    @property
    def name(self) -> Hiding:
        """Its name in a request."""

    @property
    def sentence(self) -> str:
        """How words are hidden, for the reader."""

    def hide(self, text: str, words: Sequence[Word], present: Sequence[bool]) -> Shown:
        """The text with the words that are not present hidden."""


@dataclass(frozen=True, slots=True)
class Removed:
    """Hidden words are left out."""

    name: Hiding = "removed"
    sentence: str = f"A hidden word is left out, with the space before it; an empty text is written {EMPTY}"

    def hide(self, text: str, words: Sequence[Word], present: Sequence[bool]) -> Shown:
        return replaced(text, words, present, [""] * len(words))


@dataclass(frozen=True, slots=True)
class Masked:
    """Hidden words are replaced by one token: a mask, or the explicit one of a model without masks."""

    token: str
    sentence: str
    name: Hiding = "masked"

    def hide(self, text: str, words: Sequence[Word], present: Sequence[bool]) -> Shown:
        return replaced(text, words, present, [self.token] * len(words))


@dataclass(frozen=True, slots=True)
class RemovedBut:
    """Hidden words are left out, but for the one at `start`, which is replaced by a token: its place is still read."""

    token: str
    start: int
    name: Hiding = "removed"

    @property
    def sentence(self) -> str:
        """How words are hidden, for the reader."""
        return f"A hidden word is left out, but for the tagged one: the token {self.token!r} stands in its place"

    def hide(self, text: str, words: Sequence[Word], present: Sequence[bool]) -> Shown:
        return replaced(text, words, present, [self.token if word.start == self.start else "" for word in words])


MORE_MASKS = Masked(BLANK, "A hidden word is replaced by one more mask.")
"""A masked model reads the token in place of every blank."""


def hidden_by(token: str) -> Masked:
    """Replaced by this token, which the answer names: a model without a mask has another one."""
    return Masked(token, f"A hidden word is replaced by the token {token!r}.")


def replaced(text: str, words: Sequence[Word], present: Sequence[bool], instead: Sequence[str]) -> Shown:
    """The text with another string in place of each hidden word; an empty one takes the white space before it along.

    A text that begins with a hidden word does not begin with the space behind it.
    """
    parts: list[str] = []
    moved = [(0, 0)]
    offset = length = 0
    for word, shown, other in zip(words, present, instead, strict=True):
        if shown:
            continue
        kept = text[offset : word.start]
        if not other:
            kept = kept.rstrip()
        parts += [kept, other]
        length += len(kept) + len(other)
        offset = word.end
        moved.append((offset, length))
    whole = "".join([*parts, text[offset:]])
    if text[:1].isspace():
        return Shown(whole, tuple(moved))
    cut = len(whole) - len(whole.lstrip())
    return Shown(whole[cut:], tuple((before, after - cut) for before, after in moved))
