"""The verdict names who, how much, how sure and against which limit, and says why where nothing was decided."""

from __future__ import annotations

from dataclasses import replace

import pytest
from golden.sample import sample
from judged_rows import SPEC, audit, metric, verdict

from fairwitness.audit.records import (
    Audit,
    AuditOutcome,
    Estimate,
    Failed,
    Interval,
    Metric,
    NotApplicable,
    Translated,
    Undefined,
    Verdict,
    languages,
)
from fairwitness.reports.against import beside_limit
from fairwitness.reports.findings import findings
from fairwitness.reports.headline import headline
from fairwitness.reports.sentences import limit_of, over_limit
from fairwitness.reports.view import headlines

MEN = "African-American men are selected 0.55 times as often as Caucasian men (95 % interval 0.52 to 0.58)"


def ratio(name: str, value: float, claim: str = MEN + ".", half: float = 0.03) -> Metric:
    return metric(name, value, half, unit="ratio", better="higher", null=1.0, claim=claim)


def at_least(name: str, outcome: str, **changes: object) -> Verdict:
    made = replace(verdict(name, outcome), rule=name, condition=">= 0.8", threshold=0.8)
    return replace(made, **changes)  # type: ignore[arg-type]


def said(outcome: AuditOutcome, metrics: list[Metric], verdicts: list[Verdict]) -> str:
    return headline(replace(audit(metrics, verdicts), outcome=outcome))


def test_a_failure_names_the_worst_of_the_broken_rules_and_its_limit() -> None:
    mild = ratio("b", 0.7, "Women are selected 0.7 times as often as men (95 % interval 0.67 to 0.73).")
    worst = ratio("a", 0.55)
    verdicts = [at_least("a", "fail"), at_least("b", "fail"), at_least("b", "fail", severity="warn", rule="c")]
    assert (
        said("fail", [mild, worst], verdicts)
        == f"2 rules are broken. The worst: {MEN}; the policy asks for at least 0.8."
    )
    assert said("fail", [worst], verdicts[:1]) == f"One rule is broken. {MEN}; the policy asks for at least 0.8."


def test_only_the_first_sentence_of_a_claim_is_told_and_an_interval_that_it_lacks() -> None:
    long = ratio("a", 0.55, f"{MEN}. If groups did not differ, 0.95 would be expected by chance (p < 0.001).")
    assert "by chance" not in said("fail", [long], [at_least("a", "fail")])
    bare = ratio("a", 0.55, "African-American men are selected less often.")
    told = said("fail", [bare], [at_least("a", "fail")])
    assert "less often: 0.550 (95 % interval 0.520 to 0.580); the policy" in told


def test_likely_violated_says_how_sure_it_is() -> None:
    told = said("likely_violated", [ratio("a", 0.7)], [at_least("a", "likely_violated")])
    assert told.startswith("One rule is outside its limit, though not yet as surely as the policy asks of a failure.")
    assert MEN in told


@pytest.mark.parametrize(
    ("ground", "why"),
    [
        ("across", "on both sides of that"),
        ("unbreakable", "no value of this metric could break that"),
        ("too_few", "at least 0.8."),
    ],
)
def test_inconclusive_says_what_is_open_and_why(ground: str, why: str) -> None:
    told = said("inconclusive", [ratio("a", 0.7)], [at_least("a", "inconclusive", ground=ground)])
    assert told.startswith("One rule is undecided, so this is not a pass.")
    assert MEN in told
    assert told.endswith(why) or f"{why}." in told


def test_what_cannot_be_read_is_told_with_its_reason_and_its_probe() -> None:
    unread = ratio("a", 0.7, "The gap could not be measured: validity check failed.")
    unread = replace(unread, estimate=Undefined("validity check failed", "not_interpretable"))
    told = said("inconclusive", [unread], [at_least("a", "inconclusive", ground="not_interpretable")])
    assert told.endswith(
        "not a pass. The probe “Probe” gave no value. The gap could not be measured: validity check failed."
    )
    gone = at_least("gone", "not_measured", ground="crashed", reason="not estimable: the probe crashed")
    assert said("inconclusive", [], [gone]).endswith("The probe “Probe” gave no value. gone: the probe crashed.")


def test_where_the_policy_leaves_all_open_nothing_was_decided() -> None:
    verdicts = [at_least(name, "inconclusive", counts=False) for name in "ab"]
    told = said("inconclusive", [ratio("a", 0.7), ratio("b", 0.75)], verdicts)
    assert told.startswith("All 2 rules that can fail a release are undecided, and the policy leaves them open")


def test_a_pass_names_what_is_nearest_to_its_limit() -> None:
    near = ratio("a", 0.85, "Women are selected 0.85 times as often as men (95 % interval 0.82 to 0.88).")
    verdicts = [at_least("a", "pass"), at_least("b", "pass"), at_least("c", "waived", waived_from="fail")]
    told = said("pass", [near, ratio("b", 0.99), ratio("c", 0.4)], verdicts)
    assert told.startswith("Each of the 2 rules that were decided is met")
    assert "The nearest to its limit: Women are selected 0.85 times" in told
    assert told.endswith("One broken rule is waived.")


def test_nothing_judged_says_what_a_rule_would_have_needed() -> None:
    unasked = [at_least(name, "not_measured", asked=False, probe=name) for name in ("bbq", "honest")]
    told = said("nothing_judged", [ratio("a", 0.7)], unasked)
    assert "This run asked p; such rules speak of bbq, honest." in told


def test_crashes_and_what_does_not_apply_are_named() -> None:
    crashed = replace(
        sample(), results=(Failed(probe=SPEC, reason="KeyError: x"),), outcome="incomplete", status="complete"
    )
    assert headline(crashed) == "A probe crashed, so the run is not complete. Probe: KeyError: x"
    assert "end as planned" in headline(replace(crashed, status="incomplete"))
    gone: Audit = replace(sample(), results=(NotApplicable(probe=SPEC, reason="no scores"),), outcome="nothing_ran")
    assert headline(gone).endswith("For example Probe: no scores")


def test_a_report_names_the_worst_warning() -> None:
    told = said("reported", [ratio("a", 0.55)], [at_least("a", "fail", severity="warn")])
    assert "One of its warnings holds." in told
    assert MEN in told


def test_the_verdict_is_told_in_the_languages_of_the_claim() -> None:
    both = ratio("a", 0.55, Translated(f"{MEN}.", {"zh": "男性入选较少（95 % 区间 0.52 至 0.58）。"}))
    told = languages(said("fail", [both], [at_least("a", "fail")]))
    assert told["zh"] == "有 1 条规则被违反。男性入选较少（95 % 区间 0.52 至 0.58）；策略要求至少为 0.8。"


def test_limits_are_in_the_words_of_their_unit() -> None:
    within = replace(verdict("m", "fail"), condition="within 0.1", threshold=0.1)
    most = replace(within, condition="<= 0.05", threshold=0.05)
    assert limit_of(within, metric("m", 0.3)) == "a difference of at most 10 percentage points"
    assert limit_of(most, metric("m", 0.3, null=None)) == "at most 5 %"
    nats, scored = metric("m", 1.1, unit="nats"), metric("m", 60, unit="points", null=50.0)
    assert limit_of(replace(within, threshold=0.69), nats).endswith("0.69 nats (a factor of about 2 in likelihood)")
    assert limit_of(replace(within, threshold=5.0), scored) == "a value within 5 of 50"


def test_how_far_beyond_a_limit_is_told_in_the_limit_s_own_distance_from_no_difference() -> None:
    assert over_limit(ratio("a", 0.64), at_least("a", "fail")) == pytest.approx(1.0), "0.8 squared: twice its logarithm"
    within = replace(verdict("m", "fail"), condition="within 0.1", threshold=0.1)
    assert over_limit(metric("m", -0.3), within) == pytest.approx(2.0)
    assert over_limit(metric("m", 0.05), within) == pytest.approx(-0.5)


def test_no_two_findings_read_alike_and_tiny_departures_are_none() -> None:
    from fairwitness.reports.evidence import Cuts
    from fairwitness.reports.view import page

    alike = [metric(name, 1.0, claim="The gap is wide.", role="bias") for name in ("a", "b")]
    tiny = metric("tiny", 0.003, 0.001, unit="share of attention")
    found = page(
        audit([*alike, tiny, metric("free", 0.2, 0.01)], [verdict(m.name, "fail") for m in alike]), Cuts()
    ).findings
    sentences = [finding.sentence for finding in found]
    assert len(set(sentences)) == len(sentences) == 3
    assert not [finding for finding in found if finding.row.name == "tiny"]
    assert findings([], {}) == ()


OF_TWO = "Women are selected 0.80 times as often as men (95 % interval 0.80 to 1.00)."


def test_beside_its_limit_a_claim_gives_the_interval_that_decided_with_digits_enough() -> None:
    at = replace(
        ratio("a", 0.7996, OF_TWO),
        estimate=Estimate(value=0.7996, low=0.7991, high=1.0, level=0.95, n=50, method="by hand"),
    )
    wider = at_least("a", "inconclusive", decided=Interval(level=0.975, low=0.7994, high=1.0))
    told = said("inconclusive", [at], [wider])
    assert "selected 0.7996 times as often as men (97.5 % interval 0.799 to 1.000); the policy" in told
    assert "95 %" not in told


def test_points_and_per_cent_are_told_from_their_limit_too_and_other_units_stay() -> None:
    gap = metric(
        "a",
        -0.1004,
        0.0003,
        claim=Translated(
            "A lies lower by 10.0 points (95 % interval 10.0 to 10.1 points)",
            {"zh": "低 10.0（95 % 区间 10.0 至 10.1 个百分点）"},
        ),
    )
    within = replace(at_least("a", "fail"), condition="within 0.1", threshold=0.1)
    told = languages(beside_limit(gap.claim, gap, within))
    assert told["en"] == "A lies lower by 10.04 points (95 % interval 10.01 to 10.07 points)"
    assert told["zh"] == "低 10.04（95 % 区间 10.01 至 10.07 个百分点）"
    other = metric("a", 0.69, 0.2, claim="twice as likely (95 % interval 1.6 to 2.4)")
    assert beside_limit(other.claim, other, within) == other.claim


def test_a_gap_is_bounded_in_points_and_a_share_in_per_cent() -> None:
    rule = replace(at_least("a", "fail"), condition="<= 0.1", threshold=0.1)
    for name, limit in (("true_positive_rate_gap", "at most 10 percentage points"), ("flip_rate", "at most 10 %")):
        assert limit_of(rule, metric(name, 0.2, null=None)) == limit


def test_rules_with_several_results_are_told_from_their_results() -> None:
    cases = [ratio("a", 0.55), ratio("b", 0.6)]
    told = said("fail", cases, [at_least("a", "fail"), at_least("b", "fail", rule="a")])
    assert told.startswith("One rule is broken (2 results). ")


def test_a_failed_warning_is_told_where_nothing_else_was_decided() -> None:
    warned = [at_least("a", "inconclusive"), at_least("b", "fail", severity="warn")]
    cases = [ratio("a", 0.7), ratio("b", 0.5)]
    assert said("inconclusive", cases, warned).endswith("Warnings that failed: 1; undecided: 0.")
    assert "Warnings" not in said("inconclusive", cases, warned[:1])


def test_a_failed_warning_is_told_before_a_rule_that_has_no_value() -> None:
    """Else the page begins with a probe that measured nothing."""
    warned = [at_least("a", "inconclusive"), at_least("b", "fail", severity="warn")]
    unread = replace(ratio("a", 0.7), estimate=Undefined("it guessed", kind="not_interpretable"))
    told = said("inconclusive", [unread, ratio("b", 0.5)], warned)
    assert told.startswith("One rule is undecided, so this is not a pass. One warning failed. ")
    assert told.index("0.5") < told.index("gave no value")


def test_the_same_ratio_of_two_groups_is_one_finding() -> None:
    pair = ratio("selection_rate_ratio", 0.55)
    both_groups = replace(pair, name="impact_ratio", by={}, variant={"groups": "sex"})
    pair = replace(pair, by={"sex": "female"}, against="male")
    other = replace(both_groups, variant={"groups": "age"}, claim="By age, men are selected less often.")
    broken = at_least("selection_rate_ratio", "fail", by={"sex": "female"}, against="male")
    shown = headlines(audit([pair, both_groups, other], [broken]))
    assert [finding.row.name for finding in shown] == ["selection_rate_ratio", "impact_ratio"]
    assert shown[1].sentence.startswith("By age")
