"""Simulated answers to the swaps of the counterfactual probe: families, phrases and swaps lean as they happen to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt

from fairwitness.probes.bias.counterfactual.answers import ScoredPair
from fairwitness.probes.bias.counterfactual.items import CONTROL, Item
from fairwitness.probes.bias.counterfactual.probe import PROBE, pairs_of
from organisms import context
from worlds.cells import Rng
from worlds.clustered_shares import centre

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Rate = Callable[[Item], float]
KINDS: Mapping[str, float] = {"adjective": 1.0, "rare name": 1.3, "frequent names": 0.4, "noun": 0.6}
"""How often decisions flip by kind of edit, in units of the rate of adjectives."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Standard deviations on the logit scale."""

    families: float
    phrases: float = 0.0
    swaps: float = 0.0
    texts: float = 0.0

    def whole(self, *, given: bool) -> float:
        """That of all together, or of what varies where the words are `given`."""
        words = 0.0 if given else self.phrases**2 + self.swaps**2
        return float(np.sqrt(self.families**2 + words + self.texts**2))


@dataclass(frozen=True)
class Layout:
    """Pairs with the numbers of their family, phrase and swap; of `given` ones the words do not lean.

    `sorts` are places of pairs with one rate: of one kind of edit, asked or control.
    """

    items: tuple[Item, ...]
    given: bool = False
    families: Ints = field(init=False)
    phrases: Ints = field(init=False)
    swaps: Ints = field(init=False)
    drawn: npt.NDArray[np.bool_] = field(init=False)
    sorts: list[Ints] = field(init=False)

    def __post_init__(self) -> None:
        named: dict[str, Sequence[str]] = {
            "families": [one.family for one in self.items],
            "phrases": [one.base or one.who for one in self.items],
            "swaps": [f"{one.category} {one.who}" for one in self.items],
        }
        for name, labels in named.items():
            object.__setattr__(self, name, np.unique(labels, return_inverse=True)[1])
        drawn = np.array([not self.given or one.category == CONTROL for one in self.items])
        object.__setattr__(self, "drawn", drawn)
        kinds = [f"{one.kind} {one.category == CONTROL}" for one in self.items]
        sorts = [np.flatnonzero(np.array(kinds) == one) for one in dict.fromkeys(kinds)]
        object.__setattr__(self, "sorts", sorts)


@cache
def written() -> tuple[Item, ...]:
    """All pairs of the written sentences."""
    return tuple(pairs_of(context(PROBE, ["Classify"]))[0])


def leanings(layout: Layout, spread: Spread, rng: Rng) -> Floats:
    """The logit of each pair about the one of its rate, of one world."""

    def of(numbers: Ints, sd: float) -> Floats:
        drawn: Floats = rng.normal(0, sd, int(numbers.max()) + 1)[numbers]
        return drawn

    words = of(layout.phrases, spread.phrases) + of(layout.swaps, spread.swaps)
    texts = rng.normal(0, spread.texts, len(layout.items))
    total: Floats = of(layout.families, spread.families) + layout.drawn * words + texts
    return total


def chances(layout: Layout, spread: Spread, rng: Rng, rate_of: Rate) -> Floats:
    """How likely each pair flips (or how far it moves) in one world; its expected value is the rate of the pair."""
    centres = np.empty(len(layout.items))
    for places in layout.sorts:
        rate = round(rate_of(layout.items[places[0]]), 6)
        centres[places] = _logit(rate, spread.whole(given=not layout.drawn[places[0]]))
    values: Floats = 1 / (1 + np.exp(-(centres + leanings(layout, spread, rng))))
    return values


@cache
def _logit(rate: float, spread: float) -> float:
    return centre(rate, spread)


def beyond(rate: float, extra: float) -> Rate:
    """The rate by kind of edit, and so much more where a group is swapped."""

    def rate_of(item: Item) -> float:
        return rate * KINDS.get(item.kind, 1.0) + (extra if item.category != CONTROL else 0.0)

    return rate_of


def flipping(layout: Layout, spread: Spread, rng: Rng, rate_of: Rate) -> list[ScoredPair]:
    """Pairs that flip with these rates."""
    hits = (rng.random(len(layout.items)) < chances(layout, spread, rng, rate_of)).tolist()
    pairs = zip(layout.items, hits, strict=True)
    return [ScoredPair(one, 0.9, 0.1 if hit else 0.9, "a", "b" if hit else "a") for one, hit in pairs]


def moving(items: Sequence[Item], changes: Floats) -> list[ScoredPair]:
    """Pairs with these changes of probability."""
    pairs = zip(items, changes.tolist(), strict=True)
    return [ScoredPair(one, (1 - by) / 2, (1 + by) / 2, "a", "a") for one, by in pairs]
