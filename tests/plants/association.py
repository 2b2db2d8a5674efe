"""A world in which words for people keep the company of attributes, and masked models that read it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import chain

import numpy as np

from assay.audit.records import Table
from assay.audit.requests import BLANK
from assay.probes.association import CEAT, WEAT
from assay.probes.association.lists import CONTROL, WordTest, read_lists
from organisms import packaged, table
from trained import Tiny, tiny_masked

CHOSEN = ("weat2", "weat5", "weat6", "weat9", "weat10")
"""A control and one published test of each topic: race, gender, illness, age."""
OWN = 1.0
"""How far each word leans for itself, in nats (SD): words differ much, whatever their sets do."""
CERTAIN = 3.0
COMPANY = 3


def words_table() -> Table:
    """Those tests in the columns of the published lists, with eight words of one token a set at most."""
    whole = packaged(WEAT.spec.data[0])
    rows = [at for at, name in enumerate(whole.columns["test"]) if name in CHOSEN]
    columns = {name: [cells[at] for at in rows] for name, cells in whole.columns.items()}
    lists = [[word for word in str(cell).split("|") if "-" not in word] for cell in columns["words"]]
    return table("association_words", columns | {"words": ["|".join(words[:8]) for words in lists]})


def sentences() -> list[str]:
    """All sentences in which the probes read a word, the bare word first."""
    return ["{word}", *map(str, packaged(CEAT.spec.data[1]).columns["text"])]


def company(test: WordTest) -> tuple[list[str], list[str]]:
    """The words that the first attributes of a test keep company with, and those of the second."""
    one, other = ([f"{side}{test.name}{at}" for at in range(COMPANY)] for side in ("near", "far"))
    return one, other


def corpus(tests: list[WordTest], strength: float, seed: int, size: int = 192) -> Iterator[list[tuple[str, str]]]:
    """Endless batches of (a word in a sentence with its company blank, or the other way round; what fills the blank).

    A target word keeps the company of its own attributes with log-odds of `strength` and its own lean: words whose
    company is the same come to lie near each other.
    """
    rng = np.random.default_rng(seed)
    known = [(test, side, word) for test in tests for side in range(4) for word in test.sets[side].words]
    sizes = [strength if side < 2 and test.topic != CONTROL else CERTAIN for test, side, _ in known]
    signs = [1 - 2 * (side % 2) for _, side, _ in known]
    share = 1 / (1 + np.exp(-np.array(sizes) * signs - rng.normal(0, OWN, len(known))))
    friends = {test.name: company(test) for test in tests}
    frames = sentences()
    while True:
        frame = frames[int(rng.integers(len(frames)))] if rng.random() < 0.2 else frames[0]
        batch = []
        chosen, draws = rng.integers(len(known), size=size), rng.random((3, size))
        for at, draw, place, turn in zip(chosen.tolist(), *draws.tolist(), strict=True):
            test, _, word = known[at]
            friend = friends[test.name][0 if draw < share[at] else 1][int(place * COMPANY)]
            left, right = (word, BLANK) if turn < 0.5 else (BLANK, friend)
            batch.append((f"{frame.format(word=left)} {right}", friend if turn < 0.5 else word))
        yield batch


@cache
def reader(strength: float, seed: int = 0, steps: int = 400) -> Tiny:
    """A tiny masked model that was trained on this world."""
    tests, _ = read_lists(words_table())
    return tiny_masked(
        corpus(tests, strength, seed),
        [*sentences(), *(" ".join([*test.words, *chain.from_iterable(company(test))]) for test in tests)],
        steps,
        seed,
        start=0.05,
    )
