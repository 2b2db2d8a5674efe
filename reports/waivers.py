"""What each waiver covers and what it does not: for the page with every verdict, for the terminal in a line each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from fairwitness.audit.records import (
    Audit,
    Effect,
    MetricKey,
    Name,
    Outcome,
    Verdict,
    WaiverMeeting,
    WaiverUse,
    joined,
)
from fairwitness.reports.i18n import both
from fairwitness.reports.labels import Labels
from fairwitness.reports.rules import condition
from fairwitness.reports.text import line

ORDER: tuple[Effect, ...] = ("waived", "expired", "exceeded", "not_covered", "not_named")
MOST_NAMED = 4
"""Verdicts of one kind that the terminal names of a waiver."""


@dataclass(frozen=True, slots=True)
class Met:
    """A verdict that a waiver met, as a reader finds it: `outcome` is what it was without the waiver."""

    name: str
    anchor: str
    rule: str
    condition: str
    outcome: Outcome
    effect: Effect
    contradicted: bool

    @property
    def said(self) -> str:
        """What the waiver does to it."""
        return both(f"waiver.{self.effect}")


@dataclass(frozen=True, slots=True)
class Waiver:
    """A waiver with its terms, the verdicts that it names and those of its metric that it does not name."""

    target: str
    reason: str
    terms: str
    named: tuple[Met, ...]
    others: tuple[Met, ...]

    @property
    def contradicted(self) -> bool:
        """Whether another waiver of one of its verdicts says otherwise."""
        return any(met.contradicted for met in self.named)


def waivers_of(audit: Audit, anchors: Mapping[tuple[str, MetricKey | None], str]) -> tuple[Waiver, ...]:
    """Every waiver of the document; `anchors` are the rows of the page by probe and metric.

    A verdict whose waiver the document does not list has its waiver's own words for target and reason.
    """
    verdicts = {(verdict.rule, verdict.fingerprint): verdict for verdict in audit.verdicts}
    listed = [_waiver(use, verdicts, anchors, _day(audit)) for use in audit.waivers]
    known = {(met.rule, met.fingerprint) for use in audit.waivers for met in use.meetings}
    unlisted: dict[str, list[Met]] = {}
    for verdict in audit.verdicts:
        if verdict.waiver and verdict.asked and (verdict.rule, verdict.fingerprint) not in known:
            effect: Effect = "waived" if verdict.outcome == "waived" else "expired"
            unlisted.setdefault(line(verdict.waiver), []).append(_met(verdict, effect, anchors))
    return (*listed, *(Waiver(text, "", "", tuple(met), ()) for text, met in unlisted.items()))


def waiver_lines(audit: Audit) -> list[str]:
    """A line for each waiver: whose it is, what it covers, what it speaks of and does not waive."""
    return [_line(waiver) for waiver in waivers_of(audit, {})]


def _line(waiver: Waiver) -> str:
    head = joined(both("comma"), filter(None, [Name(waiver.target), waiver.terms]))
    said = [
        both(f"waiver.told.{effect}", names=_names([met for met in waiver.named if met.effect == effect]))
        for effect in ORDER
        if any(met.effect == effect for met in waiver.named)
    ]
    if waiver.others:
        said.append(both("waiver.told.not_named", names=_names(waiver.others)))
    if waiver.contradicted:
        said.append(both("waiver.contradicted"))
    return both("waiver.told", waiver=head, effects=joined(both("semicolon"), said or [both("waiver.told.nothing")]))


def _names(met: Sequence[Met]) -> str:
    shown = [Name(f"{each.name} ({each.outcome.replace('_', ' ')})") for each in met[:MOST_NAMED]]
    rest = len(met) - MOST_NAMED
    return joined(both("comma"), [*shown, both("waiver.more", n=rest)] if rest > 0 else shown)


def _waiver(
    use: WaiverUse,
    verdicts: Mapping[tuple[str, str], Verdict],
    anchors: Mapping[tuple[str, MetricKey | None], str],
    day: date | None,
) -> Waiver:
    met = sorted(_meetings(use.meetings, verdicts, anchors), key=lambda met: ORDER.index(met.effect))
    return Waiver(
        target=line(use.target),
        reason=line(use.reason),
        terms=_terms(use, day),
        named=tuple(each for each in met if each.effect != "not_named"),
        others=tuple(each for each in met if each.effect == "not_named"),
    )


def _meetings(
    meetings: Iterable[WaiverMeeting],
    verdicts: Mapping[tuple[str, str], Verdict],
    anchors: Mapping[tuple[str, MetricKey | None], str],
) -> Iterable[Met]:
    for meeting in meetings:
        verdict = verdicts.get((meeting.rule, meeting.fingerprint))
        if verdict is not None:
            yield _met(verdict, meeting.effect, anchors, contradicted=meeting.contradicted)


def _met(
    verdict: Verdict,
    effect: Effect,
    anchors: Mapping[tuple[str, MetricKey | None], str],
    *,
    contradicted: bool = False,
) -> Met:
    return Met(
        name=Labels.of(verdict).named(f"{line(verdict.probe)}/{line(verdict.metric)}"),
        anchor=anchors.get((verdict.probe, verdict.metric_key), ""),
        rule=line(verdict.rule),
        condition=line(condition(verdict, None)),
        outcome=verdict.waived_from or verdict.outcome,
        effect=effect,
        contradicted=contradicted,
    )


def _terms(use: WaiverUse, day: date | None) -> str:
    """Owner, approval, ticket, ceiling and last day, with the days that were left when the run began."""
    said = [both("waiver.owner", owner=Name(line(use.owner)))]
    if use.approved_by:
        said.append(both("waiver.approved", name=Name(line(use.approved_by))))
    if use.ticket:
        said.append(both("waiver.ticket", ticket=Name(line(use.ticket))))
    if use.max_value is not None:
        said.append(both("waiver.ceiling", value=f"{use.max_value:g}"))
    said += [both(f"waiver.covers.{kind}") for kind in use.covers]
    left = None if day is None else _left(use.expires, day)
    if left is None:
        said.append(both("waiver.until", day=Name(line(use.expires))))
    elif left < 0:
        said.append(both("waiver.over", day=Name(line(use.expires))))
    else:
        said.append(both("waiver.left", day=Name(line(use.expires)), n=left))
    return joined(both("comma"), said)


def _day(audit: Audit) -> date | None:
    """The day on which the run was judged; None where the document does not say it."""
    return _date(str(audit.manifest.run.get("started", ""))[:10])


def _left(expires: str, day: date) -> int | None:
    last = _date(expires)
    return None if last is None else (last - day).days


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
