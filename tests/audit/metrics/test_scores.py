"""Metrics of scores against values worked out by hand, scikit-learn, and models whose answer is known."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import expit, logit

from fairwitness.audit import metrics

NAN = math.nan


@pytest.mark.parametrize(
    ("scores", "positive", "expected"),
    [
        ([1, 2, 3, 4], [0, 0, 1, 1], 1.0),
        ([4, 3, 2, 1], [0, 0, 1, 1], 0.0),
        ([5, 5, 5], [0, 1, 1], 0.5),
        ([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], 0.75),  # pairs won: 0.35 > 0.1, 0.8 > both
        ([1, 2, 2, 3], [0, 0, 1, 1], 3.5 / 4),
        ([1, 2], [1, 1], NAN),
        ([], [], NAN),
    ],
)
def test_auc_by_hand(scores: list[float], positive: list[int], expected: float) -> None:
    assert metrics.auc(scores, positive) == pytest.approx(expected, abs=1e-15, nan_ok=True)


def test_brier_mean_score_and_scoring_rate_by_hand() -> None:
    assert metrics.brier([0.2, 0.8, 0.5], [0, 1, 1]) == pytest.approx((0.04 + 0.04 + 0.25) / 3)
    assert metrics.mean_score([0.2, 0.8, 0.5]) == pytest.approx(0.5)
    assert metrics.scoring_rate([1, 2, 2, 3], 2) == 0.25
    assert math.isnan(metrics.brier([], []))
    assert math.isnan(metrics.scoring_rate([], 0))


def test_medians() -> None:
    assert metrics.median_score([3, 1, 2]) == 2
    assert metrics.median_score([4, 1, 2, 3]) == 2.5
    assert metrics.median_score([1, 10], weights=[3, 1]) == 1
    assert metrics.median_score([1, 10, 20], weights=[1, 0, 1]) == 10.5
    assert math.isnan(metrics.median_score([]))


def test_scoring_rates_of_the_example_in_the_rule_of_local_law_144() -> None:
    """By sex: 168 persons of whom 84 score above the median; printed rates 54.3 and 44.7 %, impact ratio 0.82."""
    male, female = (92, 50), (76, 34)
    scores = np.concatenate([np.repeat([2.0, 1.0], [above, n - above]) for n, above in (male, female)])
    sex = np.repeat([0, 1], [92, 76])
    median = metrics.median_score(scores)
    rates = metrics.by_group(lambda own: metrics.scoring_rate(own, median), sex, scores)
    assert np.round(100 * rates, 1).tolist() == [54.3, 44.7]
    assert round(float(metrics.lowest_ratio(rates)), 2) == 0.82


def test_scoring_rates_by_race_in_the_example_of_the_rule() -> None:
    """Printed: 64.2 (cut off, not rounded), 37.5, 50.0, 62.5, 41.7 %; impact ratios 1, .58, .78, .97, .65."""
    above, people = np.array([18, 15, 16, 5, 10]), np.array([28, 40, 32, 8, 24])
    table = np.stack([people - above, above, np.zeros(5), np.zeros(5)], axis=1)
    rates = metrics.selection_rate(table)
    assert np.round(100 * rates, 1).tolist() == [64.3, 37.5, 50.0, 62.5, 41.7]
    ratios = metrics.demographic_parity_ratio(table, int(rates.argmax()))
    assert np.round(ratios, 2).tolist() == [1.0, 0.58, 0.78, 0.97, 0.65]


def test_calibration_error_by_hand() -> None:
    scores, positive = [0.1, 0.1, 0.9, 0.9], [0, 1, 1, 1]
    assert metrics.expected_calibration_error(scores, positive) == pytest.approx((2 * 0.4 + 2 * 0.1) / 4)
    assert metrics.expected_calibration_error(scores, positive, bins=1) == pytest.approx(0.75 - 0.5)
    bins = metrics.calibration_bins(scores, positive)
    assert bins.rows.tolist() == [0, 2, 0, 0, 0, 0, 0, 0, 0, 2]
    assert bins.positives[[1, 9]].tolist() == [1, 2]
    assert math.isnan(bins.score[0])
    assert math.isnan(metrics.expected_calibration_error([], []))


def test_bins_of_equal_width_hold_their_lower_edge_and_one_lies_in_the_last() -> None:
    edges = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    assert metrics.calibration_bins(edges, np.ones(11)).rows.tolist() == [1] * 9 + [2]


def test_bins_of_equal_mass_are_equally_full_and_never_part_ties() -> None:
    rng = np.random.default_rng(3)
    even = metrics.calibration_bins(rng.random(1000) ** 4, np.ones(1000), equal="mass")
    assert even.rows.tolist() == [100] * 10
    tied = metrics.calibration_bins(np.repeat([0.2, 0.5, 0.9], [10, 80, 10]), np.ones(100), equal="mass")
    assert tied.rows[tied.rows > 0].tolist() == [10, 80, 10]
    nothing = metrics.calibration_bins([], [], equal="mass")
    assert nothing.rows.tolist() == [0] * 10


@pytest.mark.parametrize(("intercept", "slope"), [(0.0, 1.0), (0.7, 1.0), (-0.3, 0.5), (0.2, 2.5), (0.1, -0.8)])
def test_recalibration_finds_the_line_that_was_planted(intercept: float, slope: float) -> None:
    """Each score once with each outcome, weighing its true probability: the maximum is the planted line itself."""
    scores = np.array([0.05, 0.2, 0.35, 0.6, 0.7, 0.95])
    true = expit(intercept + slope * logit(scores))
    both, outcomes = np.tile(scores, 2), np.repeat([True, False], scores.size)
    weights = np.concatenate([true, 1 - true])
    assert metrics.recalibration(both, outcomes, weights) == pytest.approx((intercept, slope), abs=1e-9)
    assert metrics.calibration_intercept(both, outcomes, weights) == pytest.approx(intercept, abs=1e-9)
    assert metrics.calibration_slope(both, outcomes, weights) == pytest.approx(slope, abs=1e-9)


@pytest.mark.parametrize(
    ("scores", "positive"),
    [
        ([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1]),
        ([0.1, 0.2, 0.8, 0.9], [1, 1, 0, 0]),
        ([0.1, 0.5, 0.5, 0.9], [0, 0, 1, 1]),  # they touch: the slope still runs to infinity
        ([0.4, 0.4, 0.4], [0, 1, 1]),
        ([0.1, 0.7], [1, 1]),
        ([], []),
    ],
)
def test_recalibration_is_undefined_where_the_likelihood_has_no_maximum(
    scores: list[float], positive: list[int]
) -> None:
    assert math.isnan(metrics.calibration_slope(scores, positive))
    assert math.isnan(metrics.calibration_intercept(scores, positive))


def test_recalibration_is_undefined_where_weights_hide_the_overlap_of_the_outcomes() -> None:
    found = metrics.recalibration([0.1, 0.3, 0.7, 0.9], [0, 1, 0, 1], [1, 1e-300, 1e-300, 1])
    assert np.isnan(found).all()


def test_recalibration_that_does_not_settle_is_undefined_not_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    scores, positive = [0.1, 0.4, 0.6, 0.9, 0.95], [0, 1, 0, 1, 1]
    assert np.isfinite(metrics.recalibration(scores, positive)).all()
    monkeypatch.setattr("fairwitness.audit.metrics.calibration._STEPS", 2)
    assert np.isnan(metrics.recalibration(scores, positive)).all()


def test_recalibration_takes_back_steps_that_overshoot() -> None:
    """Many rows at one end and few at the other: Newton's first full step from the base rate goes too far."""
    scores = np.repeat([1e-6, 0.5, 1 - 1e-6], [500, 2, 2])
    positive = np.concatenate([np.zeros(500), [0, 1], [0, 1]]).astype(bool)
    positive[0] = True
    intercept, slope = metrics.recalibration(scores, positive)
    chance = expit(intercept + slope * logit(scores))
    gradient = [(positive - chance).sum(), ((positive - chance) * logit(scores)).sum()]
    assert gradient == pytest.approx([0, 0], abs=1e-8)


def test_recalibration_bears_scores_of_nought_and_one() -> None:
    intercept, slope = metrics.recalibration([0, 0, 0, 1, 1, 1], [0, 0, 1, 0, 1, 1])
    end = logit(1 - 1e-6)
    assert expit(intercept + slope * end) == pytest.approx(2 / 3)
    assert expit(intercept - slope * end) == pytest.approx(1 / 3)


def test_roc_by_hand() -> None:
    curve = metrics.roc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
    assert curve is not None
    assert curve.threshold.tolist() == [math.inf, 0.8, 0.4, 0.35, 0.1]
    assert curve.true_positive_rate.tolist() == [0, 0.5, 0.5, 1, 1]
    assert curve.false_positive_rate.tolist() == [0, 0, 0.5, 0.5, 1]
    assert metrics.roc([1, 2], [1, 1]) is None


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (([1, 2], [0, 1]), ([2, 1], [0, 1]), 1.0),  # perfect against reversed
        (([1, 2], [0, 1]), ([1, 1], [0, 1]), 0.5),  # perfect against the diagonal
        (([0, 1, 2, 3], [1, 0, 0, 1]), ([1, 1], [0, 1]), 0.25),  # level at 1/2 crosses the diagonal; equal AUC
        (([1, 2], [0, 1]), ([1, 2], [1, 1]), NAN),
    ],
)
def test_abroca_by_hand(a: tuple[list[int], list[int]], b: tuple[list[int], list[int]], expected: float) -> None:
    assert metrics.abroca(*a, *b) == pytest.approx(expected, abs=1e-15, nan_ok=True)
    assert metrics.abroca(*b, *a) == pytest.approx(expected, abs=1e-15, nan_ok=True)


def test_thresholds_by_hand() -> None:
    found = metrics.threshold_counts([0.2, 0.5, 0.5, 0.9], [0, 1, 0, 1], [0.5, 0.0, 1.0], [0, 0, 1, 1], 2)
    assert found[0].tolist() == [[1, 0, 0, 1], [0, 1, 0, 1]]
    assert found[1].tolist() == [[0, 1, 0, 1], [0, 1, 0, 1]]
    assert found[2].tolist() == [[1, 0, 1, 0], [1, 0, 1, 0]]
    with pytest.raises(ValueError, match="2 scores and 1 group codes"):
        metrics.threshold_counts([0.2, 0.3], [0, 1], [0.5], [0], 1)


def test_histogram_shares() -> None:
    assert metrics.histogram([0, 0.25, 0.5, 1.0], [0, 0.5, 1]).tolist() == [0.5, 0.5]
    assert metrics.histogram([0, 5], [0, 0.5, 1]).tolist() == [0.5, 0]
    assert np.isnan(metrics.histogram([], [0, 1])).all()


def test_contrasts_of_scores_are_differences_of_the_values_of_groups() -> None:
    rng = np.random.default_rng(11)
    codes, scores = rng.integers(0, 3, 300), rng.random(300)
    positive = rng.random(300) < scores
    for name, value in {
        "auc_difference": metrics.auc,
        "brier_difference": metrics.brier,
        "calibration_difference": metrics.expected_calibration_error,
    }.items():
        own = [value(scores[codes == group], positive[codes == group]) for group in range(3)]
        assert metrics.DEFINITIONS[name].function(scores, positive, codes, 1) == pytest.approx(np.array(own) - own[1])
    means = [scores[codes == group].mean() for group in range(3)]
    assert metrics.mean_score_difference(scores, codes, 2) == pytest.approx(np.array(means) - means[2])


def test_groups_without_rows_are_undefined_and_columns_must_fit() -> None:
    assert metrics.by_group(metrics.mean_score, [0, 2], [0.1, 0.3], groups=4)[[1, 3]] == pytest.approx(
        [NAN, NAN], nan_ok=True
    )
    with pytest.raises(ValueError, match="a column has 3 rows, the group codes 2"):
        metrics.by_group(metrics.mean_score, [0, 1], [1, 2, 3])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.auc([0.1, NAN], [0, 1]), r"nan in row 2 is no finite number \(1 of 2 rows\)"),
        (lambda: metrics.brier([0.1, 1.2, 3.0], [0, 1, 1]), r"1.2 in row 2 is no probability \(2 of 3 rows\)"),
        (lambda: metrics.calibration_slope([-0.1], [0]), "-0.1 in row 1 is no probability"),
        (lambda: metrics.auc([0.1, 0.2], [0, 1], [1, -1]), "-1.0 in row 2 is no weight"),
        (lambda: metrics.auc([0.1, 0.2], [0]), "2 scores, 1 true outcomes and 2 weights"),
        (lambda: metrics.expected_calibration_error([2.0], [1]), "2.0 in row 1 is no probability"),
    ],
)
def test_bad_scores_are_named(call: Callable[[], float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
