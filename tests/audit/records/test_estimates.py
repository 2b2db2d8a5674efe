"""How an estimate says what it is."""

from __future__ import annotations

import pytest

from fairwitness.audit.records import Estimate


@pytest.mark.parametrize(
    ("value", "low", "high", "shown"),
    [
        (0.3, 0.1078, 0.6032, "0.30 [0.11, 0.60]"),
        (-1.5, -2.25, -0.5, "-1.5 [-2.2, -0.5]"),
        (1234.4, 1000.0, 1500.0, "1234 [1000, 1500]"),
        (0.00012, 0.0001, 0.00015, "0.000120 [0.000100, 0.000150]"),
        (1.0, 1.0, 1.0, "1.000 [1.000, 1.000]"),
        (0.0, -1e-30, 1e-30, "0.000000000000 [-0.000000000000, 0.000000000000]"),
    ],
)
def test_it_shows_two_digits_of_its_width(value: float, low: float, high: float, shown: str) -> None:
    estimate = Estimate(value=value, low=low, high=high, level=0.95, n=10, method="Wilson")
    assert repr(estimate) == f"{shown} (95 %, n=10, Wilson)"


def test_the_widest_interval_has_a_repr() -> None:
    estimate = Estimate(value=0.0, low=-1.7e308, high=1.7e308, level=1 - 0.05 / 8, n=3, method="t")
    assert repr(estimate).endswith("(99.38 %, n=3, t)")
