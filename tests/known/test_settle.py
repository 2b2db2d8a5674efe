"""The one place where outcome and exit code are computed, case by case."""

from __future__ import annotations

from typing import Literal, TypeAlias

import pytest

from assay.audit import policy
from assay.audit.records import Failed, Measured, NotApplicable, Outcome, ProbeResult, ProbeSpec, Severity, Verdict

SPEC = ProbeSpec("p", "1", "f", "t", "q", "w", "h", (("Predict",),), ("c",), ("l",))
RAN = Measured(SPEC, (), (), 1, 0)
ABSENT = NotApplicable(SPEC, "no table")
CRASHED = Failed(SPEC, "ValueError")

Case: TypeAlias = tuple[Outcome, Severity, bool]

PASS: Case = ("pass", "error", True)
FAIL: Case = ("fail", "error", True)
WARNING: Case = ("fail", "warn", False)
UNSURE: Case = ("inconclusive", "error", True)
UNSURE_IGNORED: Case = ("inconclusive", "error", False)
MISSING: Case = ("not_measured", "error", True)
MISSING_IGNORED: Case = ("not_measured", "error", False)
WAIVED: Case = ("waived", "error", False)


def verdict(outcome: Outcome, severity: Severity, counts: bool) -> Verdict:
    return Verdict("r", outcome, "p", "m", {}, "why", severity, counts, "0" * 12)


@pytest.mark.parametrize(
    ("results", "verdicts", "outcome", "code"),
    [
        ([RAN], [PASS], "pass", 0),
        ([RAN], [PASS, WARNING], "pass", 0),
        ([RAN], [PASS, WAIVED], "pass", 0),
        ([RAN], [WAIVED], "pass", 0),
        ([RAN], [PASS, MISSING_IGNORED], "pass", 0),
        ([RAN], [PASS, FAIL], "fail", 1),
        ([RAN], [PASS, UNSURE, FAIL], "fail", 1),
        ([RAN], [PASS, MISSING], "fail", 1),
        ([RAN], [PASS, UNSURE], "inconclusive", 1),
        ([RAN], [PASS, UNSURE_IGNORED], "inconclusive", 0),
        ([RAN], [WARNING], "inconclusive", 0),
        ([RAN], [MISSING_IGNORED], "inconclusive", 0),
        ([RAN], [], "inconclusive", 0),
        ([RAN, ABSENT], [PASS], "pass", 0),
        ([RAN, CRASHED], [PASS], "incomplete", 3),
        ([RAN, CRASHED], [PASS, MISSING], "incomplete", 1),
        ([RAN, CRASHED], [FAIL], "fail", 1),
        ([CRASHED], [MISSING_IGNORED], "incomplete", 3),
        ([CRASHED, ABSENT], [MISSING], "incomplete", 1),
        ([ABSENT], [MISSING_IGNORED], "nothing_ran", 4),
        ([ABSENT], [MISSING], "nothing_ran", 1),
        ([], [], "nothing_ran", 4),
    ],
)
def test_truth_table(results: list[ProbeResult], verdicts: list[Case], outcome: str, code: int) -> None:
    judged = [verdict(*one) for one in verdicts]
    assert policy.settle(judged, results, status="complete") == (outcome, code)
    assert policy.settle(judged, results, status="complete", exit_zero=True) == (outcome, 0 if code == 1 else code)


@pytest.mark.parametrize(("verdicts", "code"), [([PASS], 3), ([FAIL], 1), ([], 3)])
def test_an_incomplete_run_never_passes(verdicts: list[Case], code: int) -> None:
    outcome, found = policy.settle([verdict(*one) for one in verdicts], [RAN], status="incomplete")
    assert (outcome, found) == ("fail" if code == 1 else "incomplete", code)


@pytest.mark.parametrize("status", ["complete", "incomplete"])
@pytest.mark.parametrize("verdicts", [[PASS], [FAIL], [MISSING], []])
def test_interruption_comes_first(status: Literal["complete", "incomplete"], verdicts: list[Case]) -> None:
    judged = [verdict(*one) for one in verdicts]
    for exit_zero in (False, True):
        outcome, code = policy.settle(judged, [RAN], status=status, interrupted=True, exit_zero=exit_zero)
        assert code == 130
        assert outcome != "pass"


@pytest.mark.parametrize("code", [0, 1, 2, 3, 4, 130])
def test_exit_zero_turns_only_one_into_zero(code: int) -> None:
    assert policy.process_code(code, exit_zero=False) == code
    assert policy.process_code(code, exit_zero=True) == (0 if code == 1 else code)


def test_gates_are_counted_in_words() -> None:
    judged = [verdict(*one) for one in (PASS, PASS, MISSING_IGNORED, WARNING)]
    assert policy.gates(judged) == "of what can fail a release: 2 pass, 1 not measured"
    assert policy.gates([verdict(*WARNING)]) == "no rule here can fail a release"
