"""The effect size, its permutation test and its intervals against hand-made values, enumeration and a peer."""

from __future__ import annotations

import importlib.util
import sys
from importlib.metadata import PackageNotFoundError, files
from itertools import combinations
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.language.association_contexts import Contexts, combine, variance
from fairwitness.audit.stats.language.association_effect import (
    EXACT,
    Similarities,
    cosines,
    effect_size,
    interval,
    permuted,
)

PEER = "fairlms/utils/association.py"
PEER_CEAT = "fairlms/definition/encoder_only/intrinsic_bias/similarity_based/ceat/ceat.py"


def peer(inner: str, *names: str) -> dict[str, Any]:
    """Functions of one file of the installed peer, without importing the whole of it."""
    try:
        path = next(Path(str(one.locate())) for one in files("fairlms") or () if str(one) == inner)
    except (PackageNotFoundError, StopIteration):
        pytest.skip("the package fairlms is not installed")
    spec = importlib.util.spec_from_file_location("peer_association", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: getattr(module, name) for name in names}


def world(seed: int, x: int, a: int, width: int = 12, gap: float = 0.0) -> Similarities:
    """Random vectors; targets of X lie `gap` towards A, those of Y as far towards B."""
    rng = np.random.default_rng(seed)
    targets, attributes = rng.normal(size=(2 * x, width)), rng.normal(size=(2 * a, width))
    targets[:x, 0] += gap
    targets[x:, 0] -= gap
    attributes[:a, 0] += 2
    attributes[a:, 0] -= 2
    return Similarities(cosines(targets, attributes), x, a)


def test_the_association_of_a_word_by_hand() -> None:
    # The word lies on A's first axis: cosines 1 and 0 with A (mean 1/2), 0 and -1 with B (mean -1/2).
    targets, attributes = np.array([[3.0, 0.0]]), np.array([[1.0, 0.0], [0.0, 2.0], [0.0, -5.0], [-1.0, 0.0]])
    assert Similarities(cosines(targets, attributes), 1, 2).associations == pytest.approx([1.0])


def test_the_effect_divides_by_the_spread_of_the_union() -> None:
    # X = (3, 1), Y = (0, 0): gap 2; the union has mean 1, squares 4 + 0 + 1 + 1 = 6, variance 6 / 3 = 2.
    values = np.array([3.0, 1.0, 0.0, 0.0])
    assert effect_size(values, 2) == pytest.approx(2 / np.sqrt(2))


def test_the_spread_within_the_sets_would_give_246_where_the_paper_gives_150() -> None:
    # X = (4.479, 2.479), Y = (1, -1): gap 3.479. Union: (4 + 3.479²) / 3 = 5.368, d = 3.479 / 2.317 = 1.50.
    # Within the sets the variance is 2 on both sides: 3.479 / sqrt(2) = 2.46, as an older tool had it.
    values = np.array([4.479, 2.479, 1.0, -1.0])
    within = np.sqrt((values[:2].var(ddof=1) + values[2:].var(ddof=1)) / 2)
    assert (values[:2].mean() - values[2:].mean()) / within == pytest.approx(2.46, abs=0.005)
    assert effect_size(values, 2) == pytest.approx(1.50, abs=0.005)


def test_the_effect_turns_with_its_sets_and_not_with_scale() -> None:
    found = world(1, 8, 8, gap=0.5)
    values = found.associations
    turned = np.concatenate([values[8:], values[:8]])
    assert effect_size(turned, 8) == pytest.approx(-1 * (effect_size(values, 8) or 0))
    assert effect_size(7 * values + 3, 8) == pytest.approx(effect_size(values, 8))
    swapped = Similarities(np.concatenate([found.cosines[:, 8:], found.cosines[:, :8]], axis=1), 8, 8)
    assert swapped.associations == pytest.approx(-values)


def test_words_that_are_all_alike_have_no_effect() -> None:
    assert effect_size(np.zeros(6), 3) is None
    assert permuted(np.zeros(6), 3) is None
    same = Similarities(np.ones((8, 8)), 4, 4)
    assert isinstance(interval(same), Undefined)


def test_every_split_is_counted_by_hand() -> None:
    # X = (3, 2), Y = (1, 0): the observed sum 5 is the largest of the six splits, and 1 (its mirror) the smallest.
    found = permuted(np.array([3.0, 2.0, 1.0, 0.0]), 2)
    assert found is not None
    assert (found.splits, found.exact) == (6, True)
    assert found.above == pytest.approx(1 / 6)
    assert found.p_value == pytest.approx(2 / 6)


@pytest.mark.slow
@pytest.mark.parametrize(("x", "y"), [(5, 5), (4, 6), (8, 8)])
def test_enumeration_agrees_with_the_plainest_loop(x: int, y: int) -> None:
    values = np.random.default_rng(x * y).normal(size=x + y)
    found = permuted(values, x)
    assert found is not None
    observed = values[:x].mean() - values[x:].mean()
    gaps = []
    for chosen in combinations(range(x + y), x):
        rest = [at for at in range(x + y) if at not in chosen]
        gaps.append(values[list(chosen)].mean() - values[rest].mean())
    assert found.splits == len(gaps)
    assert found.above == pytest.approx(np.mean([gap >= observed - 1e-12 for gap in gaps]))
    assert found.p_value == pytest.approx(np.mean([abs(gap) >= abs(observed) - 1e-12 for gap in gaps]))


def test_eight_by_eight_are_12870_splits_and_more_are_drawn() -> None:
    assert (found := permuted(np.arange(16.0), 8)) is not None
    assert (found.splits, found.exact) == (EXACT, True)
    assert found.above == pytest.approx(1 / 12_870) or found.above == pytest.approx(1.0)
    drawn = permuted(np.concatenate([np.ones(25) + np.arange(25) / 99, np.arange(25) / 99]), 25, seed=3)
    assert drawn is not None
    assert (drawn.splits, drawn.exact) == (9_999, False)
    assert drawn.above == pytest.approx(1 / 10_000)  # (r + 1) / (n + 1): never zero
    assert drawn == permuted(np.concatenate([np.ones(25) + np.arange(25) / 99, np.arange(25) / 99]), 25, seed=3)


def test_the_peer_computes_the_same_effect_and_exact_p_value() -> None:
    theirs = peer(PEER, "association_vectorized", "cohens_d", "permutation_pval")
    rng = np.random.default_rng(5)
    x, y, a, b = (rng.normal(size=(7, 20)) + shift for shift in (0.1, 0.0, 0.2, -0.2))
    ours = Similarities(cosines(np.concatenate([x, y]), np.concatenate([a, b])), 7, 7)
    own = [np.array([theirs["association_vectorized"](word, a, b) for word in words]) for words in (x, y)]
    assert ours.associations == pytest.approx(np.concatenate(own))
    assert effect_size(ours.associations, 7) == pytest.approx(theirs["cohens_d"](*own))
    found = permuted(ours.associations, 7)
    assert found is not None
    assert found.above == pytest.approx(theirs["permutation_pval"](*own))


def test_random_effects_by_hand() -> None:
    # Effects 0 and 4, variances 1 and 1: fixed mean 2, Q = 8, C = 2 - 2/2 = 1, tau² = (8 - 1) / 1 = 7,
    # weights 1/8 each: mean 2, standard error sqrt(8 / 2) = 2, I² = 1 - 1/8.
    found = combine([0.0, 4.0], [1.0, 1.0])
    assert (found.value, found.error, found.q, found.tau2) == pytest.approx((2.0, 2.0, 8.0, 7.0))
    assert found.i2 == pytest.approx(7 / 8)
    alike = combine([1.0, 1.0, 1.0], [0.5, 1.0, 2.0])
    assert (alike.value, alike.tau2, alike.i2) == pytest.approx((1.0, 0.0, 0.0))
    assert alike.error == pytest.approx(np.sqrt(1 / 3.5))
    for effects, variances in (([1.0], [1.0]), ([1.0, 2.0], [1.0, 0.0])):
        with pytest.raises(ValueError, match="2 above 0 are needed"):
            combine(effects, variances)


def test_the_peer_combines_random_effects_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    stand_in = ModuleType("fairlms.definition.encoder_only.utils")
    for name in ("association_vectorized", "cohens_d", "encode_in_context"):
        setattr(stand_in, name, None)
    for name in ("fairlms", "fairlms.definition", "fairlms.definition.encoder_only"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, "fairlms.definition.encoder_only.utils", stand_in)
    theirs = peer(PEER_CEAT, "dersimonian_laird")["dersimonian_laird"]
    rng = np.random.default_rng(8)
    effects, variances = rng.normal(0.4, 0.5, size=40), rng.uniform(0.01, 0.2, size=40)
    ours, wanted = combine(effects.tolist(), variances.tolist()), theirs(effects, variances)
    assert (ours.value, ours.error) == pytest.approx((wanted["CES"], wanted["se"]))
    assert (ours.q, ours.tau2) == pytest.approx((wanted["Q"], wanted["tau2"]))
    assert ours.tau2 > 0


def test_the_variance_of_an_effect_by_hand() -> None:
    assert variance(1.0, 8, 8) == pytest.approx(16 / 64 + 1 / 32)


def test_contexts_of_unequal_number_average_to_words() -> None:
    rng = np.random.default_rng(2)
    sets = [[rng.normal(size=(2 + (place + other) % 3, 6)) for other in range(2)] for place in range(0, 8, 2)]
    mean = Contexts.of(sets).means()
    assert mean.cosines[1, 3] == pytest.approx(cosines(sets[0][1], sets[3][1]).mean())
    alone = Contexts.of([[vectors[:1] for vectors in words] for words in sets])
    everything = np.arange(4)
    [drawn] = alone.drawn(np.random.default_rng(0), everything[None], everything[None], 2, 2)
    assert drawn == pytest.approx(effect_size(alone.means().associations, 2))


def test_an_interval_needs_four_words_a_set() -> None:
    assert isinstance(interval(world(0, 3, 8)), Undefined)
    assert isinstance(interval(world(0, 8, 3)), Undefined)
    found = interval(world(0, 4, 4))
    assert isinstance(found, Estimate)
    assert found == interval(world(0, 4, 4))
    assert found.n == 8


@pytest.mark.proof
@pytest.mark.parametrize(("x", "a"), [(8, 8), (16, 8)])
def test_balanced_words_give_no_more_false_alarms_than_their_level(x: int, a: int) -> None:
    worlds = 300
    alarms = rejected = 0
    for seed in range(worlds):
        found = world(seed, x, a, width=30)
        shown, chance = interval(found, seed), permuted(found.associations, x, seed)
        assert isinstance(shown, Estimate)
        assert chance is not None
        alarms += shown.low > 0 or shown.high < 0
        rejected += chance.p_value <= 0.05
    limit = 0.05 + 2 * np.sqrt(0.05 * 0.95 / worlds)
    assert alarms / worlds <= limit
    assert 0.02 <= rejected / worlds <= limit + 0.01


@pytest.mark.proof
def test_an_interval_holds_the_effect_that_other_words_would_give() -> None:
    many = [effect_size(world(seed, 16, 16, width=30, gap=0.6).associations, 16) or 0.0 for seed in range(2_000)]
    truth, held = float(np.mean(many)), 0
    for seed in range(200):
        found = interval(world(10_000 + seed, 16, 16, width=30, gap=0.6), seed)
        assert isinstance(found, Estimate)
        held += found.low <= truth <= found.high
    assert held / 200 >= 0.91
