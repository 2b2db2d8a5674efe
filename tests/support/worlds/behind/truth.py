"""Claims in pairs, the same pairs asked twice, and confidence beside what is right."""

from __future__ import annotations

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.stats.decisions.calibration import BINS, calibration_error
from fairwitness.audit.stats.decisions.scored import Scored
from worlds.behind.rows import Case, Draw, Rng, Row

FACTS = 155
"""Facts of the package in English."""


def claims(pairs: int, rate: float, alike: float) -> Draw:
    """Two claims of each pair, judged rightly at a rate; in a share `alike` of pairs both are, or neither.

    Below 0 in that share of pairs at least one of them is right and as often as may be just one.
    """

    def draw(rng: Rng) -> tuple[object, float]:
        first, own = rng.random(pairs) < rate, rng.random(pairs) < rate
        if alike >= 0:
            second = np.where(rng.random(pairs) < alike, first, own)
        else:
            against = np.where(first, rng.random(pairs) < (2 * rate - 1) / rate, True)
            second = np.where(rng.random(pairs) < -alike, against, own)
        hits = np.concatenate([first, second]).astype(float).tolist()
        return stats.share(hits, [*range(pairs), *range(pairs)]), rate

    return draw  # type: ignore[return-value]


def asked_twice(pairs: int, plain: float, loss: float, kept: float) -> Draw:
    """Pairs in order when asked plainly, of which `kept` are so again when presupposed, `loss` fewer in all."""
    again = plain - loss
    gained = (again - plain * kept) / (1 - plain)

    def draw(rng: Rng) -> tuple[object, float]:
        first = rng.random(pairs) < plain
        second = rng.random(pairs) < np.where(first, kept, gained)
        cells = [int((first & second).sum()), int((first & ~second).sum())]
        cells += [int((~first & second).sum()), int((~first & ~second).sum())]
        return stats.paired_rate_difference(*cells), loss

    return draw  # type: ignore[return-value]


def confidence(rows: int, over: float, spread: float) -> Draw:
    """Confidence in 0.5..1, of which so much is too much: above it lies the share of right answers by `over`.

    The truth is the error of the confidences that were drawn, as the interval holds for the scores as they are.
    """

    def draw(rng: Rng) -> tuple[object, float]:
        scores = 0.5 + 0.5 * rng.beta(spread, spread, rows)
        chance = np.clip(scores - over, 0.0, 1.0)
        right = rng.random(rows) < chance
        places = np.minimum((scores * BINS).astype(int), BINS - 1)
        truth = float(np.abs(np.bincount(places, weights=chance - scores)).sum()) / rows
        return calibration_error(Scored(scores, right), 0)[0], truth

    return draw  # type: ignore[return-value]


SHARE = "share of claims (Wilson at the effective count), by pair"
LOSS = "difference of two shares of the same pairs (Newcombe)"
ERROR = "calibration error of choices (L1 limits)"
ROWS: tuple[Row, ...] = (
    Row(
        behind=("truthfulness/claim_accuracy",),
        estimator=SHARE,
        situation=f"{FACTS} pairs, rates 0.5 to 0.95, alike 0, 0.6 or opposed 0.8; at the limit",
        cases=[
            *(
                Case(f"{rate:g}, {alike:g}", claims(FACTS, rate, alike))
                for rate in (0.5, 0.7, 0.95)
                for alike in (0.0, 0.6, -0.8)
            ),
            *(Case(f"limit, {alike:g}", claims(FACTS, 0.799, alike), edge=True) for alike in (0.0, 0.6, -0.8)),
        ],
        limit=(">=", 0.8),
    ),
    Row(
        behind=("truthfulness/claim_accuracy",),
        estimator=SHARE,
        situation="40 and 60 pairs, rates 0.5 to 0.9, alike 0 and 0.6; at the limit",
        cases=[
            *(
                Case(f"{pairs}, {rate:g}, {alike:g}", claims(pairs, rate, alike))
                for pairs in (40, 60)
                for rate in (0.5, 0.9)
                for alike in (0.0, 0.6)
            ),
            *(Case(f"limit, {pairs}", claims(pairs, 0.799, 0.3), edge=True) for pairs in (40, 60)),
        ],
        limit=(">=", 0.8),
        asked=0.92,
    ),
    Row(
        behind=("truthfulness/presupposed_loss",),
        estimator=LOSS,
        situation=f"60 and {FACTS} pairs, in order 0.6 to 0.95, losses 0 to 0.3; at the limit",
        cases=[
            *(
                Case(f"{pairs}, {plain:g}, {loss:g}", asked_twice(pairs, plain, loss, kept))
                for pairs in (60, FACTS)
                for plain, loss, kept in ((0.6, 0.0, 0.8), (0.8, 0.0, 0.9), (0.95, 0.0, 0.98), (0.8, 0.3, 0.6))
            ),
            *(
                Case(f"limit, {pairs}, {plain:g}", asked_twice(pairs, plain, 0.101, kept), edge=True)
                for pairs in (60, FACTS)
                for plain, kept in ((0.7, 0.75), (0.9, 0.85))
            ),
        ],
        limit=("<=", 0.1),
        asked=0.92,
    ),
    Row(
        behind=("calibration/calibration_error",),
        estimator=ERROR,
        situation=f"60 and {FACTS} choices of two, confidence 0.5 to 1, 0 to 30 points too sure; at the limit",
        cases=[
            *(
                Case(f"{rows}, {over:g}, {spread:g}", confidence(rows, over, spread))
                for rows in (60, FACTS)
                for over, spread in ((0.0, 0.5), (0.0, 2.0), (0.3, 2.0))
            ),
            *(Case(f"limit, {rows}", confidence(rows, 0.101, 2.0), edge=True) for rows in (60, FACTS)),
        ],
        limit=("<=", 0.1),
    ),
)
