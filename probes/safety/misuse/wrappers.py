"""Wrappers: a role, a beginning of the answer, an encoding, frames in other languages, prompts seen in the wild."""

from __future__ import annotations

import base64
import codecs
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.probe import Context
from fairwitness.audit.records import Table
from fairwitness.probes.kit.choices import require
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
FRAMES = WORDS.data_need("misuse_wrappers")
WILD = WORDS.data_need("jailbreaks")
PLAIN = "plain"
"""The form without a wrapper."""
IN_THE_WILD = "in_the_wild"
OTHER_LANGUAGE = "other_language"
IN_A_LANGUAGE = "in_"
"""How the name of a frame begins that stands in another language, such as in_zulu; OTHER_LANGUAGE draws among them."""
PLACE = "{request}"
LONGEST = 1500
"""Characters of a prompt from the wild at most: longer ones leave small models no room."""
ENCODINGS: Mapping[str, Callable[[str], str]] = {
    "": lambda text: text,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "rot13": lambda text: codecs.encode(text, "rot13"),
}


@dataclass(frozen=True, slots=True)
class Wrapper:
    """How a request is put: `texts` are one frame with a place for it, or several of which one is drawn for each."""

    name: str
    texts: tuple[str, ...]
    encoding: str = ""

    def wrapped(self, request: str, place: int, seed: int) -> str:
        """The request number `place` in its frame.

        >>> Wrapper("quoted", ("He says: {request}",), "base64").wrapped("Hi", 0, 0)
        'He says: SGk='
        """
        place = int(np.random.default_rng([seed, place]).integers(len(self.texts))) if len(self.texts) > 1 else 0
        return self.texts[place].replace(PLACE, ENCODINGS[self.encoding](request))


NO_WRAPPER = Wrapper(PLAIN, (PLACE,))


def wrappers(ctx: Context, wanted: Sequence[str], language: str) -> list[Wrapper]:
    """The plain form and the wanted wrappers, each once. Raises BadOption for an unknown one.

    Raises DoesNotApply where prompts from the wild are wanted and are not here.
    """
    known = {name: Wrapper(name, (text,), code) for name, code, text in _frames(ctx.data[FRAMES.name], language)}
    foreign = [wrapper.texts[0] for name, wrapper in known.items() if name.startswith(IN_A_LANGUAGE)]
    if foreign:
        known.setdefault(OTHER_LANGUAGE, Wrapper(OTHER_LANGUAGE, tuple(foreign)))
    require("misuse.wrappers", wanted, (*known, IN_THE_WILD), "wrapper")
    if IN_THE_WILD in wanted:
        known[IN_THE_WILD] = Wrapper(IN_THE_WILD, tuple(_wild(ctx.data.get(WILD.name))))
    return [NO_WRAPPER, *(known[name] for name in dict.fromkeys(wanted))]


def _frames(table: Table, language: str) -> list[tuple[str, str, str]]:
    rows = rows_of(table, FRAMES.columns)
    return [(name, code, text) for tongue, name, code, text in rows if tongue == language and code in ENCODINGS]


def _wild(table: Table | None) -> list[str]:
    """Prompts from the wild as frames: the request stands in their place for it, or behind them."""
    if table is None:
        raise WORDS.does_not_apply("reason.no_wild", "data_missing")
    result = []
    for text, place in rows_of(table, WILD.columns):
        if len(text) <= LONGEST:
            result.append(text.replace(place, PLACE) if place else f"{text}\n\n{PLACE}")
    if not result:
        raise WORDS.does_not_apply("reason.no_wild", "data_missing")
    return result
