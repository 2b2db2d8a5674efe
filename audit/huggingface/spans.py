"""From the logits of where an answer starts and ends to the probabilities of spans; pure arithmetic in float64.

The product of the two softmaxes also gives probability to ends before their start, to the question and to spans of any
length, so that what remains for real answers is no distribution. Here the same scores are normalised over the spans
that can be an answer, and no answer; the ratio of two spans is the same either way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
Span: TypeAlias = tuple[int, int]
"""First and last token."""


@dataclass(frozen=True, slots=True)
class Spans:
    """Log-probabilities `values[first, last - first]` of all spans of at most `longest` tokens, and of no answer."""

    values: FloatArray
    none: float | None

    @property
    def best(self) -> Span:
        """The likeliest span; the first of equals, the shorter one where both start alike."""
        first, more = divmod(int(self.values.argmax()), self.values.shape[1])
        return first, first + more

    def exact(self, span: Span) -> float:
        """Log-probability of one span."""
        first, last = span
        return float(self.values[first, last - first])

    def holding(self, asked: Sequence[Span]) -> list[float]:
        """For each asked span, log of the probability of all spans that hold it and no other but those inside it."""
        first = np.arange(len(self.values))[:, None]
        last = first + np.arange(self.values.shape[1])
        holds = [(first <= begin) & (last >= end) for begin, end in asked]
        sums = []
        for mine, (begin, end) in zip(holds, asked, strict=True):
            outer = [held for held, (low, high) in zip(holds, asked, strict=True) if low < begin or high > end]
            alone = mine & ~np.logical_or.reduce(outer) if outer else mine
            sums.append(float(np.logaddexp.reduce(self.values[alone])))
        return sums


def spans_of(starts: FloatArray, ends: FloatArray, none: float | None, longest: int) -> Spans:
    """All spans of a context from the logits [tokens] of their first and last tokens; `none` is the logit of no answer.

    `longest` is at least 1; there is at least one token.
    """
    tokens = len(starts)
    width = min(longest, tokens)
    padded = np.concatenate([ends, np.full(width - 1, -np.inf)])
    scores = starts[:, None] + np.lib.stride_tricks.sliding_window_view(padded, width)
    total = np.logaddexp.reduce(scores, axis=None)
    if none is not None:
        total = np.logaddexp(total, none)
    return Spans(scores - total, None if none is None else float(none - total))
