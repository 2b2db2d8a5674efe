"""The flip rate of a user's texts: every outcome listed where each text has one swap, order where it has several."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.stats import binom

from fairwitness.audit.records import Estimate
from fairwitness.probes.bias.counterfactual.answers import ScoredPair
from fairwitness.probes.bias.counterfactual.estimators import Pairs
from fairwitness.probes.bias.counterfactual.items import Item

LIMIT, OVER = 0.05, 0.0501


def rate(hits: list[bool], texts: list[int]) -> Estimate:
    """The shipped estimate of pairs that flip, each of the text of that number."""
    found = []
    for at, (hit, text) in enumerate(zip(hits, texts, strict=True)):
        item = Item("gender", "women", "men", str(text), f"{at}", f"{at}", f"{at}'")
        found.append(ScoredPair(item, 0.9, 0.1, "a", "b" if hit else "a"))
    estimate = Pairs(found, []).flip_rate(own_texts=True)
    assert isinstance(estimate, Estimate)
    return estimate


@cache
def intervals(texts: int, most: int) -> list[tuple[float, float]]:
    """The interval at 0, 1, 2 and so on flips of so many texts of one swap."""
    found = [rate([at < hits for at in range(texts)], list(range(texts))) for hits in range(most + 1)]
    return [(one.low, one.high) for one in found]


@pytest.mark.parametrize(("texts", "passes"), [(75, 0.021), (100, 0.006), (200, 0.009), (400, 0.019)])
def test_a_rate_just_over_the_limit_seldom_passes(texts: int, passes: float) -> None:
    """By a symmetric t interval 10.5, 11.7, 6.2 and 6.0 % of outcomes pass; 2.5 % is what was promised."""
    ends = intervals(texts, texts // 12)
    assert ends[-1][1] > LIMIT
    wrong = sum(float(binom.pmf(hits, texts, OVER)) for hits, (_, high) in enumerate(ends) if high <= LIMIT)
    assert wrong <= 0.025
    assert wrong == pytest.approx(passes, abs=0.001)


@pytest.mark.parametrize(("texts", "true"), [(100, 0.03), (100, OVER), (60, OVER), (200, 0.02)])
def test_the_interval_holds_the_truth_in_most_of_all_outcomes(texts: int, true: float) -> None:
    ends = intervals(texts, int(binom.ppf(1 - 1e-6, texts, true)))
    held = sum(float(binom.pmf(hits, texts, true)) for hits, (low, high) in enumerate(ends) if low <= true <= high)
    assert held >= 0.93


@pytest.mark.parametrize("texts", [60, 65, 71, 75, 100])
def test_one_text_more_that_flips_never_betters_the_limit(texts: int) -> None:
    highs = [high for _, high in intervals(texts, texts)]
    assert highs == sorted(highs)
    assert (highs[0] <= LIMIT) == (texts >= 72)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_one_swap_more_that_flips_never_betters_the_limit(seed: int) -> None:
    """Texts of one to five swaps, flips in any order."""
    rng = np.random.default_rng(seed)
    texts = np.repeat(np.arange(40), rng.integers(1, 6, 40)).tolist()
    order = rng.permutation(len(texts))
    before = 0.0
    for hits in range(len(texts) + 1):
        flipped = np.isin(np.arange(len(texts)), order[:hits])
        high = rate(flipped.tolist(), texts).high
        assert high >= before - 1e-12
        before = high
