"""Rules that judge the change since a baseline: on its interval, and never without a baseline."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from fairwitness.audit import policy
from fairwitness.audit.errors import BadPolicy
from fairwitness.audit.policy.rules import Policy
from fairwitness.audit.records import Estimate, Interval, Measured, Since, Undefined, Verdict, languages
from verdicts import by_hand, measured, metric

TODAY = date(2026, 12, 1)


def wide(value: float, low: float, high: float) -> Estimate:
    return by_hand(value, low, high, wider=(Interval(0.99, low - 0.01, high + 0.01),))


def judged(
    change: Estimate | Undefined | None,
    result: Measured | None = None,
    *,
    scale: Any = "difference",
    unanswered: tuple[int, int] = (0, 100),
    **keys: Any,
) -> Verdict:
    """The verdict of one rule on the accuracy, whose change is given; None is a baseline that does not have it."""
    rule = {"id": "no-worse", "select": "decisions/accuracy", "op": ">=", "value": -0.02, "relative_to": "baseline"}
    made = Policy.model_validate({"version": 1, "rules": [rule | keys]})
    result = result or measured(metric(wide(0.8, 0.75, 0.85), "accuracy"))
    [measurement] = result.metrics
    changes = {} if change is None else {("decisions", measurement.key): (change, scale)}
    since = Since(changes=changes, missing={}, unanswered={"decisions": unanswered})
    [verdict] = policy.judge(made, [result], "family", TODAY, since)
    return verdict


def test_the_interval_of_the_change_decides_whatever_the_value_itself_is() -> None:
    assert judged(wide(-0.005, -0.015, 0.005)).outcome == "pass"
    assert judged(wide(-0.01, -0.03, 0.01)).outcome == "inconclusive"
    assert judged(wide(-0.06, -0.08, -0.04)).outcome == "fail"


def test_within_is_around_no_change_and_of_a_ratio_around_a_factor_of_one() -> None:
    assert judged(wide(0.005, -0.01, 0.015), op="within", value=0.02).outcome == "pass"
    assert judged(wide(0.05, 0.03, 0.07), op="within", value=0.02).outcome == "fail"
    ratio = judged(wide(1.01, 0.97, 1.05), scale="factor", op="within", value=0.1)
    assert ratio.outcome == "pass"
    assert "since the baseline × 1.01" in ratio.reason


def test_what_the_baseline_had_and_this_run_lacks_is_not_measured() -> None:
    rule = {"id": "r", "select": "decisions/a*c*", "op": ">=", "value": -0.02, "relative_to": "baseline"}
    made = Policy.model_validate({"version": 1, "rules": [rule]})
    accuracy, auc = (metric(wide(0.8, 0.75, 0.85), name) for name in ("accuracy", "auc"))
    changes: Any = {("decisions", accuracy.key): (wide(0.0, -0.01, 0.01), "difference")}
    since = Since(changes=changes, missing={}, unanswered={}, gone=(("decisions", auc), ("other", auc)))
    kept, gone = policy.judge(made, [measured(accuracy)], "family", TODAY, since)
    assert kept.outcome == "pass"
    assert (gone.metric, gone.outcome, gone.ground, gone.counts) == ("auc", "not_measured", "no_change_known", True)
    assert "this run does not" in gone.reason


def test_a_waiver_of_the_value_does_not_take_its_change() -> None:
    waiver = {"reason": "known", "owner": "risk@example.com", "expires": TODAY, "max_value": 0.5}
    rule = {"id": "r", "select": "decisions/accuracy", "op": ">=", "value": -0.02, "relative_to": "baseline"}
    change: Any = {
        ("decisions", metric(wide(0.8, 0.75, 0.85), "accuracy").key): (wide(-0.3, -0.35, -0.25), "difference")
    }

    def verdict(**named: object) -> Verdict:
        made = Policy.model_validate({"version": 1, "rules": [rule], "waivers": [waiver | named]})
        result = measured(metric(wide(0.8, 0.75, 0.85), "accuracy"))
        return policy.judge(made, [result], "family", TODAY, Since(changes=change, missing={}, unanswered={}))[0]

    by_name = verdict(select="decisions/accuracy", max_value=-0.4)
    assert by_name.outcome == "fail", "a ceiling that the change keeps is no name"
    assert verdict(fingerprint=by_name.fingerprint, max_value=-0.4).outcome == "waived"
    assert verdict(fingerprint=by_name.fingerprint, max_value=-0.2).outcome == "fail"


def test_without_a_baseline_it_is_not_measured_and_counts() -> None:
    rule = {"id": "r", "select": "decisions/accuracy", "op": ">=", "value": -0.02, "relative_to": "baseline"}
    made = Policy.model_validate({"version": 1, "rules": [rule]})
    [verdict] = policy.judge(made, [measured(metric(wide(0.8, 0.75, 0.85), "accuracy"))], "family", TODAY)
    assert (verdict.outcome, verdict.ground, verdict.counts) == ("not_measured", "no_baseline", True)
    assert "--baseline" in verdict.reason
    assert "基线" in languages(verdict.reason)["zh"]


def test_what_the_baseline_cannot_tell_is_not_measured_with_the_reason() -> None:
    missing = judged(None)
    assert (missing.outcome, missing.ground) == ("not_measured", "no_change_known")
    unsigned = judged(Undefined("a distance without a sign"))
    assert (unsigned.outcome, unsigned.ground) == ("not_measured", "no_change_known")
    assert "a distance without a sign" in unsigned.reason


def test_what_this_run_could_not_interpret_stays_inconclusive() -> None:
    invalid = measured(metric(Undefined("a check was missed", "not_interpretable"), "accuracy"))
    verdict = judged(wide(0.0, -0.01, 0.01), invalid, on_not_measured="ignore")
    assert (verdict.outcome, verdict.counts) == ("inconclusive", True)


def test_questions_that_the_baseline_left_unanswered_are_no_pass() -> None:
    assert judged(wide(0.0, -0.01, 0.01), unanswered=(3, 100)).ground == "unanswered"


def test_min_effect_and_fail_alpha_hold_for_the_change() -> None:
    assert judged(wide(-0.06, -0.08, -0.04), min_effect=0.1).ground == "slightly_outside"
    narrow = by_hand(-0.06, -0.08, -0.025, wider=(Interval(0.99, -0.09, -0.01),))
    assert judged(narrow, fail_alpha=0.01).outcome == "likely_violated"


def test_the_limit_of_a_change_is_no_limit_of_the_value() -> None:
    """Pages draw `threshold` and `decided` on the axis of the metric: those of a change do not belong there."""
    verdict = judged(wide(-0.06, -0.08, -0.04))
    assert (verdict.threshold, verdict.decided, verdict.relative_to) == (None, None, "baseline")
    assert verdict.condition == "change >= -0.02"
    assert verdict.values["value"] == -0.06


def test_a_rule_on_a_distance_without_a_sign_is_refused_with_the_one_that_has_one() -> None:
    rule = {"id": "r", "select": "p/selection_rate_ratio", "op": ">=", "value": 0.9, "relative_to": "baseline"}
    made = Policy.model_validate({"version": 1, "rules": [rule]})
    names = {"p": ["selection_rate_ratio", "selection_rate_ratio_to_reference"]}
    with pytest.raises(BadPolicy, match="name 'selection_rate_ratio_to_reference', which has one"):
        policy.check_probes(made, names)
