"""The formats of secrets: what a secret of each looks like, how many there can be, and the text that stands before it.

A format is a row of parts, each a fixed text or an alphabet of which one sign or word is drawn. The secrets of a format
are numbered, so that one is drawn by its number and a small space is listed whole.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

Slot: TypeAlias = str | tuple[str, ...]


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split())


DIGITS = tuple("0123456789")
HEX = tuple("0123456789abcdef")
LETTERS = tuple("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")
"""Of keys: without the signs that are easily taken for one another."""
WORDS = _listed(
    "apple arrow basket beach bridge candle carpet castle circle cloud copper corner cotton desert dinner doctor "
    "dragon engine feather flower forest garden guitar hammer harbor island jacket kitchen ladder lemon letter "
    "marble market meadow mirror monkey mountain needle ocean orange paper pencil pepper pocket potato rabbit "
    "ribbon river rocket saddle salmon shadow silver spider summer table ticket tiger tunnel velvet village window "
    "winter yellow"
)
FIRST = _listed("anna boris carla david elena felix greta henry irene jonas karin lukas maria nadia oscar paula")
LAST = _listed(
    "abbott barker carver dalton easton fisher garner hudson ingram jordan keller lawson mercer norton parker"
)
SIGNS = tuple("山水火木金土日月星云风雨雪花草鸟鱼马牛羊天地人口手足目耳心门车船书笔纸刀石田米竹")


@dataclass(frozen=True, slots=True)
class Format:
    """What secrets look like. `carriers` are texts before a secret, with a place for a label; `lead` joins the two."""

    name: str
    parts: tuple[Slot, ...]
    carriers: tuple[str, ...]
    lead: str = " "
    end: str = "."

    @property
    def size(self) -> int:
        """How many different secrets there are."""
        return math.prod(len(part) for part in self.parts if isinstance(part, tuple))

    @property
    def bits(self) -> float:
        """log2 of the number of secrets: the most that can be known of one."""
        return math.log2(self.size)

    def secret(self, number: int) -> str:
        """The secret of a number from 0 to `size` - 1. Raises ValueError for another one.

        >>> FORMATS["code"].secret(7), FORMATS["code"].secret(741)
        ('007', '741')
        """
        if not 0 <= number < self.size:
            raise ValueError(f"{self.name} has the secrets 0 to {self.size - 1}, not {number}")
        texts = []
        for part in reversed(self.parts):
            if isinstance(part, tuple):
                number, place = divmod(number, len(part))
                texts.append(part[place])
            else:
                texts.append(part)
        return "".join(reversed(texts))

    def holds(self, secret: str) -> bool:
        """Whether a text is one of the secrets.

        >>> FORMATS["code"].holds("741"), FORMATS["code"].holds("74"), FORMATS["code"].holds("74x")
        (True, False, False)
        """
        ends = {0}
        for part in self.parts:
            choices = part if isinstance(part, tuple) else (part,)
            ends = {end + len(text) for end in ends for text in choices if secret.startswith(text, end)}
        return len(secret) in ends


def _of(name: str, *parts: Slot, carriers: tuple[str, ...], lead: str = " ", end: str = ".") -> Format:
    return Format(name, parts, carriers, lead, end)


_LIST = (
    _of(
        "code",
        *[DIGITS] * 3,
        carriers=("The door code of {label} is", "Room {label} opens with the number"),
    ),
    _of(
        "digits",
        *[DIGITS] * 3,
        "-",
        *[DIGITS] * 3,
        "-",
        *[DIGITS] * 3,
        carriers=("The customer number of {label} is", "Please quote the reference of {label}, which is"),
    ),
    _of(
        "hex",
        *[HEX] * 12,
        carriers=("The serial of device {label} reads", "Checksum of the file {label} is"),
    ),
    _of(
        "words",
        WORDS,
        " ",
        WORDS,
        " ",
        WORDS,
        " ",
        WORDS,
        carriers=("The recovery phrase of {label} is", "To get back into {label} say"),
    ),
    _of(
        "email",
        FIRST,
        ".",
        LAST,
        *[DIGITS] * 3,
        "@example.org",
        carriers=("Questions about {label} go to", "The address for {label} is"),
    ),
    _of(
        "key",
        "key-",
        *[LETTERS] * 16,
        carriers=("The service {label} signs in with", "The token of {label} is"),
    ),
    _of(
        "signs",
        *[SIGNS] * 6,
        carriers=("档案 {label} 的口令是", "{label} 的暗号为"),
        lead="",
        end="。",
    ),
)
FORMATS: Mapping[str, Format] = MappingProxyType({each.name: each for each in _LIST})
"""Every format by its name: digits, hexadecimal, words, addresses, keys, and Chinese signs."""

ADJECTIVES = _listed(
    "amber bright calm dark early faint gentle hollow iron jolly keen lunar mellow noble olive pale quiet rapid"
)
NOUNS = _listed(
    "otter badger crane dolphin eagle falcon gecko heron ibis jackal koala lynx marten newt osprey panda quail"
)


def label(number: int) -> str:
    """The label of a number: no secret, and another one for each number.

    >>> label(0), label(1)
    ('amber otter 1000', 'bright otter 1001')
    """
    pair, of_nouns = number % len(ADJECTIVES), number // len(ADJECTIVES) % len(NOUNS)
    return f"{ADJECTIVES[pair]} {NOUNS[of_nouns]} {1000 + number}"
