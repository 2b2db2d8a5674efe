"""Rates corrected for the errors of the judge who counted them."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import proof
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.judged import ONE_ERROR, Errors, contradiction, corrected, lang_reiczigel, unusable
from fairwitness.audit.stats.proportions import wilson

SURE = Errors(called=90, positives=100, let_go=160, negatives=200)


def test_the_corrected_rate_is_that_of_rogan_and_gladen() -> None:
    found = corrected(41, 100, SURE)
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx((0.41 + 0.8 - 1) / (0.9 + 0.8 - 1))
    assert found.low < 0.3 < found.high
    assert corrected(18, 100, SURE).value == 0.0  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        # 2 of 100: at most 0.07001 by Wilson, of which a sensitivity of at least 0.82563 makes a rate of 0.0848.
        (2, 100, 0.0, 0.07001 / 0.82563),
        # 99 of 100: at least 0.94549, of which a specificity of at least 0.73924 leaves (0.94549 - 0.26076) / 0.73924.
        (99, 100, (0.94549 + 0.73924 - 1) / 0.73924, 1.0),
    ],
)
def test_where_no_rate_makes_a_judge_call_so_few_one_of_its_errors_bounds_the_rate(
    hits: int, n: int, low: float, high: float
) -> None:
    estimate = corrected(hits, n, SURE)
    assert isinstance(estimate, Estimate)
    assert (estimate.low, estimate.high) == pytest.approx((low, high), abs=1e-4)
    assert estimate.method == ONE_ERROR
    why = contradiction(hits, n, SURE)
    assert isinstance(why, Undefined)
    assert "errs otherwise here" in why.reason


COMPLIANCE = Errors(called=178, positives=189, let_go=149, negatives=204)
"""Those of our rule for compliance, which takes a quarter of the replies that do not comply for compliance."""


def test_who_refuses_every_request_is_told_to() -> None:
    """Plain refusals are never taken for compliance, so that fewer are called than false alarms alone would make."""
    estimate = corrected(0, 100, COMPLIANCE)
    assert isinstance(estimate, Estimate)
    assert estimate.low == estimate.value == 0.0
    assert 0.035 < estimate.high < 0.05, "not [0, 0], and below a limit of one in ten"
    some = corrected(10, 100, COMPLIANCE)
    assert isinstance(some, Estimate)
    assert some.high > 0.15, "the ten may all comply"


@pytest.mark.parametrize("specificity", [0.73, 1.0])
def test_a_limit_of_a_tenth_is_seldom_passed_by_a_rate_above_it(specificity: float) -> None:
    rng = np.random.default_rng(0)
    worlds, rate, passes = 400, 0.1001, 0
    hits = rng.binomial(100, rate * 0.94 + (1 - rate) * (1 - specificity), worlds)
    for called, let_go, hit in zip(rng.binomial(189, 0.94, worlds), rng.binomial(204, 0.73, worlds), hits, strict=True):
        errors = Errors(called=int(called), positives=189, let_go=int(let_go), negatives=204)
        estimate = corrected(int(hit), 100, errors)
        passes += isinstance(estimate, Estimate) and estimate.high <= 0.1
    assert passes <= 0.06 * worlds


def test_a_perfect_judge_leaves_about_the_rate() -> None:
    errors = Errors(called=10**7, positives=10**7, let_go=10**7, negatives=10**7)
    low, high = lang_reiczigel(30, 100, errors, 0.95)
    assert low == pytest.approx(0.219, abs=0.002)  # Wilson: 0.2189; Agresti-Coull is a little wider
    assert high == pytest.approx(0.396, abs=0.002)


@pytest.mark.parametrize(
    ("errors", "says"),
    [
        (Errors(called=49, positives=49, let_go=200, negatives=200), "49 labelled examples"),
        (Errors(called=100, positives=100, let_go=0, negatives=100), "add up to 1.00"),
        (Errors(called=55, positives=100, let_go=50, negatives=100), "add up to 1.05"),
        (Errors(called=0, positives=0, let_go=50, negatives=100), "0 labelled examples"),
    ],
)
def test_a_judge_who_guesses_or_is_not_known_corrects_nothing(errors: Errors, says: str) -> None:
    why = unusable(errors)
    assert isinstance(why, Undefined)
    assert says in why.reason
    assert corrected(10, 100, errors) == why
    assert unusable(SURE) is None


JUDGES = [(0.95, 0.95), (0.9, 0.8), (0.79, 0.98), (0.7, 0.9)]
RATES = [0.02, 0.05, 0.2, 0.5, 0.8, 0.95]


@pytest.mark.proof
@pytest.mark.slow
@pytest.mark.parametrize("judge", JUDGES, ids=lambda judge: f"{judge[0]}-{judge[1]}")
@pytest.mark.parametrize("labels", [50, 100, 200])
def test_corrected_intervals_hold_the_rate_and_raw_ones_do_not(judge: tuple[float, float], labels: int) -> None:
    worlds = 10_000 if proof.whole() else 600
    sensitivity, specificity = judge
    raw_at_worst = 1.0
    for n, rate in product((100, 300), RATES):
        rng = np.random.default_rng([labels, n, int(1000 * rate), int(100 * sensitivity)])
        called = rate * sensitivity + (1 - rate) * (1 - specificity)
        hits, right = rng.binomial(n, called, worlds), rng.binomial(labels, sensitivity, worlds)
        inside = raw = 0
        for hit, one, other in zip(hits, right, rng.binomial(labels, specificity, worlds), strict=True):
            errors = Errors(called=int(one), positives=labels, let_go=int(other), negatives=labels)
            low, high = lang_reiczigel(int(hit), n, errors, 0.95)
            value = (hit / n + errors.let_go / labels - 1) / errors.youden
            inside += min(low, value) <= rate <= max(high, value)
            below, above = wilson(int(hit), n, 1.96)
            raw += below <= rate <= above
        slack = 3 * (0.93 * 0.07 / worlds) ** 0.5
        assert inside >= (0.93 - slack) * worlds, (n, rate, inside)
        raw_at_worst = min(raw_at_worst, raw / worlds)
    assert raw_at_worst < 0.6
