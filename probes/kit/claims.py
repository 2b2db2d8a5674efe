"""How a measured number becomes the sentence that a reader may conclude."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import TypeVar

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined, each
from fairwitness.audit.stats.crossed.slope import FEWEST_PAIRS, Spread
from fairwitness.probes.kit.words import SHARED

K = TypeVar("K", bound=Hashable)
WORDS = SHARED["claim"]
_MOST_NATS = math.log(1000)
_ROUNDING = 1e-9
"""What rounding may add to a p-value."""


def survives_correction(estimate: Estimate | Undefined, count: int, null: float = 0.0) -> bool:
    """Whether the null value lies outside of the interval at level 1 - 0.05 / count (Bonferroni)."""
    if isinstance(estimate, Undefined):
        return False
    wide = estimate.at(1 - (1 - estimate.level) / max(count, 1))
    return wide is not None and not wide.low <= null <= wide.high


def survivors(estimates: Mapping[K, Estimate | Undefined], null: float = 0.0) -> set[K]:
    """Those whose value differs from the null value once all are corrected for together (Holm 1979).

    The p-value of each is that of its stored intervals (`stats.two_sided_p`).
    """
    known = {key: estimate for key, estimate in estimates.items() if isinstance(estimate, Estimate)}
    adjusted = stats.holm([stats.two_sided_p(estimate, null) for estimate in known.values()])
    return {key for key, p in zip(known, adjusted, strict=True) if p <= 1 - stats.LEVEL + _ROUNDING}


def missing_words(what: str, estimate: Undefined) -> str:
    """That there is no estimate of something, and why."""
    return WORDS("missing", what=what, reason=each(estimate.reason, _without_stop))


def _without_stop(text: str) -> str:
    return text.rstrip(".。")


def spread_words(spread: Spread, estimate: Estimate | Undefined, pairs: str) -> str:
    """What a slope allows for, as a sentence behind a claim; `pairs` names them. Empty behind what is undefined."""
    if isinstance(estimate, Undefined):
        return ""
    if not spread.usable:
        return SHARED("spread.too_few", pairs=pairs, count=spread.count, least=FEWEST_PAIRS)
    return SHARED("spread.allowed", pairs=pairs, count=spread.count, size=f"{math.sqrt(spread.variance):.2g}")


def interval_words(estimate: Estimate) -> str:
    """The interval with its level, its ends as `number_words`."""
    low, high = (number_words(end, estimate) for end in (estimate.low, estimate.high))
    return WORDS("interval", level=f"{estimate.level * 100:g}", low=low, high=high)


def hundredfold(estimate: Estimate) -> Estimate:
    """A share as a percentage, or a difference of shares in percentage points; for words alone."""
    value, low, high = (100 * number for number in (estimate.value, estimate.low, estimate.high))
    return replace(estimate, value=value, low=low, high=high, wider=(), if_answered=None)


def mirrored(estimate: Estimate) -> Estimate:
    """The same on the other side of 0; for words alone."""
    return replace(estimate, value=-estimate.value, low=-estimate.high, high=-estimate.low, wider=(), if_answered=None)


def percent_words(share: float) -> str:
    """A share in per cent, in two digits at most.

    >>> percent_words(0.4374), percent_words(0.0034)
    ('44 %', '0.34 %')
    """
    return WORDS("percent", number=f"{100 * share:.2g}" if share < 0.995 else f"{100 * share:.0f}")


def factor_words(nats: float) -> str:
    """How many times as likely a difference of log-probabilities makes something, in two digits or as a whole number.

    >>> factor_words(0.92), factor_words(0.05), factor_words(2.8)
    ('2.5', '1.05', '16')
    """
    if nats > _MOST_NATS:
        return WORDS("more_than", factor=f"{math.exp(_MOST_NATS):,.0f}")
    factor = math.exp(nats)
    return f"{factor:.2f}" if factor < 2 else f"{factor:.1f}" if factor < 10 else f"{factor:,.0f}"


def number_words(value: float, estimate: Estimate) -> str:
    """A number in the unit of an estimate, in as many digits as the interval makes meaningful: two of its width.

    What would read as 0 and is not gets up to three more digits that show it.
    """
    width = estimate.high - estimate.low
    scale = width if width > 0 else abs(estimate.value)
    if 0 < scale < 1e-6:
        return f"{value:.1g}".replace("-", "−")
    digits = 2 if scale == 0 else min(6, max(0, 1 - math.floor(math.log10(scale))))
    texts = (f"{value:.{places}f}" for places in range(digits, digits + 4))
    text = next((text for text in texts if float(text)), "")
    return text.replace("-", "−") if text else f"{0:.{digits}f}"
