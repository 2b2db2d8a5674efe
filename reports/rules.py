"""What a verdict's condition means for a reader: the limit to draw, the room that is left, the words to print."""

from __future__ import annotations

from collections.abc import Iterable

from fairwitness.audit.records import Audit, AuditOutcome, Outcome, Verdict
from fairwitness.reports.svg import Limit

ORDER: tuple[Outcome, ...] = ("fail", "likely_violated", "inconclusive", "not_measured", "waived", "pass")
UNSETTLED: tuple[Outcome, ...] = ("fail", "likely_violated", "inconclusive")
"""Outcomes that a reader must see first, worst first."""

PASSED = 20
UNJUDGED = 40
SHAPES: dict[Outcome | AuditOutcome, str] = {
    "pass": "●",
    "fail": "▲",
    "likely_violated": "△",
    "inconclusive": "◆",
    "not_measured": "○",
    "waived": "⧖",
    "incomplete": "○",
    "reported": "·",
    "nothing_judged": "○",
    "nothing_ran": "○",
}


def severity_rank(verdict: Verdict) -> tuple[int, int]:
    """Sorts verdicts worst first: those that count, then by outcome."""
    if verdict.outcome == "pass":
        return (PASSED, 0)
    return (ORDER.index(verdict.outcome) + (0 if verdict.severity == "error" else 10), 0 if verdict.counts else 1)


def exit_word(audit: Audit) -> str:
    """The key of what this document's exit code means: that of its outcome, or that a signal stopped the run."""
    return "exit.stopped" if audit.status == "incomplete" else f"exit.{audit.outcome}"


def exit_rules(audit: Audit) -> int:
    """How many rules of the policy have the outcome that its exit code stands for, of those that count."""
    alike = ("inconclusive", "not_measured") if audit.outcome == "inconclusive" else (audit.outcome,)
    verdicts = (verdict for verdict in judged(audit.verdicts) if verdict.severity == "error" and verdict.counts)
    return len({verdict.rule for verdict in verdicts if verdict.outcome in alike})


def judged(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """The verdicts of rules that speak of what was asked; the others are one line under "not tested"."""
    return [verdict for verdict in verdicts if verdict.asked]


def tally(verdicts: Iterable[Verdict]) -> tuple[tuple[Outcome, int], ...]:
    """How many rules that speak of what was asked came to each outcome, worst first."""
    outcomes = [verdict.outcome for verdict in judged(verdicts)]
    return tuple((outcome, outcomes.count(outcome)) for outcome in ORDER if outcome in outcomes)


def worst(verdicts: Iterable[Verdict]) -> Verdict | None:
    """The verdict that a row is known by."""
    return min(verdicts, key=severity_rank, default=None)


def limit(verdict: Verdict, null: float | None) -> Limit:
    """The values that break the verdict's rule; an empty limit when the rule has no number."""
    if verdict.threshold is None:
        return Limit()
    if verdict.condition.startswith("<"):
        return Limit(bad_from=verdict.threshold)
    if verdict.condition.startswith(">"):
        return Limit(bad_to=verdict.threshold)
    if verdict.condition.startswith("within") and null is not None:
        return Limit(bad_from=null + verdict.threshold, bad_to=null - verdict.threshold)
    return Limit()


def limits(verdicts: Iterable[Verdict], null: float | None) -> Limit:
    """The values that break any of the verdicts' rules."""
    each = [limit(verdict, null) for verdict in verdicts]
    return Limit(
        bad_from=min((limit.bad_from for limit in each if limit.bad_from is not None), default=None),
        bad_to=max((limit.bad_to for limit in each if limit.bad_to is not None), default=None),
    )


def marks(verdicts: Iterable[Verdict], null: float | None) -> tuple[float, ...]:
    """All limits of the verdicts' rules, which a number beside them must not seem to reach."""
    return tuple(mark for verdict in verdicts for mark in limit(verdict, null).marks)


def margin(value: float, verdict: Verdict, null: float | None) -> float | None:
    """Room between a value and its limit: positive on the allowed side. None when the rule has no number."""
    bounds = limit(verdict, null)
    rooms = [bound - value for bound in (bounds.bad_from,) if bound is not None]
    rooms += [value - bound for bound in (bounds.bad_to,) if bound is not None]
    return min(rooms, default=None)


def condition(verdict: Verdict, null: float | None) -> str:
    """The condition with typographic signs; `within` is written around the null value, a change behind a Δ."""
    text = verdict.condition.replace("<=", "≤").replace(">=", "≥").replace("-", "−")
    if verdict.relative_to:
        return "Δ " + text.removeprefix("change ")
    if text.startswith("within") and null is not None:
        return f"{null:g} ±".replace("-", "−") + text.removeprefix("within")
    return text
