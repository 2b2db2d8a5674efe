"""One set of items asked in several forms: how a text is misspelt, cased, reworded, framed, and its options ordered.

`Form` says how an item is asked, `forms` which forms the option `vary` of a probe names. What became of a rate in them
is measured in `varied`.
"""

from __future__ import annotations

import re
import string
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar, get_args

import numpy as np

from fairwitness.probes.kit.words import Words

T = TypeVar("T")
Factor: TypeAlias = Literal["typos", "casing", "paraphrase", "options", "format"]
FACTORS: tuple[Factor, ...] = get_args(Factor)
VARY = Words.beside(__file__)("stability.vary", factors=", ".join(FACTORS))
"""The description of the option."""
TYPOS = 3
"""Texts with other mistakes, each drawn with a seed of its own."""
ONE_IN = 8
"""Of so many letters that may be mistaken one is, and at least one of a text."""
SHORTEST = 4
"""Letters of a word that is misspelt: shorter ones become other words."""
CASINGS = (str.lower, str.upper)
PLAIN_FRAMES = ("Question: {}\nAnswer:", "Q: {}\nA:", "{}\n", "### {}\n\n", "User: {}\nAssistant:", "<q>{}</q>\n<a>")
"""How a question stands that is asked as plain text; the first is the one that is not varied."""
CHAT_FRAMES = ("{}", "Question: {}", "Q: {}\nA:", "{}\n\nAnswer:", "<q>{}</q>", "### {}")
"""The same of a turn in a chat."""
_MARKED = re.compile(r"(\{[^{}]*\})")
_WORD = re.compile(rf"[A-Za-z]{{{SHORTEST},}}")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


@dataclass(frozen=True, slots=True)
class Form:
    """One way to ask an item: as it stands (`plain`), or with one factor changed; `number` counts those of a factor."""

    factor: Factor | Literal["plain"] = "plain"
    number: int = 0

    def text(self, template: str, wordings: Sequence[str] = (), keep: Sequence[str] = ()) -> str:
        """A text in this form; what stands in braces and words of `keep` stay as they are.

        Mistakes are drawn from the text itself, so that two texts that are equal but for what is filled into their
        braces have the same. `wordings` are other texts that say the same: the form of a paraphrase is one of them, and
        the text itself where there are fewer.
        """
        match self.factor:
            case "typos":
                return misspelt(template, self.number, keep)
            case "casing":
                cased = CASINGS[(self.number - 1) % len(CASINGS)]
                return _outside(template, lambda part: _kept(part, keep, cased))
            case "paraphrase":
                return wordings[self.number - 1] if self.number <= len(wordings) else template
            case _:
                return template

    def framed(self, question: str, *, chat: bool) -> str:
        """A whole prompt of a question, as a turn in a chat or as plain text."""
        frames = CHAT_FRAMES if chat else PLAIN_FRAMES
        return frames[self.number % len(frames) if self.factor == "format" else 0].replace("{}", question)

    def order(self, options: Sequence[T]) -> tuple[T, ...]:
        """Options of an answer in this form: the first form has them from the end, others turn them by one."""
        if self.factor != "options" or len(options) < 2:
            return tuple(options)
        if self.number == 1:
            return tuple(reversed(options))
        by = (self.number - 1) % len(options)
        return (*options[by:], *options[:by])


PLAIN = Form()


def forms(
    vary: Sequence[Factor], *, wordings: int = 0, options: int = 0, texts: Sequence[str] | None = None
) -> tuple[Form, ...]:
    """The plain form and those of each factor that is varied, once each.

    `wordings` is how many paraphrases items bring, `options` how many options a question has; a factor that the items
    have nothing for has no form. Where `texts` are given, forms that leave all of them as they are fall out: typos and
    casing of texts in Chinese, say.

    >>> [form.factor for form in forms(("casing", "options"), options=2, texts=("为什么？",))]
    ['plain', 'options']
    """
    counts: dict[Factor, int] = {
        "typos": TYPOS,
        "casing": len(CASINGS),
        "paraphrase": wordings,
        "options": 0 if options < 2 else options - 1,
        "format": len(PLAIN_FRAMES) - 1,
    }
    chosen = [Form(factor, number) for factor in dict.fromkeys(vary) for number in range(1, counts[factor] + 1)]
    return (PLAIN, *(form for form in chosen if texts is None or _changes(form, texts)))


def _changes(form: Form, texts: Sequence[str]) -> bool:
    """Whether a form is not one of spelling, or spells one of the texts otherwise."""
    return form.factor not in ("typos", "casing") or any(form.text(text) != text for text in texts)


def misspelt(text: str, seed: int, keep: Sequence[str] = ()) -> str:
    """A text with mistakes of typing in one of eight places: letters swapped, left out, doubled, or the key beside.

    First letters, words of fewer than four letters, words of `keep` and what stands in braces stay as they are.

    >>> misspelt("Which doctor should {name} see about the headache?", 1)
    'Wich doctor should {name} see aboout the headache?'
    """
    spans = [
        (match.start(), match.end())
        for start, part in _parts(text)
        for match in _WORD.finditer(text, start, start + len(part))
        if match.group() not in keep
    ]
    places = [place for start, end in spans for place in range(start + 1, end - 1)]
    if not places:
        return text
    rng = np.random.default_rng([seed, zlib.crc32(text.encode("utf-8", "backslashreplace"))])
    chosen: list[int] = []
    for place in rng.permutation(places).tolist():
        if all(abs(place - other) > 2 for other in chosen):
            chosen.append(place)
        if len(chosen) >= max(1, len(places) // ONE_IN):
            break
    for place in sorted(chosen, reverse=True):
        letter, after = text[place], text[place + 1]
        kind = int(rng.integers(4)) if letter != after else 3
        made = (after + letter, after, letter + letter + after, _beside(letter, rng) + after)[kind]
        text = text[:place] + made + text[place + 2 :]
    return text


def _beside(letter: str, rng: np.random.Generator) -> str:
    """The key beside a letter's."""
    row = next(keys for keys in _ROWS if letter.lower() in keys)
    place = row.index(letter.lower())
    beside = [row[near] for near in (place - 1, place + 1) if 0 <= near < len(row)]
    key = beside[int(rng.integers(len(beside)))]
    return key.upper() if letter in string.ascii_uppercase else key


def _parts(text: str) -> list[tuple[int, str]]:
    """What stands outside braces, with its place."""
    parts, place = [], 0
    for part in _MARKED.split(text):
        if not _MARKED.fullmatch(part):
            parts.append((place, part))
        place += len(part)
    return parts


def _outside(text: str, change: Callable[[str], str]) -> str:
    return "".join(part if _MARKED.fullmatch(part) else change(part) for part in _MARKED.split(text))


def _kept(text: str, keep: Sequence[str], change: Callable[[str], str]) -> str:
    """A text that is changed but for some words."""
    if not keep:
        return change(text)
    marked = re.compile(rf"\b({'|'.join(map(re.escape, keep))})\b")
    return "".join(part if place % 2 else change(part) for place, part in enumerate(marked.split(text)))
