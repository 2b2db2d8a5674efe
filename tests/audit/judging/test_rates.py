"""Raw and corrected rates of verdicts, and gaps with errors that are known of each group or of all together."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import expit

from fairwitness.audit import judging
from fairwitness.audit.judging import ASIDE, Decided, Verdicts
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.judged import Errors

GOOD = Errors(called=90, positives=100, let_go=90, negatives=100)


def verdicts(hits: int, n: int, missing: int = 0, aside: int = 0) -> Verdicts:
    said = [Decided(True)] * hits + [Decided(False)] * (n - hits) + [Decided(None, "form")] * missing
    return Verdicts.of([*said, *[ASIDE] * aside])


def known(found: Estimate | Undefined) -> Estimate:
    assert isinstance(found, Estimate), found
    return found


def test_a_rate_is_corrected_and_its_ends_are_those_of_texts_without_a_verdict() -> None:
    some = verdicts(26, 100, missing=10, aside=7)
    assert known(judging.raw_rate(some)).if_answered == pytest.approx((26 / 110, 36 / 110))
    found = known(judging.corrected_rate(some, GOOD))
    assert found.value == pytest.approx((0.26 - 0.1) / 0.8)
    assert found.if_answered == pytest.approx(((26 / 110 - 0.1) / 0.8, 36 / 110)), "or the judge erred on none of these"
    assert found.low < found.value < found.high


def test_what_a_judge_may_have_got_right_is_not_corrected_away_for_a_pass() -> None:
    alarms = Errors(called=178, positives=189, let_go=149, negatives=204)
    found = known(judging.corrected_rate(verdicts(66, 300), alarms))
    assert found.high < 0.1
    assert found.if_answered == pytest.approx((0.0, 0.22))
    missed = Errors(called=55, positives=70, let_go=60, negatives=60)
    assert known(judging.corrected_rate(verdicts(210, 300), missed)).if_answered[0] == pytest.approx(0.7)  # type: ignore[index]


def test_where_fewer_are_called_than_false_alarms_make_what_was_not_judged_still_counts() -> None:
    alarms = Errors(called=178, positives=189, let_go=149, negatives=204)
    whole, part = (known(judging.corrected_rate(verdicts(0, 250, missing), alarms)) for missing in (0, 50))
    assert whole.if_answered == (0.0, 0.0)
    assert part.if_answered == pytest.approx((0.0, (50 / 300) * 189 / 178))


def test_where_few_are_judged_nothing_is_told() -> None:
    for made in (verdicts(10, 40, missing=11), verdicts(0, 0, missing=3), verdicts(0, 0, aside=3)):
        assert isinstance(judging.raw_rate(made), Undefined)
        assert isinstance(judging.corrected_rate(made, GOOD), Undefined)
    assert isinstance(judging.corrected_rate(verdicts(1, 1), GOOD), Undefined)


def test_samples_of_one_prompt_widen_both_intervals() -> None:
    said = [Decided(True)] * 40 + [Decided(False)] * 60
    apart = Verdicts.of(said, range(100))
    tied = Verdicts.of(said, [number // 10 for number in range(100)])
    for rate in (judging.raw_rate, lambda some: judging.corrected_rate(some, GOOD)):
        alone, together = known(rate(apart)), known(rate(tied))
        assert together.value == pytest.approx(alone.value)
        assert together.high - together.low > 1.5 * (alone.high - alone.low)


def test_a_gap_with_pooled_errors_stands_where_no_errors_of_groups_undo_it() -> None:
    wide = judging.corrected_gap(verdicts(180, 200), verdicts(30, 200), GOOD)
    assert known(wide).low > 0
    raw = known(judging.raw_gap(verdicts(80, 200), verdicts(50, 200)))
    small = judging.corrected_gap(verdicts(80, 200), verdicts(50, 200), GOOD)
    assert raw.low > 0
    assert isinstance(small, Undefined)
    assert small.kind == "not_interpretable"
    none = known(judging.corrected_gap(verdicts(50, 200), verdicts(50, 200), GOOD))
    assert none.low < -0.1 < 0.1 < none.high


def test_a_gap_with_errors_of_each_group_takes_a_difference_of_errors_for_none() -> None:
    strict = Errors(called=98, positives=100, let_go=60, negatives=100)
    # Both groups have 20 % true: the judge calls 0.2 * 0.9 + 0.8 * 0.1 = 26 %, and 0.2 * 0.98 + 0.8 * 0.4 = 51.6 %.
    found = known(judging.corrected_gap(verdicts(258, 500), verdicts(130, 500), (strict, GOOD)))
    assert found.value == pytest.approx(0.0, abs=1e-9)
    assert found.low < 0 < found.high


def test_a_judge_that_does_not_look_corrects_no_gap() -> None:
    blind = Errors(called=100, positives=100, let_go=0, negatives=100)
    few = Errors(called=20, positives=20, let_go=20, negatives=20)
    for errors in (blind, few):
        assert isinstance(judging.corrected_gap(verdicts(180, 200), verdicts(30, 200), errors), Undefined)
        assert isinstance(judging.corrected_gap(verdicts(180, 200), verdicts(30, 200), (errors, GOOD)), Undefined)
        assert isinstance(judging.corrected_rate(verdicts(180, 200), errors), Undefined)


def test_a_side_that_contradicts_the_judges_errors_has_no_gap() -> None:
    for errors in (GOOD, (GOOD, GOOD)):
        why = judging.corrected_gap(verdicts(0, 200), verdicts(0, 200), errors)
        assert isinstance(why, Undefined)
        assert why.kind == "not_interpretable"


def test_the_joint_region_holds_both_errors() -> None:
    (low, high), (least, most) = judging.error_region(GOOD)
    assert low < 0.9 < high
    assert (low, high) == pytest.approx((least, most))
    assert high - low > 0.125  # wider than the exact interval of one alone at 95 %, 0.824 to 0.951


@pytest.mark.parametrize(("rate", "spread"), [(0.1001, 0.0), (0.1001, 1.0)])
def test_texts_that_beginnings_and_groups_tie_together_seldom_pass_a_limit_that_their_rate_is_above(
    rate: float, spread: float
) -> None:
    """Ten beginnings by twelve groups, five texts of each prompt. Tied by prompt alone a tenth of them passed."""
    rng, worlds = np.random.default_rng(0), 200
    errors = Errors(called=180, positives=200, let_go=194, negatives=200)
    beginnings, groups = np.repeat(np.arange(10), 60), np.tile(np.repeat(np.arange(12), 5), 10)
    drawn = rng.normal(0, 2**0.5 * spread, 20_000)
    middle = brentq(lambda middle: float(expit(middle + drawn).mean()) - rate, -9, 0)
    inside = passes = 0
    for _ in range(worlds):
        chances = expit(middle + rng.normal(0, spread, 10)[beginnings] + rng.normal(0, spread, 12)[groups])
        called = rng.random(600) < 0.9 * chances + 0.03 * (1 - chances)
        said = [Decided(bool(verdict)) for verdict in called]
        tied = known(judging.corrected_rate(Verdicts.of(said, beginnings, groups), errors))
        inside += tied.low <= rate <= tied.high
        passes += tied.high <= 0.1
    assert inside >= 0.92 * worlds
    assert passes <= 0.06 * worlds


def test_texts_of_one_beginning_are_worth_one() -> None:
    tied = Verdicts.of([Decided(True), Decided(False), Decided(False)], "aaa", "xyz")
    assert tied.counts() == pytest.approx((1 / 3, 1.0))
