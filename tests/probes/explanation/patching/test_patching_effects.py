"""The arithmetic of effects by hand, and how often heads are named where nothing is carried."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from standins.patching import HEADS, LAYERS, patched

import proof
from fairwitness.audit.requests import BetweenFillers, Patch
from fairwitness.probes.explanation.patching.effects import (
    HeadEffects,
    PairEffects,
    head_effects,
    named,
    pair_effects,
    share_moved,
    strongest_layers,
)
from fairwitness.probes.explanation.patching.items import Pair, unrelated

TARGET = BetweenFillers("she", "he")


def pair(number: int, words: tuple[str, str] | None = None) -> Pair:
    first, second = words or (f"woman{number}", f"man{number}")
    return Pair(f"The {first} said {number}", f"The {second} said {number}", TARGET, number + 1)


def effects_of(number: int, residual: list[list[float]], outputs: list[list[float]]) -> PairEffects:
    shape = (3, (2,))
    return PairEffects(pair(number), 2.0, np.array(residual), np.array(outputs), 0.0, shape, len(outputs), HEADS)


def test_an_effect_is_the_share_of_the_difference_that_comes_along() -> None:
    assert share_moved([2.0, 1.0, 3.5], value=2.0, other=-2.0).tolist() == [0.0, 0.25, -0.375]
    with pytest.raises(ZeroDivisionError):
        share_moved([1.0], 1.0, 1.0)


def test_both_ways_are_averaged_and_the_largest_error_of_a_check_is_kept() -> None:
    one, other = pair(0).requests("layers")
    into_text, into_counterpart = patched(one, 1.0, 3.0, {(1, 2): 0.5}), patched(other, 3.0, 1.0, {(1, 2): 0.3})
    effects = pair_effects(pair(0), [into_text, into_counterpart])
    assert effects.outputs[1, 0] == pytest.approx(0.4)
    assert effects.residual[:, 2] == pytest.approx([0, 1 / 3, 2 / 3, 1], abs=1e-6)
    assert effects.difference == -2.0
    assert effects.off == pytest.approx(0.0, abs=1e-6)
    broken = patched(one, 1.0, 3.0)
    broken.residual[-1, 2] = 2.0  # the place of the answer does not hold all of it at the end
    assert pair_effects(pair(0), [broken, into_counterpart]).off == pytest.approx(0.5)


@pytest.mark.parametrize(("field", "value"), [("nothing", 1.5), ("everything", 2.5)])
def test_patching_nothing_and_everything_are_checked(field: str, value: float) -> None:
    one, other = pair(0).requests("layers")
    changed: dict[str, Any] = {field: value}
    ways = [replace(patched(one, 1.0, 3.0), **changed), patched(other, 3.0, 1.0)]
    assert pair_effects(pair(0), ways).off == pytest.approx(0.25)


def test_the_difference_arrives_on_the_line_between_two_layers() -> None:
    rising = [[1.0, 0.0, end] for end in (0.0, 0.2, 0.7, 1.0)]
    # between 0.2 after layer 1 and 0.7 after layer 2: 1 + 0.3 / 0.5 = 1.6 of 3 layers
    assert effects_of(0, rising, [[0.0, 0.0]] * 3).arrival == pytest.approx(1.6 / 3)
    at_once = [[1.0, 0.0, 1.0]] * 4
    assert effects_of(0, at_once, [[0.0, 0.0]] * 3).arrival is None
    never = [[1.0, 0.0, 0.1]] * 4
    assert effects_of(0, never, [[0.0, 0.0]] * 3).arrival is None


def test_layers_are_chosen_by_their_attention_within_the_budget() -> None:
    pairs = [effects_of(0, [[0.0] * 3] * 4, [[0.1, 0.9], [-0.5, 0.0], [0.3, 0.0]])]
    assert strongest_layers(pairs, 2 * HEADS) == (1, 2)
    assert strongest_layers(pairs, 1) == (1,)
    assert strongest_layers(pairs, 100) == (0, 1, 2)


def test_the_null_is_of_the_same_shape_and_shares_no_word() -> None:
    pairs = [pair(0, ("woman", "man")), pair(1, ("woman", "men")), pair(2, ("girl", "boy")), pair(3, ("aunt", "uncle"))]
    drawn = unrelated(pairs, ["a", "a", "a", "b"], seed=0)
    assert drawn[0] == pairs[2]
    assert drawn[1] == pairs[2]
    assert drawn[2] in pairs[:2]
    assert drawn[3] is None
    assert drawn == unrelated(pairs, ["a", "a", "a", "b"], seed=0)


def heads_of(effects: npt.NDArray[np.float64], null: npt.NDArray[np.float64] | None) -> list[HeadEffects]:
    """`effects` and `null` are [pair, way, layer, head]."""
    return [
        HeadEffects(pair(number), effects[number], None if null is None else null[number])
        for number in range(len(effects))
    ]


def drawn_heads(rng: np.random.Generator, pairs: int, carried: float) -> list[HeadEffects]:
    """Effects of heads that move as much from any text, and of one that carries something too; heavy tails."""
    shape = (pairs, 2, LAYERS, HEADS)
    effects, null = 0.05 * rng.standard_t(4, shape), 0.05 * rng.standard_t(4, shape)
    effects += 0.05 * rng.standard_t(4, (pairs, 1, LAYERS, HEADS))
    effects[:, :, 1, 2] += carried
    return heads_of(effects, null)


def test_a_head_that_carries_more_than_the_null_is_named_and_no_other() -> None:
    result = named(drawn_heads(np.random.default_rng(0), 24, 0.4), LAYERS * HEADS)
    assert np.argwhere(result.named).tolist() == [[1, 2]]
    assert result.effects[1, 2] == pytest.approx(0.4, abs=0.05)
    away = named(drawn_heads(np.random.default_rng(0), 24, -0.4), LAYERS * HEADS)
    assert np.argwhere(away.named).tolist() == [[1, 2]]


def test_a_head_that_moves_as_much_from_any_text_is_not_named() -> None:
    effects = np.zeros((24, 2, LAYERS, HEADS))
    effects[:, :, 1, 2] = 0.4 + 0.01 * np.random.default_rng(0).normal(size=(24, 2))
    assert named(heads_of(effects, np.zeros_like(effects)), 12).named[1, 2]
    assert not named(heads_of(effects, effects), 12).named.any()
    assert not named(heads_of(effects, None), 12).named.any()


def test_heads_that_were_not_patched_count_in_the_correction() -> None:
    heads = drawn_heads(np.random.default_rng(3), 10, 0.2)
    few, many = named(heads, LAYERS * HEADS), named(heads, 4_000)
    assert few.pvalues[1, 2] < many.pvalues[1, 2]
    assert few.named[1, 2]
    assert not many.named[1, 2]


def test_pairs_of_the_same_words_are_one_unit() -> None:
    heads = drawn_heads(np.random.default_rng(0), 24, 0.3)
    alike = [HeadEffects(pair(0), head.effects, head.null) for head in heads]
    assert named(heads, 12).pvalues[1, 2] < 1e-3
    assert named(alike, 12).pvalues[1, 2] == 1.0  # one unit says nothing


@pytest.mark.proof
def test_where_nothing_is_carried_no_head_is_named_in_95_of_100_worlds() -> None:
    worlds = 1_000
    false = sum(
        bool(named(drawn_heads(np.random.default_rng([7, world]), 14, 0.0), LAYERS * HEADS).named.any())
        for world in range(worlds)
    )
    assert false <= proof.allowed(worlds)


def test_heads_of_an_unrelated_text_are_shares_of_the_same_difference() -> None:
    one, other = pair(0).requests("heads")
    ways = [patched(one, 1.0, 3.0, {(0, 1): 0.5}), patched(other, 3.0, 1.0, {(0, 1): 0.5})]
    null = [patched(one, 1.0, 2.0, {(0, 1): 0.5}), patched(other, 3.0, 2.0, {(0, 1): 0.5})]
    effects = head_effects(pair(0), ways, null)
    assert effects.effects[:, 0, 1] == pytest.approx([0.5, 0.5])
    assert effects.null is not None
    assert effects.null[:, 0, 1] == pytest.approx([0.25, 0.25])
    assert isinstance(one, Patch)
