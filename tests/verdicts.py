"""What the shipped policy says of the findings of one probe, as in a run."""

from __future__ import annotations

from datetime import date

from assay.audit.policy.file import load
from assay.audit.policy.judge import judge
from assay.audit.probe import Findings, Probe
from assay.audit.records import Measured, Verdict


def verdicts(probe: Probe, found: Findings, unanswered: int = 0) -> dict[str, list[Verdict]]:
    """The verdicts of each shipped rule that names this probe."""
    result = Measured(
        probe.spec, tuple(found.metrics), tuple(found.evidence), max(1000, unanswered), unanswered, tuple(found.notes)
    )
    policy, _ = load(None)
    rules: dict[str, list[Verdict]] = {}
    for one in judge(policy, [result], "family", date(2026, 1, 1)):
        if one.probe == probe.spec.name:
            rules.setdefault(one.rule, []).append(one)
    return rules


def outcomes(probe: Probe, found: Findings, rule: str, unanswered: int = 0) -> set[str]:
    """What one rule says; of what nobody asked nothing."""
    return {one.outcome for one in verdicts(probe, found, unanswered)[rule] if one.asked}
