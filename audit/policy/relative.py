"""What a rule relative to a baseline looks at: the change of a metric in the place of its value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fairwitness.audit import reasons
from fairwitness.audit.policy.rules import AppliedRule
from fairwitness.audit.policy.words import WORDS
from fairwitness.audit.records import Estimate, Measured, Metric, ProbeResult, Since, Undefined


def changed(result: Measured, metric: Metric, since: Since | None) -> tuple[Measured, Metric]:
    """The metric with its change since the baseline as its estimate, and with no change as its null value.

    What this run could not measure stays as it is. Without a baseline, or where it cannot be compared, the reason says
    so. Questions that the baseline left unanswered count beside those of this run.
    """
    if isinstance(metric.estimate, Undefined):
        return result, metric
    if since is None:
        return result, replace(metric, estimate=reasons.undefined(WORDS, "reason.no_baseline", "no_baseline"))
    probe = result.probe.name
    entry = since.changes.get((probe, metric.key))
    if entry is None:
        why = since.missing.get(probe) or WORDS("reason.not_in_baseline")
        return result, replace(metric, estimate=_unknown(why))
    change, scale = entry
    factor = scale == "factor"
    compared = replace(
        metric,
        estimate=change if isinstance(change, Estimate) else _unknown(change.reason),
        null=1.0 if factor else 0.0,
        unit="ratio" if factor else metric.unit,
        joint=False,
    )
    unanswered, requests = since.unanswered.get(probe, (0, 0))
    both = replace(result, unanswered=result.unanswered + unanswered, requests=result.requests + requests)
    return both, compared


def gone(rule: AppliedRule, results: Sequence[ProbeResult], since: Since | None) -> list[tuple[Measured, Metric]]:
    """What the rule takes of the baseline's metrics and this run, which asked the same probe, does not have."""
    ran = {result.probe.name: result for result in results if isinstance(result, Measured)}
    absent = _unknown(WORDS("reason.gone"))
    return [
        (ran[probe], replace(metric, estimate=absent))
        for probe, metric in (since.gone if since else ())
        if probe in ran and rule.selector.takes_probe(probe) and rule.selector.takes(probe, metric)
    ]


def _unknown(why: str) -> Undefined:
    return reasons.undefined(WORDS, "reason.no_change_known", "no_change_known", reason=why)
