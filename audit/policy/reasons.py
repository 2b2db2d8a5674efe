"""Explaining, the second pass of a policy: why a rule came to what it did, as a sentence and the values in it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fairwitness.audit.errors import closest
from fairwitness.audit.policy.bounds import span
from fairwitness.audit.policy.judgements import ALPHA, Judgement
from fairwitness.audit.policy.rules import AppliedRule
from fairwitness.audit.policy.words import WORDS
from fairwitness.audit.reasons import cells
from fairwitness.audit.records import (
    Cell,
    Estimate,
    Failed,
    Interval,
    Measured,
    Metric,
    NotApplicable,
    Translated,
    Undefined,
    quoted,
)
from fairwitness.audit.words import Shown


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a rule says what it says: the sentence, what an undecided verdict would have needed, the values in both."""

    reason: str
    undecided: str = ""
    values: Mapping[str, Cell] = field(default_factory=dict)


def explained(judgement: Judgement) -> Explanation:
    """Why the rule says what it says."""
    metric, interval = judgement.metric, judgement.interval
    if metric is None:
        return _of_silence(judgement)
    match metric.estimate:
        case Undefined(reason=why, values=values):
            return Explanation(why, values=values)
        case Estimate() as estimate if interval is None:
            return _of_no_comparison(judgement, estimate)
        case Estimate() as estimate:
            return _of_comparison(judgement, metric, estimate, interval)


def _said(name: str, /, **values: object) -> Explanation:
    """The sentence under `[reason]`, filled with values that are numbers and names."""
    return Explanation(WORDS(f"reason.{name}", **values), values=cells(values))


def _of_silence(judgement: Judgement) -> Explanation:
    rule = judgement.rule
    select = quoted(rule.select)
    match judgement.result:
        case NotApplicable(reason=why, values=values, code="budget_spent"):
            return Explanation(WORDS("reason.cut_off", reason=why), values=values)
        case NotApplicable(reason=why, values=values):
            return Explanation(WORDS("reason.not_applicable", reason=why), values=values)
        case Failed(reason=why, values=values):
            return Explanation(WORDS("reason.crashed", reason=why), values=values)
        case Measured() as result:
            near = _misspelt(result, rule.selector.metric)
            return _said("misspelt" if near else "no_such_metric", select=select, **near)
        case None:
            return _said("nothing_matches", select=select) if judgement.asked else _said("not_in_run")


def _misspelt(result: Measured, metric: str) -> dict[str, str]:
    """The metric of a like name, where the probe has none of this one; a pattern has no spelling."""
    names = {measured.name for measured in result.metrics}
    near = "" if metric in names or "*" in metric or "?" in metric else closest(metric, sorted(names))
    return {"nearest": quoted(near)} if near else {}


def _of_no_comparison(judgement: Judgement, estimate: Estimate) -> Explanation:
    match judgement.ground:
        case "too_few":
            return _said("too_few", n=estimate.n, min_n=judgement.rule.min_n)
        case "no_null_value":
            return _said("no_null_value")
        case _:
            among = judgement.comparisons
            return _said("no_interval", level=Shown(1 - ALPHA / among, ".5g"), comparisons=among)


def _of_comparison(judgement: Judgement, metric: Metric, estimate: Estimate, interval: Interval) -> Explanation:
    rule = judgement.rule
    clause = "plain" if rule.relative_to is None else "factor" if metric.null == 1.0 else "change"
    values, measured = _measured(clause, estimate, interval, judgement.comparisons, _limits(rule, metric.null))
    but: tuple[str, dict[str, object]] | None = None
    match judgement.ground:
        case "inside" | "outside":
            pass
        case "unanswered" if isinstance(judgement.result, Measured):
            but = _unanswered(judgement.result, estimate)
        case "unbreakable":
            values, but = _ends(rule, metric, interval), _per_cent(rule, metric, interval)
        case "across":
            but = _passing(rule, metric.null, estimate, interval)
        case "likely_outside":
            but = "likely_outside", {"certainty": Shown((1 - rule.fail_alpha) * 100, ".6g")}
        case "slightly_outside":
            but = "slightly_outside", {"min_effect": Shown(rule.min_effect, "g")}
        case other:
            raise ValueError(f"{other} is no place of an interval")
    values |= {"condition": _condition(rule, metric.null)} | (but[1] if but else {})
    undecided = WORDS(f"undecided.{but[0]}", **values) if but else ""
    sentence = WORDS(f"reason.{judgement.ground}", **{**values, "measured": measured, "undecided": undecided})
    if judgement.ground in ("across", "unbreakable") and undecided:
        sentence = WORDS("reason.with_more", reason=sentence, undecided=undecided)
    return Explanation(sentence, undecided, cells(values))


def _measured(
    clause: str, estimate: Estimate, interval: Interval, comparisons: int, limits: Sequence[float]
) -> tuple[dict[str, object], str]:
    """The numbers that were compared with the bound, and the clause that says them."""

    def shown(value: float) -> Shown:
        return _beside(value, limits)

    numbers: dict[str, object] = {"value": shown(estimate.value), "level": Shown(interval.level * 100)}
    numbers |= {"low": shown(interval.low), "high": shown(interval.high)}
    text = WORDS(f"measured.{clause}", **numbers)
    if interval.level <= estimate.level:
        return numbers, text
    numbers |= {"comparisons": comparisons, "own_level": Shown(estimate.level * 100)}
    numbers |= {"own_low": shown(estimate.low), "own_high": shown(estimate.high)}
    return numbers, WORDS("measured.among", measured=text, **numbers)


def _condition(rule: AppliedRule, null: float | None) -> str:
    """What the rule asks of a value, as policies spell it, and in signs where a language has no words for it."""
    bound = f"{rule.value:g}".replace("-", "−")
    signs = {"<=": f"≤ {bound}", ">=": f"≥ {bound}", "within": f"{null or 0:g} ± {bound}".replace("-", "−")}[rule.op]
    return Translated(rule.condition, dict.fromkeys(WORDS.translations, signs))


def _limits(rule: AppliedRule, null: float | None) -> tuple[float, ...]:
    middle = null or 0.0
    return (middle - rule.value, middle + rule.value) if rule.op == "within" else (rule.value,)


def _beside(value: float, limits: Sequence[float]) -> Shown:
    """A number with four digits, or as many as tell it from the limits."""
    forms = (f".{digits}g" for digits in range(4, 17))
    form = next((form for form in forms if all(_tells(value, limit, form) for limit in limits)), ".17g")
    return Shown(value, form, "−")


def _tells(value: float, limit: float, form: str) -> bool:
    return value == limit or float(format(value, form)) != float(format(limit, form))


def _ends(rule: AppliedRule, metric: Metric, interval: Interval) -> dict[str, object]:
    """The values that a metric can have."""
    lowest, highest = span(metric, interval) or (interval.low, interval.high)
    return {"lowest": Shown(lowest, "g", "−"), "highest": Shown(highest, "g", "−")}


def _per_cent(rule: AppliedRule, metric: Metric, interval: Interval) -> tuple[str, dict[str, object]] | None:
    """What the bound may mean where it was given in per cent."""
    _, highest = span(metric, interval) or (interval.low, interval.high)
    if not highest == 1 < rule.value <= 100:
        return None
    return "per_cent", {"bound": Shown(rule.value, "g"), "share": Shown(rule.value / 100, "g")}


def _unanswered(result: Measured, estimate: Estimate) -> tuple[str, dict[str, object]]:
    """Why a pass does not hold had the unanswered items had the worst answers."""
    if estimate.if_answered is None:
        return "left_out", {"unanswered": result.unanswered, "requests": result.requests}
    lowest, highest = estimate.if_answered
    return "if_answered", {"lowest": Shown(lowest, ".4g", "−"), "highest": Shown(highest, ".4g", "−")}


def _passing(
    rule: AppliedRule, null: float | None, estimate: Estimate, interval: Interval
) -> tuple[str, dict[str, object]] | None:
    """What would have to be otherwise: the value nearest to this one that would have passed with such an interval.

    Ratios (null value 1) are taken to keep their relative width. A value that would pass is named only where the
    metric can have it on this side of no difference; else the interval is too wide for the limit, whatever the value,
    and only more data narrow it: so is one that leaves no room at the two digits that the limit is compared in, to
    which values are rounded towards the allowed side. Of a value at the end of its own interval nothing is said.
    """
    places = max(0, 1 - math.floor(math.log10(abs(rule.value)))) if rule.value else 2
    relative = null == 1 and interval.low > 0
    below, above = estimate.value - interval.low, interval.high - estimate.value
    wide: tuple[str, dict[str, object]] = ("too_wide", {"n": estimate.n})
    match rule.op:
        case ">=" if below <= 0:
            return None
        case "<=" if above <= 0:
            return None
        case ">=":
            least = rule.value * estimate.value / interval.low if relative else rule.value + below
            least = _rounded(least, places, math.ceil)
            if null is not None and null <= least and (rule.value <= null or interval.high <= null):
                return wide
            return "or_more", {"least": Shown(least, f".{places}f", "−")}
        case "<=":
            most = rule.value * estimate.value / interval.high if relative else rule.value - above
            most = _rounded(most, places, math.floor)
            if most <= 0 <= interval.low or (null is not None and most <= null <= rule.value):
                return wide
            return "or_less", {"most": Shown(most, f".{places}f", "−")}
        case "within":
            low, high = (null or 0.0) - rule.value + below, (null or 0.0) + rule.value - above
            low, high = _rounded(low, places, math.ceil), _rounded(high, places, math.floor)
            if low >= high:
                return wide
            return "between", {"from": Shown(low, f".{places}f", "−"), "to": Shown(high, f".{places}f", "−")}


def _rounded(value: float, places: int, to: Callable[[float], int]) -> float:
    """The value to so many decimals, up or down; what is exact but for the last bits stays."""
    step = 10.0**places
    near = round(value * step)
    return (near if abs(value * step - near) < 1e-9 else to(value * step)) / step + 0.0
