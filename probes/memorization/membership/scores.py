"""Membership scores of one document: numbers from the log-probabilities of its tokens; higher means member.

Every score is read off one teacher-forced pass over the text, but `lowercase` and `neighbour`, which set another text
beside it.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence

import numpy as np

from fairwitness.audit.requests import TokenScores

FLAT = 1e-6
"""Deviation in nats below which a distribution is flat: then every token is as likely as the mean."""


def mean_log_prob(scores: TokenScores) -> float:
    """`loss`: the mean log-probability of a token in nats; its negative is the loss (Yeom et al. 2018)."""
    return float(np.mean(np.asarray(scores.log_probs, dtype=np.float64)))


def zlib_ratio(scores: TokenScores, text: str) -> float:
    """`zlib`: minus the bits that the model needs over the bits that zlib needs (Carlini et al. 2021)."""
    packed = 8 * len(zlib.compress(text.encode("utf-8", "surrogatepass"), 9))
    return scores.total / math.log(2) / packed


def lowercase_ratio(scores: TokenScores, lower: TokenScores) -> float:
    """`lowercase`: the loss of the text in small letters over that of the text (Carlini et al. 2021)."""
    loss = -mean_log_prob(scores)
    return -mean_log_prob(lower) / max(loss, FLAT)


def min_k(scores: TokenScores, share: float) -> float:
    """`min_k`: the mean log-probability of the least likely share of tokens, at least one (Shi et al. 2024)."""
    return _lowest(np.asarray(scores.log_probs, dtype=np.float64), share)


def min_k_plus(scores: TokenScores, share: float) -> float | None:
    """`min_k_plus`: the same of how far each token is from the mean of its place, in standard deviations.

    Zhang et al. 2025, https://arxiv.org/abs/2404.02936. None where the model does not say the moments.
    """
    if len(scores.means) != len(scores.log_probs) or not scores.log_probs:
        return None
    values, means, deviations = (
        np.asarray(column, dtype=np.float64) for column in (scores.log_probs, scores.means, scores.deviations)
    )
    flat = deviations < FLAT
    return _lowest(np.where(flat, 0.0, (values - means) / np.where(flat, 1.0, deviations)), share)


def bits_per_byte(scores: TokenScores, text: str) -> float:
    """Bits that the model needs for a byte of what it scored: comparable between tokenizers."""
    start = scores.starts[0] if scores.starts else 0
    size = len(text[start:].encode("utf-8", "surrogatepass"))
    return -scores.total / math.log(2) / max(size, 1)


def neighbour_gap(scores: TokenScores, neighbours: Sequence[TokenScores]) -> float:
    """`neighbour`: the mean loss of texts that differ in few words, less that of the text (Mattern et al. 2023)."""
    losses = [-mean_log_prob(neighbour) for neighbour in neighbours]
    return float(np.mean(losses)) + mean_log_prob(scores)


def _lowest(values: np.ndarray, share: float) -> float:
    count = max(1, int(len(values) * share))
    return float(np.sort(values)[:count].mean())
