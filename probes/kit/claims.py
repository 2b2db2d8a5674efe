"""How a measured number becomes the sentence that a reader may conclude."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import TypeVar

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined

K = TypeVar("K", bound=Hashable)
_ROUNDING = 1e-9
"""What rounding may add to a p-value."""


def stated(what: str, estimate: Estimate | Undefined, words: str) -> str:
    """`words` with {value} filled in and the interval behind it; where there is no estimate, that `what` has none.

    Other braces stay as they are, for names may hold them; one that may be called "{value}" has to be `escaped`.
    """
    if isinstance(estimate, Undefined):
        return missing_words(what, estimate)
    return f"{_filled(words, value=number_words(estimate.value, estimate))} ({interval_words(estimate)})."


def concluded(
    what: str,
    estimate: Estimate | Undefined,
    *,
    above: str,
    below: str,
    unshown: str,
    null: float = 0.0,
    among_others: bool = True,
) -> str:
    """The words that the interval allows: wholly above the null value, wholly below it, or not shown to differ.

    {size} in the words becomes the distance of the value from the null value; the value itself is not said twice.
    `among_others` is False where a correction for all that was looked at together leaves no difference shown.
    """
    if isinstance(estimate, Undefined):
        return missing_words(what, estimate)
    words = above if estimate.low > null else below if estimate.high < null else unshown
    if words != unshown and not among_others:
        words = f"{unshown} once all that are compared are corrected for"
    size = number_words(abs(estimate.value - null), estimate)
    value = number_words(estimate.value, estimate)
    once = "{size}" in words and value == size
    return f"{_filled(words, size=size)} ({'' if once else f'{value}, '}{interval_words(estimate)})."


def escaped(text: str) -> str:
    """The text as a template that says it as it is."""
    return text.replace("{", "{{").replace("}", "}}")


def _filled(words: str, **parts: str) -> str:
    """The words with what stands for the names in braces; doubled braces become single ones."""
    found = words.replace("{{", "\0").replace("}}", "\1")
    for name, part in parts.items():
        found = found.replace(f"{{{name}}}", part)
    return found.replace("\0", "{").replace("\1", "}")


def holds_among(estimate: Estimate | Undefined, count: int, null: float = 0.0) -> bool:
    """Whether the null value lies outside of the interval at level 1 - 0.05 / count (Bonferroni)."""
    if isinstance(estimate, Undefined):
        return False
    wide = estimate.at(1 - (1 - estimate.level) / max(count, 1))
    return wide is not None and not wide.low <= null <= wide.high


def holding(estimates: Mapping[K, Estimate | Undefined], null: float = 0.0) -> set[K]:
    """Those whose value differs from the null value once all are corrected for together (Holm 1979).

    The p-value of each is that of its stored intervals (`stats.two_sided_p`).
    """
    known = {key: one for key, one in estimates.items() if isinstance(one, Estimate)}
    adjusted = stats.holm([stats.two_sided_p(one, null) for one in known.values()])
    return {key for key, p in zip(known, adjusted, strict=True) if p <= 1 - stats.LEVEL + _ROUNDING}


def missing_words(what: str, estimate: Undefined) -> str:
    """That there is no estimate of something, and why."""
    return f"{what} could not be measured: {estimate.reason.rstrip('.')}."


def interval_words(estimate: Estimate) -> str:
    """The interval with its level, its ends as `number_words`."""
    low, high = (number_words(end, estimate) for end in (estimate.low, estimate.high))
    return f"{estimate.level * 100:g} % interval {low} to {high}"


def number_words(value: float, estimate: Estimate) -> str:
    """A number in the unit of an estimate, in as many digits as the interval makes meaningful: two of its width."""
    width = estimate.high - estimate.low
    scale = width if width > 0 else abs(estimate.value)
    if 0 < scale < 1e-6:
        return f"{value:.1g}".replace("-", "−")
    digits = 2 if scale == 0 else min(6, max(0, 1 - math.floor(math.log10(scale))))
    text = f"{value:.{digits}f}"
    return text.replace("-", "−") if float(text) else f"{0:.{digits}f}"
