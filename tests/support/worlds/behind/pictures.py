"""Answers about pictures and captions: the pictures of a pair, one of each group, are easy or hard together."""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy.stats import norm

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.kit.tied_shares import Tied
from worlds.behind.rows import Case, Rng, Row

OVER = 0.1001
OF_PAIRS = 0.4
"""Share of the variance, on the normal scale, that pairs have."""
CHANGES = 6
"""Pictures with a small change beside each comparison of a pair."""
THINGS = 2


def tied(effects: np.ndarray, rate: float, each: int, rng: Rng) -> Tied:
    """So many values of each pair, which hold as often as `rate` says over all pairs that there are."""
    drawn = np.sqrt(OF_PAIRS) * effects[:, None] + np.sqrt(1 - OF_PAIRS) * rng.normal(size=(len(effects), each))
    hits = (drawn < norm.ppf(rate)).astype(float)
    return Tied(hits.ravel().tolist(), [pair for pair in range(len(effects)) for _ in range(each)])


def between(
    pairs: int, rate: float, difference: float, each: tuple[int, int], rng: Rng
) -> tuple[Estimate | Undefined, float]:
    """The share of one side less that of the other, in the same pairs."""
    effects = rng.normal(size=pairs)
    first, second = tied(effects, rate + difference, each[0], rng), tied(effects, rate, each[1], rng)
    return first.less(second), difference


def cases(each: tuple[int, int], rates: tuple[float, ...], edge: float) -> tuple[Case, ...]:
    """No difference at several rates, and one just beyond the limit."""
    return (
        *(
            Case(f"{pairs} pairs, {rate}", partial(between, pairs, rate, 0.0, each))
            for pairs in (30, 100)
            for rate in rates
        ),
        Case("100 pairs, a difference of 30 points", partial(between, 100, 0.3, 0.3, each)),
        *(
            Case(f"{pairs} pairs, at the limit", partial(between, pairs, edge, OVER, each), edge=True)
            for pairs in (30, 100)
        ),
    )


ESTIMATOR = "difference of shares, Wilson at the effective count of pairs, tied by these"
ROWS = (
    Row(
        behind=("vqa_swap/flip_rate_beyond_floor",),
        estimator=ESTIMATOR,
        situation="30 and 100 pairs, a comparison and six small changes of each; "
        "0.05 to 0.3 flip, 40 % of variance of pairs",
        cases=cases((1, CHANGES), (0.05, 0.3), 0.05),
        limit=("<=", 0.1),
        asked=0.92,
    ),
    Row(
        behind=("vqa_swap/accuracy_gap", "captions_by_group/wrong_group_gap"),
        estimator=ESTIMATOR,
        situation="30 and 100 pairs, a picture of each group; 0.05 to 0.3 wrong, 40 % of variance of pairs",
        cases=cases((1, 1), (0.05, 0.3), 0.1),
        limit=("within", 0.1),
        asked=0.92,
    ),
    Row(
        behind=("captions_by_group/missed_gap",),
        estimator=ESTIMATOR,
        situation="30 and 100 pairs, two things in a picture of each group; "
        "0.2 to 0.5 missed, 40 % of variance of pairs",
        cases=cases((THINGS, THINGS), (0.2, 0.5), 0.3),
        limit=("within", 0.1),
        asked=0.92,
    ),
)
