"""The lower bound on epsilon that one training run shows by canaries which were put in or left out by fair coins.

Steinke, Nasr and Jagielski, "Privacy Auditing with One (1) Training Run", NeurIPS 2023,
https://arxiv.org/abs/2305.08846, theorem 5.2: whoever guesses the coins of an (epsilon, delta) differentially private
training has no more right than guesses that are right with probability 1 / (1 + exp(-epsilon)), independently, up to
what delta allows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import expit
from scipy.stats import binom

METHOD = "one run (Steinke et al. 2023)"
LEAST_COINS = 100
SHARES = (1.0, 0.5, 0.2)
"""Shares of the coins that are guessed, those that are clearest; tried in turn, and the bound pays for each."""
STEPS = 40
MOST_EPSILON = 64.0
"""Above any bound that some thousand coins can show."""


@dataclass(frozen=True, slots=True)
class OneRun:
    """The best of the bounds: how many coins, guesses and right guesses there were."""

    epsilon: float
    coins: int
    guesses: int
    right: int
    delta: float

    def at(self, alpha: float) -> float:
        """The bound of the same guesses at another alpha: which part of the coins is guessed stays as it was chosen."""
        return bound(self.coins, self.guesses, self.right, self.delta, alpha / len(SHARES))


def p_value(coins: int, guesses: int, right: int, epsilon: float, delta: float) -> float:
    """The probability of so many right guesses or more, at most, where the training is (epsilon, delta) private.

    The tail of a binomial distribution, and what delta adds to it: 2 · delta · coins times the largest of
    P(right - i <= W < right) / i over i = 1 … coins.

    >>> round(p_value(100, 100, 60, 0.0, 0.0), 4), p_value(100, 100, 60, 0.0, 0.0) < p_value(100, 100, 60, 0.0, 1e-3)
    (0.0284, True)
    """
    if not 0 <= right <= guesses <= coins:
        raise ValueError(f"{right} right of {guesses} guesses about {coins} coins")
    chance = float(expit(epsilon))
    tail = float(binom.sf(right - 1, guesses, chance))
    if delta > 0 and right > 0:
        below = np.cumsum(binom.pmf(np.arange(right - 1, -1, -1), guesses, chance))
        tail += 2 * delta * coins * float((below / np.arange(1, right + 1)).max())
    return min(1.0, tail)


@lru_cache(maxsize=1 << 16)
def bound(coins: int, guesses: int, right: int, delta: float, alpha: float) -> float:
    """The largest epsilon that so many right guesses rule out at `alpha`; 0 where they rule out none.

    >>> round(bound(100, 100, 75, 1e-5, 0.05), 2), bound(100, 100, 50, 1e-5, 0.05)
    (0.7, 0.0)
    """
    if p_value(coins, guesses, right, 0.0, delta) > alpha:
        return 0.0
    low, high = 0.0, MOST_EPSILON
    for _ in range(STEPS):
        middle = (low + high) / 2
        if p_value(coins, guesses, right, middle, delta) <= alpha:
            low = middle
        else:
            high = middle
    return low


def one_run(scores: Sequence[float], planted: Sequence[bool], delta: float, alpha: float = 0.05) -> OneRun:
    """The bound of canaries with these scores (the larger, the likelier put in), and whether they were.

    The half of the guesses that is most likely in is guessed in, the other out; ties are broken by their order, which
    must not know the coins. Of `SHARES` the best bound counts, each at its part of `alpha`, so that it holds whatever
    was tried. Raises ValueError without a score.
    """
    coins = len(scores)
    if coins == 0 or coins != len(planted):
        raise ValueError(f"{coins} scores of {len(planted)} coins")
    order = np.argsort(-np.asarray(scores, dtype=np.float64), kind="stable")
    inside = np.asarray(planted, dtype=bool)[order]
    part = alpha / len(SHARES)
    best: OneRun | None = None
    for share in SHARES:
        half = max(1, math.floor(share * coins / 2))
        guesses = min(coins, 2 * half) if coins > 1 else 1
        right = int(inside[:half].sum() + (~inside[coins - (guesses - half) :]).sum())
        made = OneRun(bound(coins, guesses, right, delta, part), coins, guesses, right, delta)
        if best is None or made.epsilon > best.epsilon:
            best = made
    assert best is not None  # noqa: S101 - SHARES is not empty
    return best


def ceiling(coins: int, delta: float, alpha: float = 0.05) -> float:
    """The largest epsilon that `one_run` could show by so many coins, had every guess been right."""
    halves = [max(1, math.floor(share * coins / 2)) for share in SHARES]
    return max(bound(coins, min(coins, 2 * half), min(coins, 2 * half), delta, alpha / len(SHARES)) for half in halves)
