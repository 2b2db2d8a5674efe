"""Deciding, the first pass of a policy: what each rule comes to on each metric. The second, `reasons`, says why.

Rules look at intervals, never at bare values: an interval that straddles a bound is inconclusive. A rule over m
metrics decides each at level 1 - 0.05/m (Bonferroni), so that more groups do not mean more false alarms. m counts the
metrics that the rule can look at, not those without an estimate or below its `min_n`; metrics whose intervals already
hold together (`joint`: same name, columns and variant) count once. A failure must also hold at level
1 - fail_alpha/m, where a policy asks for more than 0.05; what is outside at 1 - 0.05/m alone is likely violated.

Absence is never success. A metric without an estimate is not measured or, where a validity check was missed,
inconclusive whatever the policy ignores; a pass must hold too had every unanswered item had the worst answer. A rule
that no value could break passes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from fairwitness.audit.outcomes import OUTCOMES
from fairwitness.audit.policy.bounds import breakable
from fairwitness.audit.policy.relative import changed, gone
from fairwitness.audit.policy.rules import AppliedRule
from fairwitness.audit.records import (
    Estimate,
    Failed,
    Interval,
    Labels,
    Measured,
    Metric,
    NotApplicable,
    Outcome,
    ProbeResult,
    Since,
    Undefined,
    UndefinedKind,
)

ALPHA = 0.05

Position: TypeAlias = Literal[
    "inside", "unbreakable", "unanswered", "across", "outside", "likely_outside", "slightly_outside", "no_interval"
]
"""Where the interval of a metric lies to the bound, and what else speaks against a pass or a failure."""
Absence: TypeAlias = UndefinedKind | Literal["too_few", "no_null_value", "no_baseline", "no_change_known"]
"""Why a rule cannot look at a metric."""
Silence: TypeAlias = Literal["not_applicable", "cut_off", "crashed", "no_such_metric", "nothing_matches", "not_in_run"]
"""Why a rule has no metric to look at."""
Ground: TypeAlias = Position | Absence | Silence

ALWAYS_COUNT: frozenset[Ground] = frozenset({"unbreakable", "not_interpretable"})
"""What no key of a policy leaves open."""
NOT_ASKED: frozenset[Ground] = frozenset({"not_asked", "not_in_run"})
"""What no probe of the run was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What one rule comes to, and on what ground: on a metric, or where a probe gave it none (`metric` None)."""

    rule: AppliedRule
    ground: Ground
    result: ProbeResult | None
    """Of the probe that the rule speaks of; None where it names none that is in this run."""
    metric: Metric | None = None
    interval: Interval | None = None
    """What was held against the bound; None where nothing was."""
    comparisons: int = 0
    """How many are decided under the rule, this one among them."""
    asked: bool = True

    @property
    def outcome(self) -> Outcome:
        """What the rule says."""
        return OUTCOMES[self.ground]

    @property
    def counts(self) -> bool:
        """Whether it weighs in the exit code; what was not asked weighs nothing."""
        left_open = self.ground not in ALWAYS_COUNT and self.rule.leaves_open(self.outcome)
        return self.rule.severity == "error" and self.asked and not left_open


def judgements(rule: AppliedRule, results: Sequence[ProbeResult], since: Since | None = None) -> list[Judgement]:
    """What a rule comes to on each metric that it takes, and for each probe that it names and that gave it none.

    A rule relative to a baseline looks at the changes in `since` where others look at the metrics.
    """
    selected = list(_selected(rule, results))
    if rule.relative_to:
        selected = [changed(result, metric, since) for result, metric in selected] + gone(rule, results, since)
    comparisons = _comparisons(rule, selected)
    judged = [_judgement(rule, result, metric, comparisons) for result, metric in selected]
    if rule.selector.groups and not any(judgement.asked for judgement in judged):
        judged = [replace(judgement, asked=True) for judgement in judged]  # who names a group asks for it
    return [*judged, *_silences(rule, results, {result.probe.name for result, _ in selected})]


def _selected(rule: AppliedRule, results: Sequence[ProbeResult]) -> Iterator[tuple[Measured, Metric]]:
    selector = rule.selector
    for result in results:
        if isinstance(result, Measured) and selector.takes_probe(result.probe.name):
            for metric in result.metrics:
                if selector.takes(result.probe.name, metric):
                    yield result, metric


def _comparisons(rule: AppliedRule, selected: Sequence[tuple[Measured, Metric]]) -> int:
    """How many decisions are taken at once: intervals that hold together are one."""
    alone = 0
    joint: set[tuple[str, str, tuple[str, ...], Labels]] = set()
    for result, metric in selected:
        if not isinstance(_look(rule, metric), Estimate):
            continue
        if metric.joint:
            variant = tuple(sorted(metric.variant.items()))
            joint.add((result.probe.name, metric.name, tuple(sorted(metric.by)), variant))
        else:
            alone += 1
    return alone + len(joint)


def _look(rule: AppliedRule, metric: Metric) -> Estimate | Absence:
    """The estimate that the rule can look at, or why there is none."""
    match metric.estimate:
        case Undefined(code="no_baseline" | "no_change_known" as code):
            return code
        case Undefined(kind=kind):
            return kind
        case Estimate(n=n) if n < rule.min_n:
            return "too_few"
        case Estimate() if rule.op == "within" and metric.null is None:
            return "no_null_value"
        case Estimate() as estimate:
            return estimate


def _judgement(rule: AppliedRule, result: Measured, metric: Metric, comparisons: int) -> Judgement:
    interval: Interval | None = None
    ground: Ground
    match _look(rule, metric):
        case Estimate() as estimate:
            interval = estimate.at(1 - ALPHA / comparisons)
            ground = _position(rule, result, metric, estimate, interval, comparisons)
        case absence:
            ground = absence
    return Judgement(
        rule=rule,
        ground=ground,
        result=result,
        metric=metric,
        interval=interval,
        comparisons=comparisons,
        asked=ground not in NOT_ASKED,
    )


def _position(
    rule: AppliedRule, result: Measured, metric: Metric, estimate: Estimate, interval: Interval | None, comparisons: int
) -> Position:
    """Where the interval lies to the bound: the first line that holds."""
    if interval is None:
        return "no_interval"
    match rule.decide(metric, interval):
        case "pass" if not breakable(rule.op, rule.value, metric, interval):
            return "unbreakable"
        case "pass" if not _whatever_was_unanswered(rule, result, metric, estimate, interval):
            return "unanswered"
        case "pass":
            return "inside"
        case "inconclusive":
            return "across"
        case "fail" if rule.breach(metric, estimate.value) < rule.min_effect:
            return "slightly_outside"
        case "fail" if rule.decide(metric, _widest(estimate, 1 - rule.fail_alpha / comparisons)) != "fail":
            return "likely_outside"
        case "fail":
            return "outside"


def _whatever_was_unanswered(
    rule: AppliedRule, result: Measured, metric: Metric, estimate: Estimate, interval: Interval
) -> bool:
    """Whether a pass holds too had every unanswered item had the worst answer."""
    if estimate.if_answered is None:
        return not result.unanswered
    lowest, highest = estimate.if_answered
    low, high = interval.low - (estimate.value - lowest), interval.high + (highest - estimate.value)
    return rule.decide(metric, Interval(interval.level, low, high)) == "pass"


def _widest(estimate: Estimate, level: float) -> Interval:
    """The interval of at least this level, or the widest there is."""
    plain = Interval(estimate.level, estimate.low, estimate.high)
    return estimate.at(level) or (plain, *estimate.wider)[-1]


def _silences(rule: AppliedRule, results: Sequence[ProbeResult], speaking: Collection[str]) -> list[Judgement]:
    """One for each probe that the rule names and that gave no metrics, or one for a rule that matched nothing.

    A rule that names no probe might have taken metrics of any that was cut off.
    """
    selector = rule.selector
    asked = [result for result in results if not isinstance(result, NotApplicable) or result.asked]
    named = [
        result
        for result in asked
        if (_is_cut_off(result) if selector.any_probe else selector.takes_probe(result.probe.name))
    ]
    silent = [result for result in named if result.probe.name not in speaking]
    if silent or speaking:
        return [Judgement(rule=rule, ground=_silence(result), result=result) for result in silent]
    if selector.any_probe and asked:
        return [Judgement(rule=rule, ground="nothing_matches", result=None)]
    return [Judgement(rule=rule, ground="not_in_run", result=None, asked=False)]


def _is_cut_off(result: ProbeResult) -> bool:
    return isinstance(result, NotApplicable) and result.code == "budget_spent"


def _silence(result: ProbeResult) -> Silence:
    match result:
        case NotApplicable():
            return "cut_off" if _is_cut_off(result) else "not_applicable"
        case Failed():
            return "crashed"
        case Measured():
            return "no_such_metric"
