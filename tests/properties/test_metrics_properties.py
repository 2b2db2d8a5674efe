"""Metrics on random tables: against fairlearn, AIF360 and scikit-learn, and what may not change their values."""

from __future__ import annotations

import inspect
import logging
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.audit import metrics

fairlearn = pytest.importorskip("fairlearn.metrics", reason="fairlearn is not installed")
learn = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")

Array = npt.NDArray[Any]
few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
fewer = settings(few, max_examples=10)
seeds = st.integers(0, 100_000)


@st.composite
def full_tables(draw: st.DrawFn) -> Array:
    """Counts [groups, 4] with no empty cell, so that every rate of every peer is defined."""
    groups = draw(st.integers(2, 4))
    return np.array(
        draw(st.lists(st.lists(st.integers(1, 12), min_size=4, max_size=4), min_size=groups, max_size=groups))
    )


@st.composite
def tables(draw: st.DrawFn) -> Array:
    """Counts [groups, 4] in which cells and whole groups may be empty."""
    groups = draw(st.integers(1, 4))
    return np.array(
        draw(st.lists(st.lists(st.integers(0, 9), min_size=4, max_size=4), min_size=groups, max_size=groups))
    )


def rows(table: Array) -> tuple[Array, Array, Array]:
    """True outcome, decision and group of every row that the table counts."""
    groups, cells = np.divmod(np.repeat(np.arange(table.size), table.ravel()), 4)
    return cells // 2, cells % 2, groups


def scored(seed: int, *, ties: bool) -> tuple[Array, Array, Array]:
    """Scores in 0..1, true outcomes of both kinds in each group, and three groups."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(30, 200))
    scores = rng.random(n)
    if ties:
        scores = np.round(scores * 8) / 8
    codes = np.arange(n) % 3
    positive = rng.random(n) < 0.2 + 0.6 * scores
    positive[:6] = [True, True, True, False, False, False]
    return scores, positive, codes


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


@few
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


def columns(definition: metrics.Definition, seed: int) -> dict[str, Array]:
    """Random columns that suit the metric, with groups."""
    scores, positive, codes = scored(seed, ties=seed % 2 == 0)
    rng, n = np.random.default_rng(seed), len(scores)
    made: dict[str, Array] = {"groups": np.array(["x", "y", "z"])[codes]}
    first = definition.needs[0]
    decided = rng.integers(0, 2, n)
    decided[3:6] = 1  # a false positive in each group, without which treatment equality is undefined
    made["predictions"], made["references"] = decided, positive.astype(int)
    if first == "confusion":
        made["predictions"], made["references"] = rng.integers(0, 3, n), rng.integers(0, 3, n)
    if first in {"scores", "scores_a"}:
        made["predictions"] = scores
    if first == "predicted":
        made["predictions"], made["references"] = rng.normal(size=n), rng.normal(size=n)
    if "features" in definition.needs:
        made["features"] = rng.integers(0, 4, (n, 2)).astype(float)
    if "twins" in definition.needs:
        made["counterfactuals"] = rng.integers(0, 2, (n, 2))
    return made


def flat(values: metrics.Values) -> list[float]:
    """All numbers of a result, those of groups in the order of their names."""
    parts = [np.ravel(part) for part in (values.overall, values.by_group) if part is not None]
    return [float(number) for part in parts for number in part]


every = pytest.mark.parametrize("definition", metrics.DEFINITIONS.values(), ids=metrics.DEFINITIONS)


@every
@fewer
@given(seed=seeds)
def test_every_value_lies_in_its_range_and_no_group_is_compared_with_itself_unequal(
    definition: metrics.Definition, seed: int
) -> None:
    found = metrics.of_rows(definition, **columns(definition, seed))
    values = np.array(flat(found))
    known = values[~np.isnan(values)]
    assert known.size
    assert definition.low - 1e-12 <= known.min() <= known.max() <= definition.high + 1e-12
    if metrics.compares_groups(definition) and definition.kind != "gap":
        assert found.by_group is not None
        own = found.by_group[found.groups.index(found.reference)]
        assert own == pytest.approx(definition.ideal, nan_ok=True)


@every
@fewer
@given(seed=seeds)
def test_the_order_of_rows_changes_nothing(definition: metrics.Definition, seed: int) -> None:
    made = columns(definition, seed)
    order = np.random.default_rng(seed + 1).permutation(len(made["groups"]))
    turned = {name: column[order] for name, column in made.items()}
    before, after = metrics.of_rows(definition, **made), metrics.of_rows(definition, **turned)
    assert flat(before) == pytest.approx(flat(after), abs=1e-9, nan_ok=True)


@every
@fewer
@given(seed=seeds)
def test_new_names_for_groups_move_values_and_change_none(definition: metrics.Definition, seed: int) -> None:
    made = columns(definition, seed)
    names = {"x": "n", "y": "l", "z": "m"}
    renamed = {**made, "groups": np.array([names[name] for name in made["groups"]])}
    before, after = (
        metrics.of_rows(definition, **each, reference=name) for each, name in ((made, "y"), (renamed, "l"))
    )
    if before.overall is not None:
        assert after.overall == pytest.approx(before.overall, abs=1e-12, nan_ok=True)
    if before.by_group is not None and after.by_group is not None:
        places = [after.groups.index(names[name]) for name in before.groups]
        assert after.by_group[places] == pytest.approx(before.by_group, abs=1e-12, nan_ok=True)


REPEATED = [one for one in metrics.DEFINITIONS.values() if one.name != "consistency"]
"""A copy of a row is its nearest neighbour, so consistency must rise when every row comes twice."""


@pytest.mark.parametrize("definition", REPEATED, ids=lambda one: one.name)
@fewer
@given(seed=seeds)
def test_every_row_twice_changes_nothing_but_the_number_of_rows(definition: metrics.Definition, seed: int) -> None:
    made = columns(definition, seed)
    twice = {name: np.concatenate([column, column]) for name, column in made.items()}
    before, after = flat(metrics.of_rows(definition, **made)), flat(metrics.of_rows(definition, **twice))
    factor = 2 if definition.name == "n" else 1
    assert after == pytest.approx(factor * np.array(before), abs=1e-9, nan_ok=True)


WEIGHTED = [one for one in metrics.DEFINITIONS.values() if "weights" in inspect.signature(one.function).parameters]


@pytest.mark.parametrize("definition", WEIGHTED, ids=lambda one: one.name)
@fewer
@given(seed=seeds)
def test_whole_number_weights_are_repetition(definition: metrics.Definition, seed: int) -> None:
    made = columns(definition, seed)
    taken: list[Any] = [made["predictions"]]
    taken += [np.float64(0.4)] if "median" in definition.needs else []
    taken += [made["references"]] if len(definition.needs) > len(taken) else []
    weights = np.random.default_rng(seed).integers(0, 4, len(made["groups"]))
    repeated = [np.repeat(column, weights) if np.ndim(column) else column for column in taken]
    weighted = definition.function(*taken, weights=weights)
    assert weighted == pytest.approx(definition.function(*repeated), abs=1e-9, nan_ok=True)


@few
@given(seeds)
def test_counts_and_bins_and_curves_take_weights_as_repetition(seed: int) -> None:
    scores, positive, codes = scored(seed, ties=True)
    weights = np.random.default_rng(seed).integers(0, 4, len(scores))
    more = [np.repeat(column, weights) for column in (scores, positive, codes)]
    assert metrics.counts(positive, scores > 0.5, codes, 3, weights).tolist() == (
        metrics.counts(more[1], more[0] > 0.5, more[2], 3).tolist()
    )
    assert metrics.median_score(scores, weights) == metrics.median_score(more[0])
    assert metrics.median_score(scores) == np.median(scores)
    for equal in ("width", "mass"):
        ours = metrics.calibration_bins(scores, positive, weights, equal=equal)
        theirs = metrics.calibration_bins(more[0], more[1], equal=equal)
        assert ours.rows.tolist() == theirs.rows.tolist()
        assert ours.score == pytest.approx(theirs.score, nan_ok=True)
    cuts = [0.25, 0.5]
    assert metrics.threshold_counts(scores, positive, cuts, codes, 3, weights).tolist() == (
        metrics.threshold_counts(more[0], more[1], cuts, more[2], 3).tolist()
    )
    assert metrics.histogram(scores, [0, 0.5, 1], weights) == pytest.approx(metrics.histogram(more[0], [0, 0.5, 1]))
    decided = (scores > 0.5).astype(int)
    assert metrics.confusion(positive, decided, 2, codes, 3, weights).tolist() == (
        metrics.confusion(more[1], (more[0] > 0.5).astype(int), 2, more[2], 3).tolist()
    )


@few
@given(tables())
def test_counting_the_other_outcome_mirrors_every_rate(table: Array) -> None:
    other = table[:, ::-1]  # tn, fp, fn, tp become tp, fn, fp, tn
    pairs = {
        "true_positive_rate": "true_negative_rate",
        "false_positive_rate": "false_negative_rate",
        "positive_predictive_value": "negative_predictive_value",
        "accuracy": "accuracy",
        "balanced_accuracy": "balanced_accuracy",
        "n": "n",
    }
    for one, two in pairs.items():
        mirrored = metrics.DEFINITIONS[two].function(other)
        assert metrics.DEFINITIONS[one].function(table) == pytest.approx(mirrored, nan_ok=True)
    for name in ("selection_rate", "base_rate"):
        mirrored = 1 - metrics.DEFINITIONS[name].function(other)
        assert metrics.DEFINITIONS[name].function(table) == pytest.approx(mirrored, nan_ok=True)
    for name in ("demographic_parity_difference", "average_odds_difference"):
        mirrored = -metrics.DEFINITIONS[name].function(other, 0)
        assert metrics.DEFINITIONS[name].function(table, 0) == pytest.approx(mirrored, abs=1e-12, nan_ok=True)


@few
@given(seeds)
def test_only_the_order_of_scores_matters_to_ranking(seed: int) -> None:
    scores, positive, codes = scored(seed, ties=True)
    turned = np.exp(3 * scores) - 7
    assert metrics.auc(turned, positive) == metrics.auc(scores, positive)
    assert metrics.auc(-scores, positive) == pytest.approx(1 - metrics.auc(scores, positive), abs=1e-12)
    assert metrics.auc(scores, ~positive) == pytest.approx(1 - metrics.auc(scores, positive), abs=1e-12)
    a, b = codes == 0, codes == 1
    assert metrics.abroca(turned[a], positive[a], scores[b], positive[b]) == pytest.approx(
        metrics.abroca(scores[a], positive[a], scores[b], positive[b]), abs=1e-12
    )
    median = metrics.median_score(scores)
    above = scores[scores > median]
    cut = (median + above.min()) / 2 if above.size else median + 1
    assert metrics.scoring_rate(turned, float(np.exp(3 * cut) - 7)) == metrics.scoring_rate(scores, median)


@few
@given(tables())
def test_extra_axes_change_nothing(table: Array) -> None:
    """A bootstrap puts its draws before the groups; every formula of counts must bear that."""
    draws = np.stack([table, table[::-1], 2 * table])
    for definition in metrics.DEFINITIONS.values():
        if definition.needs[0] == "counts":
            extra = (0,) if "reference" in definition.needs else ()
            whole = definition.function(draws, *extra)
            for draw, value in zip(draws, whole, strict=True):
                assert value == pytest.approx(definition.function(draw, *extra), nan_ok=True)


@few
@given(tables())
def test_shares_are_the_rates_they_stand_for(table: Array) -> None:
    for name, share in metrics.SHARES.items():
        hits, base = share.of(table)
        value = metrics.DEFINITIONS[name].function(table)
        assert np.isnan(value).tolist() == (base == 0).tolist()
        assert np.nan_to_num(value) * base == pytest.approx(np.where(base > 0, hits, 0))
        assert not math.isnan(float(hits.sum()))
