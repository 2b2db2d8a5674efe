"""From labels of tokens to labelled spans of a text: the labels' scheme, the words of a text, and how spans are joined.

The rule, in three steps.

1. *Words.* A word is a run of letters, marks and digits; a hyphen or an apostrophe between two of them belongs to it,
   but for that of a closing 's. A Han character is a word of itself, and so is any other sign that is no space.
2. *Labels.* A word has the label of the first token that holds one of its characters: by that alone the head was
   trained (Devlin et al. 2019, section 5.3). Labels of further tokens are not read.
3. *Spans.* In a plain scheme, words of one label beside each other are a span. With prefixes B (and U, S) begin one, I
   (and M) go on with a span of their name or begin one where there is none (IOB1), L (and E) do so and end it, and U, S
   and O end what stands before them. A span reaches from the first character of its first word to the last of its last.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fairwitness.audit.errors import UnfitModel
from fairwitness.audit.huggingface.classifier import class_names
from fairwitness.audit.huggingface.encode import Encoded
from fairwitness.audit.tags import BEGINS, ENDS, GOES_ON

OUTSIDE = "O"
"""The label of a word that is in no span."""
_PREFIXED = re.compile(r"^([BILUESM])[-_](.+)$", re.IGNORECASE)
_SUFFIXED = re.compile(r"^.+[-_][BILUESM]$", re.IGNORECASE)
_NUMBERED = re.compile(r"^LABEL_\d+$", re.IGNORECASE)
_JOINING = frozenset("-‐‑'’")
_APOSTROPHES = frozenset("'’")
_HAN = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2FA1F))
_UNSPACED = ("THAI", "LAO", "KHMER", "MYANMAR", "HIRAGANA", "KATAKANA", "HALFWIDTH KATAKANA")
"""Scripts that put no space between words, as the names of their characters begin."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """Of each label of a head, in its order, the prefix and the name; both empty of the label for no span.

    `names` are those of spans.
    """

    labels: tuple[tuple[str, str], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What spans may be called."""
        return tuple(dict.fromkeys(name for _, name in self.labels if name))


def scheme_of(spec: str, config: Any) -> Scheme:
    """How the labels of a token classifier are to be read. Raises UnfitModel where that cannot be told."""
    labels = class_names(spec, config)
    named = [label for label in labels if label.upper() != OUTSIDE]
    shown = ", ".join(labels[:8]) + (", ..." if len(labels) > 8 else "")
    if any(map(_NUMBERED.match, labels)):
        raise UnfitModel(
            f"{spec} labels tokens and does not say with what: id2label in config.json has {shown}. Write there what "
            "each number means, such as O, B-PER, I-PER"
        )
    if len(named) == len(labels):
        raise UnfitModel(
            f"{spec} has no label for words in no span (id2label in config.json has {shown}): it should be called O"
        )
    prefixed = [_PREFIXED.match(label) for label in named]
    if not named or any(label.upper() in BEGINS | GOES_ON | ENDS for label in named):
        raise UnfitModel(f"{spec} does not say what its spans are (id2label in config.json has {shown})")
    if any(prefixed) and not all(prefixed):
        raise UnfitModel(
            f"{spec} has labels with and without a prefix such as B- and I- (id2label in config.json has {shown}): how "
            "words make a span cannot be told"
        )
    if any(map(_SUFFIXED.match, named)) and not any(prefixed):
        raise UnfitModel(
            f"{spec} has labels that end in -B or the like (id2label in config.json has {shown}): write them with the "
            "prefix first, such as B-PER"
        )
    return Scheme(tuple(_parts(label) for label in labels))


def _parts(label: str) -> tuple[str, str]:
    if label.upper() == OUTSIDE:
        return "", ""
    match = _PREFIXED.match(label)
    return (match[1].upper(), match[2]) if match else ("", label)


def words_of(text: str) -> list[tuple[int, int]]:
    """The words of a text, as start and end in characters.

    >>> [text[start:end] for text in ["Anne-Marie's O'Hara, 王"] for start, end in words_of(text)]
    ['Anne-Marie', "'", 's', "O'Hara", ',', '王']
    """
    words: list[tuple[int, int]] = []
    start: int | None = None
    for place, sign in enumerate(text):
        if _is_letter(sign):
            start = place if start is None else start
            continue
        if start is not None and _joins(text, place):
            continue
        if start is not None:
            words.append((start, place))
            start = None
        if not sign.isspace():
            words.append((place, place + 1))
    return words if start is None else [*words, (start, len(text))]


def _is_letter(sign: str) -> bool:
    """Whether it is part of a longer word: a letter, a mark, a digit or an unseen sign, and no Han character."""
    return unicodedata.category(sign)[0] in "LMN" + "C" and not sign.isspace() and not _is_han(sign)


def _is_han(sign: str) -> bool:
    return any(low <= ord(sign) <= high for low, high in _HAN)


def _joins(text: str, place: int) -> bool:
    """Whether a hyphen or an apostrophe stands within a word."""
    if text[place] not in _JOINING or not _is_letter(text[place + 1 : place + 2] or " "):
        return False
    closing = text[place] in _APOSTROPHES and text[place + 1] in "sS"
    return not (closing and not _is_letter(text[place + 2 : place + 3] or " "))


def unspaced(text: str) -> bool:
    """Whether a text holds letters of a script without spaces between words, other than Han.

    >>> unspaced("Anna"), unspaced("アンナ"), unspaced("ｱﾝﾅ"), unspaced("安娜")
    (False, True, True, False)
    """
    return any(unicodedata.name(sign, "").startswith(_UNSPACED) for sign in text if ord(sign) > 0x0E00)


def first_tokens(text: str, words: Sequence[tuple[int, int]], encoded: Encoded) -> list[int | None]:
    """Of each word the place of the first token that holds one of its characters; None where no token does."""
    firsts: list[int | None] = [None] * len(words)
    owners = {place: number for number, (start, end) in enumerate(words) for place in range(start, end)}
    for place, (start, end) in enumerate(zip(encoded.starts, encoded.ends, strict=True)):
        for character in range(start, end) if start >= 0 else ():
            number = owners.get(character)
            if number is not None and firsts[number] is None:
                firsts[number] = place
    return firsts


def is_lost(text: str, words: Sequence[tuple[int, int]], firsts: Sequence[int | None]) -> bool:
    """Whether a word of letters has no token, so that the model never saw it."""
    return any(
        first is None and any(map(str.isalnum, text[start:end]))
        for (start, end), first in zip(words, firsts, strict=True)
    )
