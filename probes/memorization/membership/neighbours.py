"""Texts that differ from a document in few words, as a masked model would have them (Mattern et al. 2023)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.probe import SecondModel, expect
from fairwitness.audit.requests import BLANK, Filled, FillMask
from fairwitness.probes.memorization.membership.items import Document

_WORD = re.compile(r"[^\W\d_]{2,}")
PLACES = 4
"""Words of a neighbour that are replaced."""
TOP = 8
"""Likeliest fillers of a place that are looked at."""


@dataclass(frozen=True, slots=True)
class Place:
    """A word of a document, by its span in characters."""

    start: int
    end: int


def neighbours(model: SecondModel, documents: Sequence[Document], count: int, seed: int) -> list[list[str]]:
    """Up to `count` neighbours of each document, each with `PLACES` other words; none where the model has no fillers.

    Every word is masked by itself and its likeliest other filler, a word of letters, takes its place.
    """
    places = [_places(document, count, seed) for document in documents]
    asked = [
        FillMask(document.text[: place.start] + BLANK + document.text[place.end :], (), top=TOP)
        for document, drawn in zip(documents, places, strict=True)
        for place in drawn
    ]
    answers = iter(model(asked) if asked else [])
    made = []
    for document, drawn in zip(documents, places, strict=True):
        fillers = [_filler(expect(next(answers), Filled), document.text[place.start : place.end]) for place in drawn]
        made.append(_texts(document.text, drawn, fillers, count))
    return made


def _places(document: Document, count: int, seed: int) -> list[Place]:
    """So many words, drawn by the seed and the text, in their order."""
    words = [Place(*match.span()) for match in _WORD.finditer(document.text)]
    wanted = min(len(words), count * PLACES)
    rng = np.random.default_rng([seed, len(document.text), len(words)])
    return [words[index] for index in sorted(rng.choice(len(words), wanted, replace=False).tolist())] if words else []


def _filler(filled: Filled | None, word: str) -> str | None:
    """The likeliest filler that is another word."""
    if filled is None:
        return None
    others = (text for text, _ in filled.top if _WORD.fullmatch(text) and text.lower() != word.lower())
    return next(others, None)


def _texts(text: str, places: Sequence[Place], fillers: Sequence[str | None], count: int) -> list[str]:
    """Neighbour j has the fillers of every `count`th place from the jth on."""
    made = []
    for number in range(count):
        changed = text
        pairs = list(zip(places, fillers, strict=True))[number::count]
        for place, filler in reversed(pairs):
            if filler is not None:
                changed = changed[: place.start] + filler + changed[place.end :]
        if changed != text:
            made.append(changed)
    return list(dict.fromkeys(made))
