"""Applies waivers to verdicts, and tells of each waiver what it met and what nothing needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Self

from fairwitness.audit.policy.bounds import breach
from fairwitness.audit.policy.rules import Rule, Waiver, fingerprint
from fairwitness.audit.policy.words import WORDS
from fairwitness.audit.reasons import COMMA, cells
from fairwitness.audit.records import (
    Effect,
    Metric,
    Name,
    Undefined,
    Verdict,
    WaiverMeeting,
    WaiverUse,
    joined,
    metric_key,
)
from fairwitness.audit.words import Shown

UNUSED = "waiver"
"""The `rule` of a verdict that reports a waiver which nothing needed."""
LIVE: frozenset[Effect] = frozenset({"waived", "exceeded"})
"""What a waiver that has not expired does to a verdict that it names and covers."""
SPEAKING: frozenset[Effect] = LIVE | {"expired"}
"""The same of any waiver."""


@dataclass(slots=True)
class Register:
    """The waivers of a policy on a day, and what each of them met."""

    waivers: Sequence[Waiver]
    today: date
    met: list[list[WaiverMeeting]] = field(default_factory=list)

    @classmethod
    def of(cls, waivers: Sequence[Waiver], today: date) -> Self:
        """A register in which nothing was met yet."""
        return cls(waivers, today, [[] for _ in waivers])

    def apply(self, verdict: Verdict, metric: Metric | None, rule: Rule) -> Verdict:
        """The verdict as the waivers leave it; without a metric the probe gave none.

        Of several waivers that have not expired all must hold: one more signature makes no ceiling higher.
        """
        if verdict.outcome in ("pass", "waived") or not verdict.asked:
            return verdict
        effects = [self._effect(waiver, verdict, metric, rule) for waiver in self.waivers]
        met = [
            (waiver, effect)
            for waiver, effect in zip(self.waivers, effects, strict=True)
            if effect is not None and effect in SPEAKING
        ]
        terms = {_terms(waiver) for waiver, effect in met if effect in LIVE}
        for meetings, effect in zip(self.met, effects, strict=True):
            if effect is not None:
                contradicted = effect in LIVE and len(terms) > 1
                meetings.append(WaiverMeeting(verdict.rule, verdict.fingerprint, effect, contradicted))
        return _settled(verdict, met, contradicted=len(terms) > 1) if met else verdict

    def uses(self) -> tuple[WaiverUse, ...]:
        """Every waiver, in the order of the policy, with what it met."""
        return tuple(_use(waiver, meetings) for waiver, meetings in zip(self.waivers, self.met, strict=True))

    def unused(self) -> list[Verdict]:
        """Tells of each waiver that changed no verdict. These verdicts weigh nothing."""
        return [
            self._unused(waiver, sum(meeting.effect == "not_named" for meeting in meetings))
            for waiver, meetings in zip(self.waivers, self.met, strict=True)
            if not any(meeting.effect in SPEAKING for meeting in meetings)
        ]

    def _effect(self, waiver: Waiver, verdict: Verdict, metric: Metric | None, rule: Rule) -> Effect | None:
        """What a waiver does to a verdict; None where it speaks of something else.

        Where a probe gave nothing for a rule, the waiver must name that verdict's fingerprint or select as the rule
        does. What a rule says of a change since a baseline must be named by its fingerprint.
        """
        if rule.relative_to:
            named = waiver.fingerprint == verdict.fingerprint
        elif metric is None:
            named = waiver.select == rule.select or waiver.fingerprint == verdict.fingerprint
        else:
            named = waiver.takes(verdict.probe, metric, verdict.fingerprint)
        if not named:
            near = metric is not None and (
                waiver.is_near(verdict.probe, metric) or waiver.takes(verdict.probe, metric, "")
            )
            return "not_named" if near else None
        if not _covered(waiver, verdict, metric):
            return "not_covered"
        if self.today > waiver.expires:
            return "expired"
        return "exceeded" if _exceeds(waiver, metric, rule) else "waived"

    def _unused(self, waiver: Waiver, near: int) -> Verdict:
        expired = {"expires": waiver.expires.isoformat()} if self.today > waiver.expires else {}
        values: dict[str, object] = {**expired}
        reason = WORDS("reason.expired_unused_waiver" if expired else "reason.unused_waiver", **expired)
        if near:
            values["near"] = near
            reason = joined(WORDS("join"), [reason, WORDS("waiver.near", near=near)])
        return Verdict(
            rule=UNUSED,
            outcome="not_measured",
            probe="",
            metric=waiver.target,
            by={},
            ground="unused_waiver",
            reason=reason,
            values=cells(values),
            severity="warn",
            counts=False,
            fingerprint=waiver.fingerprint or fingerprint("", metric_key(waiver.target, {}), ""),
            waiver=str(waiver),
            asked=False,
        )


def _settled(verdict: Verdict, met: Sequence[tuple[Waiver, Effect]], *, contradicted: bool) -> Verdict:
    """The verdict as the waivers that speak of it leave it, with what each of them did."""
    live = [waiver for waiver, effect in met if effect in LIVE]
    owners = joined(COMMA, [Name(waiver.owner) for waiver in live])
    against = [WORDS("waiver.contradicted", owners=owners)] if contradicted else []
    if live and all(effect != "exceeded" for _, effect in met):
        reason = joined(WORDS("join"), [verdict.reason, *against])
        taken = verdict.outcome
        return replace(verdict, outcome="waived", counts=False, waived_from=taken, reason=reason, waiver=str(live[0]))
    notes = [_refusal(waiver, effect) for waiver, effect in met if effect != "waived"] + against
    refused = replace(verdict, reason=joined(WORDS("join"), [verdict.reason, *notes]), waiver=str(met[0][0]))
    if verdict.outcome in ("inconclusive", "likely_violated"):
        undecided = filter(None, [verdict.undecided, *notes])
        refused = replace(refused, undecided=joined(WORDS("join"), undecided))
    return refused


def _refusal(waiver: Waiver, effect: Effect) -> str:
    """Why a waiver that speaks of a verdict does not take it away."""
    owner = Name(waiver.owner)
    if effect == "exceeded" and waiver.max_value is not None:
        return WORDS("waiver.exceeded", owner=owner, max_value=Shown(waiver.max_value, "g"))
    return WORDS("waiver.expired", owner=owner, expires=waiver.expires.isoformat())


def contradictions(waivers: Sequence[Waiver], today: date) -> list[tuple[Waiver, Waiver]]:
    """Pairs that have not expired and name the same thing in the same words, with other owners, approvals or ceilings.

    What two different selectors share only a run can show.
    """
    live = [waiver for waiver in waivers if waiver.expires >= today]
    return [
        (first, second)
        for place, first in enumerate(live)
        for second in live[place + 1 :]
        if first.target == second.target and _terms(first) != _terms(second)
    ]


def _terms(waiver: Waiver) -> tuple[str, str | None, float | None]:
    """What two waivers of one verdict must share."""
    return waiver.owner, waiver.approved_by, waiver.max_value


def _covered(waiver: Waiver, verdict: Verdict, metric: Metric | None) -> bool:
    """Whether there is a measurement, or the waiver says that it covers this kind of absence."""
    missing = metric is None or isinstance(metric.estimate, Undefined)
    if not missing and verdict.outcome != "not_measured":
        return True
    kind = "not_interpretable" if missing and verdict.outcome == "inconclusive" else "not_measured"
    return kind in waiver.covers


def _exceeds(waiver: Waiver, metric: Metric | None, rule: Rule) -> bool:
    """Whether the value of the metric is worse than the waiver's ceiling; what has no value exceeds none."""
    if waiver.max_value is None or metric is None or isinstance(metric.estimate, Undefined):
        return False
    if rule.op == "within" and metric.null is None:
        return False  # no value of it can be compared, so none is the worst
    return breach(rule.op, waiver.max_value, metric.null, metric.estimate.value) > 0


def _use(waiver: Waiver, meetings: Sequence[WaiverMeeting]) -> WaiverUse:
    return WaiverUse(
        target=waiver.target,
        reason=waiver.reason,
        owner=waiver.owner,
        expires=waiver.expires.isoformat(),
        approved_by=waiver.approved_by or "",
        ticket=waiver.ticket or "",
        created="" if waiver.created is None else waiver.created.isoformat(),
        max_value=waiver.max_value,
        covers=waiver.covers,
        meetings=tuple(meetings),
    )
