"""What stays of an estimate where a validity check was missed: what is shown to be bad, and never what looks good."""

from __future__ import annotations

from typing import Literal

from fairwitness.audit import reasons
from fairwitness.audit.records import Estimate, Undefined


def unless_shown_worse(
    reason: str, estimate: Estimate | Undefined, bound: float, better: Literal["lower", "higher"]
) -> Estimate | Undefined:
    """The estimate where there is no reason against it, or where it is shown to be worse than a bound.

    It must be so had every unanswered item been answered the better way (`clear_preference`, of one side alone).
    """
    if not reason or isinstance(estimate, Undefined):
        return reasons.invalid(reason) if reason else estimate
    least, most = estimate.if_answered or (estimate.value, estimate.value)
    low, high = estimate.low - (estimate.value - least), estimate.high + (most - estimate.value)
    worse = high < bound if better == "higher" else low > bound
    return estimate if worse else reasons.invalid(reason)
