"""Sentences say what the interval allows, no more."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.kit.claims import survivors
from fairwitness.probes.kit.measures import Measure
from fairwitness.probes.kit.words import Words

WORDS = Words(
    {
        "measure": {
            "it": {"name": "It", "above": "up by {size}", "below": "down by {size}", "not_shown": "not shown"},
            "gap": {"name": "The gap", "says": "about {value}"},
        }
    }
)


def claim(estimate: Estimate | Undefined, name: str = "it", unit: str = "SD") -> str:
    return Measure(name=name, words=WORDS, unit=unit).metric(estimate).claim


def said(value: float, low: float, high: float) -> str:
    return claim(Estimate(value=value, low=low, high=high, level=0.95, n=8, method="t"))


@pytest.mark.parametrize(
    ("value", "low", "high", "words"),
    [
        (2.5, 1.0, 4.0, "up by 2.5 (95 % interval 1.0 to 4.0)."),
        (-0.125, -0.25, -0.01, "down by 0.12 (95 % interval 0.01 to 0.25)."),
        (0.1, -0.1, 0.3, "not shown (0.10, 95 % interval −0.10 to 0.30)."),
        (1.6, 0.004, 3.2, "up by 1.6 (95 % interval 0.004 to 3.2)."),
        (1.6, 1e-9, 3.2, "up by 1.6 (95 % interval 0.0 to 3.2)."),
        (30.0, 0.04, 60.0, "up by 30 (95 % interval 0.04 to 60)."),
        (0.1, 0.0, 0.3, "not shown (0.10, 95 % interval 0.00 to 0.30)."),
    ],
)
def test_the_words_follow_the_interval(value: float, low: float, high: float, words: str) -> None:
    assert said(value, low, high) == words


@pytest.mark.parametrize(
    ("unit", "value", "low", "high", "words"),
    [
        ("nats", 0.92, 0.5, 1.5, "up by 0.9 (a factor of about 2.5 in likelihood; 95 % interval 0.5 to 1.5)."),
        (
            "nats",
            -0.125,
            -0.25,
            -0.01,
            "down by 0.12 (a factor of about 1.13 in likelihood; 95 % interval 0.01 to 0.25).",
        ),
        (
            "log-odds",
            9.0,
            8.0,
            10.0,
            "up by 9.0 (a factor of about 1,000 or more in likelihood; 95 % interval 8.0 to 10.0).",
        ),
        ("nats", 0.1, -0.1, 0.3, "not shown (0.10, 95 % interval −0.10 to 0.30)."),
        ("share", 0.2, 0.1, 0.3, "up by 20 percentage points (95 % interval 10 to 30 points)."),
        ("probability", -0.2, -0.3, -0.1, "down by 20 percentage points (95 % interval 10 to 30 points)."),
        ("difference of shares", 0.1, -0.1, 0.3, "not shown (10 points, 95 % interval −10 to 30 points)."),
    ],
)
def test_shares_are_in_per_cent_and_logarithms_say_how_many_times(
    unit: str, value: float, low: float, high: float, words: str
) -> None:
    assert claim(Estimate(value=value, low=low, high=high, level=0.95, n=8, method="t"), unit=unit) == words


def test_a_share_that_is_described_is_in_per_cent() -> None:
    estimate = Estimate(value=0.5, low=0.25, high=0.75, level=0.95, n=4, method="t")
    assert claim(estimate, "gap", "share") == "about 50 % (95 % interval 25 to 75 %)."


def test_an_undefined_number_is_said_to_be_missing() -> None:
    assert claim(Undefined("no answer."), "gap") == "The gap could not be measured: no answer."


def test_the_level_is_that_of_the_estimate() -> None:
    assert (
        claim(Estimate(value=0.5, low=0.25, high=0.75, level=0.9, n=4, method="t"), "gap")
        == "about 0.50 (90 % interval 0.25 to 0.75)."
    )


def parts(worlds: int, leaning: int) -> list[set[int]]:
    """In each world, which of 60 parts with 24 values each are said to differ; the first `leaning` do."""
    rng = np.random.default_rng(8)
    found = []
    for _ in range(worlds):
        values = rng.normal(size=(60, 24))
        values[:leaning] += 2.0
        found.append(survivors({at: stats.mean(row) for at, row in enumerate(values)}))
    return found


@pytest.mark.proof
def test_of_sixty_parts_without_any_lean_one_is_named_in_few_worlds_and_one_that_leans_in_all() -> None:
    """Uncorrected, 95 in a hundred worlds have one; of 200 with a chance of 5 % more than 16 have one of 3 %."""
    assert sum(map(bool, parts(200, 0))) <= 16
    leaning = parts(20, 3)
    assert all(one >= {0, 1, 2} for one in leaning)
    assert sum(len(one) > 3 for one in leaning) <= 4


def test_parts_are_corrected_step_by_step_and_the_undefined_left_out() -> None:
    """Holm: the second smallest of three needs 0.05 / 2. The rungs are 0.05, 0.025, 0.0125, 0.00625 ..."""

    def part(steps: int) -> Estimate:
        """An interval that leaves out 0 at the first `steps` levels."""

        def interval(level: float) -> tuple[float, float]:
            rung = round(math.log2(0.05 / (1 - level)))
            return (0.1 if rung < steps else -1.0 - rung), 2.0 + rung

        return stats.estimate(1.0, interval, n=9, method="planted")

    assert survivors({"a": part(3), "b": part(2), "c": part(1), "d": Undefined("none")}) == {"a", "b", "c"}
    assert survivors({"a": part(2), "b": part(2), "c": part(1)}) == set()
    assert survivors({"a": part(3), "b": part(1), "c": part(0)}) == {"a"}
