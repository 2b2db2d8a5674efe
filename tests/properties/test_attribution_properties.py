from __future__ import annotations

import unicodedata
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwitness.audit.attribution.coalitions import Presence, Values, every
from fairwitness.audit.attribution.faithfulness import along, cuts, infidelity, random_orders
from fairwitness.audit.attribution.hidings import Removed
from fairwitness.audit.attribution.shap import permutation
from fairwitness.audit.attribution.words import split
from fairwitness.audit.requests import BLANK


@given(st.text(max_size=60))
def test_words_lie_in_order_and_leave_no_letter_behind(text: str) -> None:
    words = split(text)
    assert [text[word.start : word.end] for word in words] == [word.text for word in words]
    assert all(a.end <= b.start for a, b in pairwise(words))
    covered = {place for word in words for place in range(word.start, word.end)}
    if BLANK not in text:
        assert all(place in covered for place, sign in enumerate(text) if unicodedata.category(sign)[0] in "LN")


@given(st.lists(st.sampled_from(["a", "bc", "护", BLANK, ",", "."]), min_size=1, max_size=12))
def test_leaving_out_every_word_leaves_no_word(parts: list[str]) -> None:
    text = " ".join(parts)
    words = split(text)
    bare = Removed().hide(text, words, [False] * len(words)).text
    assert split(bare) == ()
    assert bare.count(BLANK) == text.count(BLANK)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.integers(2, 5), st.integers(0, 10_000))
def test_shap_values_add_up_for_any_game(words: int, seed: int) -> None:
    worth = np.random.default_rng(seed).normal(size=2**words)

    def values_of(present: Presence) -> Values:
        return np.asarray(worth[present @ (1 << np.arange(words))], dtype=np.float64)

    found = permutation(values_of, words, 40, seed)
    assert found.values.sum() == pytest.approx(worth[-1] - worth[0])


@given(st.permutations(range(6)))
def test_an_order_hides_one_word_after_the_other(order: list[int]) -> None:
    path: npt.NDArray[np.bool_] = along(np.array(order))
    assert path.sum(axis=1).tolist() == [6, 5, 4, 3, 2, 1, 0]
    assert [int(np.flatnonzero(a & ~b)[0]) for a, b in pairwise(path)] == order


@given(st.integers(1, 9), st.integers(0, 99))
def test_random_orders_hold_every_size_equally_often(words: int, seed: int) -> None:
    counts = np.bincount(random_orders(words, seed).sum(axis=1), minlength=words + 1)
    assert counts.tolist() == [10] * (words + 1)


@given(st.integers(2, 60))
def test_long_texts_are_cut_at_twenty_places(words: int) -> None:
    places = cuts(words)
    assert (places[0], places[-1]) == (0, words)
    assert len(places) == min(words, 20) + 1
    assert np.ptp(np.diff(places)) <= 1


@given(st.lists(st.integers(-4, 4), min_size=2, max_size=6), st.integers(0, 99))
def test_nothing_is_missed_of_a_sum_in_any_scale_and_never_more_than_all(weights: list[int], seed: int) -> None:
    present = every(len(weights))
    scores = present @ np.array(weights, dtype=float)
    if len(set(weights)) == 1:  # it makes no difference which words are hidden
        assert infidelity(np.ones(len(weights)), present, scores, seed) == ()
        return
    own, shuffled = infidelity(3.0 * np.array(weights), present, scores, seed)
    assert own == pytest.approx(0.0, abs=1e-12)
    assert 0 <= shuffled <= 1
    assert infidelity(-np.array(weights), present, scores, seed)[0] == 1.0
    costly = scores - 7.0 * (~present).sum(axis=1) ** 2  # what any hidden word costs is no word's own
    assert infidelity(1.0 * np.array(weights), present, costly, seed)[0] == pytest.approx(0.0, abs=1e-9)
