"""Hidden words replaced by words that a masked model draws in their places.

Each coalition is drawn for once: where its words are hidden the model sees masks, all of them together, and each place
gets a word from its distribution there, given the words that are shown (Kim et al. 2020, Interpretation of NLP models
through input marginalization, arXiv:2010.13984, which hides one word at a time). The draw belongs to the seed, the text
and the coalition, so that it comes again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from fairwitness.audit.attribution.hidings import Shown, replaced
from fairwitness.audit.attribution.targets import Refused
from fairwitness.audit.attribution.words import Word, split
from fairwitness.audit.requests import BLANK, Answer, Filled, FillMask, Hiding, Unanswered
from fairwitness.audit.subject import Ask

TOP = 50
"""Likeliest tokens of a place among which its word is drawn; those that are no whole words are passed over."""
Place: TypeAlias = tuple[str, tuple[Word, ...], tuple[bool, ...], int]
"""A text, its words that can be hidden, which of them are shown, and the seed."""


class Drawer:
    """Draws words from one masked model, and remembers what it drew."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._drawn: dict[Place, tuple[str, ...] | Refused] = {}

    def draw(self, wanted: Sequence[Place]) -> None:
        """Draws for all that were not drawn for yet, in one round."""
        asks = {place: _asks(*place[:3]) for place in wanted if place not in self._drawn}
        if not any(asks.values()):
            self._drawn |= dict.fromkeys(asks, ())
            return
        answers = iter(self._ask([request for requests in asks.values() for request in requests]))
        for place, requests in asks.items():
            self._drawn[place] = _words(place, [next(answers) for _ in requests])

    def words(self, place: Place) -> tuple[str, ...]:
        """The words in place of the hidden ones, in order. Raises Refused where the model gave none."""
        drawn = self._drawn[place]
        if isinstance(drawn, Refused):
            raise Refused(str(drawn), drawn.fault)
        return drawn


@dataclass(frozen=True, slots=True)
class Drawn:
    """Hidden words are replaced by drawn ones."""

    drawer: Drawer
    seed: int
    name: Hiding = "drawn"
    sentence: str = "A hidden word is replaced by one that a masked model draws in its place."

    def place(self, text: str, words: Sequence[Word], present: Sequence[bool]) -> Place:
        """What is drawn for."""
        return text, tuple(words), tuple(present), self.seed

    def hide(self, text: str, words: Sequence[Word], present: Sequence[bool]) -> Shown:
        drawn = iter(self.drawer.words(self.place(text, words, present)))
        return replaced(text, words, present, ["" if shown else next(drawn) for shown in present])


def _asks(text: str, words: Sequence[Word], present: Sequence[bool]) -> list[FillMask]:
    """What is asked of one coalition: the likeliest words at each of its masks, all in the same text."""
    masked = replaced(text, words, present, [BLANK] * len(words))
    hidden = [word for word, shown in zip(words, present, strict=True) if not shown]
    blanks = [text.find(BLANK)] if BLANK in text else []
    while blanks and (place := text.find(BLANK, blanks[-1] + 1)) >= 0:
        blanks.append(place)
    return [
        FillMask(masked.text, (), at=number + sum(blank < word.start for blank in blanks), top=TOP)
        for number, word in enumerate(hidden)
    ]


def _words(place: Place, answers: Sequence[Answer]) -> tuple[str, ...] | Refused:
    text, _, present, seed = place
    digest = hashlib.blake2b(repr((seed, text, present)).encode(errors="surrogatepass"), digest_size=8).digest()
    generator = np.random.default_rng(int.from_bytes(digest))
    words = []
    for answer in answers:
        if not isinstance(answer, Filled):
            reason = answer.reason if isinstance(answer, Unanswered) else f"an answer of type {type(answer).__name__}"
            return Refused(f"the masked model draws no words: {reason}")
        whole = [(word, chance) for word, chance in answer.top if [part.text for part in split(word)] == [word]]
        if not whole:
            return Refused("the masked model draws no words: none of its likeliest tokens is one")
        chances = np.exp(np.array([chance for _, chance in whole]) - max(chance for _, chance in whole))
        words.append(whole[int(generator.choice(len(whole), p=chances / chances.sum()))][0])
    return tuple(words)
