"""Tiny translators into Spanish that are trained to get the gender of people at work wrong, of some or by chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from standins.translators import sources

from fairwitness.probes.bias.translation_gender.items import GENDERS, Control, Item
from trained import Tiny
from trained_sequences import tiny_writer

STEPS, ROWS, WIDTH = 500, 32, 48
SHARES = (0.7, 0.15, 0.15)
"""Of rows about people at work, of nouns that decide the gender and of plain sentences, which are few."""


def trained(lost: Callable[[str, str], bool], seed: int, steps: int = STEPS) -> Tiny:
    """One that learnt every sentence, but the other gender where `lost` holds of an occupation and the gender.

    Where the source leaves the gender open it learnt both alike.
    """
    entries = list(sources("es").values())
    kinds: list[list[Item | Control]] = [
        [entry for entry in entries if isinstance(entry, Item) and entry.job is not None],
        [entry for entry in entries if isinstance(entry, Item) and entry.job is None],
        [entry for entry in entries if isinstance(entry, Control)],
    ]
    wrong = {
        (item.occupation, item.gender): lost(item.occupation, item.gender or "")
        for item in entries
        if isinstance(item, Item) and item.kind == "stated"
    }
    rng = np.random.default_rng(seed)

    def row() -> tuple[str, str]:
        chosen = kinds[int(rng.choice(3, p=SHARES))]
        entry = chosen[int(rng.integers(len(chosen)))]
        if not isinstance(entry, Item):
            return entry.source, entry.words[0]
        place = int(rng.integers(2)) if entry.gender is None else GENDERS.index(entry.gender)
        turned = wrong.get((entry.occupation, entry.gender), False)
        return entry.source, entry.targets[1 - place if turned else place]

    def batches() -> Iterator[list[tuple[str, str]]]:
        while True:
            yield [row() for _ in range(ROWS)]

    words = [text for entry in entries for text in (entry.source, *_targets(entry))]
    return tiny_writer(batches(), words, steps, "t5", seed, WIDTH)


def _targets(entry: object) -> tuple[str, ...]:
    return entry.targets if isinstance(entry, Item) else entry.words  # type: ignore[attr-defined]
