"""An estimate that is put through a rising or a falling function."""

from __future__ import annotations

import math

import pytest

from fairwitness.audit.records import Estimate, Interval
from fairwitness.audit.stats.transforms import monotone_transform

KNOWN = Estimate(
    value=0.5,
    low=0.25,
    high=1.0,
    level=0.95,
    n=4,
    method="t",
    wider=(Interval(0.99, 0.0, 2.0),),
    if_answered=(0.4, 0.6),
)


def test_every_end_is_put_through_a_rising_function() -> None:
    root = monotone_transform(KNOWN, math.sqrt)
    assert (root.value, root.low, root.high) == pytest.approx((0.5**0.5, 0.5, 1.0))
    assert root.wider == (Interval(0.99, 0.0, 2.0**0.5),)
    assert root.if_answered == pytest.approx((0.4**0.5, 0.6**0.5))
    assert (root.level, root.n, root.method) == (0.95, 4, "t")


def test_the_ends_of_a_falling_function_change_places() -> None:
    fallen = monotone_transform(KNOWN, lambda value: 1 - value)
    assert (fallen.value, fallen.low, fallen.high) == (0.5, 0.0, 0.75)
    assert fallen.wider == (Interval(0.99, -1.0, 1.0),)
    assert fallen.if_answered == pytest.approx((0.4, 0.6))
