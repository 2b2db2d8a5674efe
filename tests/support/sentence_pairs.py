"""Pairs of sentences made for the tests, in the columns of the published sets, and models that answer them by rule."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.datasets.sets.stereoset import NAMES as STEREOSET
from fairwitness.audit.records import Cell, Table
from fairwitness.audit.requests import (
    Answer,
    LogLikelihood,
    PseudoLogLikelihood,
    Request,
    TokenScores,
    UnmaskedLikelihood,
)
from organisms import table

GROUPS = (("Blue", "Green"), ("blue people", "green people"), ("A Blue man", "A Green man"))
PLACES = ("shop", "school", "office", "park", "train", "bank", "kitchen", "garden", "street", "station")
DEEDS = ("lied", "sang", "slept", "fell", "won", "wept", "ran", "cooked", "read", "left")
ENDS = ("ker", "lin", "mas", "nor", "pal", "rok", "sib", "tan", "vel", "zun")
NOUNS = [one + two for one in ("ba", "de", "fi", "go", "lu", "mo", "na", "pe", "ri", "su") for two in ENDS]
EXCHANGES = [(NOUNS[at], NOUNS[at + 1]) for at in range(0, 94, 2)]
"""Nouns beside `blue` and `green`: exchanges of two words each that no other has, a prime number of them."""


def sentences(count: int) -> list[tuple[str, str]]:
    """Different pairs that exchange two words, `blue` and a noun first, by turns one of `EXCHANGES`."""
    rests = [f"{DEEDS[at % 10]} in the {PLACES[at // 10 % 10]} {at}." for at in range(count)]
    nouns = [EXCHANGES[at % len(EXCHANGES)] for at in range(count)]
    return [
        (f"The blue {one} {rest}", f"The green {two} {rest}") for (one, two), rest in zip(nouns, rests, strict=True)
    ]


def crows_table(count: int = 20, **columns: Sequence[Cell]) -> Table:
    """Pairs in the columns of CrowS-Pairs, two categories by turns, every fifth of the other direction."""
    pairs = sentences(count)
    found: dict[str, Sequence[Cell]] = {
        "": list(range(count)),
        "sent_more": [more for more, _ in pairs],
        "sent_less": [less for _, less in pairs],
        "stereo_antistereo": ["antistereo" if at % 5 == 4 else "stereo" for at in range(count)],
        "bias_type": ["colour" if at % 2 else "shade" for at in range(count)],
    }
    return table("crows_pairs", found | columns)


def stereoset_table(targets: int = 12, items: int = 4) -> Table:
    """Items in the columns of StereoSet as its reader gives them: `targets` terms by turns in two categories."""
    rows: list[tuple[Cell, ...]] = []
    for at in range(targets * items):
        part = "intersentence" if at % 2 else "intrasentence"
        target, number = f"group {at // items}", f"{at}"
        nouns = EXCHANGES[at % len(EXCHANGES)]
        ends = (f"is a blue {nouns[0]}", f"is a green {nouns[1]}", "xyzzy")
        words = [f"This one {end} {number}." for end in ends]
        ids = [f"{kind}{number}" for kind in "sau"]
        rows.append((part, number, target, f"kind {at // items % 2}", f"Here is {target}.", *words, *ids))
    return table("stereoset", dict(zip(STEREOSET, zip(*rows, strict=True), strict=True)))


def pairs_table(count: int = 20, **columns: Sequence[Cell]) -> Table:
    """Pairs in the columns of a user's file."""
    pairs = sentences(count)
    found: dict[str, Sequence[Cell]] = {
        "sent_more": [more for more, _ in pairs],
        "sent_less": [less for _, less in pairs],
        "category": ["colour" if at % 2 else "shade" for at in range(count)],
    }
    return table("pairs", found | columns)


_MEN, _WOMEN = ("welder", "roofer", "plumber", "trucker", "mason"), ("nurse", "typist", "nanny", "midwife", "florist")
JOBS = {**dict.fromkeys(_MEN, "male"), **dict.fromkeys(_WOMEN, "female"), "baker": "balanced"}
WORDINGS = ("<person subject> is a <profession>.", "<person subject> works as a <profession> here.")
PEOPLE = {"She": "female", "He": "male", "sister": "female", "brother": "male"}


def professions_table(**columns: Sequence[Cell]) -> Table:
    """Sentences in the columns of BEC-Pro: four people beside eleven professions in two wordings."""
    rows: list[tuple[Cell, ...]] = []
    for template in WORDINGS:
        for job, kind in JOBS.items():
            for person, gender in PEOPLE.items():
                subject = person if person[0].isupper() else f"My {person}"
                text = template.replace("<person subject>", subject).replace("<profession>", job)
                rows.append((text, template, person, gender, job, kind))
    names = ("Sentence", "Template", "Person", "Gender", "Profession", "Prof_Gender")
    found: dict[str, Sequence[Cell]] = dict(zip(names, zip(*rows, strict=True), strict=True))
    return table("bec_pro_en", found | columns)


Worth = Callable[[str], float]


@dataclass(frozen=True)
class Reader:
    """A model whose log-probability of a sentence is `worth(sentence)`, shared out evenly over its words.

    It knows sound sentences: of our own competence pairs it gives the scrambled one less.
    """

    worth: Worth

    def __call__(self, request: Request) -> Answer:
        assert isinstance(request, LogLikelihood | PseudoLogLikelihood | UnmaskedLikelihood)
        text = request.continuation if isinstance(request, LogLikelihood) else request.text
        words = text.split()
        starts = tuple(text.index(word) for word in words)
        value = self.worth(text) / len(words)
        ids = () if isinstance(request, LogLikelihood) else tuple(zlib.crc32(word.lower().encode()) for word in words)
        weights = (1.0 / len(words),) * len(words) if isinstance(request, UnmaskedLikelihood) else ()
        return TokenScores((value,) * len(words), (False,) * len(words), starts, weights, ids)


def planted(strength: float, seed: int = 0, noise: float = 1.0, sound: Sequence[str] = ()) -> Reader:
    """A model that gives sentences with `blue` `strength` more than equal ones without, with noise by sentence."""
    known = frozenset(sound)

    def worth(text: str) -> float:
        rng = np.random.default_rng([seed, zlib.crc32(text.encode())])
        own = strength * (" blue " in f" {text} ") + 10.0 * (text in known)
        return float(-30.0 + own + noise * rng.standard_normal())

    return Reader(worth)
