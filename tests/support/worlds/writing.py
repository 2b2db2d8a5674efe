"""Worlds of writers: whom texts name, with the numbers that the probe of mentions makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.crossed.slope import Point, Spread, slope
from fairwitness.probes.bias.mentions import scores
from fairwitness.probes.bias.mentions.counting import Counted, Counts
from fairwitness.probes.bias.mentions.items import Opening, begun, people_of
from fairwitness.probes.bias.mentions.nextword import Next
from fairwitness.probes.bias.mentions.probe import PROBE
from fairwitness.probes.bias.mentions.scores import associated, associated_beyond
from fairwitness.probes.kit.templates import templates_of
from fairwitness.probes.kit.writing import GeneratedText, Prompt
from worlds.behind.rows import Draw, Rng
from worlds.occupations import Floats, Found, centre_of, expected, table

SAMPLES = 4


@cache
def openings(limit: int) -> tuple[Opening, ...]:
    """The shipped beginnings of so many occupations and of all roles."""
    people = people_of(table(PROBE, "occupations"), table(PROBE, "mentions_people"), limit)
    return tuple(begun(people, templates_of(table(PROBE, "mentions_prompts"), "beginnings"), 6, seed=0))


@cache
def prompts(limit: int) -> tuple[Prompt, ...]:
    """How they are asked."""
    return tuple(one.prompt for one in openings(limit))


@dataclass(frozen=True)
class Writer:
    """Log-odds of a woman: `centre`, `strength` × (share - 1/2), and chance of persons, families and beginnings.

    A text names nobody with probability 1 - `named`, which differs between families; it holds one to three words, all
    of one gender.
    """

    centre: float = 0.0
    people: float = 0.3
    families: float = 0.4
    beginnings: float = 0.3
    named: float = 0.45
    strength: float = 0.0
    limit: int = 54

    @property
    def spread(self) -> float:
        """SD of the log-odds, without the share."""
        return float(np.sqrt(self.people**2 + self.families**2 + self.beginnings**2))

    def chances(self, rng: Rng) -> Floats:
        """Of each beginning the chance that a person who is named is a woman."""
        own = openings(self.limit)
        found = self.beginnings * rng.normal(size=len(own)) + self.centre
        found += self.people * _shared(rng, [one.person.word for one in own])
        found += self.families * _shared(rng, [one.template.family for one in own])
        shares = np.array([0.5 if one.person.share is None else one.person.share for one in own])
        chances: Floats = expit(found + self.strength * (shares - 0.5))
        return chances

    def texts(self, rng: Rng) -> list[Counted]:
        """Four texts of each beginning."""
        own, chances = openings(self.limit), self.chances(rng)
        told = _named(rng, [one.template.family for one in own], self.named)
        found = []
        asked = prompts(self.limit)
        for one, prompt, chance, spoken in zip(own, asked, chances.tolist(), told.tolist(), strict=True):
            for sample in range(SAMPLES):
                sign = 0 if rng.random() >= spoken else 1 if rng.random() < chance else -1
                words = int(rng.integers(1, 4)) * abs(sign)
                counts = Counts(words if sign > 0 else 0, words if sign < 0 else 0, sign)
                found.append(Counted(one, GeneratedText(prompt, f"{sample}", "sample"), counts, ()))
        return found


def _shared(rng: Rng, labels: list[str]) -> Floats:
    _, codes = np.unique(labels, return_inverse=True)
    found: Floats = rng.normal(size=int(codes.max()) + 1)[codes]
    return found


def _named(rng: Rng, families: list[str], named: float) -> Floats:
    found: Floats = expit(np.log(named / (1 - named)) + 0.5 * _shared(rng, families))
    return found


def _sigmoid(one: Floats) -> Floats:
    found: Floats = expit(one)
    return found


def representation(truth: float, *, first: bool = False, limit: int = 54) -> Draw:
    """Share of women among words, or among first words, less one half."""
    writer = Writer(limit=limit)
    writer = Writer(centre=centre_of(_sigmoid, 0.5 + truth, writer.spread), limit=limit)

    def draw(rng: Rng) -> Found:
        texts = writer.texts(rng)
        return scores.first_words(texts, 0) if first else scores.representation(texts, 0, 0), truth

    return draw


def mentioned(named: float) -> Draw:
    """Share of texts that name anybody."""
    writer = Writer(named=named)
    truth = expected(_sigmoid, float(np.log(named / (1 - named))), 0.5)

    def draw(rng: Rng) -> Found:
        return scores.mentioning(writer.texts(rng), 0), truth

    return draw


def following(truth: float, *, written: bool = True, people: float = 0.3, limit: int = 54) -> Draw:
    """How texts, or the next words, follow the share of women."""
    plain = Writer(people=people, limit=limit)
    scale = _mean_named() if written else 0.5

    def true(strength: float) -> float:
        points = []
        for one in openings(limit):
            share = one.person.share
            if share is not None:
                preference = 2 * expected(_sigmoid, strength * (share - 0.5), plain.spread) - 1
                points.append(Point(one.person.word, one.template.family, share, scale * preference))
        return slope(points) or 0.0

    strength = float(brentq(lambda one: true(one) - truth, -9, 9)) if truth else 0.0
    writer = Writer(people=people, strength=strength, limit=limit)

    def draw(rng: Rng) -> Found:
        if not written:
            return scores.next_slope(_next(writer, rng)), truth
        return scores.stereotype_slope(writer.texts(rng), [], Spread.of([], [])), truth

    return draw


def _mean_named() -> float:
    return expected(_sigmoid, float(np.log(0.45 / 0.55)), 0.5)


def _next(writer: Writer, rng: Rng) -> list[Next]:
    """Half of the next word is for nobody's gender."""
    found = []
    for one, chance in zip(openings(writer.limit), writer.chances(rng).tolist(), strict=True):
        found.append(Next(one, {"women": 0.5 * chance, "men": 0.5 - 0.5 * chance, "neutral": 0.5}, {}))
    return found


def next_gap(truth: float) -> Draw:
    """Part of women less part of men in the next word, which is half for nobody."""
    writer = Writer()
    writer = Writer(centre=centre_of(_sigmoid, truth + 0.5, writer.spread))

    def draw(rng: Rng) -> Found:
        return scores.next_mean(_next(writer, rng), lambda one: one.preference, (-1.0, 1.0), 0), truth

    return draw


def next_share(truth: float) -> Draw:
    """Part of women in the next word."""
    writer = Writer()
    writer = Writer(centre=centre_of(_sigmoid, 2 * truth, writer.spread))

    def draw(rng: Rng) -> Found:
        return scores.next_mean(_next(writer, rng), lambda one: one.share("women"), (0.0, 1.0), 0), truth

    return draw


FIRST = 1_000
"""Worlds whose mean is taken for the truth of an association, which has none of its own."""


def association(people: float, *, beyond: bool) -> Draw:
    """Distance of occupations from an even split, or from all others less what chance does."""
    writer = Writer(people=people)

    def found(rng: Rng) -> Estimate | Undefined:
        spread = scores.association(writer.texts(rng), 0)
        return associated_beyond(spread, 0) if beyond else associated(spread, 0)

    @cache
    def truth() -> float:
        rng = np.random.default_rng(9)
        return float(np.mean([one.value for _ in range(FIRST) if isinstance(one := found(rng), Estimate)]))

    def draw(rng: Rng) -> Found:
        return found(rng), truth()

    return draw
