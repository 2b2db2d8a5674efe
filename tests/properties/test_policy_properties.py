"""What holds of every verdict, whatever the interval."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fairwitness.audit import policy
from fairwitness.audit.policy.bounds import Decision, Operator
from fairwitness.audit.records import Estimate, Interval, Metric, Outcome, Undefined
from verdicts import by_hand, measured, metric

pytestmark = pytest.mark.slow

ORDER: dict[Decision, int] = {"pass": 0, "inconclusive": 1, "fail": 2}

number = st.integers(-10_000, 10_000).map(lambda thousandths: thousandths / 1000)
positive = st.integers(0, 5000).map(lambda thousandths: thousandths / 1000)
operator = st.sampled_from(get_args(Operator))


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    low, high = sorted((draw(number), draw(number)))
    return Interval(0.95, low, high)


@st.composite
def ladders(draw: st.DrawFn) -> Estimate:
    """An estimate with ten wider intervals, each holding the one before."""
    low, value, high = sorted((draw(number), draw(number), draw(number)))
    assume(low < high)
    rungs = []
    wide_low, wide_high = low, high
    for step in range(1, 11):
        wide_low, wide_high = wide_low - draw(positive), wide_high + draw(positive)
        rungs.append(Interval(1 - 0.05 / 2**step, wide_low, wide_high))
    return by_hand(value, low, high, n=draw(st.integers(2, 500)), wider=tuple(rungs))


def judge(rule: dict[str, Any], metrics: list[Metric]) -> list[Outcome]:
    read = policy.Policy.model_validate({"version": 1, "rules": [{"id": "r", "select": "decisions/*", **rule}]})
    return [verdict.outcome for verdict in policy.judge(read, [measured(*metrics)], "family", date(2026, 11, 22))]


def about_zero(found: Estimate | Undefined, name: str = "m") -> Metric:
    return metric(found, name, better="none", null=0.0)


@given(operator, positive, intervals(), st.data())
def test_a_pass_and_a_failure_hold_for_every_point_of_the_interval(
    op: Operator, bound: float, at: Interval, data: st.DataObject
) -> None:
    point = data.draw(st.floats(at.low, at.high))
    allowed = {"<=": point <= bound, ">=": point >= bound, "within": abs(point) <= bound}[op]
    decision = policy.decide(op, bound, 0.0, at)
    if decision != "inconclusive":
        assert allowed == (decision == "pass")


@given(operator, positive, intervals(), positive, positive)
def test_a_wider_interval_never_decides_what_a_narrower_one_left_open(
    op: Operator, bound: float, at: Interval, left: float, right: float
) -> None:
    wider = Interval(0.99, at.low - left, at.high + right)
    narrow, wide = policy.decide(op, bound, 0.0, at), policy.decide(op, bound, 0.0, wider)
    assert wide in (narrow, "inconclusive")


@given(intervals(), positive, positive, positive)
def test_moving_towards_the_forbidden_side_never_helps(
    at: Interval, low_shift: float, high_shift: float, bound: float
) -> None:
    low, high = at.low + low_shift, at.high + high_shift
    assume(low <= high)
    moved = Interval(0.95, low, high)
    mirrored, mirrored_moved = Interval(0.95, -at.high, -at.low), Interval(0.95, -high, -low)
    assert ORDER[policy.decide("<=", bound, None, moved)] >= ORDER[policy.decide("<=", bound, None, at)]
    assert (
        ORDER[policy.decide(">=", -bound, None, mirrored_moved)] >= ORDER[policy.decide(">=", -bound, None, mirrored)]
    )


@given(intervals(), number)
def test_at_least_is_at_most_mirrored(at: Interval, bound: float) -> None:
    mirrored = Interval(at.level, -at.high, -at.low)
    assert policy.decide(">=", bound, None, at) == policy.decide("<=", -bound, None, mirrored)


@given(intervals(), positive)
def test_within_passes_exactly_when_both_one_sided_rules_pass(at: Interval, bound: float) -> None:
    both = (policy.decide("<=", bound, None, at), policy.decide(">=", -bound, None, at))
    within = policy.decide("within", bound, 0.0, at)
    assert (within == "pass") == (both == ("pass", "pass"))
    assert (within == "fail") == ("fail" in both)


@settings(deadline=None)
@given(operator, positive, st.text(min_size=1), positive)
def test_what_is_undefined_never_passes_and_never_fails(op: Operator, value: float, why: str, effect: float) -> None:
    assert judge({"op": op, "value": value, "min_effect": effect}, [about_zero(Undefined(why))]) == ["not_measured"]


@settings(deadline=None)
@given(operator, positive, ladders(), st.integers(1, 1024))
def test_more_metrics_under_one_rule_never_make_a_verdict_firmer(
    op: Operator, value: float, found: Estimate, count: int
) -> None:
    alone = judge({"op": op, "value": value}, [about_zero(found)])[0]
    among = judge({"op": op, "value": value}, [about_zero(found, f"m{at}") for at in range(min(count, 40))])
    assert set(among) <= {alone, "inconclusive"}


@settings(deadline=None)
@given(operator, positive, ladders(), positive)
def test_a_minimum_effect_only_withdraws_failures(op: Operator, value: float, found: Estimate, effect: float) -> None:
    without = judge({"op": op, "value": value}, [about_zero(found)])[0]
    with_it = judge({"op": op, "value": value, "min_effect": effect}, [about_zero(found)])[0]
    assert with_it == without or (without, with_it) == ("fail", "inconclusive")
