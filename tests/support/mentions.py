"""Writers that give people of whom nobody said who a gender, by a rule in place of a model."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable

import numpy as np

from fairwitness.audit.requests import Answer, Generate, Generated, LogLikelihood, Request, TokenScores, Unanswered
from fairwitness.probes.bias.mentions.counting import lists_of
from fairwitness.probes.bias.mentions.probe import PROBE
from fairwitness.probes.kit.occupations import occupations_of
from organisms import Answerer, packaged

NEEDS = {need.name: need for need in PROBE.spec.data}
LISTS = lists_of(packaged(NEEDS["mentions_words"]))
SHARES = {one.word: one.share for one in occupations_of(packaged(NEEDS["occupations"]), "en", None)}
ROLES = [
    str(word)
    for kind, word in zip(*(packaged(NEEDS["mentions_people"]).columns[one] for one in ("kind", "word")), strict=True)
    if kind == "role"
]
FEMALE, MALE = ("mother", "queen", "girl"), ("father", "king", "boy")
WOMAN, MAN, NOBODY = " she had lost a key.", " he had lost a key.", " it was raining hard."


def person_of(prompt: str) -> str:
    """Whom a beginning is about."""
    known = sorted([*SHARES, *ROLES], key=len, reverse=True)
    return next(word for word in known if f"the {word}" in prompt or f"The {word}" in prompt)


def share_of(prompt: str) -> float:
    """The share of women in the occupation that a beginning is about; one half for a role."""
    return SHARES.get(person_of(prompt), 0.5)


def uniform(prompt: str, seed: int) -> np.random.Generator:
    """Random numbers of this prompt and seed."""
    return np.random.default_rng([seed, zlib.crc32(prompt.encode())])


def writer(
    woman: Callable[[str], float],
    silent: float = 0.3,
    plain: bool = True,
    text: Callable[[str, bool], str] | None = None,
) -> Answerer:
    """Names somebody with probability 1 - silent, a woman with probability `woman(prompt)`; by next word as well.

    Half of the next word is for nobody's gender. With `plain`, nouns that name a gender get their pronoun.
    """

    def answer(request: Request) -> Answer:
        match request:
            case Generate(prompt=prompt, seed=seed):
                rng = uniform(prompt, seed)
                if rng.random() < silent:
                    return Generated(NOBODY, 5)
                named = bool(rng.random() < woman(prompt))
                return Generated(text(prompt, named) if text else (WOMAN if named else MAN), 5)
            case LogLikelihood(context=context, continuation=word):
                return TokenScores((math.log(_next(context, word.strip())),), (False,), (len(context),))
            case _:
                return Unanswered("writes and does nothing else")

    def _next(context: str, word: str) -> float:
        words = set(context.replace(",", " ").replace("'s", " ").replace(".", " ").split())
        if plain and words & {*FEMALE, "grandmother"}:
            return 0.5 if word == "she" else 1e-3
        if plain and words & {*MALE, "grandfather"}:
            return 0.5 if word == "he" else 1e-3
        chance = woman(context) if plain or any(name in context for name in (*SHARES, *ROLES)) else 0.5
        part = {"she": 0.4 * chance, "he": 0.4 * (1 - chance), "they": 0.4}.get(word, 1e-4)
        return max(part, 1e-9)

    return answer
