"""The counterfactual of a text, in which men are women and women are men.

Counterfactual data augmentation: Lu et al. 2018, Gender Bias in Neural Natural Language Processing,
https://arxiv.org/abs/1807.11714; names as pairs: Hall Maudslay et al. 2019, https://arxiv.org/abs/1909.00871.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fairwitness.audit.counterfactuals.words import EITHER, FEMININE, LETTERS, NO_NOUN_FOLLOWS, SWAPS, TAKES_TWO

_WORD = re.compile(r"[^\W\d_]+(?:['’]am)?")
_COMPOUND = re.compile(r"[-‐‑](?!in-law)[^\W\d_]")
_PRONOUNS = {"him": "her", "hers": "his"}
_OWNED = {"her": "his", "his": "her"}
_ALONE = {"her": "him", "his": "hers"}


@dataclass(frozen=True, slots=True)
class Swapped:
    """A text's counterfactual: `words` counts what was swapped, `doubtful` holds the offsets of words in doubt."""

    text: str
    words: int
    doubtful: tuple[int, ...]


def swap(text: str, names: Mapping[str, str] | None = None) -> Swapped:
    """Swaps every gendered word of an English text, keeping its capitals.

    `names` pairs given names, spelt with a capital. "Her" becomes "his" before a noun and "him" elsewhere, "his"
    becomes "her" or "hers": told from the word after it, and from a verb before it. Where both readings are possible
    the offset stands in `doubtful` and the word is left as it is. Swapping twice gives the text back where nothing is
    doubtful either time and no word is one of those that share a counterpart ("Mrs", "mum").
    """
    parts: list[str] = []
    doubtful: list[int] = []
    end = words = 0
    for match in _WORD.finditer(text):
        other = _counterpart(text, match, names or {})
        if other is None:
            continue
        if not other:
            doubtful.append(match.start())
            continue
        parts += [text[end : match.start()], other]
        end = match.end()
        words += 1
    return Swapped("".join([*parts, text[end:]]), words, tuple(doubtful))


def swap_group(value: str) -> str:
    """The counterpart of a group's name (`female`, `F`, `women`), or the name itself where it has none."""
    other = SWAPS.get(value.lower()) or LETTERS.get(value.lower())
    return value if other is None else _capitals(value, other)


def balance(text: str) -> tuple[int, int]:
    """How many feminine and how many masculine words a text has, pronouns included."""
    feminine = masculine = 0
    for match in _WORD.finditer(text):
        word = match[0].lower()
        if word in FEMININE or word in {"her", "hers"}:
            feminine += 1
        elif word in SWAPS or word in {"his", "him"}:
            masculine += 1
    return feminine, masculine


def _counterpart(text: str, match: re.Match[str], names: Mapping[str, str]) -> str | None:
    """What a word becomes: None where it stays, empty where nobody can tell."""
    word = match[0]
    if word in names:
        return names[word]
    small = word.lower().replace("’", "'")
    if small in _OWNED:
        reading = _owned(small, text, match)
        return "" if reading is None else _capitals(word, (_OWNED if reading else _ALONE)[small])
    other = _PRONOUNS.get(small) or SWAPS.get(small)
    if other is None or _COMPOUND.match(text, match.end()):
        return None
    return _capitals(word, other)


def _owned(word: str, text: str, match: re.Match[str]) -> bool | None:
    """Whether "her" or "his" says whose the next words are; None where the words around it do not tell."""
    following = _WORD.search(text, match.end())
    between = text[match.end() : following.start()] if following else "."
    if following is None or between.strip(" \t\n\r\"'“‘("):
        return None if between.strip() == "-" else False
    after = following[0].lower()
    if after == "own":
        return True
    if word == "his":
        return None if after in EITHER or after in {"and", "or"} else after not in NO_NOUN_FOLLOWS
    if after in EITHER or after.endswith("ly"):
        return None
    if after in NO_NOUN_FOLLOWS:
        return False
    if after in SWAPS:
        return True
    before = next(_words_before(text, match.start()), "")
    return None if before in TAKES_TWO else True


def _words_before(text: str, offset: int) -> Iterator[str]:
    words = list(_WORD.finditer(text, 0, offset))
    return (match[0].lower() for match in reversed(words))


def _capitals(model: str, word: str) -> str:
    if len(model) > 1 and model.isupper():
        return word.upper()
    return word[0].upper() + word[1:] if model[0].isupper() else word
