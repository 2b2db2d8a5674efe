"""Checks an explanation by hiding words in its order: what it calls important should change the target soonest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fairwitness.audit.attribution.coalitions import CoalitionValues, Presence, Values

ORDERS = 10


@dataclass(frozen=True, slots=True)
class Removal:
    """The target with 0, 1, ... all words hidden: in the explanation's order, and on average over random orders."""

    ranked: tuple[float, ...]
    random: tuple[float, ...]


def remove(values_of: CoalitionValues, values: Values, random: Presence) -> Removal:
    """Hides words from the largest value to the smallest (comprehensiveness, DeYoung 2020), ties in reading order.

    `random` holds coalitions of every size: those of random orders, or all there are, whose mean by size is the mean
    over all orders.
    """
    order = np.argsort(-values, kind="stable")
    hidden = (len(values) - random.sum(axis=1)).astype(np.int64)
    scores = values_of(random)
    sums = np.bincount(hidden, weights=scores, minlength=len(values) + 1)
    counts = np.bincount(hidden, minlength=len(values) + 1)
    return Removal(tuple(values_of(along(order)).tolist()), tuple((sums / counts).tolist()))


def along(order: npt.NDArray[np.int64]) -> Presence:
    """The coalitions met when words are hidden in this order, from all shown to none."""
    words = len(order)
    present = np.ones((words + 1, words), dtype=np.bool_)
    for step, word in enumerate(order):
        present[step + 1 :, word] = False
    return present


def random_orders(words: int, seed: int) -> Presence:
    """The coalitions of ten seeded random orders."""
    generator = np.random.default_rng(seed)
    return np.concatenate([along(generator.permutation(words)) for _ in range(ORDERS)])


def every(words: int) -> Presence:
    """All coalitions, from none shown to all shown."""
    numbers = np.arange(2**words)[:, np.newaxis]
    return np.asarray(numbers >> np.arange(words) & 1, dtype=np.bool_)
