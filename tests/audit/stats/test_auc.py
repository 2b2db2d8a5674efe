"""AUCs against hand-made placements, all pairs counted one by one, scikit-learn and score equations."""

from __future__ import annotations

import math
from time import perf_counter

import numpy as np
import numpy.typing as npt
import pytest

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.auc import score_limits
from fairwitness.audit.stats.placements import Placements, covariance, place

Z = 1.959963984540054
SCORES, POSITIVE = [1.0, 3.0, 2.0, 4.0], [False, False, True, True]


def defined(value: Estimate | Undefined) -> Estimate:
    assert isinstance(value, Estimate), value
    return value


def placed(scores: npt.ArrayLike, positive: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Placements:
    found = place(np.asarray(scores), np.asarray(positive), None if weights is None else np.asarray(weights))
    assert isinstance(found, Placements), found
    return found


def made(rows: int, seed: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Two related scores with ties, and outcomes that they tell something of."""
    rng = np.random.default_rng(seed)
    positive = rng.random(rows) < 0.4
    first = np.round(rng.normal(size=rows) + positive, 1)
    second = np.round(0.7 * first + rng.normal(size=rows) + 0.3 * positive, 1)
    return first, np.asarray(second, dtype=np.float64), positive


def test_placements_by_hand() -> None:
    # negatives 1 and 3, positives 2 and 4: 2 lies above one of two, 4 above both; 1 lies below both, 3 below one
    found = placed(SCORES, POSITIVE)
    assert found.positives.tolist() == [0.5, 1.0]
    assert found.negatives.tolist() == [1.0, 0.5]
    assert found.area == 0.75
    # variance of (0.5, 1) is 1/8, over two rows 1/16, twice
    assert covariance(found, found) == pytest.approx(1 / 8)


def test_a_tie_counts_half() -> None:
    assert placed([1.0, 2.0, 2.0, 3.0], POSITIVE).positives.tolist() == [0.75, 1.0]


def test_the_interval_is_on_the_logit_scale() -> None:
    first, _, positive = made(400, 1)
    found = defined(stats.auc(first, positive))
    error = math.sqrt(covariance(placed(first, positive), placed(first, positive)))
    value = found.value
    half = Z * error / (value * (1 - value))
    logit = math.log(value / (1 - value))
    assert found.method == "DeLong, logit"
    assert (found.low, found.high) == pytest.approx(
        (1 / (1 + math.exp(half - logit)), 1 / (1 + math.exp(-half - logit)))
    )


def test_values_are_those_of_scikit_learn_with_and_without_weights() -> None:
    from sklearn.metrics import roc_auc_score

    first, second, positive = made(300, 2)
    weights = np.random.default_rng(3).integers(1, 5, size=300)
    for scores in (first, second):
        assert defined(stats.auc(scores, positive)).value == pytest.approx(roc_auc_score(positive, scores))
        weighted = defined(stats.auc(scores, positive, weights)).value
        assert weighted == pytest.approx(roc_auc_score(positive, scores, sample_weight=weights))
        repeated = stats.auc(np.repeat(scores, weights), np.repeat(positive, weights))
        assert weighted == pytest.approx(defined(repeated).value)


def test_variance_and_covariance_equal_those_over_all_pairs() -> None:
    first, second, positive = made(90, 4)

    def kernel(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.array([[(a > b) + (a == b) / 2 for b in scores[~positive]] for a in scores[positive]])

    one, other = kernel(first), kernel(second)
    m, n = one.shape
    rows = np.cov(one.mean(axis=1), other.mean(axis=1)) / m
    columns = np.cov(one.mean(axis=0), other.mean(axis=0)) / n
    a, b = placed(first, positive), placed(second, positive)
    assert covariance(a, a) == pytest.approx((rows + columns)[0, 0])
    assert covariance(a, b) == pytest.approx((rows + columns)[0, 1])


def test_equal_weights_change_nothing() -> None:
    first, _, positive = made(120, 5)
    assert stats.auc(first, positive) == pytest.approx(stats.auc(first, positive, np.full(120, 1.0)))
    plain, scaled = defined(stats.auc(first, positive)), defined(stats.auc(first, positive, np.full(120, 2.5)))
    assert (plain.low, plain.high) == pytest.approx((scaled.low, scaled.high))


def test_rows_without_weight_are_not_there() -> None:
    first, _, positive = made(80, 6)
    weights = (np.arange(80) % 2).astype(float)
    half = defined(stats.auc(first[1::2], positive[1::2]))
    found = defined(stats.auc(first, positive, weights))
    assert (found.value, found.low, found.high, found.n) == pytest.approx((half.value, half.low, half.high, half.n))


@pytest.mark.parametrize(("value", "m", "n"), [(1.0, 5, 5), (0.0, 5, 8), (0.8, 12, 30)])
def test_score_limits_solve_the_equation_of_newcombe(value: float, m: int, n: int) -> None:
    middle = (m + n) / 2 - 1
    for limit in score_limits(value, m, n, Z):
        if limit in (0.0, 1.0):
            assert limit == value
            continue
        exponential = (1 - limit) / (2 - limit) + limit / (1 + limit)
        variance = limit * (1 - limit) * (1 + middle * exponential) / (m * n)
        assert abs(value - limit) == pytest.approx(Z * math.sqrt(variance))


def test_perfect_separation_and_constant_scores_are_no_certainty() -> None:
    perfect = defined(stats.auc([0.1] * 10 + [0.9] * 10, [False] * 10 + [True] * 10))
    assert (perfect.value, perfect.high, perfect.method) == (1.0, 1.0, "Newcombe score")
    assert 0.7 < perfect.low < 0.9
    constant = defined(stats.auc([0.5] * 20, [False] * 10 + [True] * 10))
    assert constant.value == 0.5
    assert constant.low < 0.3 < 0.7 < constant.high


def test_with_few_rows_near_one_the_wider_limits_are_taken() -> None:
    scores = [*range(12), 8.5]
    positive = [False] * 10 + [True] * 3
    found = defined(stats.auc(scores, positive))
    assert found.method == "wider of DeLong (logit) and Newcombe score"
    low, high = score_limits(found.value, 3, 10, Z)
    assert found.low <= low + 1e-12
    assert found.high >= high - 1e-12


@pytest.mark.parametrize(
    ("scores", "positive", "reason"),
    [
        ([], [], "0 positive rows, 2 needed"),
        ([1.0, 2.0, 3.0], [True, True, False], "1 negative rows, 2 needed"),
        ([1.0, math.nan, 3.0], [True, False, False], "1 of 3 scores are not finite numbers"),
    ],
)
def test_too_little_is_undefined(scores: list[float], positive: list[bool], reason: str) -> None:
    assert stats.auc(scores, positive) == Undefined(f"not estimable: {reason}")


def test_unequal_lengths_are_a_bug() -> None:
    with pytest.raises(ValueError, match="3 scores, 2 outcomes"):
        stats.auc([1.0, 2.0, 3.0], [True, False])


def test_difference_of_independent_groups_squares_and_adds_both_limits() -> None:
    first, second, positive = made(200, 7)
    a, b = defined(stats.auc(first, positive)), defined(stats.auc(second, positive))
    found = defined(stats.auc_difference(first, positive, second, positive))
    assert found.value == pytest.approx(a.value - b.value)
    assert found.low == pytest.approx(found.value - math.hypot(a.value - a.low, b.high - b.value))
    assert found.high == pytest.approx(found.value + math.hypot(a.high - a.value, b.value - b.low))


def test_paired_difference_is_that_of_delong_where_the_logit_is_straight() -> None:
    rng = np.random.default_rng(8)
    positive = rng.random(20_000) < 0.5
    first = rng.normal(size=20_000) + 0.3 * positive
    second = first + rng.normal(size=20_000)
    a, b = placed(first, positive), placed(second, positive)
    error = math.sqrt(covariance(a, a) + covariance(b, b) - 2 * covariance(a, b))
    found = defined(stats.paired_auc_difference(first, second, positive))
    assert found.value == pytest.approx(a.area - b.area)
    assert (found.low, found.high) == pytest.approx(
        (found.value - Z * error, found.value + Z * error), abs=0.01 * error
    )
    apart = defined(stats.auc_difference(first, positive, second, positive))
    assert found.high - found.low < apart.high - apart.low


def test_scores_that_rank_alike_differ_by_nothing() -> None:
    first, _, positive = made(100, 9)
    found = defined(stats.paired_auc_difference(first, 3 * first + 1, positive))
    assert found.value == 0.0
    alone = defined(stats.auc(first, positive))
    assert found.high - found.low < 0.3 * (alone.high - alone.low)


def test_contrasts_widen_and_an_undefined_group_stays_alone() -> None:
    groups = [made(150, seed) for seed in (10, 11, 12)]
    scored = [(first, positive) for first, _, positive in groups]
    plain = defined(stats.auc_difference(*scored[1], *scored[0]))
    (alone,) = stats.auc_contrasts(scored[:2], 0)
    assert (defined(alone).low, defined(alone).high) == pytest.approx((plain.low, plain.high))
    one, two, three = stats.auc_contrasts([*scored, ([1.0, 2.0], [True, True])], 0)
    assert defined(one).low < plain.low
    assert defined(two).value == pytest.approx(defined(stats.auc_difference(*scored[2], *scored[0])).value)
    assert three == Undefined("not estimable: 0 negative rows, 2 needed")
    assert all(isinstance(found, Undefined) for found in stats.auc_contrasts([([1.0], [True]), *scored], 0))


def test_gap_of_aucs_is_the_largest_minus_the_smallest() -> None:
    groups = [made(150, seed) for seed in (10, 11, 12)]
    values = [defined(stats.auc(first, positive)).value for first, _, positive in groups]
    found = defined(stats.auc_gap([(first, positive) for first, _, positive in groups]))
    assert found.value == pytest.approx(max(values) - min(values))
    assert found.low == 0.0


def test_a_hundred_thousand_rows_take_no_time() -> None:
    first, _, positive = made(100_000, 13)
    begun = perf_counter()
    defined(stats.auc(first, positive))
    assert perf_counter() - begun < 2
