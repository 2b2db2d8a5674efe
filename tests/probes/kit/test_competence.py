"""Whether controls are passed: not by a coin, however few they are."""

from __future__ import annotations

import pytest
from scipy.stats import binom

from fairwitness.probes.kit.competence import competent


@pytest.mark.parametrize("asked", range(1, 121))
def test_a_coin_passes_once_in_200_at_most(asked: int) -> None:
    """Every number of right answers weighed by its chance; three in four of 24 alone would be 1.1 %."""
    passed = [right for right in range(asked + 1) if competent(right, asked, 0.75)]
    assert sum(binom.pmf(right, asked, 0.5) for right in passed) <= 0.005
    assert passed == list(range(passed[0], asked + 1)) if passed else asked < 8


@pytest.mark.parametrize(("right", "asked", "able"), [(18, 24, False), (19, 24, True), (36, 48, True), (0, 0, False)])
def test_the_least_number_by_hand(right: int, asked: int, able: bool) -> None:
    assert competent(right, asked, 0.75) == able
