"""Gradient methods: the share of each word along the straight path from hidden to real input embeddings.

A path may be calm for most of its length and jump within a hundredth of it (left-to-right models do, where the hidden
words begin to differ from each other). Even nodes waste their steps there. How much the target changes over an interval
is known without any integral, so every interval can be checked on its own, and only those that fail are halved.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from fairwitness.audit.attribution.coalitions import Values, WordAttributions
from fairwitness.audit.attribution.targets import Refused
from fairwitness.audit.attribution.words import Word
from fairwitness.audit.requests import Target, Unanswered
from fairwitness.audit.subject import Differentiates, PathGradients

FIRST_STEPS = 20
INTERVAL_STEPS = 6
MOST_STEPS = 320
EDGES = (0.0, 1 / 64, 1 / 16, 1 / 4, 1.0)
"""First cuts of a path that needs cutting: short at the beginning, where hidden words come apart."""
DRAWS = 64
"""Beginnings that expected gradients draw, each with two points of its path."""
TOLERANCE = 0.01
NOISE = 1e-4
"""Log-odds below which a difference is rounding of the model's arithmetic."""


@dataclass(frozen=True, slots=True)
class WordGradients:
    """What gradients gave the words, the target at the beginning and end of the path, and how many were taken."""

    attributions: WordAttributions
    base: float
    full: float
    steps: int


@dataclass(frozen=True, slots=True, eq=False)
class PathInterval:
    """A part of the path from `low` to `high`: the sum of its token attributions, and what it misses of the change."""

    low: float
    high: float
    token_attributions: Values
    missed: float


class Path:
    """Asks a model for gradients along one path, and remembers the target where it was seen."""

    def __init__(self, model: Differentiates, text: str, target: Target) -> None:
        self._model, self._text, self._target = model, text, target
        self._seen: dict[float, float] = {}
        self.steps = 0
        self.starts: tuple[int, ...] = ()

    @property
    def change(self) -> float:
        """The target at the end of the path less that at its beginning."""
        return self._seen[1.0] - self._seen[0.0]

    @property
    def ends(self) -> tuple[float, float]:
        """The target at the beginning and at the end."""
        return self._seen[0.0], self._seen[1.0]

    def intervals(self, parts: Sequence[tuple[float, float]], steps: int) -> list[PathInterval]:
        """Gauss-Legendre quadrature over each part. Raises Refused when the model gives no gradients."""
        places, weight = nodes(steps)
        edges = sorted({edge for part in parts for edge in part} - self._seen.keys() - {0.0, 1.0})
        alphas = [float(low + (high - low) * place) for low, high in parts for place in places] + edges
        path = self._gradients(alphas)
        self._seen |= dict(zip(edges, path.values[len(alphas) - len(edges) :], strict=True))
        self._seen |= {0.0: path.base, 1.0: path.full}
        products = path.products.astype(np.float64)
        made = []
        for number, (low, high) in enumerate(parts):
            token_attributions = (high - low) * (weight @ products[number * steps : (number + 1) * steps])
            missed = self._seen[high] - self._seen[low] - float(token_attributions.sum())
            if not np.isfinite(missed):
                raise Refused("the gradients are not finite")
            made.append(PathInterval(low, high, token_attributions, missed))
        return made

    def _gradients(self, alphas: Sequence[float]) -> PathGradients:
        path = _asked(self._model.path_gradients(self._text, self._target, alphas))
        self.steps += len(alphas)
        self.starts = path.starts
        return path


def integrate(model: Differentiates, text: str, target: Target, words: Sequence[Word]) -> WordGradients:
    """Integrated gradients (Sundararajan 2017, eq. 1), summed from tokens to words.

    First 20 Gauss-Legendre nodes over the whole path. Where the sums miss the change of the target by more than 1 %,
    the path is cut, and halved again wherever an interval misses most, with six nodes each, until they miss 1 %
    together and no more than 5 % regardless of sign, or 320 gradients are spent. When they still do not add up,
    the note says so and the residual stands. Signs between words count with the word before them, or with the first
    word. Raises Refused when the model gives no gradients.
    """
    path = Path(model, text, target)
    parts = path.intervals([(0.0, 1.0)], FIRST_STEPS)
    allowed = max(TOLERANCE * abs(path.change), NOISE)
    if abs(parts[0].missed) > allowed:
        parts = path.intervals(list(pairwise(EDGES)), INTERVAL_STEPS)
    while not _complete(parts, allowed) and (affordable := (MOST_STEPS - path.steps) // (2 * INTERVAL_STEPS + 1)):
        ranked = sorted(parts, key=lambda part: -abs(part.missed))
        split = [part for part in ranked[:affordable] if abs(part.missed) >= abs(ranked[0].missed) / 4]
        halves = [half for part in split for half in _halves(part)]
        parts = [part for part in parts if part not in split] + path.intervals(halves, INTERVAL_STEPS)
    token_attributions = np.sum([part.token_attributions for part in sorted(parts, key=lambda part: part.low)], axis=0)
    gap = abs(path.change - float(token_attributions.sum()))
    message = f"{path.steps} gradients, {gap:.2g} of {abs(path.change):.2g} log-odds unexplained"
    doubt = "" if gap <= allowed else " Not converged: do not rely on it."
    attributions = WordAttributions(
        _by_word(token_attributions[np.newaxis], path.starts, text, words)[0],
        None,
        f"Integrated gradients, {message}; no randomness.{doubt}",
    )
    return WordGradients(attributions, *path.ends, path.steps)


def expected(model: Differentiates, text: str, target: Target, words: Sequence[Word], seed: int) -> WordGradients:
    """Expected gradients (Erion et al. 2021, Nature Machine Intelligence 3, eq. 2), summed from tokens to words.

    The mean of gradient · (input - beginning) over beginnings and evenly drawn points of the paths. A beginning is a
    text of tokens drawn evenly from the vocabulary, as nobody else's texts are at hand; each serves for a point and its
    opposite (antithetic sampling), and the standard error is that of the mean over beginnings. In the mean over draws
    the values add up to the target less its mean over beginnings. Raises Refused when the model gives no gradients.
    """
    generator = np.random.default_rng([seed, 1])  # another stream than the one of the beginnings
    points = generator.random(DRAWS)
    alphas = [alpha for point in points.tolist() for alpha in (point, 1.0 - point)]
    path = _asked(model.path_gradients(text, target, alphas, "drawn", seed))
    each = _by_word(path.products.astype(np.float64), path.starts, text, words).reshape(DRAWS, 2, len(words))
    draws = each.mean(axis=1)
    attributions = WordAttributions(
        draws.mean(axis=0),
        np.asarray(draws.std(axis=0, ddof=1) / np.sqrt(DRAWS), dtype=np.float64),
        f"Expected gradients, {len(alphas)} gradients from {DRAWS} texts of drawn tokens.",
    )
    return WordGradients(attributions, path.base, path.full, len(alphas))


def times_input(model: Differentiates, text: str, target: Target, words: Sequence[Word]) -> WordGradients:
    """Gradient · input (Shrikumar et al. 2016, arXiv:1605.01713): the first-order change towards embeddings of zeros.

    It does not add up. Raises Refused when the model gives no gradients.
    """
    path = _asked(model.path_gradients(text, target, [1.0], "zero"))
    values = _by_word(path.products.astype(np.float64), path.starts, text, words)[0]
    note = "Gradient × input, one gradient; no randomness. The values do not add up."
    return WordGradients(WordAttributions(values, None, note), path.base, path.full, 1)


def _asked(path: PathGradients | Unanswered) -> PathGradients:
    if isinstance(path, Unanswered):
        raise Refused(path.reason, path.fault)
    if not np.isfinite(path.products).all():
        raise Refused("the gradients are not finite")
    return path


def _complete(parts: Sequence[PathInterval], allowed: float) -> bool:
    """Whether the intervals add up, and not because what one misses another has too much."""
    missed = [part.missed for part in parts]
    return abs(sum(missed)) <= allowed and sum(map(abs, missed)) <= 5 * allowed


def nodes(steps: int) -> tuple[Values, Values]:
    """Places and weights of Gauss-Legendre quadrature on [0, 1]; exact for polynomials of degree 2 · steps - 1."""
    places, weight = np.polynomial.legendre.leggauss(steps)
    return (places + 1) / 2, weight / 2


def _halves(part: PathInterval) -> Iterator[tuple[float, float]]:
    middle = (part.low + part.high) / 2
    yield part.low, middle
    yield middle, part.high


def _by_word(token_attributions: Values, starts: Sequence[int], text: str, words: Sequence[Word]) -> Values:
    """Sums by row of the tokens that begin in each word or between it and the next; white space begins nothing."""
    total = np.zeros((len(token_attributions), len(words)))
    for column, owner in enumerate(owners(starts, text, words)):
        if owner >= 0:
            total[:, owner] += token_attributions[:, column]
    return total


def owners(starts: Sequence[int], text: str, words: Sequence[Word]) -> list[int]:
    """The word that each token counts with, -1 for tokens that are no part of the text."""
    firsts = [word.start for word in words]
    numbers = []
    for start in starts:
        sign = next((index for index in range(start, len(text)) if not text[index].isspace()), start)
        numbers.append(-1 if start < 0 else max(bisect_right(firsts, sign) - 1, 0))
    return numbers
