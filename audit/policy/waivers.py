"""Applies waivers to verdicts, and reports the waivers that nothing needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from fairwitness.audit.policy.bounds import breach
from fairwitness.audit.policy.reasons import WORDS
from fairwitness.audit.policy.rules import Rule, Waiver, fingerprint
from fairwitness.audit.reasons import cells
from fairwitness.audit.records import Metric, Name, Undefined, Verdict, joined, metric_key
from fairwitness.audit.words import Shown

UNUSED = "waiver"
"""The `rule` of a verdict that reports a waiver which nothing needed."""


def waive(
    verdict: Verdict, metric: Metric | None, rule: Rule, waivers: Sequence[Waiver], today: date
) -> tuple[Verdict, list[Waiver]]:
    """The verdict as the waivers leave it, and the waivers that spoke of it; without a metric the probe gave none."""
    if verdict.outcome in ("pass", "waived") or not verdict.asked:
        return verdict, []
    speaking = [waiver for waiver in waivers if _speaks(waiver, verdict, metric, rule)]
    notes: list[str] = []
    for waiver in speaking:
        refusal = _refusal(waiver, metric, rule, today)
        if refusal is None:
            changed = replace(verdict, outcome="waived", counts=False, waiver=str(waiver), waived_from=verdict.outcome)
            return changed, speaking
        notes.append(refusal)
    if not notes:
        return verdict, []
    refused = replace(verdict, reason=joined(WORDS("join"), [verdict.reason, *notes]), waiver=str(speaking[0]))
    if verdict.outcome in ("inconclusive", "likely_violated"):
        undecided = filter(None, [verdict.undecided, *notes])
        refused = replace(refused, undecided=joined(WORDS("join"), undecided))
    return refused, speaking


def _speaks(waiver: Waiver, verdict: Verdict, metric: Metric | None, rule: Rule) -> bool:
    """Whether a waiver names this verdict, and says that it covers its kind of absence where there is no estimate.

    Where a probe gave nothing for a rule, the waiver must name that verdict's fingerprint or select as the rule does.
    """
    missing = metric is None or isinstance(metric.estimate, Undefined)
    kind = "not_interpretable" if missing and verdict.outcome == "inconclusive" else "not_measured"
    if (missing or verdict.outcome == "not_measured") and kind not in waiver.covers:
        return False
    if metric is not None:
        return waiver.takes(verdict.probe, metric, verdict.fingerprint)
    return waiver.select == rule.select or waiver.fingerprint == verdict.fingerprint


def _refusal(waiver: Waiver, metric: Metric | None, rule: Rule, today: date) -> str | None:
    """Why a waiver does not hold for this metric; None when it does."""
    if today > waiver.expires:
        return WORDS("waiver.expired", owner=Name(waiver.owner), expires=waiver.expires.isoformat())
    if waiver.max_value is None or metric is None or isinstance(metric.estimate, Undefined):
        return None
    if rule.op == "within" and metric.null is None:
        return None  # no value of it can be compared, so none is the worst
    if breach(rule.op, waiver.max_value, metric.null, metric.estimate.value) > 0:
        return WORDS("waiver.exceeded", owner=Name(waiver.owner), max_value=Shown(waiver.max_value, "g"))
    return None


def unused(waiver: Waiver, today: date) -> Verdict:
    """Tells of a waiver that changed no verdict. It weighs nothing."""
    expired = {"expires": waiver.expires.isoformat()} if today > waiver.expires else {}
    return Verdict(
        rule=UNUSED,
        outcome="not_measured",
        probe="",
        metric=waiver.target,
        by={},
        ground="unused_waiver",
        reason=WORDS("reason.expired_unused_waiver" if expired else "reason.unused_waiver", **expired),
        values=cells(expired),
        severity="warn",
        counts=False,
        fingerprint=waiver.fingerprint or fingerprint("", metric_key(waiver.target, {}), ""),
        waiver=str(waiver),
        asked=False,
    )
