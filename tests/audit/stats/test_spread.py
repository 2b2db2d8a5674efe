"""The spread of true rates over small groups: by hand, and in worlds whose spread is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from worlds.groups import LIMIT, judged


def spread(hits: list[float], n: list[float]) -> Estimate:
    found = stats.rate_spread(hits, n)
    assert isinstance(found, Estimate)
    return found


def test_by_hand() -> None:
    """Q = 10 (0.3² + 0.3²) = 1.8; a unit varies by 12/24 · 12/24; (1.8 - 0.25) / (20 - 2 + 1)."""
    found = spread([2, 8], [10, 10])
    assert found.value == pytest.approx(math.sqrt(1.55 / 19))
    assert found.n == 20
    assert found.low < found.value < found.high


def test_all_or_nothing_is_the_largest_spread_and_no_difference_is_no_certainty() -> None:
    most, none, rare = spread([0, 25] * 30, [25] * 60), spread([12] * 60, [25] * 60), spread([0] * 60, [25] * 60)
    assert (most.value, most.high) == (0.5, 0.5)
    assert most.low > 0.45
    assert (none.value, none.low) == (0, 0)
    assert 0.05 < none.high < LIMIT
    assert 0.02 < rare.high < none.high


def test_groups_of_one_row_tell_nothing_of_their_spread() -> None:
    found = spread([0, 1] * 50, [1] * 100)
    assert found.low == 0
    assert found.high == pytest.approx(0.5)


def test_rungs_are_nested_and_hits_and_misses_are_alike() -> None:
    found, other = spread([1, 5, 9], [10, 12, 14]), spread([9, 7, 5], [10, 12, 14])
    assert all(a.low >= b.low and a.high <= b.high for a, b in zip(found.wider, found.wider[1:], strict=False))
    assert (found.value, found.low, found.high) == pytest.approx((other.value, other.low, other.high))


def test_what_has_no_spread() -> None:
    assert isinstance(stats.rate_spread([3], [10]), Undefined)
    for hits, n in (([1, 2], [1, 1]), ([0, 0], [0, 5]), ([1], [1, 1])):
        with pytest.raises(ValueError, match="hits of"):
            stats.rate_spread(hits, n)


@pytest.mark.proof
@pytest.mark.parametrize(
    ("situation", "kind"),
    [
        ((2, 5, 0.5, LIMIT), "halves"),
        ((3, 5, 0.5, LIMIT), "halves"),
        ((20, 29, 0.05, LIMIT), "one"),
        ((60, 0, 0.5, LIMIT), "halves"),
    ],
)
def test_the_interval_holds_the_spread_and_passes_no_spread_at_the_limit(
    situation: tuple[int, int, float, float], kind: str
) -> None:
    """The situations with most misses of all that docs/statistics.md sums up."""
    found = judged(situation, kind, 1_000, np.random.default_rng(20))
    assert found is not None
    holds, passed, failed = found
    assert holds >= 0.94
    assert passed <= 0.04  # 2.5 % and three standard errors of 1,000 worlds
    assert failed <= 0.04
