"""What a measurement could have shown: detectable effects and equivalence."""

from __future__ import annotations

from statistics import NormalDist

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.levels import normal_quantile

_NORMAL = NormalDist()


def minimum_detectable_effect(estimate: Estimate | Undefined, power: float = 0.8) -> float | None:
    """The true effect, in the estimate's unit, that a repeat would tell from none with this power.

    Standard errors are the half-width over the normal quantile of the level: (z of the level + z of the power) × error.
    None without an estimate or where the interval has no width.
    """
    if isinstance(estimate, Undefined) or estimate.low == estimate.high:
        return None
    error = (estimate.high - estimate.low) / 2 / normal_quantile(estimate.level)
    return error * (normal_quantile(estimate.level) + _NORMAL.inv_cdf(power))


def equivalence(estimate: Estimate, margin: float) -> float:
    """The p-value of two one-sided tests (Schuirmann 1987): small means shown to lie within ± margin.

    Each side has the standard error that its own half of the interval implies.
    """
    if margin <= 0:
        raise ValueError(f"margin {margin} is not above 0")
    z = normal_quantile(estimate.level)
    below = _tail(estimate.value + margin, (estimate.value - estimate.low) / z)
    above = _tail(margin - estimate.value, (estimate.high - estimate.value) / z)
    return max(below, above)


def _tail(distance: float, error: float) -> float:
    if error == 0:
        return 0.0 if distance > 0 else 1.0
    return 1 - _NORMAL.cdf(distance / error)
