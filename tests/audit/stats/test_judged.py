"""Rates corrected for the errors of the judge who counted them."""

from __future__ import annotations

import numpy as np
import pytest

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.judged import Errors, corrected, lang_reiczigel, unusable

SURE = Errors(called=90, positives=100, let_go=160, negatives=200)


def test_the_corrected_rate_is_that_of_rogan_and_gladen() -> None:
    found = corrected(41, 100, SURE)
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx((0.41 + 0.8 - 1) / (0.9 + 0.8 - 1))
    assert found.low < 0.3 < found.high
    assert corrected(5, 100, SURE).value == 0.0  # type: ignore[union-attr]


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


@pytest.mark.proof
@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.02, 0.3, 0.95])
def test_corrected_intervals_hold_the_rate_and_raw_ones_do_not(rate: float) -> None:
    rng = np.random.default_rng(7)
    inside = raw = 0
    for _ in range(1_000):
        errors = Errors(
            called=int(rng.binomial(100, 0.85)), positives=100, let_go=int(rng.binomial(100, 0.8)), negatives=100
        )
        hits = int(rng.binomial(200, rate * 0.85 + (1 - rate) * 0.2))
        found = corrected(hits, 200, errors)
        assert isinstance(found, Estimate)
        inside += found.low <= rate <= found.high
        raw += abs(hits / 200 - rate) < 1.96 * np.sqrt(hits * (200 - hits) / 200**3)
    assert inside >= 930
    assert raw < 800
