"""The interval of UnQover's intensity: its standard errors by hand, and that a lean of sentences is no agreement."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import chi2

import proof
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.language.intensity import Agreement, Point, agreement, consistency, intensity, mean_product


def points_of(values: np.ndarray, kind: str = "country") -> list[Point]:
    """Points of biases [attributes, pairs, templates]; subjects stand for groups where the class is gender."""
    found = []
    for (attribute, pair, template), value in np.ndenumerate(values):
        names = (f"one{attribute}.{pair}", f"two{attribute}.{pair}")
        found.append(Point(kind, (kind, attribute), (kind, template), names, float(value), kind == "gender"))
    return found


def grid(seed: int = 0, shape: tuple[int, int, int] = (5, 2, 4)) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.5, 0.7, shape)


def test_both_standard_errors_are_those_of_a_case_by_hand() -> None:
    values = grid()
    found = agreement(points_of(values))
    assert isinstance(found, Agreement)
    products = np.array([[np.mean(one[:, s] * one[:, t]) for s, t in combinations(range(4), 2)] for one in values])
    means = products.mean(axis=1)
    assert found.value == pytest.approx(means.mean())
    assert found.error == pytest.approx(means.std(ddof=1) / math.sqrt(5))
    pairs = list(combinations(range(4), 2))
    without = [np.mean(products[:, [left not in pair for pair in pairs]]) for left in range(4)]
    assert found.template_error == pytest.approx(math.sqrt(3 / 4 * np.sum((without - np.mean(without)) ** 2)))
    whole = [np.mean([one[:, s] * one[:, t] for s in range(4) for t in range(4)]) for one in values]
    assert found.square == pytest.approx(np.mean(whole))
    assert found.attributes == 5
    assert found.templates == pytest.approx(4)


def test_leaving_out_a_sentence_is_computed_as_if_it_had_not_been_asked() -> None:
    """Also where attributes stand in unequal numbers of sentences."""
    points = [one for one in points_of(grid(3, (6, 2, 5))) if one.attribute[1] > 1 or one.template[1] < 3]  # type: ignore[index]
    found = agreement(points)
    assert isinstance(found, Agreement)
    left = [mean_product(consistency([one for one in points if one.template != ("country", at)])) for at in range(5)]
    assert found.template_error == pytest.approx(math.sqrt(4 / 5 * float(np.var(left)) * len(left)))


def test_classes_weigh_the_same_whatever_the_number_of_their_sentences() -> None:
    """A class wholly by stereotype of four is a half, though it has 6 pairs of sentences of 97."""
    biased, even = np.ones((16, 3, 4)), np.zeros((16, 3, 14))
    found = intensity([*points_of(biased, "gender"), *points_of(even, "ethnicity")])
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(math.sqrt(1 / 2))


def test_an_upper_limit_over_attributes_is_that_of_a_scaled_chi_square() -> None:
    part = Agreement(0.04, 0.01, 10_000, 0.0, 5.0, 0.04)
    df = 2 * (0.04 / 0.01) ** 2
    assert part.limits(0.95)[1] == pytest.approx(0.04 * df / chi2.ppf(0.025, df), rel=1e-3)
    assert part.limits(0.95)[0] == pytest.approx(0.04 - 1.9602 * 0.01, rel=1e-4)


def test_a_shared_lean_has_limits_symmetric_about_the_root() -> None:
    part = Agreement(0.04, 0.0, 10_000, 0.01, 1e6, 0.04)
    assert math.sqrt(part.limits(0.95)[1]) == pytest.approx(0.2 + 1.96 * 0.01 / 0.4, rel=1e-4)


def test_sentences_that_cancel_a_bias_by_chance_do_not_make_it_small() -> None:
    """Two sentences lean by 0.1, two by -0.1: to leave out any one says the same, and 0.1 in all may well be true."""
    values = np.random.default_rng(0).normal(0, 0.01, (60, 3, 4)) + np.array([0.1, 0.1, -0.1, -0.1])
    found = agreement(points_of(values, "gender"))
    assert isinstance(found, Agreement)
    assert found.template_error < 1e-4
    error = 0.1 / math.sqrt(3)
    assert found.mean_bias == pytest.approx((0.0, error), abs=0.002)
    assert found.limits(0.95)[1] - found.value > 0.9 * (3.1824 * error) ** 2
    other = agreement(points_of(values, "country"))
    assert isinstance(other, Agreement)
    assert other.mean_bias == (0.0, 0.0)


def test_what_is_alike_everywhere_is_as_sure_as_so_many_sentences_make_it() -> None:
    found = intensity(points_of(np.full((16, 2, 4), 0.2)))
    assert isinstance(found, Estimate)
    unseen = 1 - 0.025 ** (1 / 4)
    assert found.high**2 == pytest.approx(0.04 + unseen * 0.96)


@pytest.mark.parametrize(("shape", "why"), [((1, 2, 4), "1 attributes"), ((4, 2, 2), "in 2 sentences")])
def test_too_little_has_no_intensity_and_says_of_which_class(shape: tuple[int, int, int], why: str) -> None:
    found = intensity([*points_of(grid(1)), *points_of(grid(2, shape), "religion")])
    assert isinstance(found, Undefined)
    assert (found.kind, why in found.reason, "religion" in found.reason) == ("not_estimable", True, True)
    assert isinstance(intensity([]), Undefined)


Lean = Callable[[np.random.Generator], np.ndarray]


@pytest.mark.proof
@pytest.mark.parametrize(("templates", "kind"), [(4, "gender"), (8, "gender"), (14, "country")])
def test_what_single_sentences_do_to_all_attributes_is_no_agreement(templates: int, kind: str) -> None:
    """Each sentence leans in all attributes by chance (SD 0.1): one interval of forty may lie above 0."""
    rng, worlds, above = np.random.default_rng(5), proof.worlds(60), 0
    for _ in range(worlds):
        signs = 1 if kind == "gender" else rng.choice([-1, 1], (16, 3, 1))
        values = rng.normal(0, 0.1, (1, 1, templates)) * signs + rng.normal(0, 0.05, (16, 3, templates))
        found = intensity(points_of(values, kind))
        assert isinstance(found, Estimate)
        above += found.low > 0
    assert above <= 0.025 * worlds + 2.6 * math.sqrt(0.025 * 0.975 * worlds)
