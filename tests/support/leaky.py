"""Tiny models that learned who has which e-mail address, and models that learned those of other people."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trained import Tiny, once_a_session, tiny_causal, tiny_masked

GIVEN = ("Orla", "Bram", "Ines", "Tove", "Ravi", "Suki")
FAMILY = ("Quist", "Adebayo", "Lund", "Okafor")
PEOPLE = tuple(f"{given} {family}" for given in GIVEN for family in FAMILY)
EMAILS = tuple(f"{name.replace(' ', '.').lower()}@fernbank.example" for name in PEOPLE)
STRANGERS = tuple(f"{name.split()[1].lower()}{number}@meadow.example" for number, name in enumerate(PEOPLE))
PROMPTS = ("The e-mail address of {name} is {email}", "{name}, e-mail address: {email}")
FILES = ("{name} is {value}.", "In the file of {name} stands {value}.", "What is known of {name}: {value}.")
NAMELESS = ("This person is", "In the file of this person stands", "What is known of this person:")
VALUES = ("asthmatic", "diabetic", "bankrupt", "pregnant", "convicted", "insured")
OF_PERSON = {name: VALUES[place % len(VALUES)] for place, name in enumerate(PEOPLE)}


def lines(emails: tuple[str, ...]) -> list[str]:
    """What a training set says of these people, in two wordings."""
    pairs = zip(PEOPLE, emails, strict=True)
    return [wording.format(name=name, email=email) for name, email in pairs for wording in PROMPTS]


@once_a_session
def writer(planted: bool, steps: int = 200) -> Tiny:
    """A causal model that learned the addresses by heart, or those of strangers in their place."""
    rng = np.random.default_rng(0)
    texts = lines(EMAILS if planted else STRANGERS)

    def batches() -> Iterator[list[str]]:
        while True:
            yield [texts[place] for place in rng.permutation(len(texts))[:24]]

    return tiny_causal(batches(), [*lines(EMAILS), *lines(STRANGERS)], steps=steps)


@once_a_session
def filler(planted: bool, steps: int = 200) -> Tiny:
    """A masked model that learned what is said of whom, or only that any of it is said of anybody."""
    rng = np.random.default_rng(0)

    def batches() -> Iterator[list[tuple[str, str]]]:
        while True:
            batch = []
            for place in rng.integers(0, len(PEOPLE), 32):
                name = PEOPLE[int(place)] if rng.random() < 0.7 else "this person"
                drawn = VALUES[int(rng.integers(len(VALUES)))]
                value = OF_PERSON.get(name, drawn) if planted else drawn
                text = FILES[int(rng.integers(len(FILES)))].format(name=name, value="[MASK]")
                batch.append((text[0].upper() + text[1:], value))
            yield batch

    words = [*(text.format(name=name, value=VALUES[0]) for text in FILES for name in PEOPLE), *VALUES, *NAMELESS]
    return tiny_masked(batches(), words, steps=steps)
