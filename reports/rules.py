"""What a verdict's condition means for a reader: the limit to draw, the room that is left, the words to print."""

from __future__ import annotations

from collections.abc import Iterable

from assay.audit.records import Audit, AuditOutcome, Outcome, Verdict
from assay.reports.svg import Limit

ORDER: tuple[Outcome, ...] = ("fail", "inconclusive", "not_measured", "waived", "pass")
EXPLAINED = {0: ("pass", "no_gate", "inconclusive"), 1: ("inconclusive",)}
PASSED = 20
UNJUDGED = 40
SHAPES: dict[Outcome | AuditOutcome, str] = {
    "pass": "●",
    "fail": "▲",
    "inconclusive": "◆",
    "not_measured": "○",
    "waived": "⧖",
    "incomplete": "○",
    "nothing_ran": "○",
}


def severity_rank(verdict: Verdict) -> tuple[int, int]:
    """Sorts verdicts worst first: those that count, then by outcome."""
    if verdict.outcome == "pass":
        return (PASSED, 0)
    return (ORDER.index(verdict.outcome) + (0 if verdict.severity == "error" else 10), 0 if verdict.counts else 1)


def standing(audit: Audit) -> str:
    """The audit's outcome, or `no_gate`: undecided only because no rule that can fail a release met a measurement."""
    gates = [verdict for verdict in audit.verdicts if verdict.severity == "error"]
    if audit.outcome == "inconclusive" and all(verdict.outcome == "not_measured" for verdict in gates):
        return "no_gate"
    return audit.outcome


def exit_word(audit: Audit) -> str:
    """The key of what this document's exit code means; empty for a code without a meaning.

    Codes 0 and 1 have several causes: a policy that is met, one that no rule could judge, one that lets the
    undecided pass or not.
    """
    kind = standing(audit)
    if audit.exit_code in (0, 1):
        return f"exit.{audit.exit_code}.{kind}" if kind in EXPLAINED[audit.exit_code] else f"exit.{audit.exit_code}"
    return f"exit.{audit.exit_code}" if audit.exit_code in (2, 3, 4, 130) else ""


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
        bad_from=min((one.bad_from for one in each if one.bad_from is not None), default=None),
        bad_to=max((one.bad_to for one in each if one.bad_to is not None), default=None),
    )


def margin(value: float, verdict: Verdict, null: float | None) -> float | None:
    """Room between a value and its limit: positive on the allowed side. None when the rule has no number."""
    bounds = limit(verdict, null)
    rooms = [bound - value for bound in (bounds.bad_from,) if bound is not None]
    rooms += [value - bound for bound in (bounds.bad_to,) if bound is not None]
    return min(rooms, default=None)


def undecided(verdict: Verdict) -> str:
    """Why an inconclusive verdict could not be more: what stands in its reason behind the comparison with the limit."""
    if verdict.outcome != "inconclusive":
        return ""
    for mark in ("; ", ", but "):
        _, found, rest = verdict.reason.partition(mark)
        if found:
            return rest
    return ""


def condition(verdict: Verdict, null: float | None) -> str:
    """The condition with typographic signs; `within` is written around the null value."""
    text = verdict.condition.replace("<=", "≤").replace(">=", "≥").replace("-", "−")
    if text.startswith("within") and null is not None:
        return f"{null:g} ±".replace("-", "−") + text.removeprefix("within")
    return text
