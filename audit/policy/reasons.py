"""Explaining, the second pass of a policy: why a rule came to what it did, in words for a reader."""

from __future__ import annotations

from fairwitness.audit.errors import nearest
from fairwitness.audit.policy.bounds import span
from fairwitness.audit.policy.judgements import ALPHA, Judgement
from fairwitness.audit.policy.rules import AppliedRule
from fairwitness.audit.records import Estimate, Failed, Interval, Measured, Metric, NotApplicable, Undefined

NOT_IN_RUN = "this run asked none of the probes that the rule is about"


def reason(judgement: Judgement) -> str:
    """Why the rule says what it says."""
    metric, interval = judgement.metric, judgement.interval
    if metric is None:
        return _of_silence(judgement)
    match metric.estimate:
        case Undefined(reason=why):
            return why
        case Estimate() as estimate if interval is None:
            return _of_no_comparison(judgement, estimate)
        case Estimate() as estimate:
            return _of_comparison(judgement, metric, estimate, interval)


def _of_silence(judgement: Judgement) -> str:
    rule = judgement.rule
    match judgement.result:
        case NotApplicable(reason=why):
            return f"not applicable: {why}"
        case Failed(reason=why):
            return f"the probe crashed: {why}"
        case Measured() as result:
            return f"the probe gave nothing that matches {rule.select!r}{_misspelt(result, rule.selector.metric)}"
        case None:
            return f"nothing in this run matches {rule.select!r}" if judgement.asked else NOT_IN_RUN


def _misspelt(result: Measured, metric: str) -> str:
    """The metric of a like name, as a clause, where the probe has none of this one; a pattern has no spelling."""
    names = {measured.name for measured in result.metrics}
    return "" if metric in names or "*" in metric or "?" in metric else nearest(metric, sorted(names))


def _of_no_comparison(judgement: Judgement, estimate: Estimate) -> str:
    match judgement.ground:
        case "too_few":
            return f"below min_n: {estimate.n} of the {judgement.rule.min_n} that the rule asks for"
        case "no_null_value":
            return "'within' needs a null value and this metric has none"
        case _:
            among = judgement.comparisons
            return f"no interval at level {1 - ALPHA / among:.5g}, which {among} comparisons under one rule need"


def _of_comparison(judgement: Judgement, metric: Metric, estimate: Estimate, interval: Interval) -> str:
    rule, condition = judgement.rule, judgement.rule.condition
    measured = _measured(estimate, interval, judgement.comparisons)
    match judgement.ground:
        case "inside":
            return f"{measured}, wholly inside {condition}"
        case "unanswered" if isinstance(judgement.result, Measured):
            return f"{measured}, wholly inside {condition}, but {_unanswered(judgement.result, estimate)}"
        case "unbreakable":
            return f"nothing could break {condition}: {_ends(rule, metric, interval)}"
        case "across":
            return f"{measured}, on both sides of {condition}{_passing(rule, metric.null, estimate, interval)}"
        case "outside":
            return f"{measured}, wholly outside {condition}"
        case "likely_outside":
            level = f"the {(1 - rule.fail_alpha) * 100:.6g} % certainty that the policy asks before it calls a failure"
            return f"{measured}, wholly outside {condition}, but not yet at {level}"
        case "slightly_outside":
            effect = f"{rule.min_effect:g}"
            return (
                f"{measured}, wholly outside {condition}, but by less than {effect}, the least that the policy counts"
            )
        case other:
            raise ValueError(f"{other} is no place of an interval")


def _measured(estimate: Estimate, interval: Interval, comparisons: int) -> str:
    text = f"{estimate.value:.4g}, {interval.level * 100:.4g} % interval {interval.low:.4g} to {interval.high:.4g}"
    if interval.level <= estimate.level:
        return text
    plain = f"{estimate.level * 100:.4g} %: {estimate.low:.4g} to {estimate.high:.4g}"
    return f"{text} for one of {comparisons} comparisons under this rule ({plain})"


def _ends(rule: AppliedRule, metric: Metric, interval: Interval) -> str:
    """The values that a metric can have, with what the bound may mean where it was given in per cent."""
    lowest, highest = span(metric, interval) or (interval.low, interval.high)
    per_cent = highest == 1 < rule.value <= 100
    hint = f"; {rule.value:g} per cent are {rule.value / 100:g}" if per_cent else ""
    return f"values of this metric lie from {lowest:g} to {highest:g}{hint}"


def _unanswered(result: Measured, estimate: Estimate) -> str:
    """Why a pass does not hold had the unanswered items had the worst answers."""
    if estimate.if_answered is None:
        return (
            f"the model left {result.unanswered} of {result.requests} questions of this probe unanswered, and how far "
            "these could have moved the value is not known"
        )
    lowest, highest = estimate.if_answered
    return f"what stayed unanswered could have put the value anywhere from {lowest:.4g} to {highest:.4g}"


def _passing(rule: AppliedRule, null: float | None, estimate: Estimate, interval: Interval) -> str:
    """What would have to be otherwise: the value nearest to this one that would have passed with such an interval.

    Ratios (null value 1) are taken to keep their relative width. A value that would pass is named only where the
    metric can have it on this side of no difference; else the interval is too wide for the limit, whatever the value,
    and only more data narrow it. Of a value at the end of its own interval nothing is said.
    """
    relative = null == 1 and interval.low > 0
    below, above = estimate.value - interval.low, interval.high - estimate.value
    wide = f"; the interval from {estimate.n} units is too wide for this limit: more data are needed"
    passing = ""
    match rule.op:
        case ">=" if below <= 0:
            return ""
        case "<=" if above <= 0:
            return ""
        case ">=":
            least = rule.value * estimate.value / interval.low if relative else rule.value + below
            if null is not None and null < least and (rule.value <= null or interval.high <= null):
                return wide
            passing = f"{least:.3g} or more"
        case "<=":
            most = rule.value * estimate.value / interval.high if relative else rule.value - above
            if most < 0 <= interval.low or (null is not None and most < null <= rule.value):
                return wide
            passing = f"{most:.3g} or less"
        case "within":
            low, high = (null or 0.0) - rule.value + below, (null or 0.0) + rule.value - above
            if low > high:
                return wide
            passing = f"{low:.3g} to {high:.3g}".replace("-", "−")
    return f"; with an interval of this width a value of {passing} would pass"
