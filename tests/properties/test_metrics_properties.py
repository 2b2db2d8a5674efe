"""Metrics on random tables against fairlearn, AIF360 and scikit-learn."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from metric_rows import Array, few, fewer, full_tables, rows, scored, seeds

from fairwitness.audit import metrics

fairlearn = pytest.importorskip("fairlearn.metrics", reason="fairlearn is not installed")
learn = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")

RATES: Mapping[str, Callable[..., float]] = {
    "selection_rate": fairlearn.selection_rate,
    "true_positive_rate": fairlearn.true_positive_rate,
    "false_positive_rate": fairlearn.false_positive_rate,
    "false_negative_rate": fairlearn.false_negative_rate,
    "true_negative_rate": fairlearn.true_negative_rate,
    "accuracy": learn.accuracy_score,
    "balanced_accuracy": learn.balanced_accuracy_score,
    "positive_predictive_value": learn.precision_score,
    "f1": learn.f1_score,
    "n": fairlearn.count,
}
GAPS: Mapping[str, Callable[..., float]] = {
    "demographic_parity_gap": fairlearn.demographic_parity_difference,
    "demographic_parity_lowest_ratio": fairlearn.demographic_parity_ratio,
    "equal_opportunity_gap": fairlearn.equal_opportunity_difference,
    "equal_opportunity_lowest_ratio": fairlearn.equal_opportunity_ratio,
    "equalized_odds_gap": fairlearn.equalized_odds_difference,
    "equalized_odds_lowest_ratio": fairlearn.equalized_odds_ratio,
}


@pytest.mark.slow
@fewer
@given(full_tables())
def test_rates_and_gaps_are_those_of_fairlearn_and_scikit_learn(table: Array) -> None:
    truth, decided, groups = rows(table)
    frame = fairlearn.MetricFrame(metrics=dict(RATES), y_true=truth, y_pred=decided, sensitive_features=groups)
    for name in RATES:
        found = metrics.DEFINITIONS[name].function(table)
        assert found == pytest.approx(frame.by_group[name].to_numpy(dtype=float), abs=1e-12), name
    for name, peer in GAPS.items():
        expected = peer(truth, decided, sensitive_features=groups)
        assert metrics.DEFINITIONS[name].function(table) == pytest.approx(expected, abs=1e-12), name


def peer_of(table: Array, group: int, reference: int) -> Any:
    """The same rows as a ClassificationMetric of AIF360, `reference` privileged."""
    logging.getLogger().setLevel(logging.ERROR)
    datasets = pytest.importorskip("aif360.datasets", reason="aif360 is not installed")
    classes = pytest.importorskip("aif360.metrics", reason="aif360 is not installed")
    pandas = pytest.importorskip("pandas")
    truth, decided, groups = rows(table)
    made = [
        datasets.BinaryLabelDataset(
            df=pandas.DataFrame({"group": groups.astype(float), "label": labels.astype(float)}),
            label_names=["label"],
            protected_attribute_names=["group"],
        )
        for labels in (truth, decided)
    ]
    return classes.ClassificationMetric(
        *made, unprivileged_groups=[{"group": group}], privileged_groups=[{"group": reference}]
    )


@pytest.mark.slow
@few
@given(full_tables())
def test_contrasts_and_inequality_are_those_of_aif360(table: Array) -> None:
    peer = peer_of(table, 1, 0)
    contrasts = {
        "demographic_parity_difference": peer.statistical_parity_difference(),
        "demographic_parity_ratio": peer.disparate_impact(),
        "equal_opportunity_difference": peer.equal_opportunity_difference(),
        "average_odds_difference": peer.average_odds_difference(),
        "equalized_odds_difference": peer.equalized_odds_difference(),
        "accuracy_parity_difference": -peer.error_rate_difference(),
        "predictive_parity_difference": -peer.false_discovery_rate_difference(),
    }
    for name, expected in contrasts.items():
        assert metrics.DEFINITIONS[name].function(table, 0)[1] == pytest.approx(expected, abs=1e-12), name
    everyone = table.sum(axis=0)
    for alpha in (0.5, 1, 2, 3):
        found = metrics.generalized_entropy(everyone, alpha)
        assert found == pytest.approx(peer.generalized_entropy_index(alpha), abs=1e-12)
        between = metrics.between_group_entropy(table, alpha)
        assert between == pytest.approx(peer.between_all_groups_generalized_entropy_index(alpha), abs=1e-12)
    assert metrics.theil(everyone) == pytest.approx(peer.theil_index(), abs=1e-12)
    assert metrics.negative_predictive_value(everyone) == pytest.approx(peer.negative_predictive_value())
    assert metrics.base_rate(everyone) == pytest.approx(peer.base_rate())


@pytest.mark.slow
@fewer
@given(seeds)
def test_consistency_is_that_of_aif360_which_counts_the_row_itself(seed: int) -> None:
    """With k others and the row itself, 1 - AIF360(k + 1) = k / (k + 1) (1 - ours(k)); features without ties."""
    logging.getLogger().setLevel(logging.ERROR)
    peer = pytest.importorskip("aif360.sklearn.metrics", reason="aif360 is not installed")
    rng = np.random.default_rng(seed)
    points, chosen = rng.normal(size=(60, 3)), rng.integers(0, 2, 60)
    for k in (1, 4, 7):
        theirs = peer.consistency_score(points, chosen, n_neighbors=k + 1)
        assert 1 - theirs == pytest.approx(k / (k + 1) * (1 - metrics.consistency(chosen, points, k)), abs=1e-12)


@pytest.mark.slow
@few
@given(seeds, st.booleans())
def test_scores_are_judged_as_scikit_learn_does(seed: int, ties: bool) -> None:
    scores, positive, _ = scored(seed, ties=ties)
    weights = np.random.default_rng(seed).random(len(scores)) + 0.1
    assert metrics.auc(scores, positive) == pytest.approx(learn.roc_auc_score(positive, scores), abs=1e-12)
    assert metrics.auc(scores, positive, weights) == pytest.approx(
        learn.roc_auc_score(positive, scores, sample_weight=weights), abs=1e-12
    )
    assert metrics.brier(scores, positive, weights) == pytest.approx(
        learn.brier_score_loss(positive, scores, sample_weight=weights), abs=1e-12
    )
    curve, theirs = metrics.roc(scores, positive), learn.roc_curve(positive, scores, drop_intermediate=False)
    assert curve is not None
    for own, expected in zip(curve, theirs, strict=True):
        assert own == pytest.approx(expected, abs=1e-12)
    calibration = pytest.importorskip("sklearn.calibration")
    bins = metrics.calibration_bins(scores, positive)
    full = bins.rows > 0
    if not ties:  # a score on an edge goes to the bin below it in scikit-learn
        shares, means = calibration.calibration_curve(positive, scores, n_bins=10)
        assert bins.positives[full] / bins.rows[full] == pytest.approx(shares, abs=1e-12)
        assert bins.score[full] == pytest.approx(means, abs=1e-12)


@pytest.mark.slow
@few
@given(seeds, st.booleans())
def test_recalibration_is_the_unpenalised_logistic_regression(seed: int, ties: bool) -> None:
    from scipy.optimize import minimize
    from scipy.special import logit

    scores, positive, _ = scored(seed, ties=ties)
    x = logit(np.clip(scores, 1e-6, 1 - 1e-6))

    def loss(line: Array) -> float:
        linear = line[0] + line[1] * x
        return float((np.logaddexp(0, linear) - positive * linear).sum())

    best = minimize(loss, [0.0, 0.5], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-12, "maxiter": 4000})
    intercept, slope = metrics.recalibration(scores, positive)
    assert loss(np.array([intercept, slope])) <= best.fun + 1e-9
    chance = 1 / (1 + np.exp(-(intercept + slope * x)))
    assert [(positive - chance).sum(), ((positive - chance) * x).sum()] == pytest.approx([0, 0], abs=1e-6)


@pytest.mark.slow
@few
@given(seeds)
def test_several_classes_are_judged_as_scikit_learn_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    true, decided = rng.integers(0, 4, 60), rng.integers(0, 4, 60)
    true[:4], decided[:4] = range(4), range(4)
    table, options = metrics.confusion(true, decided, 4)[0], {"average": "macro"}
    assert table.tolist() == learn.confusion_matrix(true, decided).tolist()
    rest = learn.multilabel_confusion_matrix(true, decided).reshape(4, 4)
    assert metrics.one_against_rest(table).tolist() == rest.tolist()
    assert metrics.macro_recall(table) == pytest.approx(learn.recall_score(true, decided, **options))
    assert metrics.macro_recall(table) == pytest.approx(learn.balanced_accuracy_score(true, decided))
    assert metrics.macro_precision(table) == pytest.approx(learn.precision_score(true, decided, **options))
    assert metrics.macro_f1(table) == pytest.approx(learn.f1_score(true, decided, **options))
    assert metrics.micro_f1(table) == pytest.approx(learn.f1_score(true, decided, average="micro"))
    assert metrics.multiclass_accuracy(table) == pytest.approx(learn.accuracy_score(true, decided))
    assert metrics.class_recall(table) == pytest.approx(learn.recall_score(true, decided, average=None))
    assert metrics.class_precision(table) == pytest.approx(learn.precision_score(true, decided, average=None))


@pytest.mark.slow
@few
@given(seeds)
def test_numbers_are_judged_as_scikit_learn_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    true, weights = rng.normal(size=50), rng.random(50) + 0.1
    predicted = true + rng.normal(size=50)
    given_weights = {"sample_weight": weights}
    for name in ("root_mean_squared_error", "mean_absolute_error", "r2"):
        peer = getattr(learn, f"{name}_score" if name == "r2" else name)
        value = metrics.DEFINITIONS[name].function
        assert value(predicted, true) == pytest.approx(peer(true, predicted), abs=1e-12)
        assert value(predicted, true, weights) == pytest.approx(peer(true, predicted, **given_weights), abs=1e-12)


@pytest.mark.slow
@few
@given(seeds)
def test_abroca_is_the_integral_on_a_fine_grid_and_at_least_the_gap_in_auc(seed: int) -> None:
    scores, positive, codes = scored(seed, ties=seed % 2 == 0)
    a, b = codes == 0, codes == 1
    area = metrics.abroca(scores[a], positive[a], scores[b], positive[b])
    grid, heights = (np.arange(200_000) + 0.5) / 200_000, []
    for own in (a, b):
        curve = metrics.roc(scores[own], positive[own])
        assert curve is not None
        heights.append(np.interp(grid, curve.false_positive_rate, curve.true_positive_rate))
    assert area == pytest.approx(np.abs(heights[0] - heights[1]).mean(), abs=1e-4)
    gap = metrics.auc(scores[a], positive[a]) - metrics.auc(scores[b], positive[b])
    assert area >= abs(gap) - 1e-12
    assert metrics.abroca(scores[a], positive[a], scores[a], positive[a]) == 0


@few
@given(seeds)
def test_thresholds_count_as_selecting_by_hand_does(seed: int) -> None:
    scores, positive, codes = scored(seed, ties=True)
    cuts = np.random.default_rng(seed).permutation(np.arange(-1, 10) / 8)
    found = metrics.threshold_counts(scores, positive, cuts, codes, 3)
    for cut, table in zip(cuts, found, strict=True):
        assert table.tolist() == metrics.counts(positive, scores >= cut, codes, 3).tolist()
