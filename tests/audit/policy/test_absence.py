"""Absence is never success: what a rule says where there is no estimate, and where something stayed unanswered."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from fairwitness.audit import policy
from fairwitness.audit.errors import BadPolicy
from fairwitness.audit.outcomes import outcome_of
from fairwitness.audit.policy import Policy
from fairwitness.audit.records import (
    Estimate,
    Interval,
    Measured,
    NotApplicable,
    ProbeResult,
    Undefined,
    UndefinedKind,
    Verdict,
)
from verdicts import DECISIONS, by_hand, measured, metric

TODAY = date(2026, 11, 28)
IGNORING: dict[str, Any] = {"on_not_measured": "ignore", "on_inconclusive": "ignore"}


def judged(
    *results: ProbeResult, defaults: dict[str, Any] | None = None, waivers: tuple[dict[str, Any], ...] = (), **rule: Any
) -> list[Verdict]:
    rules = ({"id": "r", "select": "decisions/share", "op": "<=", "value": 0.1, **rule},)
    read = Policy.model_validate({"version": 1, "defaults": defaults or {}, "rules": rules, "waivers": waivers})
    return list(policy.judge(read, results, "Bert", TODAY))


def share(value: float, low: float, high: float, ends: tuple[float, float] | None = None) -> Estimate:
    return by_hand(value, low, high, wider=(Interval(0.995, low - 0.02, high + 0.02),), if_answered=ends)


def found(estimate: Estimate | Undefined, unanswered: int = 0) -> Measured:
    return measured(metric(estimate), unanswered=unanswered)


@pytest.mark.parametrize(
    ("kind", "outcome", "asked", "counts", "counts_where_ignored"),
    [
        ("not_estimable", "not_measured", True, True, False),
        ("not_interpretable", "inconclusive", True, True, True),
        ("not_asked", "not_measured", False, False, False),
    ],
)
def test_the_kind_of_absence_decides(
    kind: UndefinedKind, outcome: str, asked: bool, counts: bool, counts_where_ignored: bool
) -> None:
    absent = found(Undefined("why", kind))
    (verdict,) = judged(absent)
    assert (verdict.outcome, verdict.asked, verdict.counts, verdict.reason) == (outcome, asked, counts, "why")
    (ignored,) = judged(absent, defaults=IGNORING)
    assert ignored.counts == counts_where_ignored
    for one in (verdict, ignored):
        assert outcome_of([one], [absent], "complete")[1] != 0


def test_a_warning_never_counts_whatever_its_absence() -> None:
    (verdict,) = judged(found(Undefined("why", "not_interpretable")), severity="warn")
    assert (verdict.outcome, verdict.counts) == ("inconclusive", False)


@pytest.mark.parametrize(("asked", "counts"), [(True, True), (False, False)])
def test_a_probe_that_does_not_apply_counts_where_it_was_asked(asked: bool, counts: bool) -> None:
    absent = NotApplicable(probe=DECISIONS, reason="no table", asked=asked)
    (verdict,) = judged(absent)
    assert (verdict.outcome, verdict.asked, verdict.counts) == ("not_measured", asked, counts)
    other = replace(found(Undefined("x")), probe=replace(DECISIONS, name="other"))
    outcome, code = outcome_of([verdict], [absent, other], "complete")
    assert (outcome, code) == (("inconclusive", 1) if asked else ("nothing_judged", 4))


def test_a_misspelt_metric_counts_and_cannot_be_ignored_into_a_pass() -> None:
    fine = found(share(0.0, 0.0, 0.05))
    for defaults in ({}, IGNORING):
        (verdict,) = judged(fine, select="decisions/shrae", defaults=defaults)
        assert outcome_of([verdict], [fine], "complete") == ("inconclusive", 1)
    (verdict,) = judged(fine, min_n=1_000_000, defaults=IGNORING)
    assert outcome_of([verdict], [fine], "complete") == ("inconclusive", 1)


def test_outside_at_the_level_of_a_pass_alone_is_likely_violated_and_nothing_ignores_it() -> None:
    outside = found(share(0.2, 0.11, 0.29))
    (verdict,) = judged(outside, fail_alpha=0.005, defaults=IGNORING)
    assert (verdict.outcome, verdict.counts) == ("likely_violated", True)
    assert "the policy asks for 99.5 % certainty of a failure" in verdict.reason
    (other,) = judged(outside, fail_alpha=0.02)  # the policy's own level is named, not the next one that is stored
    assert "the policy asks for 98 % certainty of a failure" in other.reason
    assert outcome_of([verdict], [outside], "complete") == ("likely_violated", 1)
    (sure,) = judged(found(share(0.3, 0.2, 0.4)), fail_alpha=0.005)
    assert sure.outcome == "fail"
    (small,) = judged(outside, fail_alpha=0.005, min_effect=0.2)
    assert small.outcome == "inconclusive"


@pytest.mark.parametrize(
    ("ends", "unanswered", "outcome"),
    [
        (None, 0, "pass"),
        (None, 1, "inconclusive"),
        ((0.03, 0.03), 1, "pass"),
        ((0.03, 0.05), 1, "pass"),
        ((0.03, 0.0501), 1, "inconclusive"),
        ((0.0, 0.2), 0, "inconclusive"),
    ],
)
def test_a_pass_must_hold_for_the_worst_answers(
    ends: tuple[float, float] | None, unanswered: int, outcome: str
) -> None:
    """The interval reaches 0.08; each end of `ends` moves it by as much as the value moves."""
    (verdict,) = judged(found(share(0.03, 0.01, 0.08, ends), unanswered))
    assert verdict.outcome == outcome


def test_unanswered_items_never_soften_a_failure() -> None:
    (verdict,) = judged(found(share(0.3, 0.2, 0.4, (0.0, 0.6)), 5))
    assert verdict.outcome == "fail"


def test_a_waiver_covers_what_was_not_measured_only_where_it_says_so() -> None:
    waiver = {"select": "decisions/share", "reason": "x", "owner": "y", "expires": date(2027, 1, 1)}
    absent = found(Undefined("why"))
    plain, unused = judged(absent, waivers=(waiver,))
    assert (plain.outcome, unused.rule) == ("not_measured", "waiver")
    (covered,) = judged(absent, waivers=({**waiver, "covers": ["not_measured"]},))
    assert (covered.outcome, covered.counts, covered.waived_from) == ("waived", False, "not_measured")
    assert outcome_of([covered], [absent], "complete") == ("inconclusive", 1)
    crashed = NotApplicable(probe=DECISIONS, reason="no table")
    (covered,) = judged(crashed, waivers=({**waiver, "covers": ["not_measured"]},))
    assert (covered.outcome, covered.waived_from) == ("waived", "not_measured")


def test_a_waiver_takes_a_likely_violation() -> None:
    waiver = {"select": "decisions/share", "reason": "x", "owner": "y", "expires": date(2027, 1, 1)}
    outside = found(share(0.2, 0.11, 0.29))
    (verdict,) = judged(outside, fail_alpha=0.005, waivers=(waiver,))
    assert (verdict.outcome, verdict.waived_from) == ("waived", "likely_violated")
    assert outcome_of([verdict], [outside], "complete") == ("pass", 0)


def test_report_only_fails_nothing_and_says_so() -> None:
    from pathlib import Path

    read, info = policy.load(Path("report-only"))
    shipped, _ = policy.load(None)
    assert info.path == "report-only"
    assert {rule.severity for rule in read.rules} == {"warn"}
    assert [(rule.id, rule.select, rule.value) for rule in read.rules] == [
        (rule.id, rule.select, rule.value) for rule in shipped.rules
    ]
    results = [found(share(0.3, 0.2, 0.4))]
    assert outcome_of(policy.judge(read, results, "Bert", TODAY), results, "complete") == ("reported", 0)


@pytest.mark.parametrize(
    ("op", "value", "interval", "null", "says"),
    [
        ("<=", 0.1, (0.08, 0.0, 0.2), None, "too wide for this limit: more data are needed"),
        ("<=", 0.1, (0.08, 0.02, 0.15), None, "0.03 or less would pass"),
        ("<=", 0.1, (0.02, -0.1, 0.2), None, "−0.08 or less would pass"),
        (">=", 0.8, (0.9, 0.5, 1.0), 1.0, "too wide for this limit: more data are needed"),
        (">=", 0.8, (0.9, 0.75, 1.0), 1.0, "0.96 or more would pass"),
        (">=", 0.8, (0.9, 0.721, 1.0), 1.0, "more data are needed"),
        ("within", 0.1, (-0.0788, -0.1716, 0.01706), 0.0, "more data are needed"),
        ("within", 0.1, (-0.08, -0.151, 0.017), 0.0, "−0.02 to 0.00 would pass"),
        (">=", 0.8, (0.44, 0.2, 1.2), 1.0, "too wide for this limit: more data are needed"),
        ("<=", 0.1, (0.02, -0.1, 0.2), 0.0, "too wide for this limit: more data are needed"),
        ("within", 0.1, (0.0, -0.2, 0.2), 0.0, "too wide for this limit: more data are needed"),
    ],
)
def test_what_would_have_passed_is_a_value_that_there_is(
    op: str, value: float, interval: tuple[float, float, float], null: float | None, says: str
) -> None:
    centre, low, high = interval
    one = metric(by_hand(centre, low, high), better="none", null=null)
    (verdict,) = judged(measured(one), op=op, value=value)
    assert verdict.outcome == "inconclusive"
    assert says in verdict.reason


def test_a_waiver_of_what_cannot_be_read_says_so_and_names_the_very_rule() -> None:
    waiver = {"select": "decisions/share", "reason": "x", "owner": "y", "expires": date(2027, 1, 1)}
    unread = found(Undefined("why", "not_interpretable"))
    for covers in ([], ["not_measured"]):
        plain, _ = judged(unread, waivers=({**waiver, "covers": covers, "max_value": 1.0},))
        assert (plain.outcome, plain.counts) == ("inconclusive", True)
    (covered,) = judged(unread, waivers=({**waiver, "covers": ["not_interpretable"]},))
    assert (covered.outcome, covered.waived_from) == ("waived", "inconclusive")
    gone = NotApplicable(probe=DECISIONS, reason="no table")
    wide = {**waiver, "select": "decisions/*[*]", "covers": ["not_measured"]}
    assert [one.outcome for one in judged(gone, waivers=(wide,))] == ["not_measured", "not_measured"]
    other = {**waiver, "select": "decisions/share[sex=x]", "covers": ["not_measured"]}
    assert [one.outcome for one in judged(gone, waivers=(other,))] == ["not_measured", "not_measured"]


def test_a_rule_that_names_a_group_asks_for_it() -> None:
    """The small group is judged with others, but not by this rule."""
    small = metric(Undefined("judged together", "not_asked"), by={"sex": "x"})
    joint = metric(share(0.0, 0.0, 0.05), by={"sex": "(smaller groups together)"})
    result = measured(small, joint)
    (verdict,) = judged(result, select="decisions/share[sex=x]")
    assert (verdict.outcome, verdict.asked, verdict.counts) == ("not_measured", True, True)
    first, second = judged(result, select="decisions/share[sex=*]")
    assert [(one.outcome, one.asked) for one in (first, second)] == [("not_measured", False), ("pass", True)]


INSTALLED = {"bbq": ("s_amb", "s_dis"), "gap": ("gap", "accuracy"), "silent": ()}


def checked(select: str) -> None:
    """Checks a policy whose one rule selects this against the installed probes."""
    rule = {"id": "r", "select": select, "op": "<=", "value": 0.1}
    policy.check_probes(Policy.model_validate({"version": 1, "rules": [rule]}), INSTALLED)


def test_a_rule_of_a_probe_that_is_not_there_is_a_mistake() -> None:
    for select in ("bqb/s_amb", "bbq|bqb/s_amb", "BBQ/s_amb"):
        with pytest.raises(BadPolicy, match="which is not installed"):
            checked(select)


@pytest.mark.parametrize(
    "select",
    ["bbq/s_amb", "bbq/s_*[category=*]", "bbq|gap/*", "silent/* tag:x", "b*/s_dis", "*/accuracy", "tag:own_data"],
)
def test_a_rule_of_metrics_that_probes_declare_is_none(select: str) -> None:
    checked(select)


@pytest.mark.parametrize(
    ("select", "message"),
    [
        ("bbq/s_amd", "the metric 's_amd', which the probe 'bbq' does not declare; did you mean 's_amb'?"),
        ("bbq|gap/s_amb", "the metric 's_amb', which the probe 'gap' does not declare"),
        ("gap/s_*", "the metric 's_*', which the probe 'gap' does not declare"),
        ("b*/accuracy", "the metric 'accuracy', which the probe 'b*' does not declare"),
        ("silent/gap", "the metric 'gap', which the probe 'silent' does not declare"),
        ("*/acuracy", "the metric 'acuracy', which no probe declares; did you mean 'accuracy'?"),
        ("bbq/S_AMB", "the metric 'S_AMB', which the probe 'bbq' does not declare"),
    ],
)
def test_a_rule_of_a_metric_that_its_probe_does_not_declare_is_a_mistake(select: str, message: str) -> None:
    with pytest.raises(BadPolicy, match=re.escape(f"rule 'r' speaks of {message}")):
        checked(select)
