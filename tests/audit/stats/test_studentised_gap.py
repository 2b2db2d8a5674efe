"""A gap between large groups is found beside a small group, whose own rate chance moves most."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from fairwitness.audit import stats
from fairwitness.audit.stats.levels import IntArray

DRAWS = 499


def rejected(sizes: tuple[int, ...], rates: tuple[float, ...], worlds: int) -> float:
    """The share of worlds in which the test of no gap is rejected at 5 %."""
    rng, found = np.random.default_rng(8), 0
    for world in range(worlds):
        null = stats.gap_null(rng.binomial(sizes, rates).tolist(), sizes, seed=world, draws=DRAWS)
        assert null is not None
        found += null.p_value <= 0.05
    return found / worlds


@pytest.mark.proof
@pytest.mark.parametrize("rate", [0.05, 0.5])
@pytest.mark.parametrize("sizes", [(1000, 30), (1000, 1000, 30), (500, 400, 40, 40, 30), (30,) * 5])
def test_a_fair_world_is_rejected_in_no_more_than_its_level(sizes: tuple[int, ...], rate: float) -> None:
    assert rejected(sizes, (rate,) * len(sizes), 600) <= 0.05 + 2.6 * (0.05 * 0.95 / 600) ** 0.5


@pytest.mark.parametrize(("low", "high"), [(0.5, 0.6), (0.05, 0.09)])
def test_a_gap_of_large_groups_is_found_beside_a_small_one(low: float, high: float) -> None:
    """By the raw largest minus smallest it was found in 14 of 100 such worlds: thirty rows differ more by chance."""
    assert rejected((1000, 1000, 30), (low, high, (low + high) / 2), 100) > 0.75


def test_the_p_value_is_the_share_of_all_exchanges_with_as_large_a_difference() -> None:
    """Three groups of 4, 3 and 2 rows, of which 4 are hits: all 126 placements of hits in nine rows."""
    sizes, hits = np.array([4, 3, 2]), np.array([1, 1, 2])
    ends = np.repeat(np.arange(3), sizes)

    def largest(counts: IntArray) -> float:
        rates = counts / sizes
        pairs = combinations(range(3), 2)
        return float(max(abs(rates[a] - rates[b]) / (1 / sizes[a] + 1 / sizes[b]) ** 0.5 for a, b in pairs))

    placed = [largest(np.bincount(ends[list(rows)], minlength=3)) for rows in combinations(range(9), 4)]
    null = stats.gap_null(hits.tolist(), sizes.tolist(), seed=1)
    assert null is not None
    assert null.observed == pytest.approx(0.75)
    assert null.p_value == pytest.approx(np.mean(np.array(placed) >= largest(hits) - 1e-9), abs=0.02)
