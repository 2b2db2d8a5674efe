"""The one table of outcomes and exit codes: what document, terminal, page and process say of a finished run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from fairwitness.audit.records import Audit, AuditOutcome, Failed, Ground, Measured, Outcome, ProbeResult, Verdict

CODES: Mapping[AuditOutcome, int] = {
    "fail": 1,
    "likely_violated": 1,
    "incomplete": 3,
    "nothing_ran": 4,
    "reported": 0,
    "nothing_judged": 4,
    "inconclusive": 1,
    "pass": 0,
}
"""The exit code of each outcome; a run that a signal stopped gives STOPPED instead."""

STOPPED = 130
OPEN: frozenset[Outcome] = frozenset({"inconclusive", "not_measured"})
"""What a rule says that decided nothing."""

OUTCOMES: Mapping[Ground, Outcome] = {
    "inside": "pass",
    "unbreakable": "inconclusive",
    "unanswered": "inconclusive",
    "across": "inconclusive",
    "outside": "fail",
    "likely_outside": "likely_violated",
    "slightly_outside": "inconclusive",
    "no_interval": "inconclusive",
    "not_interpretable": "inconclusive",
    "not_estimable": "not_measured",
    "not_asked": "not_measured",
    "too_few": "not_measured",
    "no_baseline": "not_measured",
    "no_change_known": "not_measured",
    "no_null_value": "not_measured",
    "not_applicable": "not_measured",
    "cut_off": "not_measured",
    "crashed": "not_measured",
    "no_such_metric": "not_measured",
    "nothing_matches": "not_measured",
    "not_in_run": "not_measured",
    "unused_waiver": "not_measured",
}
"""What a rule says on each ground, before a waiver."""

BROKEN: frozenset[Outcome] = frozenset({"fail", "likely_violated"})


def outcome_of(
    verdicts: Sequence[Verdict], results: Sequence[ProbeResult], status: Literal["complete", "incomplete"]
) -> tuple[AuditOutcome, int]:
    """The outcome and the exit code: the first row of the table in docs/policy.md that holds.

    A run of status `incomplete` was stopped by a signal. 2, a mistake before the first model call, leaves no document.
    """
    if status == "incomplete":
        return "incomplete", STOPPED
    outcome = _outcome(verdicts, results)
    return outcome, CODES[outcome]


def _outcome(verdicts: Sequence[Verdict], results: Sequence[ProbeResult]) -> AuditOutcome:
    gates = [verdict for verdict in verdicts if verdict.severity == "error"]
    asked = [verdict for verdict in gates if verdict.asked]
    outcomes = {verdict.outcome for verdict in asked}
    if "fail" in outcomes:
        return "fail"
    if "likely_violated" in outcomes:
        return "likely_violated"
    if any(isinstance(result, Failed) for result in results):
        return "incomplete"
    if not any(isinstance(result, Measured) for result in results):
        return "nothing_ran"
    if not gates:
        return "reported"
    if not asked:
        return "nothing_judged"
    if any(verdict.counts and verdict.outcome in OPEN for verdict in asked):
        return "inconclusive"
    return "pass" if any(decided(verdict) for verdict in asked) else "inconclusive"


def decided(verdict: Verdict) -> bool:
    """Whether a rule came to a decision, one that a waiver took away included."""
    return verdict.outcome in BROKEN | {"pass"} or (verdict.outcome == "waived" and verdict.waived_from in BROKEN)


def left_open(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Verdicts of rules that can fail a release, open by a key of the policy: they stand beside a pass."""
    asked = [verdict for verdict in verdicts if verdict.severity == "error" and verdict.asked]
    return [verdict for verdict in asked if verdict.outcome in OPEN and not verdict.counts]


def contradiction(audit: Audit) -> str:
    """What in an audit does not follow from its verdicts, results and status; empty where all does."""
    outcome, code = outcome_of(audit.verdicts, audit.results, audit.status)
    if (audit.outcome, audit.exit_code) == (outcome, code):
        return next(filter(None, map(_groundless, audit.verdicts)), "") or _baseless(audit)
    return (
        f"it says {audit.outcome!r} with exit code {audit.exit_code}, and its verdicts, results and status give "
        f"{outcome!r} with exit code {code}"
    )


def _baseless(audit: Audit) -> str:
    """That an audit says both that it was and that it was not compared with an earlier run; empty where it does not."""
    if audit.baseline is not None:
        return "" if audit.uncompared is None else "it has a baseline, and says that it was compared with none"
    for verdict in audit.verdicts:
        if verdict.relative_to and (verdict.waived_from or verdict.outcome) not in OPEN:
            return f"a verdict of rule {verdict.rule!r} judges a change since a baseline, and it has none"
    return ""


def _groundless(verdict: Verdict) -> str:
    """That the ground of a verdict gives another outcome; empty where it gives this one, or where it was waived."""
    said, given = verdict.waived_from or verdict.outcome, OUTCOMES[verdict.ground]
    if said in ("waived", given):
        return ""
    return f"a verdict of rule {verdict.rule!r} says {said!r}, and its ground, {verdict.ground!r}, gives {given!r}"


def gate_summary(verdicts: Sequence[Verdict]) -> str:
    """What the rules that can fail a release came to, in a clause; those about what was not asked are left out."""
    asked = [verdict for verdict in verdicts if verdict.severity == "error" and verdict.asked]
    if not asked:
        return "no rule here can fail a release"
    counts = Counter(verdict.outcome.replace("_", " ") for verdict in asked)
    return "of what can fail a release: " + ", ".join(f"{count} {outcome}" for outcome, count in counts.most_common())


def exit_code(code: int, *, exit_zero: bool) -> int:
    """The exit code that the process gives: `--exit-zero` turns 1, and only 1, into 0."""
    return 0 if exit_zero and code == 1 else code
