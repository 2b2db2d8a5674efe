"""What another policy says of a finished run, and where it says something else than the run's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from fairwitness.audit.outcomes import outcome_of
from fairwitness.audit.policy.judge import judged
from fairwitness.audit.policy.rules import Policy
from fairwitness.audit.policy.waivers import UNUSED
from fairwitness.audit.records import Audit, Measured, PolicyInfo, Since, Verdict


@dataclass(frozen=True, slots=True)
class VerdictDifference:
    """One rule on one metric: its verdict by the run's own policy and by the other; None where one has no such rule.

    What both say alike, limit and weight included, is no change.
    """

    before: Verdict | None
    after: Verdict | None

    @property
    def verdict(self) -> Verdict:
        """The newer of the two, to name rule and metric by."""
        verdict = self.after or self.before
        assert verdict is not None  # noqa: S101 - one of them is there
        return verdict


def tried(audit: Audit, policy: Policy, info: PolicyInfo, today: date, since: Since | None = None) -> Audit:
    """The document as the run would have written it under this policy on that day.

    `since` is what rules look at that judge the change since a baseline; without one they are not measured.
    """
    family = audit.manifest.subject.architecture or audit.manifest.subject.kind
    verdicts, waivers = judged(policy, audit.results, family, today, since)
    outcome, code = outcome_of(verdicts, audit.results, audit.status)
    return replace(
        audit,
        outcome=outcome,
        exit_code=code,
        verdicts=verdicts,
        waivers=waivers,
        manifest=replace(audit.manifest, policy=info),
    )


def changes(before: Audit, after: Audit) -> tuple[VerdictDifference, ...]:
    """What two policies say otherwise of the same results, in the order of the newer one's rules, then what is gone.

    What neither says of anything that was asked is no change.
    """
    old, new = _by_name(before.verdicts), _by_name(after.verdicts)
    pairs = [VerdictDifference(old.get(name), verdict) for name, verdict in new.items()]
    pairs += [VerdictDifference(verdict, None) for name, verdict in old.items() if name not in new]
    return tuple(pair for pair in pairs if _said(pair.before) != _said(pair.after))


def metrics_of_run(audit: Audit) -> Mapping[str, frozenset[str]]:
    """The names of the metrics that each probe of a run gave."""
    return {
        result.probe.name: frozenset(metric.name for metric in result.metrics)
        for result in audit.results
        if isinstance(result, Measured)
    }


def _by_name(verdicts: Iterable[Verdict]) -> dict[tuple[str, str], Verdict]:
    """Verdicts by rule and fingerprint; those that tell of unused waivers are none of a rule."""
    return {(verdict.rule, verdict.fingerprint): verdict for verdict in verdicts if verdict.rule != UNUSED}


def _said(verdict: Verdict | None) -> tuple[str, str, bool, str] | None:
    """What a reader takes for the verdict; None where there is none on what was asked."""
    if verdict is None or not verdict.asked:
        return None
    return verdict.outcome, verdict.condition, verdict.counts, verdict.severity
