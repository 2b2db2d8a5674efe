"""What rules say in both runs: which verdicts are new failures, which are gone, which are as they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from fairwitness.audit.comparison.types import TURNS
from fairwitness.audit.records import Audit, MetricKey, Outcome, Turn, Verdict, VerdictChange, metric_key

OF_NOTHING = ("unused_waiver", "no_baseline")
WORST: tuple[Outcome, ...] = ("fail", "likely_violated", "inconclusive", "not_measured", "waived", "pass")
RuleKey: TypeAlias = tuple[str, str, MetricKey]
"""Rule, probe and metric."""


def verdict_changes(base: Sequence[Audit], new: Sequence[Audit]) -> tuple[VerdictChange, ...]:
    """Every verdict of either side beside that of the other, what needs a look first; of several runs the worst.

    Verdicts are paired by rule, probe, metric and groups. What a run did not ask, waivers that nothing needed, and
    rules on a change in a run that had nothing to compare with, are no verdicts of a measurement.
    """
    ours, theirs = _worst(base), _worst(new)
    changes = [_change(ours.get(key), theirs.get(key)) for key in dict.fromkeys((*theirs, *ours))]
    return tuple(sorted(changes, key=lambda change: (not change.gated, TURNS.index(change.turn))))


def _worst(audits: Sequence[Audit]) -> dict[RuleKey, Verdict]:
    """The verdict of each rule on each metric that a side is known by: what stops a release before what does not."""
    worst: dict[RuleKey, Verdict] = {}
    for audit in audits:
        for key, verdict in _asked(audit):
            if key not in worst or _rank(verdict) < _rank(worst[key]):
                worst[key] = verdict
    return worst


def _rank(verdict: Verdict) -> tuple[bool, int]:
    return not _stops(verdict), WORST.index(verdict.outcome)


def _asked(audit: Audit) -> Iterator[tuple[RuleKey, Verdict]]:
    for verdict in audit.verdicts:
        if verdict.asked and verdict.ground not in OF_NOTHING:
            key = metric_key(verdict.metric, verdict.by, verdict.against, verdict.variant)
            yield (verdict.rule, verdict.probe, key), verdict


def _change(before: Verdict | None, after: Verdict | None) -> VerdictChange:
    named = after or before
    if named is None:
        raise ValueError("a verdict of neither run")
    return VerdictChange(
        rule=named.rule,
        probe=named.probe,
        metric=named.metric,
        by=named.by,
        against=named.against,
        variant=named.variant,
        before=before.outcome if before else None,
        after=after.outcome if after else None,
        turn=_turn(before, after),
        gated=any(verdict is not None and verdict.severity == "error" for verdict in (before, after)),
    )


def _turn(before: Verdict | None, after: Verdict | None) -> Turn:
    if before is None:
        return "only_new"
    if after is None:
        return "only_base"
    if _stops(after) and not _stops(before):
        return "new_failure"
    if _stops(before) and after.outcome == "pass":
        return "fixed"
    return "unchanged" if before.outcome == after.outcome else "changed"


def _stops(verdict: Verdict) -> bool:
    """Whether a verdict stands in the way of a release."""
    return verdict.counts and verdict.outcome not in ("pass", "waived")
