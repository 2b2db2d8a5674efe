"""Scores by group: values by hand and by scikit-learn, intervals by simulation, curves against plain counting."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np
import numpy.typing as npt
import pytest
from decision_tables import table
from labels import labels_of

from fairwitness.audit.records import Cell, Estimate, Evidence, Metric, Undefined
from fairwitness.audit.requests import Prediction
from fairwitness.audit.stats.decisions.calibration import calibration_error
from fairwitness.audit.stats.decisions.scored import Scored
from fairwitness.probes.fairness.group_fairness.curves import CORNERS, STEPS, analysis
from fairwitness.probes.fairness.group_fairness.score_metrics import roc_distance, slope_estimate
from fairwitness.probes.kit.decisions.outcomes import decide
from fairwitness.probes.kit.decisions.partition import Limits
from fairwitness.probes.kit.decisions.partitions import partitions
from fairwitness.probes.kit.decisions.table import ColumnRoles, DecisionTable

Floats = npt.NDArray[np.float64]
LIMITS = Limits(30, 10)
Found = tuple[list[Metric], list[Evidence], list[str]]


def analysed(
    groups: Sequence[Cell], scores: Sequence[float | None], truth: Sequence[Cell], decided: Sequence[int] | None = None
) -> Found:
    """The analysis of one group column; without decisions a row is selected from a score of 0.5 on."""
    chosen = decided if decided is not None else [int((score or 0) >= 0.5) for score in scores]
    frame = DecisionTable(table({"sex": groups, "y": truth}), ColumnRoles(("sex",), "y"))
    outcomes = decide(frame, [Prediction(str(one), score) for one, score in zip(chosen, scores, strict=True)])
    parts = partitions(frame, outcomes, {}, LIMITS, crossed=True)
    return analysis(frame, outcomes, parts, 0)


def world(sizes: tuple[int, ...] = (400, 300), names: Sequence[str] = "abcdefgh") -> tuple[list[str], Floats, Floats]:
    """Groups whose scores are their true probabilities."""
    rng = np.random.default_rng(0)
    groups = [name for name, size in zip(names, sizes, strict=False) for _ in range(size)]
    scores = np.round(rng.beta(2, 2, len(groups)), 4)
    return groups, scores, (rng.random(len(groups)) < scores).astype(np.float64)


@pytest.fixture(scope="module")
def found() -> Found:
    groups, scores, truth = world()
    return analysed(groups, scores.tolist(), truth.astype(int).tolist())


def one(found: Found, name: str, **by: str) -> Metric:
    [metric] = [metric for metric in found[0] if metric.name == name and labels_of(metric) == by]
    return metric


def number(found: Found, name: str, **by: str) -> float:
    estimate = one(found, name, **by).estimate
    assert isinstance(estimate, Estimate)
    return estimate.value


def piece(found: Found, id: str) -> Evidence:
    [evidence] = [evidence for evidence in found[1] if evidence.id == id]
    return evidence


def plain(cell: Cell) -> float:
    assert isinstance(cell, int | float)
    return float(cell)


def rows_of(evidence: Evidence, label: str | None) -> list[tuple[Cell, ...]]:
    return [row for row in evidence.rows if row[0] == label]


@pytest.mark.slow
def test_values_are_those_of_scikit_learn(found: Found) -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    groups, scores, truth = world()
    own = {name: np.array(groups) == name for name in "ab"}
    for name, rows in own.items():
        assert number(found, "auc", sex=name) == pytest.approx(sklearn.roc_auc_score(truth[rows], scores[rows]))
        assert number(found, "brier", sex=name) == pytest.approx(sklearn.brier_score_loss(truth[rows], scores[rows]))
        assert number(found, "mean_score", sex=name) == pytest.approx(scores[rows].mean())
    assert number(found, "auc") == pytest.approx(sklearn.roc_auc_score(truth, scores))
    difference = number(found, "auc_difference", sex="b", against="a")
    assert difference == pytest.approx(number(found, "auc", sex="b") - number(found, "auc", sex="a"))


def test_slope_and_its_interval_are_those_of_the_likelihood() -> None:
    """The maximum of the likelihood: its score is 0, and the standard error is that of the numeric curvature."""
    groups, scores, truth = world()
    rows = np.array(groups) == "a"
    found_slope = slope_estimate(Scored(scores[rows], truth[rows] > 0))
    assert isinstance(found_slope, Estimate)
    x = np.log(scores[rows] / (1 - scores[rows]))

    def loss(intercept: float, slope: float) -> float:
        eta = intercept + slope * x
        return float((np.logaddexp(0, eta) - truth[rows] * eta).sum())

    from scipy.optimize import minimize

    def of_point(point: Floats) -> float:
        return loss(float(point[0]), float(point[1]))

    best = minimize(of_point, np.array([0.0, 1.0]), method="BFGS", tol=1e-9)
    assert found_slope.value == pytest.approx(best.x[1], abs=1e-5)
    step = 1e-3
    curvature = np.array(
        [
            [
                (loss(*(best.x + a + b)) - loss(*(best.x + a - b)) - loss(*(best.x - a + b)) + loss(*(best.x - a - b)))
                / (4 * step**2)
                for b in np.eye(2) * step
            ]
            for a in np.eye(2) * step
        ]
    )
    error = float(np.sqrt(np.linalg.inv(curvature)[1, 1]))
    assert (found_slope.high - found_slope.low) / 2 == pytest.approx(1.959964 * error, rel=1e-3)


def test_calibration_error_by_hand() -> None:
    """Bins at 0.1 (10 rows, 4 positive) and at 0.9 (30 rows, 24 positive): (10 |0.4 - 0.1| + 30 |0.8 - 0.9|) / 40."""
    scores = np.repeat([0.1, 0.9], [10, 30])
    positive = np.concatenate([np.arange(10) < 4, np.arange(30) < 24])
    estimate, expected = calibration_error(Scored(scores, positive), 0)
    assert estimate.value == pytest.approx((10 * 0.3 + 30 * 0.1) / 40)
    binomial = [sum(abs(k - n * p) * _binomial(n, p, k) for k in range(n + 1)) / 40 for n, p in ((10, 0.1), (30, 0.9))]
    assert expected == pytest.approx(sum(binomial), rel=0.05)


def _binomial(n: int, p: float, k: int) -> float:
    return comb(n, k) * p**k * (1 - p) ** (n - k)


@pytest.mark.proof
@pytest.mark.parametrize("shift", [0.0, 0.15])
@pytest.mark.parametrize("size", [40, 400])
def test_calibration_error_is_covered(shift: float, size: int) -> None:
    """True error: mean distance of true probability and score over the bins of the scores that were drawn."""
    covered = 0
    for seed in range(120):
        rng = np.random.default_rng(seed)
        scores = rng.uniform(0.0, 0.8, size)
        chance = scores + shift
        estimate, _ = calibration_error(Scored(scores, rng.random(size) < chance), 1000 + seed)
        covered += estimate.low <= shift + 1e-12 and shift <= estimate.high + 1e-12
    assert covered >= 111, f"{covered} of 120 worlds"


def test_a_bootstrap_of_the_calibration_error_would_miss_a_true_zero() -> None:
    """Why the interval is what it is: resampled errors of calibrated scores all lie above 0."""
    rng = np.random.default_rng(1)
    scores = rng.uniform(0, 1, 200)
    positive = rng.random(200) < scores
    estimate, expected = calibration_error(Scored(scores, positive), 0)
    assert estimate.low == 0.0
    assert estimate.value > 0.01
    assert expected is not None
    assert expected > 0.02


def test_distance_of_curves_by_hand() -> None:
    """One group ranked perfectly, one exactly wrongly: the curves enclose the whole square."""
    first = Scored(np.repeat([0.2, 0.8], 50), np.repeat([False, True], 50))
    second = Scored(np.repeat([0.2, 0.8], 50), np.repeat([True, False], 50))
    estimate, _ = roc_distance(first, second, 0)
    assert estimate.value == pytest.approx(1.0)
    assert 0.8 < estimate.low < 1.0, "an interval without width would claim too much"
    same, expected = roc_distance(first, first, 0)
    assert same.value == 0.0
    assert same.high > 0.0
    assert expected == pytest.approx(0.0, abs=1e-12), "resampling rows that are ranked perfectly changes nothing"


@pytest.mark.proof
def test_distance_of_curves_without_difference_holds_zero_and_is_expected_by_chance() -> None:
    holds, values, expectations = 0, [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        groups = []
        for size in (80, 200):
            positive = rng.random(size) < 0.4
            groups.append(Scored(rng.normal(positive * 1.0), positive))
        estimate, expected = roc_distance(groups[0], groups[1], 1000 + seed)
        holds += estimate.low == 0.0
        values.append(estimate.value)
        expectations.append(expected)
    assert holds >= 54, f"{holds} of 60 worlds"
    assert np.mean(expectations) == pytest.approx(np.mean(values), rel=0.15)


@pytest.mark.proof
def test_distance_of_curves_with_a_difference_is_covered() -> None:
    """Binormal groups whose true curves are known: Phi(1.5 + z) against Phi(0.5 + z) at false positive rate Phi(z)."""
    from scipy.stats import norm

    grid = np.linspace(1e-6, 1 - 1e-6, 20_001)
    true = float(np.mean(norm.cdf(1.5 + norm.ppf(grid)) - norm.cdf(0.5 + norm.ppf(grid))))
    covered = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        groups = []
        for shift in (1.5, 0.5):
            positive = rng.random(200) < 0.5
            groups.append(Scored(rng.normal(positive * shift), positive))
        estimate, _ = roc_distance(groups[0], groups[1], 1000 + seed)
        covered += estimate.low <= true <= estimate.high
    assert covered >= 57, f"{covered} of 60 worlds"


@pytest.mark.slow
def test_rates_over_thresholds_are_plain_counts(found: Found) -> None:
    groups, scores, truth = world()
    own = np.array(groups) == "b"
    for name, base, hit in (
        ("selection_rate", own, scores),
        ("true_positive_rate", own & (truth == 1), scores),
        ("false_positive_rate", own & (truth == 0), scores),
    ):
        shown = rows_of(piece(found, f"threshold-{name}-sex"), "b")
        assert STEPS <= len(shown) <= 50
        for _, cut, value, low, high, count, _ in shown:
            assert value == pytest.approx(float((hit[base] >= plain(cut)).mean()), abs=1e-6)
            assert plain(low) <= plain(value) <= plain(high)
            assert count == base.sum()
    right = rows_of(piece(found, "threshold-accuracy-sex"), "b")
    for _, cut, value, *_ in right:
        assert value == pytest.approx(float(((scores >= plain(cut)) == (truth == 1))[own].mean()), abs=1e-6)


def test_the_threshold_in_use_is_a_point_of_every_curve_and_gives_the_rates_in_use(found: Found) -> None:
    groups, scores, _ = world()
    cut = scores[scores >= 0.5].min()
    for name in "ab":
        [marked] = [row for row in rows_of(piece(found, "threshold-selection_rate-sex"), name) if row[-1] is True]
        own = np.array(groups) == name
        assert marked[1] == pytest.approx(cut)
        assert marked[2] == pytest.approx(float((scores[own] >= 0.5).mean()), abs=1e-6)
        [corner] = [row for row in rows_of(piece(found, "roc-sex"), name) if row[-1] is True]
        assert plain(corner[5]) >= cut
    assert [row[1] for row in rows_of(piece(found, "scores-sex"), None)] == [pytest.approx(cut)] * 2


@pytest.mark.proof
def test_thresholds_by_group_are_found_and_no_threshold_is_not_invented() -> None:
    groups, scores, truth = world()
    cuts = {"a": 0.4, "b": 0.6}
    decided = [int(score >= cuts[group]) for group, score in zip(groups, scores, strict=True)]
    apart = piece(analysed(groups, scores.tolist(), truth.tolist(), decided), "threshold-selection_rate-sex")
    marked = {row[0]: row[1] for row in apart.rows if row[-1] is True}
    assert marked["a"] == pytest.approx(0.4, abs=0.02)
    assert marked["b"] == pytest.approx(0.6, abs=0.02)
    assert not rows_of(apart, None), "there is no line for all"
    mixed = [at % 2 for at in range(len(groups))]
    free = piece(analysed(groups, scores.tolist(), truth.tolist(), mixed), "threshold-selection_rate-sex")
    assert not [row for row in free.rows if row[-1] is True]


def test_roc_runs_from_corner_to_corner_and_keeps_its_area(found: Found) -> None:
    shown = rows_of(piece(found, "roc-sex"), "a")
    assert len(shown) <= CORNERS + 1
    x, y = (np.array([row[at] for row in shown], dtype=np.float64) for at in (1, 2))
    assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)
    assert (np.diff(x) >= 0).all()
    assert (np.diff(y) >= 0).all()
    assert np.trapezoid(y, x) == pytest.approx(number(found, "auc", sex="a"), abs=0.01)


def test_calibration_and_distribution_count_every_row_once(found: Found) -> None:
    for id in ("calibration-sex", "scores-sex"):
        assert sum(plain(row[5]) for row in rows_of(piece(found, id), "a")) == 400
    assert sum(plain(row[2]) for row in rows_of(piece(found, "scores-sex"), "b")) == pytest.approx(1.0, abs=1e-4)
    groups, scores, truth = world()
    low = [row for row in rows_of(piece(found, "calibration-sex"), "b") if 0.1 <= plain(row[1]) < 0.2]
    own = (np.array(groups) == "b") & (scores >= 0.1) & (scores < 0.2)
    assert plain(low[0][1]) == pytest.approx(scores[own].mean(), abs=1e-6)
    assert plain(low[0][2]) == pytest.approx(truth[own].mean(), abs=1e-6)


@pytest.mark.slow
def test_small_groups_are_not_estimable_and_not_drawn() -> None:
    groups, scores, truth = world(sizes=(200, 29, 200, 40))
    truth[229:429] = 1
    truth[429:438] = 1
    truth[438:] = 0
    found = analysed(groups, scores.tolist(), truth.tolist())
    for name, reason in (
        ("b", "29 rows with a score, 30 needed"),
        ("c", "0 rows without that true outcome, 10 needed"),
        ("d", "9 rows with that true outcome, 10 needed"),
    ):
        for metric in ("auc", "brier", "expected_calibration_error", "calibration_slope"):
            assert one(found, metric, sex=name).estimate == Undefined(f"not estimable: {reason}")
        assert one(found, "auc_difference", sex=name, against="a").estimate == Undefined(f"not estimable: {reason}")
        assert one(found, "abroca", sex=name, against="a").estimate == Undefined(f"not estimable: {reason}")
        assert not rows_of(piece(found, "roc-sex"), name)
    assert isinstance(one(found, "mean_score", sex="c").estimate, Estimate), "a mean needs no outcome"
    assert "Curves by sex leave out groups that are too small: c, d, b." in found[2]


def test_a_small_reference_leaves_nothing_to_compare_with() -> None:
    groups, scores, truth = world(sizes=(60, 50))
    truth[:60] = 0
    found = analysed(groups, scores.tolist(), truth.tolist())
    reason = "not estimable: the reference group a has 0 rows with that true outcome, 10 needed"
    assert one(found, "auc_difference", sex="b", against="a").estimate == Undefined(reason)
    assert isinstance(one(found, "auc", sex="b").estimate, Estimate)


@pytest.mark.slow
def test_scores_that_are_no_probabilities_keep_what_needs_none() -> None:
    groups, scores, truth = world()
    found = analysed(groups, (scores * 10).tolist(), truth.tolist(), (scores >= 0.5).astype(int).tolist())
    own = np.array(groups) == "a"
    above = scores[own & (truth == 1)][:, None] - scores[own & (truth == 0)][None]
    assert number(found, "auc", sex="a") == pytest.approx((above > 0).mean() + (above == 0).mean() / 2)
    reason = one(found, "brier", sex="a").estimate
    assert isinstance(reason, Undefined)
    assert "rows have a score outside 0 to 1, for example row 1 (" in reason.reason
    assert isinstance(one(found, "mean_score", sex="a").estimate, Estimate)
    assert any("Brier score and calibration are left out" in note for note in found[2])
    levels = piece(found, "calibration-sex")
    assert levels.columns[1].name == "score"
    assert not rows_of(levels, None), "no diagonal without probabilities"


@pytest.mark.slow
def test_rows_without_a_score_are_left_out_and_said() -> None:
    groups, scores, truth = world()
    some: list[float | None] = [None, *scores[1:].tolist()]
    found = analysed(groups, some, truth.tolist(), (scores >= 0.5).astype(int).tolist())
    assert any("1 of 700 rows have no score, for example row 1 (None)" in note for note in found[2])
    nothing = analysed(groups, [None] * 700, truth.tolist(), (scores >= 0.5).astype(int).tolist())
    assert nothing == ([], [], [])


def test_without_true_outcomes_there_is_nothing_to_analyse() -> None:
    groups, scores, _ = world()
    assert analysed(groups, scores.tolist(), [None] * 700) == ([], [], [])


@pytest.mark.slow
def test_few_levels_are_each_a_threshold_and_a_bar() -> None:
    groups, scores, truth = world()
    found = analysed(groups, np.round(scores, 1).tolist(), truth.tolist())
    levels = sorted(set(np.round(scores, 1).tolist()))
    assert [row[1] for row in rows_of(piece(found, "threshold-accuracy-sex"), "a")] == levels
    assert [row[1] for row in rows_of(piece(found, "scores-sex"), "a")] == levels


@pytest.mark.proof
def test_many_groups_draw_the_largest() -> None:
    rng = np.random.default_rng(0)
    groups = [f"g{at % 30:02d}" for at in range(3000)]
    scores = rng.random(3000)
    found = analysed(groups, scores.tolist(), (rng.random(3000) < scores).astype(int).tolist())
    drawn = {row[0] for row in piece(found, "roc-sex").rows} - {None}
    assert len(drawn) == 24
    assert any("too small or not among the largest 24" in note for note in found[2])
    assert len([metric for metric in found[0] if metric.name == "auc"]) == 31


def test_claims_say_what_the_interval_allows(found: Found) -> None:
    unshown = one(found, "auc_difference", sex="b", against="a").claim
    assert unshown.startswith(
        "Whether the score ranks rows with sex b better or worse than rows with sex a cannot be told"
    )
    assert "would be detected in four of five cases" in unshown
    assert "Perfectly calibrated scores would give " in one(found, "expected_calibration_error", sex="a").claim
    assert "too timid cannot be told from these data" in one(found, "calibration_slope", sex="a").claim
    assert "expected by chance" in one(found, "abroca", sex="b", against="a").claim


@pytest.mark.slow
def test_equal_input_gives_equal_findings(found: Found) -> None:
    groups, scores, truth = world()
    assert analysed(groups, scores.tolist(), truth.astype(int).tolist()) == found


@pytest.mark.slow
def test_names_with_braces_are_names() -> None:
    groups, scores, truth = world(names=["{value}", "{0}"])
    found = analysed(groups, scores.tolist(), truth.tolist())
    assert "rows with sex {value}" in one(found, "auc", sex="{value}").claim


def test_no_probe_value_is_a_numpy_scalar(found: Found) -> None:
    for evidence in found[1]:
        for row in evidence.rows:
            for cell in row:
                assert cell is None or isinstance(cell, str) or type(cell) in (int, float, bool), (evidence.id, row)
