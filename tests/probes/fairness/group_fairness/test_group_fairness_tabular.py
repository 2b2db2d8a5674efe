"""Tabular models: what they are asked, what changes with the group alone, whether like rows are decided alike."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from decision_tables import ask, audit, metric, table_of, value
from sklearn.neighbors import NearestNeighbors

from fairwitness.audit.errors import BadOption
from fairwitness.audit.metrics.individual import neighbour_distances
from fairwitness.audit.records import Cell, Estimate, Undefined
from fairwitness.audit.requests import Answer, Predict, Prediction, Unanswered

Rows = dict[str, list[Cell]]


def people(rows: int = 200) -> Rows:
    """Income in thousands from 0 to 99, in turn; sex as text, region as a number."""
    return {
        "sex": ["m", "f"] * (rows // 2),
        "region": [at % 4 for at in range(rows)],
        "income": [(7 * at) % 100 for at in range(rows)],
        "paid": [int((7 * at) % 100 >= 50) for at in range(rows)],
        "name": [f"person {at}" for at in range(rows)],
    }


def blind(cells: Mapping[str, Cell]) -> Answer:
    income = cells["income"]
    assert isinstance(income, int)
    return Prediction(str(int(income >= 50)), scores=(("0", 0.3), ("1", 0.7)))


def harder_on_women(cells: Mapping[str, Cell]) -> Answer:
    income = cells["income"]
    assert isinstance(income, int)
    return Prediction(str(int(income >= (60 if cells["sex"] == "f" else 40))))


@pytest.mark.proof
def test_a_tabular_model_is_sent_the_cells_of_every_row_by_name() -> None:
    _, asked = ask(people(), blind, label="paid", id="name")
    assert asked[0][3] == Predict((("sex", "f"), ("region", 3), ("income", 21)))
    assert len(asked[0]) == 200
    _, named = ask(people(), blind, label="paid", features="income,region")
    assert named[0][3] == Predict((("income", 21), ("region", 3)))
    with pytest.raises(BadOption, match=r"feature column 'incme' is not in the table.*did you mean 'income'"):
        ask(people(), blind, label="paid", features="incme")


@pytest.mark.slow
def test_the_probability_of_the_counted_outcome_is_the_score() -> None:
    found, _ = ask(people(), blind, label="paid", id="name", favourable="0")
    assert table_of(found, "decisions")[0]["score"] == 0.3


@pytest.mark.proof
def test_flips_of_a_planted_rule_are_counted_exactly() -> None:
    """Between 40 and 59 thousand the decision hangs on sex alone: one person in five."""
    found, asked = ask(people(), harder_on_women, label="paid", id="name", groups="sex,region")
    assert value(found, "counterfactual_flip_rate", column="sex") == pytest.approx(0.2)
    none = metric(found, "counterfactual_flip_rate", column="region").estimate
    assert isinstance(none, Estimate)
    assert none.value == 0
    assert 0 < none.high < 0.03
    assert len(asked[1]) == 200 * (1 + 3)
    rows = table_of(found, "flips")
    assert len(rows) == 40
    for row in rows:
        assert row["column"] == "sex"
        assert {row["group"], row["changed to"]} == {"f", "m"}
        assert (row["decision"], row["decision after"]) == (("0", "1") if row["group"] == "f" else ("1", "0"))
    changed = dict(asked[1][-1].features)
    assert isinstance(changed["region"], int)


@pytest.mark.proof
def test_flips_are_bounded_and_the_choice_is_chance_with_a_seed() -> None:
    found, asked = ask(people(), harder_on_women, label="paid", flips=50)
    again, asked_again = ask(people(), harder_on_women, label="paid", flips=50)
    assert len(asked[1]) == 50
    assert (asked, found) == (asked_again, again)
    assert any("50 of 200 rows, chosen by chance" in note for note in found.notes)
    estimate = metric(found, "counterfactual_flip_rate", column="sex").estimate
    assert isinstance(estimate, Estimate)
    assert estimate.low < 0.2 < estimate.high
    _, once = ask(people(), harder_on_women, label="paid", flips=0)
    assert len(once) == 1


@pytest.mark.slow
def test_a_column_that_is_not_sent_is_not_changed() -> None:
    found, asked = ask(people(), blind, label="paid", features="income")
    assert len(asked) == 1
    rate = metric(found, "counterfactual_flip_rate", column="sex").estimate
    assert isinstance(rate, Undefined)
    assert (rate.kind, "not sent to the model" in rate.reason) == ("not_asked", True)
    assert any("'sex' is not sent to the model" in note for note in found.notes)


@pytest.mark.slow
def test_unanswered_changes_are_left_out() -> None:
    rounds = 0

    def silent(cells: Mapping[str, Cell]) -> Answer:
        nonlocal rounds
        rounds += 1
        return blind(cells) if rounds <= 200 else Unanswered("lost")

    found, _ = ask(people(), silent, label="paid")
    assert metric(found, "counterfactual_flip_rate", column="sex").estimate == Undefined(
        "not estimable: no changed row was answered"
    )
    assert value(found, "accuracy") == 1


@pytest.mark.slow
def test_a_regressor_is_asked_how_far_its_number_moves() -> None:
    def paying(cells: Mapping[str, Cell]) -> Answer:
        income = cells["income"]
        assert isinstance(income, int)
        return Prediction(repr(income + (2.5 if cells["sex"] == "m" else 0.0)))

    rows = people()
    rows["paid"] = [at + 0.5 for at in range(200)]
    found, _ = ask(rows, paying, label="paid", id="name")
    assert value(found, "counterfactual_change", column="sex") == pytest.approx(2.5)
    assert value(found, "mean_prediction_difference", sex="m") == pytest.approx(2.5 - 1.0)


def test_consistency_is_that_of_the_nearest_neighbours_of_scikit_learn() -> None:
    rng = np.random.default_rng(2)
    features = rng.normal(size=(120, 2))
    colour = rng.integers(0, 3, 120)
    rows: Rows = {
        "sex": ["m", "f"] * 60,
        "a": (5 * features[:, 0]).tolist(),
        "b": features[:, 1].tolist(),
        "colour": [("red", "green", "blue")[at] for at in colour],
        "prediction": rng.integers(0, 2, 120).tolist(),
    }
    found = audit(rows, features="a,b,colour,sex", neighbours=4)
    points = np.hstack([features / features.std(axis=0), np.sqrt(2) * np.eye(3)[colour]])
    near = NearestNeighbors(n_neighbors=5).fit(points).kneighbors(points, return_distance=False)[:, 1:]
    decided = np.array(rows["prediction"])
    expected = 1 - float(np.abs(decided - decided[near].mean(axis=1)).mean())
    assert value(found, "consistency") == pytest.approx(expected)
    estimate = metric(found, "consistency").estimate
    assert isinstance(estimate, Estimate)
    assert estimate.low < expected < estimate.high


@pytest.mark.proof
def test_a_rule_of_income_is_consistent_and_chance_is_not() -> None:
    rng = np.random.default_rng(4)
    tossed: dict[Cell, Answer] = {f"person {at}": Prediction(str(rng.integers(0, 2))) for at in range(200)}
    rule, _ = ask(people(), blind, label="paid", features="income,sex,name")
    chance, _ = ask(people(), lambda cells: tossed[cells["name"]], label="paid", features="income,sex,name")
    assert value(rule, "consistency") > 0.97
    assert value(chance, "consistency") < 0.7
    assert any("texts too many to compare are left out ('name')" in note for note in rule.notes)


@pytest.mark.slow
def test_large_tables_are_sampled_for_likeness_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fairwitness.probes.fairness.group_fairness.individual.MOST_ROWS", 80)
    found, _ = ask(people(), blind, label="paid", id="name")
    estimate = metric(found, "consistency").estimate
    assert isinstance(estimate, Estimate)
    assert estimate.n == 80
    assert any("80 rows chosen by chance" in note for note in found.notes)
    without = audit(people() | {"prediction": people()["paid"]})
    assert not [one for one in without.metrics if one.name == "consistency"]


def test_the_interval_of_consistency_knows_that_rows_share_neighbours() -> None:
    """As if independent, rows give intervals that hold the truth 85 to 90 times in 100; these err on the wide side."""
    rng = np.random.default_rng(6)
    points = rng.normal(size=(120, 3))
    chance = 1 / (1 + np.exp(-3 * points[:, 0]))
    found = []
    for _ in range(300):
        distances, moved = neighbour_distances(rng.random(120) < chance, points, 5)
        found.append((1 - float(distances.mean()), float(moved.std(ddof=1)) / math.sqrt(120)))
    values, errors = np.array(found).T
    held = np.mean(np.abs(values - values.mean()) <= 1.96 * errors)
    assert held >= 0.95
    assert errors.mean() < 2 * values.std()
