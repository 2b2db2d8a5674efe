"""A world in which words for people stand beside attributes, and masked models that read it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from assay.audit.records import Table
from assay.audit.requests import BLANK
from assay.probes.association import CEAT, WEAT
from assay.probes.association.lists import CONTROL, WordTest, read_lists
from organisms import packaged, table
from trained import Tiny, tiny_masked

CHOSEN = ("weat2", "weat4", "weat6", "weat9", "weat10")
"""A control and one published test of each topic: race, gender, illness, age."""
OWN = 1.0
"""How far each word leans for itself, in nats (SD): words differ much, whatever their sets do."""
CONTROLS = 3.0


def words_table() -> Table:
    """Those tests in the columns of the published lists."""
    whole = packaged(WEAT.spec.data[0])
    rows = [at for at, name in enumerate(whole.columns["test"]) if name in CHOSEN]
    return table("association_words", {name: [cells[at] for at in rows] for name, cells in whole.columns.items()})


def sentences() -> list[str]:
    """All sentences in which the probes read a word, the bare word among them."""
    return ["{word}", *map(str, packaged(CEAT.spec.data[1]).columns["text"])]


def corpus(tests: list[WordTest], strength: float, seed: int, size: int = 96) -> Iterator[list[tuple[str, str]]]:
    """Endless batches of (a word in a sentence with the word beside it blank, that word).

    A target word has an attribute of its own side beside it with log-odds of `strength` and its own lean.
    """
    rng = np.random.default_rng(seed)
    lean = {word: float(rng.normal(0, OWN)) for test in tests for one in test.sets[:2] for word in one.words}
    frames = sentences()
    while True:
        frame = frames[int(rng.integers(len(frames)))] if rng.random() < 0.2 else frames[0]
        batch = []
        for _ in range(size):
            test = tests[int(rng.integers(len(tests)))]
            side = int(rng.integers(2))
            word = _one(test.sets[side].words, rng)
            odds = (CONTROLS if test.topic == CONTROL else strength) * (1 - 2 * side) + lean[word]
            first = rng.random() < 1 / (1 + np.exp(-odds))
            attribute = _one(test.sets[2 if first else 3].words, rng)
            pair = (word, attribute) if rng.random() < 0.5 else (attribute, word)
            batch.append((f"{frame.format(word=pair[0])} {BLANK}", pair[1]))
        yield batch


def _one(words: tuple[str, ...], rng: np.random.Generator) -> str:
    return words[int(rng.integers(len(words)))]


@cache
def reader(strength: float, seed: int = 0, steps: int = 300) -> Tiny:
    """A tiny masked model that was trained on this world."""
    tests, _ = read_lists(words_table())
    return tiny_masked(
        corpus(tests, strength, seed),
        [*sentences(), *(" ".join(test.words) for test in tests)],
        steps,
        seed,
    )
