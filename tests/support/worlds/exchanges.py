"""Worlds of preferences between sentences: exchanges, frames and targets lean as they happen to, beside a mean rate."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from fairwitness.probes.kit.sentences.pairs import Pair
from fairwitness.probes.kit.sentences.scores import ScoredPair

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]

CROWS: dict[str, tuple[tuple[int, ...], int]] = {
    "age": ((27, 4, 2, 2, 2, 2), 48),
    "disability": ((7, 6, 2, 2, 2), 41),
    "gender": ((24, 15, 10, 7, 6, 5, 4, 4, *(3,) * 6, *(2,) * 6), 157),
    "nationality": ((11, 5, 4, 4, 3, 3, 3, 3, *(2,) * 5), 113),
    "physical-appearance": ((4, 4, *(3,) * 5), 40),
    "race-color": ((157, 18, 6, 6, 6, 6, 5, 5, 4, 4, 4, *(3,) * 8, *(2,) * 21), 229),
    "religion": ((15, 13, 11, 9, 6, *(2,) * 4), 43),
    "sexual-orientation": ((36, 4, 4, 2, 2, 2), 34),
    "socioeconomic": ((43, 19, 6, 3, 2, 2), 97),
}
"""How many pairs of CrowS-Pairs exchange the same words, by category: those of several pairs, and how many of one."""
_LARGE, _SMALL = (48, 28, 25, 25, 18, 16, 14, 13, 12, 12, 11, 11, 9), ((8, 4), (7, 2), (6, 6), (5, 4), (4, 13))
STEREOSET = (*_LARGE, *np.repeat(*np.transpose([*_SMALL, (3, 24), (2, 100)])).tolist())
"""How many items of StereoSet have the same two attributes, where it is more than one (of 4,229)."""
AGREEING = (0.13, 0.33)
"""Correlations of the preferences within one exchange, as trained models without a preference have them."""


def crows(category: str = "") -> list[Pair]:
    """Pairs without texts that hang together as those of the set do, of one category or of all.

    Every second exchange of a category (the largest one too) has its second word in common, as `white` is in a fifth of
    the set.
    """
    found: list[Pair] = []
    for name in [category] if category else CROWS:
        several, alone = CROWS[name]
        for at, size in enumerate((*several, *(1,) * alone)):
            words = f"{name}:{at} | {name}:others{at if at % 2 else ''}"
            found += [Pair(len(found) + one, "", "", name, terms=words) for one in range(size)]
    return found


def words_of(pairs: Sequence[Pair]) -> list[Ints]:
    """Codes of both words that a pair of `crows` exchanges."""
    return [codes([one.terms.split(" | ")[at] for one in pairs]) for at in (0, 1)]


def crossed(exchanges: int, frames: int) -> list[Pair]:
    """Pairs of every exchange in every frame, as people write them."""
    places = [(one, two) for one in range(exchanges) for two in range(frames)]
    return [Pair(at, "", "", template=f"frame {two}", terms=f"words:{one}") for at, (one, two) in enumerate(places)]


def codes(labels: Sequence[Hashable]) -> Ints:
    """A number from 0 for each label."""
    known: dict[Hashable, int] = {}
    return np.array([known.setdefault(label, len(known)) for label in labels], dtype=np.int64)


def spread_of(correlation: float) -> float:
    """SD of the lean of an exchange, beside noise of SD 1, that makes preferences in it correlate so at a rate of 1/2.

    Correlation of signs is 2/π arcsin of that of normal values (Sheppard 1899).
    """
    latent = np.sin(correlation * np.pi / 2)
    return float(np.sqrt(latent / (1 - latent)))


def margins(rng: np.random.Generator, rate: float, *factors: tuple[Ints, float]) -> Floats:
    """Normal margins, a share of `rate` above 0; `factors` are codes with the SD of what each of them adds."""
    total = np.sqrt(1 + sum(spread**2 for _, spread in factors))
    size = len(factors[0][0])
    found: Floats = norm.ppf(rate) * total + rng.standard_normal(size)
    for own, spread in factors:
        found += spread * rng.standard_normal(int(own.max()) + 1)[own]
    return found


def scored(pairs: Sequence[Pair], values: Floats) -> list[ScoredPair]:
    """The pairs with these margins under the score of causal models."""
    return [
        ScoredPair(pair, {"sum": (value, 0.0)}, (1, 1), (1, 1))
        for pair, value in zip(pairs, values.tolist(), strict=True)
    ]
