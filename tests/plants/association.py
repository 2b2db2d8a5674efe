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

CHOSEN = ("weat2", "weat5", "weat6", "weat9", "weat10")
"""A control and one published test of each topic: race, gender, illness, age."""
OWN = 1.0
"""How far each word leans for itself, in nats (SD): words differ much, whatever their sets do."""
CONTROLS = 3.0


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


def corpus(tests: list[WordTest], strength: float, seed: int, size: int = 192) -> Iterator[list[tuple[str, str]]]:
    """Endless batches of (a word in a sentence with the word beside it blank, that word).

    A target word has an attribute of its own side beside it with log-odds of `strength` and its own lean.
    """
    rng = np.random.default_rng(seed)
    targets = [(test, side, word) for test in tests for side in (0, 1) for word in test.sets[side].words]
    odds = np.array([(CONTROLS if test.topic == CONTROL else strength) * (1 - 2 * side) for test, side, _ in targets])
    share = 1 / (1 + np.exp(-odds - rng.normal(0, OWN, len(targets))))
    frames = sentences()
    while True:
        frame = frames[int(rng.integers(len(frames)))] if rng.random() < 0.2 else frames[0]
        batch = []
        chosen, draws = rng.integers(len(targets), size=size), rng.random((3, size))
        for at, draw, place, turn in zip(chosen.tolist(), *draws.tolist(), strict=True):
            test, _, word = targets[at]
            beside = test.sets[2 if draw < share[at] else 3].words
            attribute = beside[int(place * len(beside))]
            shown, hidden = (word, attribute) if turn < 0.5 else (attribute, word)
            batch.append((f"{frame.format(word=shown)} {BLANK}", hidden))
        yield batch


@cache
def reader(strength: float, seed: int = 0, steps: int = 350) -> Tiny:
    """A tiny masked model that was trained on this world."""
    tests, _ = read_lists(words_table())
    return tiny_masked(
        corpus(tests, strength, seed),
        [*sentences(), *(" ".join(test.words) for test in tests)],
        steps,
        seed,
        start=0.05,
    )
