"""Judges measurements against the rules of a policy.

Rules look at intervals, never at bare values: an interval that straddles a bound is inconclusive. A rule over m
metrics decides each at level 1 - 0.05/m (Bonferroni), so that more groups do not mean more false alarms. m counts the
metrics that the rule can look at, not those without an estimate or below its `min_n`; metrics whose intervals already
hold together (tag `simultaneous`: same name, same group columns) count once. A failure must also hold at level
1 - fail_alpha/m, where a policy asks for more than 0.05; what is outside at 1 - 0.05/m alone is likely violated.

Absence is never success. A metric without an estimate is not measured or, where a validity check was missed,
inconclusive whatever the policy ignores; a pass must hold too had every unanswered item had the worst answer. A rule
that no value could break passes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeAlias

from fairwitness.audit.errors import nearest
from fairwitness.audit.policy.breakable import unbreakable
from fairwitness.audit.policy.rules import Operator, Policy, Rule, Selector, Waiver, breach, fingerprint
from fairwitness.audit.policy.waivers import unused, waive
from fairwitness.audit.records import (
    Estimate,
    Failed,
    Interval,
    Measured,
    Metric,
    NotApplicable,
    Outcome,
    ProbeResult,
    Severity,
    Undefined,
    Verdict,
)

ALPHA = 0.05
SIMULTANEOUS = "simultaneous"
"""Tag of metrics whose intervals hold at once for all groups of the same columns."""

Decision: TypeAlias = Literal["pass", "fail", "inconclusive"]
Judged: TypeAlias = Literal["pass", "fail", "likely_violated", "inconclusive"]
NOT_IN_RUN = "none of the probes that it speaks of was asked in this run"


@dataclass(frozen=True, slots=True)
class _Terms:
    """A rule with the policy's defaults filled in."""

    rule: Rule
    selector: Selector
    min_n: int
    min_effect: float
    fail_alpha: float
    severity: Severity
    ignored: frozenset[Outcome]
    family: str

    @classmethod
    def of(cls, rule: Rule, policy: Policy, family: str) -> _Terms:
        own = policy.defaults
        ignored: set[Outcome] = {"waived"}
        if (rule.on_not_measured or own.on_not_measured) == "ignore":
            ignored.add("not_measured")
        if (rule.on_inconclusive or own.on_inconclusive) == "ignore":
            ignored.add("inconclusive")
        return cls(
            rule=rule,
            selector=rule.selector,
            min_n=own.min_n if rule.min_n is None else rule.min_n,
            min_effect=own.min_effect if rule.min_effect is None else rule.min_effect,
            fail_alpha=own.fail_alpha if rule.fail_alpha is None else rule.fail_alpha,
            severity=rule.severity or own.severity,
            ignored=frozenset(ignored),
            family=family,
        )

    def verdict(
        self,
        outcome: Outcome,
        probe: str,
        metric: str,
        by: Mapping[str, str],
        reason: str,
        at: Interval | None = None,
        *,
        asked: bool = True,
        never_ignored: bool = False,
    ) -> Verdict:
        """`counts` is whether the verdict weighs in the exit code; what was not asked weighs nothing."""
        weighs = never_ignored or outcome not in self.ignored
        return Verdict(
            rule=self.rule.id,
            outcome=outcome,
            probe=probe,
            metric=metric,
            by=by,
            reason=reason,
            severity=self.severity,
            counts=self.severity == "error" and asked and weighs,
            fingerprint=fingerprint(probe, metric, by, self.family),
            condition=self.rule.condition,
            threshold=self.rule.value,
            decided=at,
            asked=asked,
        )

    def asking(self, verdict: Verdict) -> Verdict:
        """The verdict on a metric that nothing else asked for, of a rule that names its group and so asks for it."""
        weighs = self.severity == "error" and verdict.outcome not in self.ignored
        return replace(verdict, asked=True, counts=weighs)


def judge(policy: Policy, results: Sequence[ProbeResult], family: str, today: date) -> tuple[Verdict, ...]:
    """One verdict per rule and metric, one per rule and probe that gave nothing, one per waiver that nothing needed.

    `family` is the model family that goes into the fingerprints; `today` decides which waivers hold.
    """
    verdicts: list[Verdict] = []
    used: set[Waiver] = set()
    for rule in policy.rules:
        terms = _Terms.of(rule, policy, family)
        selected = list(_selected(terms.selector, results))
        looked_at = [(result.probe.name, metric) for result, metric in selected if _missing(terms, metric) is None]
        among = _families(looked_at)
        plain: list[tuple[Verdict, Metric | None]] = [
            (_judge_metric(terms, result, metric, among), metric) for result, metric in selected
        ]
        if rule.selector.groups and not any(verdict.asked for verdict, _ in plain):
            plain = [(terms.asking(verdict), metric) for verdict, metric in plain]
        speaking = {result.probe.name for result, _ in selected}
        plain += [(verdict, None) for verdict in _absent(terms, results, speaking)]
        for unwaived, metric in plain:
            verdict, waivers = waive(unwaived, metric, rule, policy.waivers, today)
            verdicts.append(verdict)
            used.update(waivers)
    verdicts.extend(unused(waiver, today) for waiver in policy.waivers if waiver not in used)
    return tuple(verdicts)


def _selected(selector: Selector, results: Sequence[ProbeResult]) -> Iterator[tuple[Measured, Metric]]:
    for result in results:
        if isinstance(result, Measured):
            name = result.probe.name
            yield from ((result, m) for m in result.metrics if selector.takes(name, m.name, m.by, m.tags))


def _families(metrics: Sequence[tuple[str, Metric]]) -> int:
    """How many decisions are taken at once: simultaneous intervals are one."""
    joint = {(probe, one.name, tuple(sorted(one.by))) for probe, one in metrics if SIMULTANEOUS in one.tags}
    return len(joint) + sum(1 for _, one in metrics if SIMULTANEOUS not in one.tags)


def _absent(terms: _Terms, results: Sequence[ProbeResult], speaking: Collection[str]) -> Iterator[Verdict]:
    """Verdicts for probes that the rule names and that gave no metrics, or one for a rule that matched nothing."""
    names = terms.selector
    silent = False
    for result in results:
        name = result.probe.name
        if names.any_probe or name in speaking or not names.takes_probe(name):
            continue
        if isinstance(result, NotApplicable) and not result.asked:
            continue
        silent = True
        yield terms.verdict("not_measured", name, names.metric, {}, _why_silent(result, terms))
    if silent or speaking:
        return
    asked = names.any_probe and any(not isinstance(result, NotApplicable) or result.asked for result in results)
    why = f"nothing in this run matches {terms.rule.select!r}" if asked else NOT_IN_RUN
    yield terms.verdict("not_measured", names.probe, names.metric, {}, why, asked=asked)


def _why_silent(result: ProbeResult, terms: _Terms) -> str:
    select, metric = terms.rule.select, terms.selector.metric
    match result:
        case NotApplicable(reason=reason):
            return f"not applicable: {reason}"
        case Failed(reason=reason):
            return f"the probe crashed: {reason}"
        case Measured():
            return f"the probe gave nothing that matches {select!r}{_misspelt(result, metric)}"


def _misspelt(result: Measured, metric: str) -> str:
    """The metric of a like name, as a clause, where the probe has none of this one; a pattern has no spelling."""
    given = {one.name for one in result.metrics}
    return "" if metric in given or "*" in metric or "?" in metric else nearest(metric, sorted(given))


def _missing(terms: _Terms, metric: Metric) -> str | None:
    """Why the rule cannot look at this metric, or None when it can."""
    match metric.estimate:
        case Undefined(reason=reason):
            return reason
        case Estimate(n=n) if n < terms.min_n:
            return f"below min_n: {n} of the {terms.min_n} that the rule asks for"
        case Estimate():
            if terms.rule.op == "within" and metric.null is None:
                return "'within' needs a null value and this metric has none"
            return None


def _judge_metric(terms: _Terms, result: Measured, metric: Metric, among: int) -> Verdict:
    probe, estimate = result.probe.name, metric.estimate
    missing = _missing(terms, metric)
    if isinstance(estimate, Undefined):
        return _unmeasured(terms, probe, metric, estimate)
    if missing is not None:
        return terms.verdict("not_measured", probe, metric.name, metric.by, missing)
    level = 1 - ALPHA / among
    at = estimate.at(level)
    if at is None:
        why = f"no interval at level {level:.5g}, which {among} comparisons under one rule need"
        return terms.verdict("inconclusive", probe, metric.name, metric.by, why)
    decision = decide(terms.rule.op, terms.rule.value, metric.null, at)
    outcome: Judged = decision
    why = _because(estimate, at, among) + _SAYS[decision].format(terms.rule.condition)
    if decision == "fail":
        why, outcome = _confirmed(terms, metric, estimate, among, why)
    elif decision == "inconclusive":
        why += _reach(terms, metric.null, estimate, at)
    elif idle := unbreakable(terms.rule, metric, at):
        return terms.verdict("inconclusive", probe, metric.name, metric.by, idle, at, never_ignored=True)
    elif open_still := _unanswered(terms, result, metric, estimate, at):
        why, outcome = f"{why}, but {open_still}", "inconclusive"
    return terms.verdict(outcome, probe, metric.name, metric.by, why, at)


def _unmeasured(terms: _Terms, probe: str, metric: Metric, why: Undefined) -> Verdict:
    """The verdict on a metric without an estimate, by the kind of its absence."""
    outcome: Outcome = "inconclusive" if why.kind == "not_interpretable" else "not_measured"
    return terms.verdict(
        outcome,
        probe,
        metric.name,
        metric.by,
        why.reason,
        asked=why.kind != "not_asked",
        never_ignored=why.kind == "not_interpretable",
    )


def _unanswered(terms: _Terms, result: Measured, metric: Metric, estimate: Estimate, at: Interval) -> str:
    """Why a pass does not hold had the unanswered items had the worst answers; empty where it does."""
    if estimate.if_answered is None:
        if not result.unanswered:
            return ""
        return (
            f"{result.unanswered} of {result.requests} questions of this probe stayed unanswered, and what they could "
            "have changed in it is not known"
        )
    least, most = estimate.if_answered
    ends = Interval(at.level, at.low - (estimate.value - least), at.high + (most - estimate.value))
    if decide(terms.rule.op, terms.rule.value, metric.null, ends) == "pass":
        return ""
    return f"what stayed unanswered could have put the value anywhere from {least:.4g} to {most:.4g}"


def _confirmed(terms: _Terms, metric: Metric, estimate: Estimate, among: int, why: str) -> tuple[str, Judged]:
    """Whether a failure is sure enough and large enough for this policy, with the words for it."""
    if breach(terms.rule.op, terms.rule.value, metric.null, estimate.value) < terms.min_effect:
        return f"{why}, but by less than the {terms.min_effect:g} that the policy calls an effect", "inconclusive"
    sure = _sure(estimate, 1 - terms.fail_alpha / among)
    if decide(terms.rule.op, terms.rule.value, metric.null, sure) != "fail":
        return (
            f"{why}, but not at the {(1 - terms.fail_alpha) * 100:.6g} % that the policy asks of a failure",
            "likely_violated",
        )
    return why, "fail"


def _sure(estimate: Estimate, level: float) -> Interval:
    """The interval of at least this level, or the widest there is."""
    plain = Interval(estimate.level, estimate.low, estimate.high)
    return estimate.at(level) or (estimate.wider[-1] if estimate.wider else plain)


def _reach(terms: _Terms, null: float | None, estimate: Estimate, at: Interval) -> str:
    """Why nothing could be concluded: which value would have passed with an interval of this width.

    Ratios (null value 1) are taken to keep their relative width. Quantities whose interval ends at 0 or at their null
    value are taken to have no values beyond it; of a value at the end of its own interval nothing is said.
    """
    bound = terms.rule.value
    relative = null == 1 and at.low > 0
    below, above = estimate.value - at.low, at.high - estimate.value
    nothing = f"; with {estimate.n} units no value would pass: more rows are needed"
    passing = ""
    match terms.rule.op:
        case ">=" if below <= 0:
            return ""
        case "<=" if above <= 0:
            return ""
        case ">=":
            least = bound * estimate.value / at.low if relative else bound + below
            if null is not None and at.high <= null < least:
                return nothing
            passing = f"{least:.3g} or more"
        case "<=":
            most = bound * estimate.value / at.high if relative else bound - above
            if most < 0 <= at.low:
                return nothing
            passing = f"{most:.3g} or less"
        case "within":
            low, high = (null or 0.0) - bound + below, (null or 0.0) + bound - above
            if low > high:
                return nothing
            passing = f"{low:.3g} to {high:.3g}"
    return f"; with {estimate.n} units a value of about {passing} would pass"


_SAYS: Mapping[Decision, str] = {
    "pass": "wholly inside {}",
    "fail": "wholly outside {}",
    "inconclusive": "on both sides of {}",
}


def _because(estimate: Estimate, at: Interval, among: int) -> str:
    text = f"{estimate.value:.4g}, {at.level * 100:.4g} % interval {at.low:.4g} to {at.high:.4g}"
    if at.level > estimate.level:
        plain = f"{estimate.level * 100:.4g} %: {estimate.low:.4g} to {estimate.high:.4g}"
        text += f" for one of {among} comparisons under this rule ({plain})"
    return text + ", "


def decide(op: Operator, bound: float, null: float | None, at: Interval) -> Decision:
    """Where an interval lies: wholly on the allowed side, wholly on the other, or on both.

    `within` allows null ± bound, and needs a null value.
    """
    nearest = min(max(null or 0.0, at.low), at.high)
    breaches = [breach(op, bound, null, point) for point in (at.low, nearest, at.high)]
    return "pass" if max(breaches) <= 0 else "fail" if min(breaches) > 0 else "inconclusive"
