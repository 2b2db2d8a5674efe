"""Whether a text is greener than chance makes it, and whether it is one of which that can be said."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
from scipy.stats import binom

from fairwitness.audit.green import GreenScores
from fairwitness.audit.probe import expect
from fairwitness.audit.requests import Answer, Request, TokenScores
from fairwitness.audit.stats.multiplicity import holm
from fairwitness.probes.memorization.watermark.items import LEAST_DRAWS, LEAST_TOKENS, Item, Setting

LEAST_ENTROPY = 1.0
"""Nats of entropy for a token, in the mean, below which a text had little choice of tokens: no mark could show."""
MOST_LIKELIEST = 0.8
"""Share of tokens that were the likeliest above which a text was written without chance, or could be no other."""
MOST_UNKNOWN = 0.05
"""Share of tokens that the tokenizer does not know above which it is not the one that wrote the text."""
Reason: TypeAlias = Literal["", "unread", "unknown", "short", "repeated", "entropy", "likeliest", "no_entropy"]


def z_score(greens: int, scored: int, share: float) -> float:
    """How many standard errors more of the scored tokens are green than the share of the lists; 0 of no token.

    Kirchenbauer et al. 2023, https://arxiv.org/abs/2301.10226, eq. 3.
    """
    return (greens - share * scored) / math.sqrt(scored * share * (1 - share)) if scored else 0.0


def p_value(greens: int, draws: int, share: float) -> float:
    """How often chance makes at least so many of the draws green: the exact tail of the binomial distribution."""
    return float(binom.sf(greens - 1, draws, share))


@dataclass(frozen=True)
class Reading:
    """What was read of a text. `entropy` (nats) and the share of `likeliest` tokens are None where not all is known."""

    item: Item
    green: GreenScores | None
    share: float
    entropy: float | None
    likeliest: float | None

    @cached_property
    def z(self) -> float:
        """Of the different n-grams, as transformers counts them once each."""
        return 0.0 if self.green is None else z_score(self.green.green_ngrams, self.green.ngrams, self.share)

    @cached_property
    def p(self) -> float:
        """Of what was decided apart; 1 of what was not read."""
        return 1.0 if self.green is None else p_value(self.green.green_draws, self.green.draws, self.share)

    @cached_property
    def reason(self) -> Reason:
        """Why nothing is concluded of it; empty where something is."""
        if self.green is None:
            return "unread"
        if self.green.unknown > MOST_UNKNOWN * self.green.tokens:
            return "unknown"
        if self.green.places < LEAST_TOKENS:
            return "short"
        if self.green.draws < LEAST_DRAWS:
            return "repeated"
        if self.entropy is None or self.likeliest is None:
            return "no_entropy"
        if self.entropy < LEAST_ENTROPY:
            return "entropy"
        return "likeliest" if self.likeliest > MOST_LIKELIEST else ""

    @property
    def judged(self) -> bool:
        """Whether something is concluded of it."""
        return not self.reason


def reading_of(item: Item, answers: Mapping[Request, Answer], setting: Setting) -> Reading:
    """What the answers say of a text."""
    if item.text is None:
        return Reading(item, None, setting.share, None, None)
    green = expect(answers[item.green(setting)], GreenScores)
    entropy, likeliest = choice([answers[request] for request in item.likelihoods()])
    return Reading(item, green, setting.share, entropy, likeliest)


def choice(answers: Sequence[Answer]) -> tuple[float | None, float | None]:
    """Mean entropy of the distributions that the tokens were drawn from, and the share that were the likeliest.

    None where a window is unanswered, says nothing of either, or holds what is no finite number.
    """
    means: list[float] = []
    greedy: list[bool] = []
    for answer in answers:
        scores = expect(answer, TokenScores)
        if scores is None or not len(scores.means) == len(scores.greedy) == len(scores.log_probs):
            return None, None
        means += scores.means
        greedy += scores.greedy
    if not means or not np.isfinite(means).all():
        return None, None
    return float(-np.mean(means)), float(np.mean(greedy))


def corrected(readings: Sequence[Reading]) -> dict[str, float]:
    """The p-values of the texts that are judged, corrected for their number (Holm 1979), by what they are called."""
    judged = [row for row in readings if row.judged]
    return dict(zip([row.item.key for row in judged], holm([row.p for row in judged]), strict=True))
