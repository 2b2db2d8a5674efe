"""Judges measurements against the rules of a policy.

Rules look at intervals, never at bare values: an interval that straddles a bound is inconclusive. A rule over m
metrics decides each at level 1 - 0.05/m (Bonferroni), so that more groups do not mean more false alarms. m counts the
metrics that the rule can look at, not those without an estimate or below its `min_n`; metrics whose intervals already
hold together (tag `simultaneous`: same name, same group columns) count once. A failure must also hold at level
1 - fail_alpha/m, where a policy asks for more than 0.05.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from assay.audit.policy.rules import Operator, Policy, Rule, Selector, Waiver, breach, fingerprint
from assay.audit.policy.waivers import unused, waive
from assay.audit.records import (
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
        if (rule.on_missing or own.on_missing) == "ignore":
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
        self, outcome: Outcome, probe: str, metric: str, by: Mapping[str, str], reason: str, at: Interval | None = None
    ) -> Verdict:
        """`counts` is whether the verdict weighs in the exit code."""
        return Verdict(
            rule=self.rule.id,
            outcome=outcome,
            probe=probe,
            metric=metric,
            by=by,
            reason=reason,
            severity=self.severity,
            counts=self.severity == "error" and outcome not in self.ignored,
            fingerprint=fingerprint(probe, metric, by, self.family),
            condition=self.rule.condition,
            threshold=self.rule.value,
            decided=at,
        )


def judge(policy: Policy, results: Sequence[ProbeResult], family: str, today: date) -> tuple[Verdict, ...]:
    """One verdict per rule and metric, one per rule and probe that gave nothing, one per waiver that nothing needed.

    `family` is the model family that goes into the fingerprints; `today` decides which waivers hold.
    """
    verdicts: list[Verdict] = []
    used: set[Waiver] = set()
    for rule in policy.rules:
        terms = _Terms.of(rule, policy, family)
        selected = list(_selected(terms.selector, results))
        among = _families([(probe, metric) for probe, metric in selected if _missing(terms, metric) is None])
        for probe, metric in selected:
            plain = _judge_metric(terms, probe, metric, among)
            verdict, waivers = waive(plain, probe, metric, rule.op, policy.waivers, today)
            verdicts.append(verdict)
            used.update(waivers)
        verdicts.extend(_absent(terms, results, nothing=not selected))
    verdicts.extend(unused(waiver, today) for waiver in policy.waivers if waiver not in used)
    return tuple(verdicts)


def _selected(selector: Selector, results: Sequence[ProbeResult]) -> Iterator[tuple[str, Metric]]:
    for result in results:
        if isinstance(result, Measured):
            name = result.probe.name
            yield from ((name, m) for m in result.metrics if selector.takes(name, m.name, m.by, m.tags))


def _families(metrics: Sequence[tuple[str, Metric]]) -> int:
    """How many decisions are taken at once: simultaneous intervals are one."""
    joint = {(probe, one.name, tuple(sorted(one.by))) for probe, one in metrics if SIMULTANEOUS in one.tags}
    return len(joint) + sum(1 for _, one in metrics if SIMULTANEOUS not in one.tags)


def _absent(terms: _Terms, results: Sequence[ProbeResult], *, nothing: bool) -> Iterator[Verdict]:
    """Verdicts for probes that the rule names and that gave no metrics, or one for a rule that matched nothing."""
    silent = False
    for result in results:
        if terms.selector.only_tags or not terms.selector.takes_probe(result.probe.name):
            continue
        match result:
            case Measured():
                continue
            case NotApplicable() | Failed():
                silent = True
                yield terms.verdict("not_measured", result.probe.name, terms.selector.metric, {}, _why_silent(result))
    if nothing and not silent:
        why = f"nothing in this run matches {terms.rule.select!r}"
        yield terms.verdict("not_measured", terms.selector.probe, terms.selector.metric, {}, why)


def _why_silent(result: NotApplicable | Failed) -> str:
    match result:
        case NotApplicable(reason=reason):
            return f"not applicable: {reason}"
        case Failed(reason=reason):
            return f"the probe crashed: {reason}"


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


def _judge_metric(terms: _Terms, probe: str, metric: Metric, among: int) -> Verdict:
    missing = _missing(terms, metric)
    estimate = metric.estimate
    if missing is not None or isinstance(estimate, Undefined):
        return terms.verdict("not_measured", probe, metric.name, metric.by, missing or "")
    level = 1 - ALPHA / among
    at = estimate.at(level)
    if at is None:
        why = f"no interval at level {level:.5g}, which {among} comparisons under one rule need"
        return terms.verdict("inconclusive", probe, metric.name, metric.by, why)
    outcome = decide(terms.rule.op, terms.rule.value, metric.null, at)
    why = _because(estimate, at, among) + _SAYS[outcome].format(terms.rule.condition)
    if outcome == "fail":
        why, outcome = _confirmed(terms, metric, estimate, among, why)
    elif outcome == "inconclusive":
        why += _reach(terms, metric.null, estimate, at)
    return terms.verdict(outcome, probe, metric.name, metric.by, why, at)


def _confirmed(terms: _Terms, metric: Metric, estimate: Estimate, among: int, why: str) -> tuple[str, Decision]:
    """Whether a failure is sure enough and large enough for this policy, with the words for it."""
    sure = _sure(estimate, 1 - terms.fail_alpha / among)
    if decide(terms.rule.op, terms.rule.value, metric.null, sure) != "fail":
        return f"{why}, but not at the {sure.level * 100:.4g} % that the policy asks of a failure", "inconclusive"
    if breach(terms.rule.op, terms.rule.value, metric.null, estimate.value) < terms.min_effect:
        return f"{why}, but by less than the {terms.min_effect:g} that the policy calls an effect", "inconclusive"
    return why, "fail"


def _sure(estimate: Estimate, level: float) -> Interval:
    """The interval of at least this level, or the widest there is."""
    plain = Interval(estimate.level, estimate.low, estimate.high)
    return estimate.at(level) or (estimate.wider[-1] if estimate.wider else plain)


def _reach(terms: _Terms, null: float | None, estimate: Estimate, at: Interval) -> str:
    """Why nothing could be concluded: which value would have passed with an interval of this width.

    Ratios (null value 1) are taken to keep their relative width.
    """
    bound = terms.rule.value
    relative = null == 1 and at.low > 0
    below, above = estimate.value - at.low, at.high - estimate.value
    passing = ""
    match terms.rule.op:
        case ">=":
            passing = f"{bound * estimate.value / at.low if relative else bound + below:.3g} or more"
        case "<=":
            passing = f"{bound * estimate.value / at.high if relative else bound - above:.3g} or less"
        case "within":
            low, high = (null or 0.0) - bound + below, (null or 0.0) + bound - above
            if low > high:
                return f"; with {estimate.n} units no value would pass: more rows are needed"
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
