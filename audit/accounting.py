"""What epsilon a training with noise spends, by the accountants of opacus and dp-accounting, both optional.

Subsampled Gaussian mechanism: noise of standard deviation sigma times the clipping norm, each example in a batch with
probability q independently (Poisson sampling), so many steps, neighbours that differ by one example (add or remove).
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

HOW_DP_ACCOUNTING = "pip install --no-deps dp-accounting==0.6.0 absl-py dm-tree wrapt"
HOW = (
    f"pip install 'opacus>=1.6' && {HOW_DP_ACCOUNTING} "
    "(with its own pins dp-accounting becomes 0.0.2 beside this package)"
)
"""How to get the accountants: dp-accounting 0.6 asks for an attrs that nothing else here can take."""
ERROR = 0.002
"""Error of the accountant of privacy loss random variables, as a share of the claimed epsilon."""


@dataclass(frozen=True, slots=True)
class Accounted:
    """What one accountant says: the training is (epsilon, delta) private. `low` is the least that the truth can be."""

    accountant: str
    epsilon: float
    low: float = 0.0


@lru_cache(maxsize=64)
def accounted(sigma: float, q: float, steps: int, delta: float, claimed: float) -> tuple[Accounted, ...]:
    """What each accountant says that is installed; none without any."""
    made = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of how an order or a grid was chosen: the result is a bound all the same
        for account in (_renyi, _random_variables, _loss_distributions):
            try:
                made.append(account(sigma, q, steps, delta, claimed))
            except ImportError:
                continue
    return tuple([each for each in made if math.isfinite(each.epsilon)])


def _renyi(sigma: float, q: float, steps: int, delta: float, claimed: float) -> Accounted:
    from opacus.accountants import RDPAccountant

    return Accounted("RDP, opacus", _of_opacus(RDPAccountant(), sigma, q, steps).get_epsilon(delta=delta))


def _random_variables(sigma: float, q: float, steps: int, delta: float, claimed: float) -> Accounted:
    from opacus.accountants import PRVAccountant

    error = max(ERROR * claimed, 1e-3)
    accountant = _of_opacus(PRVAccountant(), sigma, q, steps)
    epsilon = float(accountant.get_epsilon(delta=delta, eps_error=error))
    return Accounted("PRV, opacus", epsilon, max(0.0, epsilon - 2 * error))


def _of_opacus(accountant: Any, sigma: float, q: float, steps: int) -> Any:
    accountant.history = [(sigma, q, steps)]
    return accountant


def _loss_distributions(sigma: float, q: float, steps: int, delta: float, claimed: float) -> Accounted:
    from dp_accounting.pld import privacy_loss_distribution as pld

    width = min(1e-3, max(1e-5, claimed / 1e4))

    def epsilon(*, pessimistic: bool) -> float:
        once = pld.from_gaussian_mechanism(
            sigma,
            sampling_prob=q,
            value_discretization_interval=width,
            pessimistic_estimate=pessimistic,
            use_connect_dots=pessimistic,
        )
        return float(once.self_compose(steps).get_epsilon_for_delta(delta))

    return Accounted("PLD, dp-accounting", epsilon(pessimistic=True), epsilon(pessimistic=False))
