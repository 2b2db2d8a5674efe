"""The spread of true rates over small groups: by hand, and in worlds whose spread is known."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from assay.audit import stats
from assay.audit.records import Estimate, Undefined
from assay.audit.stats.spread import _limits, _Seen
from worlds.groups import rates, sizes, spread_of

LIMIT = 0.1
"""The limit of the shipped rule."""


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


CELLS = [
    (groups, size, mean, spread, kind)
    for groups, size in product((2, 3, 5, 20, 60), (0, 5, 29))
    for mean, spread in product((0.05, 0.2, 0.5, 0.95), (0, 0.05, 0.1, 0.3))
    for kind in (("beta", "halves", "one") if spread else ("beta",))
]
QUICK = [
    (2, 5, 0.5, 0.1, "halves"),
    (3, 5, 0.5, 0.1, "halves"),
    (20, 29, 0.05, 0.1, "one"),
    (60, 0, 0.5, 0.1, "halves"),
]


def misses(cell: tuple[int, int, float, float, str], worlds: int) -> tuple[float, float, float, float] | None:
    """How often the interval lies above the true spread, below it, and wrongly within or beyond the limit."""
    groups, size, mean, wanted, kind = cell
    rng = np.random.default_rng(20)
    counted = np.zeros(4)
    for _ in range(worlds):
        n = sizes(rng, groups, size)
        true = rates(rng, kind, n, mean, wanted)
        if true is None:
            return None
        hits, real = rng.binomial(n.astype(np.int64), true).astype(np.float64), spread_of(n, true)
        low, high = _limits(_Seen.of(hits, n), 0.95)
        breaks, keeps = real > LIMIT - 1e-9, real <= LIMIT + 1e-9
        counted += [low > real + 1e-12, high < real - 1e-12, high <= LIMIT and breaks, low > LIMIT and keeps]
    above, below, passed, failed = (counted / worlds).tolist()
    return above, below, passed, failed


@pytest.mark.parametrize("cell", QUICK)
def test_the_interval_holds_the_spread_and_passes_no_spread_at_the_limit(
    cell: tuple[int, int, float, float, str],
) -> None:
    found = misses(cell, 1_000)
    assert found is not None
    above, below, passed, failed = found
    assert above + below <= 0.06
    assert passed <= 0.04  # 2.5 % and three standard errors of 1,000 worlds
    assert failed <= 0.04


@pytest.mark.slow
def test_over_all_worlds_one_interval_in_twenty_misses_and_one_pass_in_forty_is_false() -> None:
    found = [rates for cell in CELLS if (rates := misses(cell, 200)) is not None]
    assert len(found) > 300
    above, below, passed, failed = np.array(found).T
    assert (above + below).mean() < 0.03
    assert (above + below).max() < 0.11  # 5 % and four standard errors of 200 worlds
    assert max(passed.mean(), failed.mean()) < 0.01
    assert max(passed.max(), failed.max()) < 0.07
