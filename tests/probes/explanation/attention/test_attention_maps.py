from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from fairwitness.audit.requests import Attention
from fairwitness.probes.explanation.attention.maps import (
    entropy,
    in_word,
    looks_back_only,
    mass,
    previous_mass,
    read,
    rollout,
)

ALL = np.ones(4, dtype=bool)


def heads(*maps: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """One layer with these heads."""
    return np.array([maps])


def backward_even(tokens: int) -> npt.NDArray[np.float64]:
    """Every token spreads its weight evenly over itself and what is before it."""
    lower = np.tril(np.ones((tokens, tokens)))
    return np.asarray(lower / lower.sum(axis=1, keepdims=True), dtype=np.float64)


def test_even_weights_have_entropy_one_and_a_single_target_has_none() -> None:
    one_hot = np.zeros((4, 4))
    one_hot[:, 2] = 1
    assert entropy(heads(np.full((4, 4), 0.25), one_hot), ALL) == pytest.approx(np.array([[1.0, 0.0]]))


def test_entropy_is_scaled_by_what_a_left_to_right_model_can_see() -> None:
    assert looks_back_only(heads(backward_even(4)))
    assert entropy(heads(backward_even(4)), ALL) == pytest.approx(np.array([[1.0]]))


def test_entropy_by_hand() -> None:
    """Two halves of four keys: log 2 of log 4."""
    half = np.tile([0.5, 0.5, 0.0, 0.0], (4, 1))
    assert entropy(heads(half), ALL) == pytest.approx(np.array([[0.5]]))


def test_mass_and_previous_mass_by_hand() -> None:
    weights = heads(np.tile([0.1, 0.2, 0.3, 0.4], (4, 1)))
    queries, keys = np.array([False, False, True, True]), np.array([True, False, False, True])
    assert mass(weights, queries, keys) == pytest.approx(np.array([[0.5]]))
    assert previous_mass(weights, ALL) == pytest.approx(np.array([[(0.1 + 0.2 + 0.3) / 3]]))


def test_rollout_by_hand() -> None:
    """Two layers of two tokens. Even: each step is [[3/4, 1/4], [1/4, 3/4]], its square [[5/8, 3/8], [3/8, 5/8]]."""
    even = heads(np.full((2, 2), 0.5))
    twice = np.concatenate([even, even])
    assert rollout(twice) == pytest.approx(np.array([[5, 3], [3, 5]]) / 8)
    assert rollout(np.concatenate([heads(np.eye(3)), heads(np.eye(3))])) == pytest.approx(np.eye(3))


def test_rollout_averages_heads_and_takes_layers_in_their_order() -> None:
    """Layer 1 moves token 2 half way to token 1 (one head of two looks there), layer 2 moves token 3 to token 2."""
    to_first, to_second = np.eye(3), np.eye(3)
    to_first[1] = [1, 0, 0]
    to_second[2] = [0, 1, 0]
    weights = np.array([[to_first, np.eye(3)], [to_second, to_second]])
    assert rollout(weights) == pytest.approx(np.array([[1, 0, 0], [0.25, 0.75, 0], [0.125, 0.375, 0.5]]))


def test_a_word_is_all_of_its_pieces() -> None:
    text = "A lawyer said"
    assert in_word((-1, 0, 1, 5, 8, -1), text, 2, 8).tolist() == [False, False, True, True, False, False]


def test_a_reading_of_a_masked_model_by_hand() -> None:
    """[CLS] nur ##se ran [SEP]: `ran` is the only later token, and gives 0.1 + 0.2 to the two pieces of nurse."""
    row = np.array([0.4, 0.1, 0.2, 0.1, 0.2], dtype=np.float32)
    maps = Attention(
        ("[CLS]", "nur", "##se", "ran", "[SEP]"),
        (-1, 0, 3, 6, -1),
        (True, False, False, False, True),
        np.tile(row, (1, 1, 5, 1)),
    )
    reading = read(maps, "nurse ran", 0, 5)
    assert reading is not None
    assert reading.group == pytest.approx(np.array([[0.3]]))
    assert reading.even == pytest.approx(2 / 5)
    assert reading.first == pytest.approx(np.array([[0.4]]))
    assert reading.separator == pytest.approx(np.array([[0.2]]))
    assert reading.previous == pytest.approx(np.array([[(0.4 + 0.1 + 0.2) / 3]]))
    assert reading.rollout == pytest.approx(0.15)


def test_a_left_to_right_model_without_added_tokens() -> None:
    maps = Attention(("she", "Ġran", "Ġoff"), (0, 3, 7), (False,) * 3, backward_even(3)[None, None].astype(np.float32))
    reading = read(maps, "she ran off", 0, 3)
    assert reading is not None
    assert reading.separator is None
    assert reading.group == pytest.approx(np.array([[(1 / 2 + 1 / 3) / 2]]))
    assert reading.even == pytest.approx((1 / 2 + 1 / 3) / 2)


def test_nothing_can_look_at_a_last_word() -> None:
    maps = Attention(("ran", "she"), (0, 4), (False, False), np.full((1, 1, 2, 2), 0.5, dtype=np.float32))
    assert read(maps, "ran she", 4, 7) is None
    assert read(maps, "ran she", 3, 4) is None


def test_the_answer_is_read_at_the_blank_the_class_token_or_the_last_word() -> None:
    """Each query gives its own share to the word for a person: 0.1 from [CLS], 0.3 from the blank, 0.4 last."""
    text = "So she [MASK] it"
    weights = np.zeros((1, 1, 6, 6))
    for query, share in enumerate((0.1, 0.2, 0.2, 0.3, 0.4, 0.9)):
        weights[0, 0, query, 2], weights[0, 0, query, 5] = share, 1 - share
    given = Attention(
        ("[CLS]", "So", "she", "[MASK]", "it", "[SEP]"),
        (-1, 0, 3, 7, 14, -1),
        (True, False, False, False, False, True),
        weights.astype(np.float32),
    )

    def readout(text: str, *, at_class: bool = False) -> float:
        reading = read(given, text, 3, 6, at_class=at_class)
        assert reading is not None
        return float(reading.readout[0, 0])

    assert readout(text) == pytest.approx(0.3)
    assert readout("So she walks it") == pytest.approx(0.4)
    assert readout(text, at_class=True) == pytest.approx(0.1)
