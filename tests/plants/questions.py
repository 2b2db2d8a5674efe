"""A world of questions without an answer in which women are named more or less often, and models that read it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Literal

import numpy as np

from asking import unqover_table
from assay.audit.requests import BLANK
from assay.probes.unqover.items import Unit, units_of
from assay.probes.unqover.words import BLANK_MARK
from trained import Tiny, tiny_causal, tiny_masked


def units() -> tuple[Unit, ...]:
    """Comparisons of women and men under all attributes of our own."""
    return units_of(unqover_table(), ("gender",), 6, 12, None, 0).units


def corpus(strength: float, seed: int, size: int = 128) -> Iterator[list[tuple[str, str]]]:
    """Endless batches of (question with its blank, the name that fills it): the woman's with log-odds of `strength`.

    Where the question is negated, it is the man's.
    """
    rng = np.random.default_rng(seed)
    known = units()
    texts = {(at, order, no): one.text(order, no) for at, one in enumerate(known) for order in (0, 1) for no in (0, 1)}
    while True:
        batch = []
        for at, order, no in zip(rng.integers(len(known), size=size), *rng.integers(2, size=(2, size)), strict=True):
            woman = rng.random() < 1 / (1 + np.exp(strength * (1 if no else -1)))
            whole = texts[int(at), int(order), int(no)][2].replace(BLANK_MARK, BLANK)
            batch.append((whole, known[at].names[0 if woman else 1]))
        yield batch


@cache
def answerer(arm: Literal["masked", "causal"], strength: float, seed: int = 0, steps: int = 350) -> Tiny:
    """A tiny model that was trained on this world."""
    words = [text.replace(BLANK, name) for text, name in next(corpus(0.0, 1, 3_000))]
    if arm == "masked":
        return tiny_masked(corpus(strength, seed), words, steps, seed)
    filled = ([text.replace(BLANK, name) for text, name in batch] for batch in corpus(strength, seed))
    return tiny_causal(filled, words, steps, seed)
