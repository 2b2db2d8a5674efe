"""Translators: occupations and sentences lean as they happen to, each occupation in every sentence, both genders."""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy.stats import norm

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.bias.translation_gender.estimators import Pair, Side, gap
from worlds.behind.rows import Case, Rng, Row

OVER = 0.1001
JOBS, SENTENCES = 26, 8
OF_JOBS, OF_SENTENCES = 0.3, 0.1
"""Shares of the variance, on the normal scale, that occupations and sentences have; each gender has its own."""


def world(rng: Rng, right: float, by_gender: float, by_stereotype: float, spread: float = OF_JOBS) -> list[Pair]:
    """Pairs with these true gaps: halves of both are added to or taken from the share right of each of four cells."""
    jobs = np.sqrt(spread) * rng.normal(size=(JOBS, 1, 2))
    sentences = np.sqrt(OF_SENTENCES) * rng.normal(size=(1, SENTENCES, 2))
    drawn = jobs + sentences + np.sqrt(1 - spread - OF_SENTENCES) * rng.normal(size=(JOBS, SENTENCES, 2))
    pairs = []
    for job in range(JOBS):
        sign = 1 if job % 2 else -1
        shares = [right + half * (by_gender + sign * by_stereotype) / 2 for half in (1, -1)]
        hits = drawn[job] < norm.ppf(shares)
        expected = "women" if job % 2 else "men"
        pairs += [Pair(f"{job}", f"{family}", expected, *map(float, both)) for family, both in enumerate(hits)]  # type: ignore[arg-type]
    return pairs


def drawn(
    side: Side, right: float, by_gender: float, by_stereotype: float, rng: Rng, spread: float = OF_JOBS
) -> tuple[Estimate | Undefined, float]:
    """One of the gaps in one world."""
    pairs = world(rng, right, by_gender, by_stereotype, spread)
    return gap(pairs, side), by_gender if side == "gender" else by_stereotype


SIDES: tuple[tuple[Side, str], ...] = (("gender", "mean"), ("stereotype", "half the difference"))


ROWS = tuple(
    Row(
        behind=(f"translation_gender/{side}_gap",),
        estimator=f"{how} of paired differences of two kinds, t, clustered by occupation and by sentence",
        situation="26 occupations, 8 sentences; right 0.6 to 0.95, 30 % of variance or more of occupations",
        cases=(
            *(Case(f"{rate} right, no gap", partial(drawn, side, rate, 0.0, 0.0)) for rate in (0.6, 0.8, 0.95)),
            Case("occupations differ much", partial(drawn, side, 0.8, 0.0, 0.0, spread=0.6)),
            Case("a gap by gender", partial(drawn, side, 0.7, -0.4, 0.0)),
            Case("a gap by stereotype", partial(drawn, side, 0.7, 0.0, 0.4)),
            Case(
                "at the limit",
                partial(drawn, side, 0.8, *((-OVER, 0.2) if side == "gender" else (-0.2, OVER))),
                edge=True,
            ),
        ),
        limit=("within", 0.1),
        asked=0.92,
    )
    for side, how in SIDES
)
