"""Log-probabilities of single tokens out of logits over a whole vocabulary.

`torch.log_softmax` is not used: on a CPU its float32 values over 30,000 tokens are too high by about 9e-6 (against
float64), which adds up over a sentence; the sums here are exact to about 1e-7.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

CACHED = 800_000
"""Logits that fit a processor's cache, so that the passes over them read main memory once: 16 rows of 50,000 tokens."""


def token_scores(logits: Tensor, asked: Sequence[tuple[int, int]]) -> tuple[list[float], list[bool]]:
    """For each (row, token): its log-probability, and whether it is the likeliest of its row (the first, on a tie).

    `logits` are float32 [rows, vocabulary].
    """
    peaks, totals = _peaks_and_totals(logits)
    where = torch.tensor(asked, device=logits.device)
    rows, tokens = where[:, 0], where[:, 1]
    chosen = logits[rows, tokens]
    greedy = chosen >= peaks[rows]
    if bool(greedy.any()):
        greedy[greedy.clone()] = logits[rows[greedy]].argmax(dim=-1) == tokens[greedy]
    values: list[float] = (chosen - totals[rows]).tolist()
    flags: list[bool] = greedy.tolist()
    return values, flags


def likeliest(logits: Tensor, row: int, count: int) -> tuple[tuple[int, float], ...]:
    """The `count` likeliest tokens of a row with their log-probabilities, likeliest first."""
    values, tokens = logits[row].topk(min(count, logits.shape[-1]))
    _, total = _peaks_and_totals(logits[row : row + 1])
    return tuple(zip(tokens.tolist(), (values - total).tolist(), strict=True))


def moments(logits: Tensor) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of the log-probability of a token drawn from each row, in nats.

    `logits` are float32 [rows, vocabulary]. The variance is summed about the mean, so that it is never below 0; a token
    of probability 0 adds nothing, though its log-probability be infinite. The mean is the negative entropy of the row
    (Zhang et al. 2025, Min-K%++, https://arxiv.org/abs/2404.02936).
    """
    _, totals = _peaks_and_totals(logits)
    means, deviations = logits.new_empty(len(logits)), logits.new_empty(len(logits))
    step = _rows_at_once(logits)
    for begin in range(0, len(logits), step):
        part = slice(begin, begin + step)
        values = logits[part] - totals[part, None]
        shares = values.exp()
        values.masked_fill_(shares == 0, 0.0)
        mean = (shares * values).sum(dim=-1, keepdim=True)
        means[part] = mean[:, 0]
        deviations[part] = values.sub_(mean).square_().mul_(shares).sum(dim=-1).clamp_(min=0.0).sqrt_()
    return means.tolist(), deviations.tolist()


def _rows_at_once(logits: Tensor) -> int:
    """Rows that are worked on together."""
    return max(1, CACHED // logits.shape[-1]) if logits.device.type == "cpu" else max(1, len(logits))


def _peaks_and_totals(logits: Tensor) -> tuple[Tensor, Tensor]:
    """Largest logit and log of the summed exponentials of each row."""
    peaks, totals = logits.new_empty(len(logits)), logits.new_empty(len(logits))
    step = _rows_at_once(logits)
    room = torch.empty_like(logits[:step])
    for begin in range(0, len(logits), step):
        block = logits[begin : begin + step]
        peak = block.amax(dim=-1, keepdim=True)
        total = torch.sub(block, peak, out=room[: len(block)]).exp_().sum(dim=-1).log_()
        peaks[begin : begin + step] = peak[:, 0]
        totals[begin : begin + step] = total + peak[:, 0]
    return peaks, totals
