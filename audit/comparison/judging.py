"""Which changes lie beyond noise, and whether they are for the better."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from fairwitness.audit import stats
from fairwitness.audit.comparison.types import NO_CHANGE, Change
from fairwitness.audit.comparison.words import WORDS
from fairwitness.audit.records import Estimate, Finding, Undefined
from fairwitness.audit.words import Shown

ALPHA = 0.05


def judge(changes: Sequence[Change], margin: float | None, min_effect: float | None = None) -> tuple[Change, ...]:
    """Every change with its corrected p-value and finding.

    Holm's correction runs over two families: what a rule can fail a release for, and all the rest. So in each the
    chance of any false finding is at most 5 %.
    """
    judged = list(changes)
    for gated in (True, False):
        places = [index for index, change in enumerate(changes) if change.gated is gated and change.p_value is not None]
        adjusted = stats.holm([p for index in places if (p := changes[index].p_value) is not None])
        for index, p in zip(places, adjusted, strict=True):
            judged[index] = replace(changes[index], adjusted=p, compared=len(places))
    return tuple(_find(change, margin, min_effect) for change in judged)


def _find(change: Change, margin: float | None, min_effect: float | None) -> Change:
    if isinstance(change.change, Undefined) or change.adjusted is None:
        reason = change.change.reason if isinstance(change.change, Undefined) else ""
        same = isinstance(change.before, Estimate) and change.before == change.after
        return replace(change, finding="no_change_shown" if same else "not_tested", reason=reason)
    null = NO_CHANGE[change.scale]
    if margin is not None and _within(change.change, margin, change.scale == "factor"):
        return replace(change, finding="equivalent", reason=_band(margin, change.scale == "factor"))
    if change.change.low <= null <= change.change.high:
        return _unmoved(change, margin, WORDS("change.no_change"))
    if change.adjusted > ALPHA:
        why = WORDS("change.corrected", compared=change.compared, p=Shown(change.adjusted, ".2g"))
        return _unmoved(change, margin, why)
    if min_effect is not None and _size(change.change.value, change.scale == "factor") < min_effect:
        return _unmoved(change, margin, WORDS("change.small", least=Shown(min_effect, "g")))
    finding, reason = _direction(change, up=change.change.value > null)
    return replace(change, finding=finding, reason=reason)


def _unmoved(change: Change, margin: float | None, reason: str) -> Change:
    """No change shown; where a margin was named, perhaps none for the worse by more than that."""
    if margin is not None and _not_worse(change, margin):
        why = WORDS("change.not_inferior", margin=_shown_margin(margin, change.scale == "factor"))
        return replace(change, finding="not_inferior", reason=why)
    return replace(change, finding="no_change_shown", reason=reason)


def _not_worse(change: Change, margin: float) -> bool:
    """Whether the interval of the change holds none for the worse by the margin or more; of a direction that counts."""
    if isinstance(change.change, Undefined) or change.metric.better not in ("higher", "lower"):
        return False
    low, high = change.change.low, change.change.high
    if change.scale == "factor":
        return low > 1 / (1 + margin) if change.metric.better == "higher" else high < 1 + margin
    return low > -margin if change.metric.better == "higher" else high < margin


def _size(value: float, factor: bool) -> float:
    """How large a change is: its absolute value, of a factor how far the larger over the smaller lies above 1."""
    return max(value, 1 / value) - 1 if factor and value > 0 else abs(value)


def _shown_margin(margin: float, factor: bool) -> Shown:
    return Shown(1 + margin if factor else margin, "g")


def _within(change: Estimate, margin: float, factor: bool) -> bool:
    """Two one-sided tests at 5 %; a factor must lie between 1 / (1 + margin) and 1 + margin."""
    if not factor:
        return stats.equivalence(change, margin) <= ALPHA
    if change.low <= 0:
        return False
    logs = replace(change, value=math.log(change.value), low=math.log(change.low), high=math.log(change.high), wider=())
    return stats.equivalence(logs, math.log1p(margin)) <= ALPHA


def _band(margin: float, factor: bool) -> str:
    return WORDS("change.within_factor" if factor else "change.within", margin=_shown_margin(margin, factor))


def _direction(change: Change, *, up: bool) -> tuple[Finding, str]:
    """Better or worse, as the metric says; a metric near its null value by its distance from it."""
    match change.metric.better:
        case "higher":
            return ("better" if up else "worse"), WORDS("change.higher")
        case "lower":
            return ("worse" if up else "better"), WORDS("change.lower")
        case "near_zero" if change.metric.null is not None:
            return _distance(change, change.metric.null, up=up)
        case "near_zero" | "none":
            return "changed", WORDS("change.neither")


def _distance(change: Change, null: float, *, up: bool) -> tuple[Finding, str]:
    """Farther from the null value or nearer: |after| > |before| exactly where change and sum have the same sign.

    The change is shown; the sum of both positions must lie on one side of 0 too, with ends added as if both were
    wrong in the same way, which holds however they depend on each other.
    """
    ends = []
    for estimate in (change.before, change.after):
        if isinstance(estimate, Undefined):
            return "changed", WORDS("change.unknown_distance")
        ends.append([_position(end, null) for end in (estimate.low, estimate.high)])
    low, high = ends[0][0] + ends[1][0], ends[0][1] + ends[1][1]
    if low <= 0 <= high:
        return "changed", WORDS("change.no_distance", null=Shown(null, "g"))
    farther = (low > 0) is up
    away = Shown(null, "g")
    return ("worse", WORDS("change.farther", null=away)) if farther else ("better", WORDS("change.nearer", null=away))


def _position(value: float, null: float) -> float:
    """Where a value lies to its null value; on the logarithm where that is 1, a ratio."""
    return value - null if null != 1.0 else math.log(max(value, 1e-12))
