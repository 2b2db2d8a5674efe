"""Sentences say what the interval allows, no more."""

from __future__ import annotations

import pytest

from assay.audit.records import Estimate, Undefined
from assay.probes.claims import concluded, stated


def said(value: float, low: float, high: float) -> str:
    estimate = Estimate(value, low, high, 0.95, 8, "t")
    return concluded("It", estimate, above="up by {size}", below="down by {size}", unshown="not shown")


@pytest.mark.parametrize(
    ("value", "low", "high", "words"),
    [
        (2.5, 1.0, 4.0, "up by 2.5 (95 % interval 1.0 to 4.0)."),
        (-0.125, -0.25, -0.01, "down by 0.12 (−0.12, 95 % interval −0.25 to −0.01)."),
        (0.1, -0.1, 0.3, "not shown (0.10, 95 % interval −0.10 to 0.30)."),
        (0.1, 0.0, 0.3, "not shown (0.10, 95 % interval 0.00 to 0.30)."),
    ],
)
def test_the_words_follow_the_interval(value: float, low: float, high: float, words: str) -> None:
    assert said(value, low, high) == words


def test_an_undefined_number_is_said_to_be_missing() -> None:
    assert stated("The gap", Undefined("no answer."), "{value}") == "The gap could not be measured: no answer."


def test_the_level_is_that_of_the_estimate() -> None:
    assert stated("It", Estimate(0.5, 0.25, 0.75, 0.9, 4, "t"), "about {value}") == (
        "about 0.50 (90 % interval 0.25 to 0.75)."
    )
