"""Judges measurements against the rules of a policy: decides (`judgements`), explains (`reasons`), then waives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from fairwitness.audit.policy.judgements import Judgement, judgements
from fairwitness.audit.policy.reasons import explained
from fairwitness.audit.policy.rules import AppliedRule, Policy, fingerprint
from fairwitness.audit.policy.waivers import Register
from fairwitness.audit.records import ProbeResult, Since, Verdict, WaiverUse, metric_key


def judge(
    policy: Policy, results: Sequence[ProbeResult], family: str, today: date, since: Since | None = None
) -> tuple[Verdict, ...]:
    """One verdict per rule and metric, one per rule and probe that gave nothing, one per waiver that nothing needed.

    `family` is the model family that goes into the fingerprints; `today` decides which waivers hold. `since` is what
    rules look at that judge the change since a baseline; without one they are not measured.
    """
    return judged(policy, results, family, today, since)[0]


def judged(
    policy: Policy, results: Sequence[ProbeResult], family: str, today: date, since: Since | None = None
) -> tuple[tuple[Verdict, ...], tuple[WaiverUse, ...]]:
    """The same, and what became of each waiver."""
    register = Register.of(policy.waivers, today)
    verdicts = [
        register.apply(_verdict(judgement, family), judgement.metric, rule)
        for rule in policy.rules
        for judgement in judgements(AppliedRule.of(rule, policy.defaults), results, since)
    ]
    return (*verdicts, *register.unused()), register.uses()


def _verdict(judgement: Judgement, family: str) -> Verdict:
    """A judgement in words, as the document holds it."""
    rule, metric, result = judgement.rule, judgement.metric, judgement.result
    probe = rule.selector.probe if result is None else result.probe.name
    key = metric_key(rule.selector.metric, {}) if metric is None else metric.key
    explanation = explained(judgement)
    return Verdict(
        rule=rule.id,
        outcome=judgement.outcome,
        probe=probe,
        metric=key[0],
        by=metric.by if metric else {},
        against=metric.against if metric else None,
        variant=metric.variant if metric else {},
        ground=judgement.ground,
        reason=explanation.reason,
        values=explanation.values,
        undecided=explanation.undecided,
        severity=rule.severity,
        counts=judgement.counts,
        fingerprint=fingerprint(probe, key, f"{family} since the baseline" if rule.relative_to else family),
        condition=rule.condition,
        threshold=None if rule.relative_to else rule.value,
        decided=None if rule.relative_to else judgement.interval,
        asked=judgement.asked,
        relative_to=rule.relative_to,
    )
