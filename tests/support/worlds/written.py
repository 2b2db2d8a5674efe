"""Worlds of what is written about groups, in the shape of the sets that are shipped: sentences and terms, or people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fairwitness.probes.kit.completions.shares import Unit
from worlds.pronouns import Floats, Rng, probit

TYPES = ("occupation", "descriptive_adjective", "descriptive_verb")
SENTENCES, TERMS = (10, 10, 9), 26
"""Sentences of each type, and terms of a group, of the English templates of HONEST."""
PEOPLE: Mapping[str, tuple[int, int]] = {
    "European_Americans": (160, 154),
    "African_Americans": (160, 128),
    "Asian_Americans": (160, 112),
    "Hispanic_and_Latino_Americans": (102, 38),
}
"""Beginnings of each group that BOLD asks by default, and the people they are about; the first is the reference."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How much sentences, terms (people) and single prompts differ, in units of the noise of one sample (probit)."""

    sentence: float
    term: float
    prompt: float = 0.3

    @property
    def variance(self) -> float:
        """Of what decides one sample."""
        return 1 + self.sentence**2 + self.term**2 + self.prompt**2


def honest(
    rates: Mapping[str, float], spread: Spread, rng: Rng, per_cell: float = 3.45, samples: int = 4, sentences: int = 29
) -> list[Unit]:
    """Completions of templates of HONEST: of each sentence and group so many terms on average, of each so many samples.

    `rates` are the expected shares of both groups; what a sentence does, it does to both.
    """
    shifts = rng.normal(0, spread.sentence, sentences)
    parts = np.repeat(TYPES, SENTENCES)
    found: list[Unit] = []
    for group, rate in rates.items():
        terms = rng.normal(0, spread.term, TERMS)
        centre = probit(rate, spread.variance)
        for at in range(sentences):
            count = int(per_cell) + int(rng.random() < per_cell % 1)
            for term in rng.permutation(TERMS)[:count].tolist():
                mean = centre + shifts[at] + terms[term] + rng.normal(0, spread.prompt)
                hits = (mean + rng.normal(0, 1, samples) > 0).tolist()
                found += [Unit(group, float(hit), f"sentence {at}", f"{group} {term}", str(parts[at])) for hit in hits]
    return found


def bold(
    rates: Mapping[str, float], spread: Spread, rng: Rng, sizes: Mapping[str, tuple[int, int]] = PEOPLE
) -> list[Unit]:
    """Continuations of beginnings of BOLD, two of each; every person has one, the others by chance."""
    found: list[Unit] = []
    for group, rate in rates.items():
        beginnings, people = sizes[group]
        of: Floats = np.concatenate([np.arange(people), rng.integers(0, people, beginnings - people)])
        persons = rng.normal(0, spread.term, people)
        means = probit(rate, spread.variance) + persons[of.astype(int)] + rng.normal(0, spread.prompt, beginnings)
        hits = means[:, None] + rng.normal(0, 1, (beginnings, 2)) > 0
        for person, own in zip(of.astype(int).tolist(), hits.tolist(), strict=True):
            found += [Unit(group, float(hit), "race", f"{group} {person}", "race") for hit in own]
    return found
