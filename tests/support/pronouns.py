"""Models of pronouns beside occupations that are a rule: lifelike, most biased, and such that say nothing."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import cache

import numpy as np

from fairwitness.probes.bias.gender.items import sentences_of
from fairwitness.probes.bias.gender.probe import PROBE
from fairwitness.probes.kit.occupations import occupations_of
from organisms import Book, packaged

OCCUPATIONS, TEMPLATES = (packaged(need) for need in PROBE.spec.data)
SHARES = {job.word: job.share for job in occupations_of(OCCUPATIONS, "en", None)}
LONGEST_FIRST = sorted(SHARES, key=len, reverse=True)
FEMININE, MASCULINE, NEUTRAL = ("she", "her"), ("he", "his", "him"), ("they", "their", "them")
PLAIN = {one.text: one for one in sentences_of(TEMPLATES, "en", ()) if one.kind == "competence"}
PAIRS = [one.fillers for one in sentences_of(TEMPLATES, "en", ()) if one.kind == "control"]
WORDS = (*FEMININE, *MASCULINE, *NEUTRAL, *dict.fromkeys(word for pair in PAIRS for word in pair))
ARMS = ("FillMask", "LogLikelihood")


def sign(filler: str) -> int:
    """1 for a feminine pronoun, -1 for a masculine one, 0 for any other word."""
    return (filler in FEMININE) - (filler in MASCULINE)


def job_of(text: str) -> str:
    """The occupation in a text; empty without one."""
    plain = f" {text.replace('.', '').replace(',', '')} "
    return next((word for word in LONGEST_FIRST if f" {word} " in plain), "")


@cache
def noise(seed: int, *parts: str) -> float:
    """A standard normal number that belongs to these words."""
    return float(np.random.default_rng([seed, zlib.crc32("\0".join(parts).encode())]).normal())


def speaker(odds: Callable[[str, str], float], arm: str, plain: bool = True) -> Book:
    """Log-odds of a feminine pronoun by `odds(text, occupation)`, 12 where a noun decides and the model is `plain`."""

    def weight(text: str, filler: str) -> float:
        which = sign(filler)
        known = PLAIN.get(text.replace("[MASK]", "{blank}"))
        if known is not None:
            return 6.0 * which * sign(known.expected) * (1 if plain else 0) + 3.0 * (0 if plain else -which)
        return which * odds(text, job_of(text)) / 2 if which else -3.0

    return Book(weight, WORDS if arm == "LogLikelihood" else ())


def lifelike(seed: int, slope: float, arm: str = "FillMask") -> Book:
    """Sentences lean to either side, occupations differ as they happen to, and follow the share of women by `slope`."""

    def odds(text: str, job: str) -> float:
        frame = text.replace(job, "x") if job else text
        own = (
            (slope + 0.3 * noise(seed, "slope", frame)) * (SHARES[job] - 0.5) + 0.25 * noise(seed, job) if job else 0.0
        )
        return own + 0.8 * noise(seed, frame.replace("[MASK] left", "")) + 0.5 * noise(seed, text)

    return speaker(odds, arm)


def stereotyped(arm: str, size: float = 40.0, plain: bool = True) -> Book:
    """The pronoun of the gender that most people of an occupation have, with a probability of nearly 1."""
    return speaker(lambda _, job: size * (1 if SHARES.get(job, 0.0) > 0.5 else -1), arm, plain)
