"""The door to policies: reads one, judges measurements, and computes the one outcome and exit code of an audit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from assay.audit.policy.file import Coverage, coverage, load
from assay.audit.policy.judge import decide, judge
from assay.audit.policy.rules import Policy, Rule, Selector, Waiver, fingerprint
from assay.audit.records import AuditOutcome, Failed, Measured, Outcome, ProbeResult, Verdict

__all__ = [
    "Coverage",
    "Policy",
    "Rule",
    "Selector",
    "Waiver",
    "coverage",
    "decide",
    "fingerprint",
    "gates",
    "judge",
    "load",
    "process_code",
    "settle",
]


def settle(
    verdicts: Sequence[Verdict],
    results: Sequence[ProbeResult],
    *,
    status: Literal["complete", "incomplete"],
    interrupted: bool = False,
    exit_zero: bool = False,
) -> tuple[AuditOutcome, int]:
    """The outcome in a word and the exit code: the one place where both are computed.

    Codes, the first that holds: 130 interrupted, 1 a counting verdict is no pass, 3 a probe crashed or the run is
    incomplete, 4 nothing was measured, 0. (2, a mistake before the first model call, leaves no audit.)
    The outcome is `pass` only when some rule that counts decided and none was inconclusive.
    """
    measured = any(isinstance(result, Measured) for result in results)
    crashed = status == "incomplete" or interrupted or any(isinstance(result, Failed) for result in results)
    breached: set[Outcome] = {verdict.outcome for verdict in verdicts if verdict.counts and verdict.outcome != "pass"}
    code = 130 if interrupted else 1 if breached else 3 if crashed else 0 if measured else 4
    return _outcome(verdicts, breached, measured=measured, crashed=crashed), process_code(code, exit_zero=exit_zero)


def _outcome(verdicts: Sequence[Verdict], breached: set[Outcome], *, measured: bool, crashed: bool) -> AuditOutcome:
    if "fail" in breached:
        return "fail"
    if crashed:
        return "incomplete"
    if not measured:
        return "nothing_ran"
    if "not_measured" in breached:
        return "fail"
    gates = [verdict.outcome for verdict in verdicts if verdict.severity == "error"]
    decided = any(outcome in ("pass", "waived") for outcome in gates)
    return "pass" if decided and "inconclusive" not in gates else "inconclusive"


def gates(verdicts: Sequence[Verdict]) -> str:
    """What the rules that can fail a release came to, in a clause."""
    outcomes = [verdict.outcome.replace("_", " ") for verdict in verdicts if verdict.severity == "error"]
    if not outcomes:
        return "no rule here can fail a release"
    counts = Counter(outcomes)
    return "of what can fail a release: " + ", ".join(f"{count} {outcome}" for outcome, count in counts.most_common())


def process_code(code: int, *, exit_zero: bool) -> int:
    """The exit code that the process gives: `--exit-zero` turns 1, and only 1, into 0."""
    return 0 if exit_zero and code == 1 else code
