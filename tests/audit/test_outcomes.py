"""The one place where outcome and exit code are computed, row by row of its table."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TypeAlias, get_args

import pytest

from fairwitness.audit import outcomes
from fairwitness.audit.records import (
    AuditOutcome,
    Failed,
    NotApplicable,
    Outcome,
    ProbeResult,
    Severity,
    Verdict,
)
from verdicts import DECISIONS, measured

RAN = measured()
ABSENT = NotApplicable(probe=DECISIONS, reason="no table")
CRASHED = Failed(probe=DECISIONS, reason="ValueError")

Case: TypeAlias = tuple[Outcome, Severity, bool]

PASS: Case = ("pass", "error", True)
FAIL: Case = ("fail", "error", True)
LIKELY: Case = ("likely_violated", "error", True)
WARNING: Case = ("fail", "warn", False)
UNSURE: Case = ("inconclusive", "error", True)
UNSURE_IGNORED: Case = ("inconclusive", "error", False)
MISSING: Case = ("not_measured", "error", True)
MISSING_IGNORED: Case = ("not_measured", "error", False)


def verdict(outcome: Outcome, severity: Severity, counts: bool) -> Verdict:
    return Verdict(
        ground="across",
        rule="r",
        outcome=outcome,
        probe="p",
        metric="m",
        by={},
        reason="why",
        severity=severity,
        counts=counts,
        fingerprint="0" * 12,
    )


def waived(what: Outcome) -> Verdict:
    return replace(verdict("waived", "error", counts=False), waived_from=what)


NOT_ASKED = replace(verdict("not_measured", "error", counts=False), asked=False)


@pytest.mark.parametrize(
    ("results", "verdicts", "outcome", "code"),
    [
        ([RAN], [PASS], "pass", 0),
        ([RAN], [PASS, WARNING], "pass", 0),
        ([RAN], [PASS, MISSING_IGNORED], "pass", 0),
        ([RAN], [PASS, UNSURE_IGNORED], "pass", 0),
        ([RAN], [PASS, FAIL], "fail", 1),
        ([RAN], [PASS, UNSURE, LIKELY, FAIL], "fail", 1),
        ([RAN], [PASS, UNSURE, LIKELY], "likely_violated", 1),
        ([RAN], [PASS, MISSING], "inconclusive", 1),
        ([RAN], [PASS, UNSURE], "inconclusive", 1),
        ([RAN], [UNSURE_IGNORED], "inconclusive", 1),
        ([RAN], [MISSING_IGNORED], "inconclusive", 1),
        ([RAN], [WARNING], "reported", 0),
        ([RAN], [], "reported", 0),
        ([RAN, ABSENT], [PASS], "pass", 0),
        ([RAN, CRASHED], [PASS], "incomplete", 3),
        ([RAN, CRASHED], [PASS, MISSING], "incomplete", 3),
        ([RAN, CRASHED], [FAIL], "fail", 1),
        ([RAN, CRASHED], [LIKELY], "likely_violated", 1),
        ([CRASHED], [MISSING_IGNORED], "incomplete", 3),
        ([CRASHED, ABSENT], [MISSING], "incomplete", 3),
        ([ABSENT], [MISSING_IGNORED], "nothing_ran", 4),
        ([ABSENT], [MISSING], "nothing_ran", 4),
        ([ABSENT], [WARNING], "nothing_ran", 4),
        ([], [], "nothing_ran", 4),
    ],
)
def test_the_table(results: list[ProbeResult], verdicts: list[Case], outcome: str, code: int) -> None:
    judged = [verdict(*one) for one in verdicts]
    assert outcomes.outcome_of(judged, results, "complete") == (outcome, code)


@pytest.mark.parametrize(
    ("verdicts", "outcome", "code"),
    [
        ([NOT_ASKED], "nothing_judged", 4),
        ([NOT_ASKED, verdict(*WARNING)], "nothing_judged", 4),
        ([NOT_ASKED, verdict(*PASS)], "pass", 0),
        ([NOT_ASKED, verdict(*MISSING_IGNORED)], "inconclusive", 1),
        ([waived("fail")], "pass", 0),
        ([waived("likely_violated")], "pass", 0),
        ([waived("not_measured")], "inconclusive", 1),
        ([waived("inconclusive")], "inconclusive", 1),
        ([waived("inconclusive"), verdict(*PASS)], "pass", 0),
    ],
)
def test_what_was_not_asked_or_waived(verdicts: list[Verdict], outcome: str, code: int) -> None:
    assert outcomes.outcome_of(verdicts, [RAN], "complete") == (outcome, code)


@pytest.mark.parametrize("verdicts", [[PASS], [FAIL], [MISSING], []])
@pytest.mark.parametrize("results", [[RAN], [CRASHED], []])
def test_a_signal_comes_first(verdicts: list[Case], results: list[ProbeResult]) -> None:
    assert outcomes.outcome_of([verdict(*one) for one in verdicts], results, "incomplete") == ("incomplete", 130)


def test_a_pass_needs_a_decision_and_nothing_open() -> None:
    """Over all pairs of verdicts: whatever is not a pass or left open by the policy keeps the run from passing."""
    cases: list[Outcome] = ["pass", "fail", "likely_violated", "inconclusive", "not_measured", "waived"]
    for first, second in product(product(cases, (True, False), (True, False)), repeat=2):
        verdicts = []
        for outcome, counts, asked in (first, second):
            verdicts.append(replace(verdict(outcome, "error", counts and asked), asked=asked))
        said, code = outcomes.outcome_of(verdicts, [RAN], "complete")
        assert (code == 0) == (said == "pass")
        if said == "pass":
            asked_of = [one for one in verdicts if one.asked]
            assert any(one.outcome == "pass" for one in asked_of)
            assert not any(one.outcome in ("fail", "likely_violated") for one in asked_of)
            assert not any(one.counts and one.outcome in ("inconclusive", "not_measured") for one in asked_of)


@pytest.mark.parametrize("code", [0, 1, 2, 3, 4, 130])
def test_exit_zero_turns_only_one_into_zero(code: int) -> None:
    assert outcomes.exit_code(code, exit_zero=False) == code
    assert outcomes.exit_code(code, exit_zero=True) == (0 if code == 1 else code)


def test_gates_are_counted_in_words() -> None:
    judged = [verdict(*one) for one in (PASS, PASS, MISSING_IGNORED, WARNING)]
    assert outcomes.gate_summary([*judged, NOT_ASKED]) == "of what can fail a release: 2 pass, 1 not measured"
    assert outcomes.gate_summary([verdict(*WARNING), NOT_ASKED]) == "no rule here can fail a release"
    assert outcomes.left_open([*judged, NOT_ASKED]) == [judged[2]]


def test_every_outcome_has_one_code() -> None:

    assert set(outcomes.CODES) == set(get_args(AuditOutcome))
