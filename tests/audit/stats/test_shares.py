"""Shares of clustered yes-or-no values: never better by one hit more, rarely passed by chance, true where pairs are."""

from __future__ import annotations

from itertools import pairwise, product
from math import comb

import numpy as np
import pytest

import proof
from fairwitness.audit import stats
from fairwitness.audit.policy import decide
from fairwitness.audit.records import Estimate, Interval, Undefined
from fairwitness.audit.stats.clusters import Clusters, two_way_error
from fairwitness.audit.stats.shares import _worst, share_statistic

RANK = {"pass": 0, "inconclusive": 1, "fail": 2}


def of(values: list[int], clusters: Clusters = None) -> Estimate:
    found = stats.share(values, clusters)
    assert isinstance(found, Estimate)
    return found


def rungs(found: Estimate) -> list[Interval]:
    return [Interval(found.level, found.low, found.high), *found.wider]


def never_lower(less: Estimate, more: Estimate) -> None:
    """No limit of any stored level falls, and so no verdict on any limit gets better."""
    for before, after in zip(rungs(less), rungs(more), strict=True):
        assert after.high >= before.high - 1e-12
        assert after.low >= before.low - 1e-12


@pytest.mark.proof
@pytest.mark.parametrize(
    "first", [30, 83, *(pytest.param(first, marks=proof.AT_LENGTH) for first in range(136, 401, 53))]
)
def test_one_hit_more_is_never_better(first: int) -> None:
    for n in range(first, min(first + 53, 401)):
        found = [of([1] * hits + [0] * (n - hits)) for hits in range(min(n, 60) + 1)]
        for less, more in pairwise(found):
            never_lower(less, more)
        for at, level in enumerate([found[0].level, *(one.level for one in found[0].wider)]):
            ranks = [RANK[decide("<=", 0.05, None, rungs(one)[at])] for one in found]
            assert ranks == sorted(ranks), f"{n} values at level {level}"


def test_no_hit_of_75_is_enough_for_a_twentieth_and_one_is_not() -> None:
    """The t interval left 0 of 65 open and let 1 of 65 pass."""
    assert decide("<=", 0.05, None, rungs(of([0] * 75))[0]) == "pass"
    for n in (65, 75):
        assert decide("<=", 0.05, None, rungs(of([1] + [0] * (n - 1)))[0]) == "inconclusive"


@pytest.mark.slow
@pytest.mark.parametrize("n", [75, 100, 200, 400])
def test_a_rate_just_over_the_limit_passes_by_chance_as_seldom_as_promised(n: int) -> None:
    """Every outcome weighed by its chance: at most 2.5 %, and between 93 and 98 % of intervals hold the rate."""
    true, passes, holds = 0.0501, 0.0, 0.0
    for hits in range(n + 1):
        found = of([1] * hits + [0] * (n - hits))
        chance = comb(n, hits) * true**hits * (1 - true) ** (n - hits)
        passes += chance * (found.high <= 0.05)
        holds += chance * (found.low <= true <= found.high)
    assert passes <= 0.025
    assert 0.93 < holds < 0.98


@pytest.mark.slow
@pytest.mark.parametrize("seed", [*range(8), *(pytest.param(seed, marks=proof.AT_LENGTH) for seed in range(8, 40))])
def test_one_hit_more_is_never_better_whatever_the_clusters(seed: int) -> None:
    """Hits turned on one by one in clusters of one factor or two, from none to all."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(20, 120))
    labels = rng.integers(0, rng.integers(2, 12), n).tolist()
    others = rng.integers(0, rng.integers(2, 12), n).tolist()
    labels[:2] = others[:2] = [0, 1]
    clusters = (labels, (labels, others))[seed % 2]
    chance = rng.dirichlet(np.full(max(labels) + 1, 0.3))[labels] + 1e-6
    order = rng.choice(n, n, replace=False, p=chance / chance.sum())
    hits = np.zeros(n, dtype=int)
    before = of(hits.tolist(), clusters)
    for at in order:
        hits[at] = 1
        after = of(hits.tolist(), clusters)
        never_lower(before, after)
        before = after


def test_hits_that_spread_would_lower_a_limit_of_their_own_error_alone() -> None:
    """Three hits of one cluster of ten, then one of another: without the bound the limit falls by a hundredth."""
    clusters = np.repeat(np.arange(10), 10).tolist()
    hits = np.zeros(100)
    hits[:3] = 1
    highs, own = [], []
    for more in (None, 10):
        if more is not None:
            hits[more] = 1
        value = float(hits.mean())
        error = two_way_error((hits - value) / 100, clusters, clusters)
        own.append(stats.effective_share(value, error, 100, 9, 10).limits(1.96)[1])
        highs.append(of(hits.astype(int).tolist(), clusters).high)
    assert own[1] < own[0] - 0.005
    assert highs[1] >= highs[0]


@pytest.mark.parametrize("seed", range(12))
def test_the_error_is_that_of_two_way_clusters(seed: int) -> None:
    """The last of the bounds is the error of the hits themselves, as `two_way_error` has it."""
    rng = np.random.default_rng(seed)
    n = 60
    first, second = rng.integers(0, 6, n), rng.integers(0, 4 + seed % 5, n)
    hits = (rng.random(n) < 0.1 + 0.5 * (first == 0)).astype(float)
    value = float(hits.mean())
    error = two_way_error((hits - value) / n, first.tolist(), second.tolist())
    expected = min(n, value * (1 - value) / error**2)
    assert _worst(hits, (first, second)).counts[-1] == pytest.approx(expected)


@pytest.mark.slow
def test_no_part_of_the_hits_has_a_larger_error_than_the_bound() -> None:
    """Every part of eight hits in five clusters of unequal size, one and two factors."""
    first = np.array([0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 4])
    second = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2])
    hits = np.array([1, 1, 1, 1, 0, 1, 1, 0, 1, 0, 1, 0], dtype=float)
    for clusters in (first.tolist(), (first.tolist(), second.tolist())):
        whole = stats.share_statistic(hits, clusters)
        assert not isinstance(whole, Undefined)
        for keep in product((0, 1), repeat=int(hits.sum())):
            part = hits.copy()
            part[np.flatnonzero(hits)] = keep
            own = stats.share_statistic(part, clusters)
            assert not isinstance(own, Undefined)
            assert own.limits(1.96)[1] <= whole.limits(1.96)[1] + 1e-12


def test_what_is_no_share_is_refused_or_undefined() -> None:
    with pytest.raises(ValueError, match="0 and 1"):
        stats.share([0.2, 1.0])
    assert isinstance(stats.share([1, 0, 1], ["a", "a", "a"]), Undefined)
    assert isinstance(stats.share([1.0, float("nan")]), Undefined)
    assert isinstance(stats.share([]), Undefined)


def test_a_difference_of_independent_shares_is_newcombes() -> None:
    """Without clusters in common the arms are squared and added, at the t quantile."""
    found = stats.share_difference([1] * 30 + [0] * 70, [1] * 10 + [0] * 90, None, None)
    assert isinstance(found, Estimate)
    peer = stats.difference(30, 100, 10, 100)
    assert isinstance(peer, Estimate)
    assert found.value == pytest.approx(peer.value)
    assert found.low == pytest.approx(peer.low, abs=0.003)
    assert found.high == pytest.approx(peer.high, abs=0.003)


def test_a_difference_of_pairs_is_newcombes_for_pairs() -> None:
    """One value on each side of a cluster is a pair: method 10 of Newcombe 1998, up to t for z and n - 1 for n."""
    both, only_first, only_second, neither = 30, 15, 5, 50
    first = [1] * (both + only_first) + [0] * (only_second + neither)
    second = [1] * both + [0] * only_first + [1] * only_second + [0] * neither
    labels = list(range(100))
    found = stats.share_difference(first, second, labels, labels)
    peer = stats.paired_rate_difference(both, only_first, only_second, neither)
    assert isinstance(found, Estimate)
    assert isinstance(peer, Estimate)
    assert (found.value, found.low, found.high) == pytest.approx((peer.value, peer.low, peer.high), abs=0.004)


def test_the_same_single_hit_on_both_sides_leaves_an_interval() -> None:
    labels = [str(at % 8) for at in range(80)]
    hits = [1] + [0] * 79
    found = stats.share_difference(hits, hits, labels, labels)
    assert isinstance(found, Estimate)
    assert found.low < -0.01
    assert found.high > 0.01


def test_sides_without_clusters_in_common_are_independent() -> None:
    first, second = [1, 0, 1, 0] * 5, [1, 1, 0, 0] * 5
    apart = stats.share_difference(
        first, second, [f"a{at // 4}" for at in range(20)], [f"b{at // 4}" for at in range(20)]
    )
    one, other = (share_statistic(side, [at // 4 for at in range(20)]) for side in (first, second))
    assert isinstance(apart, Estimate)
    assert not isinstance(one, Undefined)
    assert not isinstance(other, Undefined)
    alone = stats.linear_combination([(1.0, one), (-1.0, other)]).estimate("", (-1.0, 1.0))
    assert (apart.low, apart.high) == pytest.approx((alone.low, alone.high))


def test_clusters_that_may_be_hit_whole_need_as_many_clusters_as_values_would() -> None:
    """20 texts of 8 pairs without a hit: 160 values are enough for a twentieth, 20 texts are not; 75 texts are."""
    texts = np.repeat(np.arange(20), 8).tolist()
    values = [0] * 160
    assert of(values, texts).high < 0.05
    whole = stats.share(values, texts, whole_clusters=True)
    assert isinstance(whole, Estimate)
    assert whole.high == pytest.approx(1 - 0.025 ** (1 / 20))
    many = stats.share([0] * 600, np.repeat(np.arange(75), 8).tolist(), whole_clusters=True)
    assert isinstance(many, Estimate)
    assert many.high <= 0.05
    before = whole
    for hits in range(1, 161):
        after = stats.share([1] * hits + [0] * (160 - hits), texts, whole_clusters=True)
        assert isinstance(after, Estimate)
        never_lower(before, after)
        before = after
