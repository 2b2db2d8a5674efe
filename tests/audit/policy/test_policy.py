"""Verdicts that can be worked out by hand: intervals against bounds, many metrics under one rule, waivers, absence."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from fairwitness.audit import policy
from fairwitness.audit.policy import Policy, Selector
from fairwitness.audit.records import (
    Estimate,
    Failed,
    Interval,
    Measured,
    Metric,
    NotApplicable,
    ProbeResult,
    ProbeSpec,
    Undefined,
    Verdict,
)

TODAY = date(2026, 11, 22)


def spec(name: str = "decisions") -> ProbeSpec:
    return ProbeSpec(
        name=name,
        version="1",
        family="fairness",
        title=name,
        question="q",
        why="w",
        how_to_read="h",
        needs=(("Predict",),),
        citations=("c",),
        limits=("l",),
    )


def estimate(value: float, low: float, high: float, *, n: int = 100, wider: tuple[Interval, ...] = ()) -> Estimate:
    return Estimate(value=value, low=low, high=high, level=0.95, n=n, method="by hand", wider=wider)


def metric(
    name: str,
    found: Estimate | Undefined,
    *,
    null: float | None = None,
    by: dict[str, str] | None = None,
    tags: tuple[str, ...] = (),
) -> Metric:
    return Metric(
        name=name,
        estimate=found,
        unit="rate",
        better="none",
        claim="a claim",
        null=null,
        by=by or {},
        evidence=(),
        tags=tags,
    )


def measured(*metrics: Metric, name: str = "decisions") -> Measured:
    return Measured(probe=spec(name), metrics=metrics, evidence=(), requests=10, unanswered=0)


def a_policy(*rules: dict[str, Any], waivers: tuple[dict[str, Any], ...] = (), **defaults: Any) -> Policy:
    return Policy.model_validate({"version": 1, "defaults": defaults, "rules": rules, "waivers": waivers})


def rule(select: str = "decisions/ratio", op: str = ">=", value: float = 0.8, **more: Any) -> dict[str, Any]:
    return {"id": "r", "select": select, "op": op, "value": value, **more}


def judged(
    rules: dict[str, Any], *results: ProbeResult, waivers: tuple[dict[str, Any], ...] = (), **defaults: Any
) -> list[Verdict]:
    return list(policy.judge(a_policy(rules, waivers=waivers, **defaults), results, "Bert", TODAY))


@pytest.mark.parametrize(
    ("op", "value", "low", "high", "outcome"),
    [
        (">=", 0.8, 0.8, 0.9, "pass"),
        (">=", 0.8, 0.79, 0.9, "inconclusive"),
        (">=", 0.8, 0.7, 0.8, "inconclusive"),
        (">=", 0.8, 0.6, 0.79, "fail"),
        ("<=", 0.1, 0.0, 0.1, "pass"),
        ("<=", 0.1, 0.0, 0.11, "inconclusive"),
        ("<=", 0.1, 0.1, 0.2, "inconclusive"),
        ("<=", 0.1, 0.11, 0.2, "fail"),
        ("within", 0.1, -0.1, 0.1, "pass"),
        ("within", 0.1, -0.11, 0.1, "inconclusive"),
        ("within", 0.1, -0.3, 0.3, "inconclusive"),
        ("within", 0.1, 0.11, 0.3, "fail"),
        ("within", 0.1, -0.3, -0.11, "fail"),
        ("within", 0.1, 0.05, 0.3, "inconclusive"),
    ],
)
def test_where_the_interval_lies_decides(op: str, value: float, low: float, high: float, outcome: str) -> None:
    one = metric("ratio", estimate((low + high) / 2, low, high), null=0.0)
    (verdict,) = judged(rule(op=op, value=value), measured(one))
    assert verdict.outcome == outcome
    assert verdict.decided == Interval(0.95, low, high)
    assert verdict.threshold == value
    assert verdict.condition == f"{op} {value:g}"


def test_a_null_other_than_zero_moves_the_allowed_band() -> None:
    one = metric("ratio", estimate(1.05, 1.0, 1.1), null=1.0)
    (verdict,) = judged(rule(op="within", value=0.1000001), measured(one))
    assert verdict.outcome == "pass"


def test_within_without_a_null_is_not_measured() -> None:
    (verdict,) = judged(rule(op="within", value=0.1), measured(metric("ratio", estimate(0.0, -0.01, 0.01))))
    assert verdict.outcome == "not_measured"
    assert "null value" in verdict.reason


LEVELS = (Interval(0.975, 0.82, 0.98), Interval(0.9875, 0.79, 1.01))


def test_two_metrics_are_decided_at_level_0_975_and_three_at_the_next_stored_one() -> None:
    wide = estimate(0.9, 0.85, 0.95, wider=LEVELS)
    for count, level, outcome in ((1, 0.95, "pass"), (2, 0.975, "pass"), (3, 0.9875, "inconclusive")):
        several = [metric("ratio", wide, by={"race": str(at)}) for at in range(count)]
        verdicts = judged(rule(), measured(*several))
        assert {(one.outcome, one.decided.level if one.decided else None) for one in verdicts} == {(outcome, level)}
        assert ("95 %: 0.85 to 0.95" in verdicts[0].reason) == (count > 1)


def test_metrics_that_cannot_be_looked_at_do_not_widen_the_others() -> None:
    wide = metric("ratio", estimate(0.9, 0.85, 0.95, wider=LEVELS))
    blind = [
        metric("ratio", Undefined("too few"), by={"race": "a"}),
        metric("ratio", estimate(0.9, 0.8, 0.95, n=5), by={"race": "b"}),
    ]
    first, second, third = judged(rule(min_n=30), measured(wide, *blind))
    assert (first.outcome, first.decided) == ("pass", Interval(0.95, 0.85, 0.95))
    assert (second.outcome, second.reason) == ("not_measured", "too few")
    assert (third.outcome, third.reason) == ("not_measured", "below min_n: 5 of the 30 that the rule asks for")


def test_intervals_that_hold_at_once_count_once() -> None:
    wide = estimate(0.9, 0.85, 0.95, wider=LEVELS)

    def joint(column: str, group: str) -> Metric:
        return replace(metric("ratio", wide, by={column: group}), against="x", joint=True)

    one_column = [joint("race", str(at)) for at in range(5)]
    assert {one.decided for one in judged(rule(), measured(*one_column))} == {Interval(0.95, 0.85, 0.95)}
    two_columns = [*one_column, joint("sex", "a"), joint("sex", "b")]
    assert {one.decided for one in judged(rule(), measured(*two_columns))} == {LEVELS[0]}
    and_one_more = [*two_columns, metric("ratio", wide)]
    assert {one.decided for one in judged(rule(), measured(*and_one_more))} == {LEVELS[1]}


def test_without_a_wide_enough_interval_nothing_is_decided() -> None:
    two = [metric("ratio", estimate(0.9, 0.85, 0.95), by={"race": str(at)}) for at in range(2)]
    verdicts = judged(rule(), measured(*two))
    assert {one.outcome for one in verdicts} == {"inconclusive"}
    assert "no interval at level 0.975" in verdicts[0].reason
    assert verdicts[0].decided is None


def test_a_breach_below_the_minimum_effect_is_inconclusive() -> None:
    one = metric("gap", estimate(0.105, 0.102, 0.108))
    assert judged(rule("decisions/gap", "<=", 0.1), measured(one))[0].outcome == "fail"
    (verdict,) = judged(rule("decisions/gap", "<=", 0.1, min_effect=0.02), measured(one))
    assert verdict.outcome == "inconclusive"
    assert "less than 0.02" in verdict.reason


def test_what_weighs_in_the_exit_code() -> None:
    straddles = measured(metric("ratio", estimate(0.8, 0.7, 0.9)))
    missing = measured(metric("ratio", Undefined("too few")))
    breaks = measured(metric("ratio", estimate(0.5, 0.4, 0.6)))
    assert judged(rule(), straddles)[0].counts
    assert not judged(rule(on_inconclusive="ignore"), straddles)[0].counts
    assert judged(rule(), missing)[0].counts
    assert not judged(rule(on_not_measured="ignore"), missing)[0].counts
    assert judged(rule(on_not_measured="ignore", on_inconclusive="ignore"), breaks)[0].counts
    assert not judged(rule(severity="warn"), breaks)[0].counts
    assert not judged(rule(), straddles, on_inconclusive="ignore")[0].counts
    assert judged(rule(on_inconclusive="fail"), straddles, on_inconclusive="ignore")[0].counts


def test_probes_that_gave_nothing_are_named_with_their_reason() -> None:
    results: list[ProbeResult] = [
        NotApplicable(probe=spec("decisions"), reason="no labelled table"),
        Failed(probe=spec("other"), reason="ValueError: x"),
    ]
    (verdict,) = judged(rule(), *results)
    assert (verdict.outcome, verdict.probe, verdict.metric) == ("not_measured", "decisions", "ratio")
    assert verdict.reason == "not applicable: no labelled table"
    assert verdict.counts
    first, second = judged(rule("*/ratio".replace("*", "?*")), *results)
    assert (first.probe, second.probe) == ("decisions", "other")
    assert second.reason == "the probe crashed: ValueError: x"


@pytest.mark.parametrize(
    ("select", "reason", "asked"),
    [
        ("decisions/absent", "the probe gave nothing that matches 'decisions/absent'", True),
        ("decisions/ratios", "the probe gave nothing that matches 'decisions/ratios'; did you mean 'ratio'?", True),
        ("decisions/ratio[sex=*]", "the probe gave nothing that matches 'decisions/ratio[sex=*]'", True),
        ("tag:own_data", "nothing in this run matches 'tag:own_data'", True),
        ("*/absent", "nothing in this run matches '*/absent'", True),
        ("nowhere/ratio", "this run asked none of the probes that the rule is about", False),
        ("nowhere|elsewhere/ratio", "this run asked none of the probes that the rule is about", False),
        ("nowhere|decisions/absent", "the probe gave nothing that matches 'nowhere|decisions/absent'", True),
    ],
)
def test_a_rule_that_matches_nothing_says_so_once(select: str, reason: str, asked: bool) -> None:
    (verdict,) = judged(rule(select), measured(metric("ratio", estimate(0.9, 0.85, 0.95))))
    assert (verdict.outcome, verdict.reason) == ("not_measured", reason)
    assert (verdict.asked, verdict.counts) == (asked, asked)


@pytest.mark.parametrize(
    ("select", "taken"),
    [
        ("decisions/ratio", {"all", "F", "x", "vs", "sum"}),
        ("decisions/ratio[]", {"all"}),
        ("decisions/ratio[sex=*]", {"F", "x"}),
        ("decisions/ratio[sex=F]", {"F", "x"}),
        ("decisions/ratio[sex=F,race=*]", {"x"}),
        ('decisions/ratio[ race = "a, b" ]', {"x"}),
        ("decisions/ratio[race=a*]", {"x"}),
        ("deci*/r?tio", {"all", "F", "x", "vs", "sum"}),
        ("decisions/ratio[against=*]", {"vs"}),
        ("decisions/ratio[score=*]", {"vs", "sum"}),
        ("decisions/ratio[score=F, against=M]", {"vs"}),
        ("decisions/ratio[score=s*]", {"sum"}),
        ("scope:detail", {"vs"}),
        ("decisions/ratio role:competence", {"sum"}),
        ("decisions/ratio role:competence scope:detail", set()),
        ("decisions/ratio[sex=F] scope:overall", {"F", "x"}),
        ("tag:own_data", {"F"}),
        ("decisions/ratio tag:own_data", {"F"}),
        ("decisions/other tag:own_data", set()),
        ("tag:own_*", {"F"}),
    ],
)
def test_selectors(select: str, taken: set[str]) -> None:
    metrics = {
        "all": metric("ratio", estimate(1, 0, 2)),
        "F": metric("ratio", estimate(1, 0, 2), by={"sex": "F"}, tags=("own_data",)),
        "x": metric("ratio", estimate(1, 0, 2), by={"sex": "F", "race": "a, b"}),
        "vs": replace(metric("ratio", estimate(1, 0, 2), by={"score": "F"}), against="M", scope="detail"),
        "sum": replace(metric("ratio", estimate(1, 0, 2)), variant={"score": "sum"}, role="competence"),
    }
    selector = Selector.from_text(select)
    assert {key for key, one in metrics.items() if selector.takes("decisions", one)} == taken


def test_brackets_in_group_names_are_no_patterns() -> None:
    one, other = (metric("ratio", estimate(1, 0, 2), by={"age": age}) for age in ("[25-45)", "2"))
    assert Selector.from_text('p/ratio[age="[25-45)"]').takes("p", one)
    assert not Selector.from_text('p/ratio[age="[25-45)"]').takes("p", other)


@pytest.mark.parametrize(
    "select", ["ratio", "a/b[sex]", "a/b[=x]", "a/b[sex=F", "a b/c", "", "tag:", "a/b role:bad", "scope:all"]
)
def test_what_is_no_selector(select: str) -> None:
    with pytest.raises(ValueError, match=r"select|groups"):
        Selector.from_text(select)


def test_the_fingerprint_is_the_hash_of_probe_metric_groups_and_family() -> None:
    spelled = '["decisions", "ratio", [["race", "a"], ["sex", "F"]], "b × M", [["score", "sum"]], "Bert"]'
    expected = hashlib.sha256(spelled.encode()).hexdigest()[:12]
    one = metric("ratio", estimate(0.9, 0.85, 0.95), by={"sex": "F", "race": "a"})
    one = replace(one, against="b × M", variant={"score": "sum"})
    assert judged(rule(), measured(one))[0].fingerprint == expected
    assert policy.fingerprint("decisions", one.key, "Bert") == expected
    assert policy.fingerprint("decisions", one.key, "GPT2") != expected
    assert policy.fingerprint("decisions", replace(one, against=None, variant={}).key, "Bert") != expected


BREAKS = metric("ratio", estimate(0.6, 0.5, 0.7), by={"race": "Asian"})


def waiver(**more: Any) -> dict[str, Any]:
    return {"reason": "few people", "owner": "risk", "expires": "2027-03-31", **more}


def test_a_waiver_takes_a_failure_out_of_the_exit_code_and_names_itself() -> None:
    (verdict,) = judged(rule(), measured(BREAKS), waivers=(waiver(select="decisions/ratio[race=Asian]", ticket="R-7"),))
    assert (verdict.outcome, verdict.counts) == ("waived", False)
    assert verdict.waiver == "few people; owner risk; expires 2027-03-31; ticket R-7"
    assert "wholly outside >= 0.8" in verdict.reason


def test_a_waiver_can_name_a_fingerprint() -> None:
    known = policy.fingerprint("decisions", BREAKS.key, "Bert")
    (verdict,) = judged(rule(), measured(BREAKS), waivers=(waiver(fingerprint=known),))
    assert verdict.outcome == "waived"


@pytest.mark.parametrize(("expires", "outcome"), [("2026-11-22", "waived"), ("2026-11-21", "fail")])
def test_a_waiver_holds_through_its_last_day(expires: str, outcome: str) -> None:
    (verdict,) = judged(rule(), measured(BREAKS), waivers=(waiver(select="decisions/ratio[*]", expires=expires),))
    assert verdict.outcome == outcome
    assert verdict.counts == (outcome == "fail")
    assert ("the waiver of risk expired on 2026-11-21" in verdict.reason) == (outcome == "fail")


@pytest.mark.parametrize(
    ("op", "bound", "value", "worst", "outcome"),
    [
        ("<=", 0.1, 0.3, 0.3, "waived"),
        ("<=", 0.1, 0.3, 0.29, "fail"),
        (">=", 0.8, 0.6, 0.6, "waived"),
        (">=", 0.8, 0.6, 0.61, "fail"),
        ("within", 0.1, -0.3, 0.3, "waived"),
        ("within", 0.1, -0.3, 0.29, "fail"),
    ],
)
def test_max_value_is_the_worst_that_is_waived(op: str, bound: float, value: float, worst: float, outcome: str) -> None:
    one = metric("ratio", estimate(value, value - 0.05, value + 0.05), null=0.0)
    waivers = (waiver(select="decisions/ratio", max_value=worst),)
    (verdict,) = judged(rule(op=op, value=bound), measured(one), waivers=waivers)
    assert verdict.outcome == outcome
    assert ("holds only up to" in verdict.reason) == (outcome == "fail")


def test_a_second_waiver_may_hold_where_the_first_expired() -> None:
    waivers = (
        waiver(select="decisions/*[*]", expires="2026-01-01"),
        waiver(select="decisions/ratio[*]", owner="board"),
    )
    (verdict,) = judged(rule(), measured(BREAKS), waivers=waivers)
    assert (verdict.outcome, verdict.waiver[:28]) == ("waived", "few people; owner board; exp"[:28])


def test_an_unused_waiver_is_told_and_weighs_nothing() -> None:
    fine = measured(metric("ratio", estimate(0.9, 0.85, 0.95)))
    passed, unused = judged(rule(), fine, waivers=(waiver(select="decisions/ratio"),))
    assert passed.outcome == "pass"
    assert (unused.rule, unused.outcome, unused.counts, unused.severity) == ("waiver", "not_measured", False, "warn")
    assert "unused waiver" in unused.reason
    assert unused.metric == "decisions/ratio"


def test_a_waiver_cannot_stand_for_a_measurement() -> None:
    verdicts = judged(rule(), measured(metric("ratio", Undefined("x"))), waivers=(waiver(select="decisions/ratio"),))
    assert [one.outcome for one in verdicts] == ["not_measured", "not_measured"]
    assert verdicts[0].counts


def test_a_worst_value_says_nothing_of_a_metric_that_has_no_null_value_to_be_within() -> None:
    covering = waiver(select="decisions/ratio[race=*]", max_value=0.3, covers=["not_measured"])
    (verdict,) = judged(rule(op="within", value=0.1), measured(BREAKS), waivers=(covering,))
    assert (verdict.outcome, verdict.waived_from) == ("waived", "not_measured")


@pytest.mark.parametrize(
    ("unit", "null", "op", "value", "reason"),
    [
        (
            "share",
            None,
            "<=",
            5,
            "nothing could break <= 5: values of this metric lie from 0 to 1; 5 per cent are 0.05",
        ),
        ("share", 0.0, "within", 10, "lie from −1 to 1; 10 per cent are 0.1"),
        ("probability", None, "<=", 1, "lie from 0 to 1"),
        ("share", None, ">=", 0, "nothing could break >= 0"),
        ("ratio", 1.0, ">=", 0, "nothing could break >= 0: values of this metric lie from 0 to inf"),
        ("%", 50.0, "within", 50, "nothing could break within 50"),
        ("share", None, "<=", 0.99, ""),
        ("share", 0.0, "within", 0.99, ""),
        ("share", 0.0, ">=", 0, ""),
        ("ratio", 1.0, "<=", 10, ""),
        ("%", 50.0, "within", 5, ""),
        ("nats", 0.0, "within", 10, ""),
    ],
)
def test_a_rule_that_no_value_could_break_passes_nothing(
    unit: str, null: float | None, op: str, value: float, reason: str
) -> None:
    """Mostly a bound in per cent where values are shares; what cannot fail must not look like a pass."""
    middle = 50.0 if unit == "%" else 0.5
    one = Metric(
        name="gap",
        estimate=estimate(middle, middle - 0.1, middle + 0.1),
        unit=unit,
        better="none",
        claim="a claim",
        null=null,
    )
    [verdict] = judged(rule("decisions/gap", op, value), measured(one), on_inconclusive="ignore")
    if reason:
        assert (verdict.outcome, verdict.counts) == ("inconclusive", True)
        assert reason in verdict.reason
    else:
        assert "could break" not in verdict.reason
