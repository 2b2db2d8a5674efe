"""Integrated gradients: the share of each word along the straight path from hidden to real input embeddings."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.audit.attribution_games import Refused, Shares, Values
from assay.audit.attribution_words import Word
from assay.audit.requests import Target, Unanswered
from assay.audit.subject import Differentiates

FIRST_STEPS = 20
MOST_STEPS = 320
TOLERANCE = 0.01
NOISE = 1e-4
"""Log-odds below which a difference is rounding of the model's arithmetic."""


@dataclass(frozen=True, slots=True)
class Path:
    """An integrated path: what it gave the words, its two ends, and how many gradients it took."""

    shares: Shares
    base: float
    full: float
    steps: int


def integrate(model: Differentiates, text: str, target: Target, words: Sequence[Word]) -> Path:
    """Integrated gradients (Sundararajan 2017, eq. 1) by Gauss-Legendre quadrature, summed from pieces to words.

    Starts at 20 steps and doubles until the pieces add up to full - base within 1 %, at most to 320; when they do
    not, the note says so and the residual stands. Signs between words count with the word before them, or with
    the first word. Raises Refused when the model gives no gradients.
    """
    steps, taken = FIRST_STEPS, 0
    while True:
        alphas, weights = nodes(steps)
        path = model.path_gradients(text, target, alphas.tolist())
        if isinstance(path, Unanswered):
            raise Refused(path.reason)
        taken += steps
        pieces = weights @ path.products.astype(np.float64)
        gap = path.full - path.base - float(pieces.sum())
        if not np.isfinite(gap):
            raise Refused("the gradients are not finite")
        good = abs(gap) <= max(TOLERANCE * abs(path.full - path.base), NOISE)
        if good or steps >= MOST_STEPS:
            break
        steps *= 2
    found = f"{steps} Gauss-Legendre steps, {abs(gap):.2g} of {abs(path.full - path.base):.2g} log-odds unexplained"
    note = f"Integrated gradients, {found}; no randomness." + ("" if good else " Not converged: do not rely on it.")
    return Path(Shares(_by_word(pieces, path.starts, text, words), None, note), path.base, path.full, taken)


def nodes(steps: int) -> tuple[Values, Values]:
    """Places and weights of Gauss-Legendre quadrature on [0, 1]; exact for polynomials of degree 2 · steps - 1."""
    at, weight = np.polynomial.legendre.leggauss(steps)
    return (at + 1) / 2, weight / 2


def _by_word(pieces: Values, starts: Sequence[int], text: str, words: Sequence[Word]) -> Values:
    """Sums of the pieces that begin in each word or between it and the next; white space begins nothing."""
    total = np.zeros(len(words))
    firsts = [word.start for word in words]
    for value, start in zip(pieces, starts, strict=True):
        if start < 0:
            continue
        sign = next((at for at in range(start, len(text)) if not text[at].isspace()), start)
        total[max(bisect_right(firsts, sign) - 1, 0)] += value
    return total
