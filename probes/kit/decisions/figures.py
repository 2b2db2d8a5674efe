"""Shares, differences of shares and p-values as sentences write them."""

from __future__ import annotations

from fairwitness.probes.kit.decisions.words import WORDS
from fairwitness.probes.kit.words import SHARED

BETWEEN = SHARED("claim.between")
"""What stands between two sentences."""


def percent(value: float) -> str:
    """A share as per cent."""
    return _percent(100 * value, 1)


def percent_below(value: float, limit: float) -> str:
    """A share below a limit as per cent, with as many digits as show that it is below."""
    digits = next(digits for digits in range(1, 16) if round(100 * value, digits) < 100 * limit)
    return _percent(100 * value, digits)


def points(value: float) -> str:
    """A difference of shares as percentage points with its sign."""
    return f"{100 * value:+.1f}".replace("-", "−")


def p_value(value: float) -> str:
    """A p-value."""
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"


def against(first: float, second: float) -> str:
    """Two rates beside each other, in whole per cent where these tell them apart and neither is small."""
    whole = all(0.1 <= rate <= 0.9 for rate in (first, second)) and round(100 * first) != round(100 * second)
    digits = 0 if whole else 1
    return WORDS("against", first=_percent(100 * first, digits), second=_percent(100 * second, digits))


def _percent(value: float, digits: int) -> str:
    return SHARED("claim.percent", number=f"{value:.{digits}f}")
