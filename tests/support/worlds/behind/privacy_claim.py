"""A claim of differential privacy: coins of the worst mechanism of an epsilon, and accountants of a known one."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from canary_models import claim_table
from scipy.optimize import brentq
from scipy.special import expit, log_ndtr

from fairwitness.audit.accounting import Accounted
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.one_run import one_run
from fairwitness.probes.memorization.privacy_claim.claim import checks, claim_of
from fairwitness.probes.memorization.privacy_claim.probe import accounted_over_claimed, told_apart
from worlds.behind.rows import Case, Draw, Rng, Row

DELTA = 1e-5
WIDTH = 0.004
SAID: dict[str, Any] = {
    "sampling": "poisson",
    "clipping_norm": 1.0,
    "noise_multiplier": 1.0,
    "sample_rate": 1.0,
    "steps": 1,
}


def _coins(coins: int, epsilon: float) -> Draw:
    """Each coin is seen through randomised response, which spends epsilon exactly; how sure a guess is says nothing."""
    claim = claim_of(claim_table(epsilon=epsilon, delta=DELTA))

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        planted = rng.random(coins) < 0.5
        seen = np.where(rng.random(coins) < expit(epsilon), planted, ~planted)
        scores = (2.0 * seen - 1) * rng.uniform(0.1, 1, coins)
        return told_apart(claim, one_run(scores.tolist(), planted.tolist(), DELTA)), 0.0

    return draw


@cache
def gaussian(sigma: float) -> float:
    """The epsilon of one Gaussian mechanism at delta, in closed form (Balle & Wang 2018, theorem 8)."""

    def spent(epsilon: float) -> float:
        first = log_ndtr(0.5 / sigma - epsilon * sigma)
        return math.exp(first) - math.exp(epsilon + log_ndtr(-0.5 / sigma - epsilon * sigma)) - DELTA

    return float(brentq(spent, 1e-9, 100))


def _accounts(over: float) -> Draw:
    """A claim that the training spends `over` times; one accountant is loose, one is exact to some error."""

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        epsilon = gaussian(round(float(rng.uniform(0.5, 5)), 2))
        upper = epsilon * (1 + rng.uniform(0, WIDTH))
        made = [Accounted("loose", epsilon * 1.3), Accounted("exact", upper, upper - WIDTH * epsilon)]
        claim = claim_of(claim_table(epsilon=epsilon / over, delta=DELTA, examples=1_000, **SAID))
        return accounted_over_claimed(claim, made, checks(claim)), over

    return draw


ROWS = (
    Row(
        behind=("privacy_claim/guesses_beyond_claim",),
        estimator="bound of one run (Steinke et al. 2023)",
        situation="100, 300 and 1,000 coins of randomised response at epsilon 0.5 to 4, which is what is claimed",
        cases=[
            Case(f"{coins} coins, {epsilon:g}", _coins(coins, epsilon), edge=True)
            for coins in (100, 300, 1_000)
            for epsilon in (0.5, 1.0, 4.0)
        ],
        limit=("<=", 0.0),
    ),
    Row(
        behind=("privacy_claim/accounted_over_claimed",),
        estimator="least of the accountants, with their error",
        situation="Gaussian mechanisms that spend 0.9, 1.011 and 1.2 times what is claimed",
        cases=[Case(f"{over:g} times", _accounts(over), edge=over == 1.011) for over in (0.9, 1.011, 1.2)],
        limit=("<=", 1.01),
    ),
)
