"""Differences whose second side is mixed as the first: values by hand, errors by brute force, simulated width."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.crossed import two_way_clustered
from fairwitness.audit.stats.strata import joint_error, sides
from worlds.clustered_shares import centre

FAMILIES, EACH = 8, 3


def of(first: list[float], second: list[float], kinds: tuple[list[str], list[str]]) -> Estimate:
    found = stats.share_difference(first, second, None, None, strata=kinds)
    assert isinstance(found, Estimate)
    return found


def test_the_second_side_weighs_as_the_first_is_mixed() -> None:
    """First: three of four are a. Second: a has 1 of 2, b 1 of 4 and c, which the first lacks, 2 of 2."""
    first, kinds = [1.0, 1.0, 0.0, 0.0], ["a", "a", "a", "b"]
    second, others = [1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0], ["a", "a", "b", "b", "b", "b", "c", "c"]
    found = of(first, second, (kinds, others))
    assert found.value == pytest.approx(2 / 4 - (3 / 4 * 1 / 2 + 1 / 4 * 1 / 4))
    means = stats.two_way_difference(first, second, None, None, strata=(kinds, others))
    assert isinstance(means, Estimate)
    assert means.value == pytest.approx(found.value)


def test_what_nothing_is_set_against_is_undefined() -> None:
    kinds = (["a", "b"], ["a", "a"])
    for found in (
        stats.share_difference([1, 0], [1, 0], None, None, strata=kinds),
        stats.two_way_difference([1, 0], [1, 0], None, None, strata=kinds),
    ):
        assert isinstance(found, Undefined)
        assert found.reason == "not estimable: nothing to set against values of b"


def test_differences_between_strata_are_no_noise() -> None:
    """All of a flip and none of b, on both sides: the difference is 0 whatever is drawn, within strata."""
    first, kinds = [1.0] * 60 + [0.0] * 40, ["a"] * 60 + ["b"] * 40
    second, others = [1.0] * 20 + [0.0] * 40, ["a"] * 20 + ["b"] * 40
    pair = sides((first, second), (None, None), (kinds, others))
    assert not isinstance(pair, Undefined)
    assert [one.error for one in pair] == pytest.approx([0.0, 0.0], abs=1e-12)
    assert [one.value for one in pair] == pytest.approx([0.6, 0.6])
    assert pair[1].most == pytest.approx(1 / (20 * 0.03**2 + 40 * 0.01**2))


def test_values_that_vary_between_strata_alone_leave_an_interval() -> None:
    first, kinds = [0.3] * 6 + [0.0] * 4, ["a"] * 6 + ["b"] * 4
    found = stats.two_way_difference(first, first, None, None, bounds=(-1, 1), strata=(kinds, kinds))
    assert isinstance(found, Estimate)
    assert found.low < -0.1
    assert found.high > 0.1


def test_a_single_stratum_is_none() -> None:
    """Without strata the difference is that of crossed means, which another module computes."""
    rng = np.random.default_rng(0)
    labels = [(family, swap) for family, swap in product(range(6), range(5))]
    one, other = rng.normal(size=len(labels)), rng.normal(size=len(labels))
    families = [f"{family}" for family, _ in labels]
    own, its = [f"own {swap}" for _, swap in labels], [f"its {swap}" for _, swap in labels]
    peer = two_way_clustered.difference(
        [two_way_clustered.Value(*values) for values in zip(families, own, one.tolist(), strict=True)],
        [two_way_clustered.Value(*values) for values in zip(families, its, other.tolist(), strict=True)],
    )
    assert isinstance(peer, two_way_clustered.TwoWayClustered)
    for strata in (None, (["k"] * len(own), ["k"] * len(its))):
        found = stats.two_way_difference(one, other, (families, own), (families, its), strata=strata)
        assert isinstance(found, Estimate)
        expected = peer.estimate()
        assert (found.value, found.low, found.high, found.n) == pytest.approx(
            (expected.value, expected.low, expected.high, expected.n)
        )


@pytest.mark.slow
def test_the_error_of_mixed_sides_is_that_of_drawing_again() -> None:
    """Values of clusters drawn anew many times vary as the error says: two strata, clusters within them."""
    rng = np.random.default_rng(1)
    terms = {"a": 6, "b": 12}
    cells = [(f, kind, f"{kind}{at}") for kind, count in terms.items() for at in range(count) for f in range(FAMILIES)]
    kinds = [kind for _, kind, _ in cells]
    asked = ["a"] * 3 + ["b"]
    values, errors = [], []
    for _ in range(400):
        families = dict(enumerate(rng.normal(0, 1, FAMILIES)))
        words = {who: rng.normal(0, 1) + 5 * (kind == "a") for _, kind, who in cells}
        second = [families[f] + words[who] + rng.normal() for f, _, who in cells]
        labels = [f for f, _, _ in cells], [who for *_, who in cells]
        pair = sides(([0.0] * 4, second), (None, labels), (asked, kinds))
        assert not isinstance(pair, Undefined)
        values.append(pair[1].value)
        errors.append(pair[1].error)
        assert joint_error(pair) == pytest.approx(pair[1].error, rel=0.05)  # clusters are counted on both sides
    assert np.std(values) == pytest.approx(np.sqrt(np.mean(np.square(errors))), rel=0.12)


@pytest.mark.proof
@pytest.mark.parametrize("spread", [0.0, 1.5])
def test_sentences_in_common_make_no_interval_wider(spread: float) -> None:
    """20 and 6 swaps in eight families of three: independent sides are 0.6 wide at a spread of 1.5, 0.3 without one."""
    rng = np.random.default_rng(2)
    held, widths, apart = [0, 0], [0.0, 0.0], 0.0
    worlds = 150
    for _ in range(worlds):
        families = rng.normal(0, spread, FAMILIES)
        both, labels = [], []
        for side, swaps in enumerate((20, 6)):
            logits = families[:, None, None] + rng.normal(0, 0.5, swaps)[None, :, None] + np.zeros((1, 1, EACH))
            logits += centre(0.3, float(np.hypot(spread, 0.5)))
            both.append((rng.random(logits.shape) < 1 / (1 + np.exp(-logits))).astype(float).ravel())
            cells = [(f, f"{side} {who}") for f in range(FAMILIES) for who in range(swaps) for _ in range(EACH)]
            labels.append(([f for f, _ in cells], [who for _, who in cells]))
        (first, second), (ties, others) = both, labels
        found = (
            stats.share_difference(first, second, ties, others),
            stats.two_way_difference(first, second, ties, others),
        )
        [independent] = stats.mean_contrasts(both[::-1], 0, labels[::-1], bounds=(0, 1), weigh="values")
        assert isinstance(independent, Estimate)
        apart += (independent.high - independent.low) / worlds
        for at, one in enumerate(found):
            assert isinstance(one, Estimate)
            held[at] += one.low <= 0 <= one.high
            widths[at] += (one.high - one.low) / worlds
    assert min(held) >= 0.88 * worlds
    assert max(widths) < 0.34
    assert (apart > 0.55) == (spread > 0)
