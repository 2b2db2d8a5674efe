"""What stopping at the first pass does, as docs/statistics.md tells it."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pytest

from fairwitness.audit.stats.levels import t_quantile

LOOKS = (50, 100, 200, 400, 800, 1_600)
WORLDS = 20_000
LIMIT = 0.1
Floats: TypeAlias = npt.NDArray[np.float64]


def _ends(level: float, spread: float) -> tuple[Floats, Floats]:
    """Lower and upper end at each look of each world whose true value is the limit of 0.1."""
    rng = np.random.default_rng(1)
    low, high = np.empty((WORLDS, len(LOOKS))), np.empty((WORLDS, len(LOOKS)))
    for start in range(0, WORLDS, 2_000):
        values = rng.normal(LIMIT, spread, (2_000, LOOKS[-1]))
        for at, n in enumerate(LOOKS):
            seen, part = values[:, :n], slice(start, start + 2_000)
            arm = t_quantile(level, n - 1) * seen.std(axis=1, ddof=1) / np.sqrt(n)
            low[part, at], high[part, at] = seen.mean(axis=1) - arm, seen.mean(axis=1) + arm
    return low, high


@pytest.mark.proof
@pytest.mark.parametrize(("spread", "least", "most"), [(1.0, 0.04, 0.052), (0.5, 0.068, 0.085), (0.3, 0.085, 0.11)])
def test_looks_that_end_at_the_first_pass_pass_more_often_than_one(spread: float, least: float, most: float) -> None:
    low, high = _ends(0.95, spread)
    passed = (low >= -LIMIT) & (high <= LIMIT)
    assert 0.021 <= passed[:, -1].mean() <= 0.029
    assert least <= passed.any(axis=1).mean() <= most


@pytest.mark.proof
def test_failures_somewhere_on_the_way_are_more_frequent_too() -> None:
    low, _ = _ends(0.995, 1.0)
    failed = low > LIMIT
    assert failed[:, -1].mean() <= 0.004
    assert 0.007 <= failed.any(axis=1).mean() <= 0.014
