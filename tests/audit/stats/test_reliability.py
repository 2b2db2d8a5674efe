"""Reliability by split halves against the variance components that were planted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.reliability import part_means, scoring_agreement, split_half


def _crossed(
    rng: np.random.Generator, parts: int, items: int, spread: float
) -> tuple[npt.NDArray[np.float64], list[int], list[int]]:
    """Part effects of SD `spread`, item effects shared by all parts, noise of SD 1."""
    grid = rng.normal(0, spread, parts)[:, None] + rng.normal(0, 1, items)[None] + rng.normal(0, 1, (parts, items))
    where = np.indices((parts, items)).reshape(2, -1)
    return grid.ravel(), where[0].tolist(), where[1].tolist()


def test_it_is_the_share_of_true_variance() -> None:
    rng = np.random.default_rng(1)
    found = split_half(*_crossed(rng, 600, 12, 0.5), seed=0)
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(0.25 / (0.25 + 1 / 12), abs=0.03)


def test_equal_halves_are_wholly_reliable_and_noise_is_not() -> None:
    equal = split_half([1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 5.0, 5.0], [0, 0, 1, 1, 2, 2, 3, 3], [0, 1] * 4, seed=0)
    assert isinstance(equal, Estimate)
    assert equal.value == pytest.approx(1.0)
    noise = split_half(*_crossed(np.random.default_rng(2), 200, 10, 0.0), seed=0)
    assert isinstance(noise, Estimate)
    assert noise.low < 0 < noise.high


@pytest.mark.proof
def test_items_within_parts_are_halved_for_each_part() -> None:
    rng = np.random.default_rng(3)
    values = (rng.normal(0, 0.5, 400)[:, None] + rng.normal(0, 1, (400, 8))).ravel()
    found = split_half(values, np.repeat(range(400), 8).tolist(), list(range(3200)), seed=0)
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(0.25 / (0.25 + 1 / 8), abs=0.05)


@pytest.mark.proof
@pytest.mark.parametrize("spread", [0.0, 0.3, 1.0])
def test_its_interval_holds_the_truth(spread: float) -> None:
    rng, truth = np.random.default_rng(4), spread**2 / (spread**2 + 1 / 8)
    held = 0
    for world in range(200):
        found = split_half(*_crossed(rng, 30, 8, spread), seed=world)
        assert isinstance(found, Estimate)
        held += found.low <= truth <= found.high
    assert held >= 186


@pytest.mark.parametrize(
    ("values", "parts", "items"),
    [
        ([1.0, 2.0, 3.0], [0, 1, 2], [0, 0, 0]),
        ([1.0] * 8, [0, 0, 1, 1, 2, 2, 3, 3], [0, 1] * 4),
        ([float("nan")] * 8, [0, 0, 1, 1, 2, 2, 3, 3], [0, 1] * 4),
        ([], [], []),
    ],
)
def test_it_is_undefined_where_nothing_can_be_told(values: list[float], parts: list[int], items: list[int]) -> None:
    assert isinstance(split_half(values, parts, items, seed=0), Undefined)


def test_agreement_is_over_common_parts() -> None:
    first = part_means([("a", 1.0), ("a", 3.0), ("b", 4.0), ("c", 6.0), ("d", 8.0), ("only", 0.0)])
    assert first["a"] == 2.0
    found = scoring_agreement(first, {"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0})
    assert isinstance(found, Estimate)
    assert found.n == 4
    assert found.value == pytest.approx(1.0)
