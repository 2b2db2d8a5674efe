"""Rows of one person (option id): intervals, tests and least sizes stand on people."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from decision_tables import Columns, ask, audit, metric, table_of

from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.audit.requests import Prediction
from fairwitness.probes.fairness.group_fairness import PROBE
from organisms import as_in_a_run

Rng = np.random.Generator
RATES = ("selection_rate", "true_positive_rate", "false_positive_rate", "accuracy", "positive_predictive_value")
NOT_OF_PEOPLE = ("theil", "generalized_entropy", "abroca")


def persons(count: int, seed: int = 3) -> dict[str, list[Any]]:
    """One row a person: two sexes, two ages, what is true, decided and scored."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, count)
    score = np.clip(0.3 + 0.4 * truth + rng.normal(0, 0.2, count), 0.01, 0.99)
    return {
        "pid": [f"p{at}" for at in range(count)],
        "sex": np.array(["f", "m"])[np.arange(count) % 2].tolist(),
        "age": np.array(["old", "young"])[np.arange(count) // 2 % 2].tolist(),
        "y": truth.tolist(),
        "prediction": (score > 0.5).astype(int).tolist(),
        "score": score.tolist(),
    }


def times(columns: Columns, often: int) -> dict[str, list[Any]]:
    """Every row so many times."""
    return {name: [cell for cell in cells for _ in range(often)] for name, cells in columns.items()}


def found(columns: Columns, **options: Any) -> Findings:
    return audit(columns, label="y", groups=("sex", "age"), **options)


def same(one: Metric, other: Metric) -> bool:
    return one.key == other.key


@pytest.mark.proof
def test_rows_that_only_repeat_a_person_add_nothing_to_a_rate() -> None:
    """Five equal rows a person: every rate, difference, ratio and gap has the interval of one row a person."""
    once, often = found(persons(400)), found(times(persons(400), 5), id="pid")
    compared = 0
    for metric_once in once.metrics:
        repeated = next(one for one in often.metrics if same(one, metric_once))
        plain, clustered = metric_once.estimate, repeated.estimate
        if not metric_once.name.startswith(RATES) or metric_once.name.endswith("_wrong_labels"):
            continue
        if isinstance(plain, Undefined):
            continue
        assert isinstance(clustered, Estimate), repeated
        assert (clustered.value, clustered.low, clustered.high) == pytest.approx((plain.value, plain.low, plain.high))
        assert [rung.low for rung in clustered.wider] == pytest.approx([rung.low for rung in plain.wider])
        compared += 1
    assert compared > 60


@pytest.mark.proof
def test_without_an_id_the_same_rows_look_like_as_many_people() -> None:
    """What the id is for: without it the interval is less than half as wide."""
    columns = times(persons(400), 5)
    blind = metric(found(columns), "selection_rate_difference", sex="m").estimate
    told = metric(found(columns, id="pid"), "selection_rate_difference", sex="m").estimate
    assert isinstance(blind, Estimate)
    assert isinstance(told, Estimate)
    assert told.high - told.low > 2 * (blind.high - blind.low)


@pytest.mark.proof
def test_ids_that_do_not_repeat_change_nothing() -> None:
    plain, named = found(persons(200)), found(persons(200), id="pid")
    assert [one.estimate for one in named.metrics] == [one.estimate for one in plain.metrics]


@pytest.mark.proof
def test_no_metric_keeps_the_interval_of_rows() -> None:
    """Whatever is measured of repeated rows is as wide as that of one row a person, or says why there is none."""
    once, often = found(persons(400)), found(times(persons(400), 5), id="pid")
    kept = {one.name for one in often.metrics if isinstance(one.estimate, Estimate)}
    assert {
        "auc",
        "brier",
        "expected_calibration_error",
        "calibration_slope",
        "mean_score",
        "balanced_accuracy",
    } <= kept
    for plain in once.metrics:
        repeated = next(one for one in often.metrics if same(one, plain))
        if isinstance(plain.estimate, Undefined):
            continue
        if isinstance(repeated.estimate, Undefined):
            assert plain.name.startswith(NOT_OF_PEOPLE), plain.name
            assert "people have several rows" in repeated.estimate.reason
            continue
        width = plain.estimate.high - plain.estimate.low
        assert repeated.estimate.high - repeated.estimate.low > 0.9 * width, plain


@pytest.mark.proof
def test_numbers_and_flips_stand_on_people_too() -> None:
    columns = persons(120)
    columns["y"] = np.random.default_rng(1).normal(size=120).round(3).tolist()
    columns["prediction"] = np.random.default_rng(2).normal(size=120).round(3).tolist()
    del columns["score"]
    once, often = (
        audit(one, label="y", kind="regression", id="pid", groups="sex") for one in (columns, times(columns, 6))
    )
    for name in ("mean_residual", "root_mean_squared_error", "mean_prediction", "mean_residual_difference"):
        by = {"sex": "m"}
        plain, clustered = (metric(one, name, **by).estimate for one in (once, often))
        assert isinstance(plain, Estimate)
        assert isinstance(clustered, Estimate)
        assert clustered.high - clustered.low > 0.9 * (plain.high - plain.low)

    def model(cells: Any) -> Prediction:
        return Prediction(str(int(cells["sex"] == "m" and int(cells["mark"]) % 4 == 0)))

    rows: dict[str, list[Any]] = {name: persons(60)[name] for name in ("pid", "sex", "y")}
    rows["mark"] = list(range(60))
    options = {"label": "y", "groups": "sex", "id": "pid", "features": ("sex", "mark")}
    plain, clustered = (
        metric(ask(one, model, **options)[0], "counterfactual_flip_rate", column="sex").estimate
        for one in (rows, times(rows, 5))
    )
    assert isinstance(plain, Estimate)
    assert isinstance(clustered, Estimate)
    assert (clustered.low, clustered.high) == pytest.approx((plain.low, plain.high))


@pytest.mark.proof
def test_least_sizes_count_people() -> None:
    """Twenty people with ten rows each are 20, not 200; nine people with the outcome are nine."""
    columns = times(persons(200), 10)
    few = {name: cells[:400] for name, cells in columns.items()}
    why = metric(found(few, id="pid"), "selection_rate", sex="f").estimate
    assert why == Undefined("not estimable: 20 people, 30 needed")
    assert isinstance(metric(found(few), "selection_rate", sex="f").estimate, Estimate)
    rare = persons(200)
    rare["y"] = [int(at < 18) for at in range(200)]
    why = metric(found(times(rare, 10), id="pid"), "true_positive_rate", sex="f").estimate
    assert isinstance(why, Undefined)
    assert "9 people with rows with that true outcome, 10 needed" in why.reason


@pytest.mark.proof
def test_gaps_of_people_are_not_tested_by_exchanging_rows() -> None:
    often = found(times(persons(400), 5), id="pid")
    assert {row["p-value"] for row in table_of(often, "gaps")} == {None}
    assert "people have several rows" in metric(often, "selection_rate_gap", groups="sex").claim


@pytest.mark.slow
def test_a_person_in_two_groups_counts_in_both_and_ties_them() -> None:
    """Each person has a row as f and one as m, selected in exactly one of them: the difference varies twice as much."""
    rng = np.random.default_rng(5)
    chosen = rng.integers(0, 2, 200)
    columns: dict[str, list[Any]] = {
        "pid": [f"p{at}" for at in range(200) for _ in range(2)],
        "sex": ["f", "m"] * 200,
        "prediction": [int(cell) for one in chosen for cell in (one, 1 - one)],
        "y": rng.integers(0, 2, 400).tolist(),
    }
    found = audit(columns, label="y", id="pid")
    told = metric(found, "selection_rate_difference", sex="m").estimate
    alone = metric(audit(columns, label="y"), "selection_rate_difference", sex="m").estimate
    assert isinstance(told, Estimate)
    assert isinstance(alone, Estimate)
    assert told.high - told.low == pytest.approx(2**0.5 * (alone.high - alone.low), rel=0.05)
    assert any("200 people have rows in several of its groups" in note for note in found.notes)
    shared = metric(found, "balanced_accuracy_difference", sex="m").estimate
    assert shared == Undefined("not estimable: 200 people have rows in both groups")


@pytest.mark.proof
def test_the_spread_of_small_groups_counts_one_row_of_each_person() -> None:
    """Forty groups of eight people with six equal rows: the spread is that of eight people a group."""
    rng = np.random.default_rng(6)
    people: dict[str, list[Any]] = {
        "pid": [f"p{at}" for at in range(320)],
        "sex": [f"g{at % 40}" for at in range(320)],
        "prediction": (rng.random(320) < 0.5).astype(int).tolist(),
    }
    plain = metric(audit(people), "selection_rate_spread", groups="sex").estimate
    often = metric(audit(times(people, 3), id="pid"), "selection_rate_spread", groups="sex").estimate
    assert isinstance(plain, Estimate)
    assert isinstance(often, Estimate)
    assert (often.value, often.low, often.high) == pytest.approx((plain.value, plain.low, plain.high))
    apart = metric(audit(times(people, 3), id="pid"), "selection_rate_distance", groups="sex").estimate
    alone = metric(audit(people), "selection_rate_distance", groups="sex").estimate
    assert isinstance(apart, Estimate)
    assert isinstance(alone, Estimate)
    assert (apart.low, apart.high) == pytest.approx((alone.low, alone.high))


def world(rng: Rng, people: int, rows: int) -> dict[str, list[Any]]:
    """A fair model: people differ in how often they are selected and judged rightly, groups do not."""
    pid = np.repeat(np.arange(2 * people), rows)
    chance = rng.beta(0.7, 0.7, 2 * people)[pid]
    truth = rng.random(len(pid)) < chance
    right = rng.random(len(pid)) < rng.beta(3, 1, 2 * people)[pid]
    return {
        "pid": pid.tolist(),
        "sex": np.where(pid < people, "f", "m").tolist(),
        "y": truth.astype(int).tolist(),
        "prediction": (truth == right).astype(int).tolist(),
    }


@pytest.mark.proof
def test_fair_models_of_repeated_people_are_not_said_to_differ() -> None:
    """Of 60 people a group with 5 rows each; with the intervals of rows it is four in ten that miss 0."""
    rng, missed, worlds = np.random.default_rng(7), 0, 40
    for _ in range(worlds):
        one = metric(audit(world(rng, 60, 5), label="y", id="pid"), "selection_rate_difference", sex="m").estimate
        assert isinstance(one, Estimate)
        missed += not one.low <= 0 <= one.high
    assert missed <= 6


def test_a_biased_model_of_repeated_people_still_fails() -> None:
    """Of 150 people a group with 6 rows each, seven in ten and two in ten are selected."""
    rng = np.random.default_rng(8)
    pid = np.repeat(np.arange(300), 6)
    chosen = rng.random(300) < np.where(np.arange(300) < 150, 0.7, 0.2)
    columns = {
        "pid": pid.tolist(),
        "sex": np.where(pid < 150, "f", "m").tolist(),
        "prediction": chosen[pid].astype(int).tolist(),
    }
    verdicts = {one.rule: one.outcome for one in as_in_a_run(PROBE, audit(columns, id="pid"))}
    assert verdicts["selection-ratio"] == "fail"
    assert verdicts["four-fifths"] == "fail"
