"""More than two outcomes, and numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from decision_tables import Columns, audit, metric, table_of, value
from sklearn import metrics as peer

from fairwitness.audit.errors import BadData, BadOption
from fairwitness.audit.records import Cell, Estimate, Undefined

Rows = dict[str, list[Cell]]
ANIMALS = ["ape", "bee", "cat"]


def animals(rows: int = 600, worse: str = "") -> Rows:
    """Three classes, decided rightly 8 times in 10, or 5 times in 10 in the group `worse`."""
    rng = np.random.default_rng(3)
    sex = ["m", "f"] * (rows // 2)
    truth = rng.choice(ANIMALS, rows).tolist()
    right = rng.random(rows) < np.where(np.array(sex) == worse, 0.5, 0.8)
    decided = [
        true if good else ANIMALS[(ANIMALS.index(true) + 1) % 3] for true, good in zip(truth, right, strict=True)
    ]
    return {"sex": [*sex], "y": [*truth], "prediction": [*decided]}


@pytest.mark.slow
def test_several_classes_are_those_of_scikit_learn() -> None:
    rows = animals()
    found = audit(rows, label="y")
    for sex in ("m", "f"):
        own = [at for at, cell in enumerate(rows["sex"]) if cell == sex]
        true, decided = ([str(rows[name][at]) for at in own] for name in ("y", "prediction"))
        report = peer.classification_report(true, decided, output_dict=True)
        assert value(found, "accuracy", sex=sex) == pytest.approx(report["accuracy"])
        assert value(found, "macro_recall", sex=sex) == pytest.approx(report["macro avg"]["recall"])
        for name in ANIMALS:
            assert value(found, "class_recall", sex=sex, outcome=name) == pytest.approx(report[name]["recall"])
            assert value(found, "class_precision", sex=sex, outcome=name) == pytest.approx(report[name]["precision"])
            share = decided.count(name) / len(decided)
            assert value(found, "class_selection_rate", sex=sex, outcome=name) == pytest.approx(share)
        table = peer.confusion_matrix(true, decided, labels=ANIMALS)
        counted = {
            (row["true outcome"], row["decision"]): row["rows"]
            for row in table_of(found, "classes")
            if row["group"] == sex
        }
        assert counted == {(ANIMALS[i], ANIMALS[j]): table[i, j] for i in range(3) for j in range(3) if table[i, j]}
    assert len(table_of(found, "decisions")) == 600
    assert any("3 outcomes: each is measured against the rest" in note for note in found.notes)


@pytest.mark.slow
def test_a_group_that_is_read_worse_is_found_and_equal_groups_are_not_told_apart() -> None:
    planted, level = (audit(animals(worse=worse), label="y", reference="m") for worse in ("f", ""))
    for name in ("accuracy_difference", "macro_recall_difference"):
        gap, none = (metric(found, name, sex="f").estimate for found in (planted, level))
        assert isinstance(gap, Estimate)
        assert isinstance(none, Estimate)
        assert gap.high < -0.1
        assert none.low < 0 < none.high
    recall = metric(planted, "class_recall_difference", sex="f", outcome="cat").estimate
    assert isinstance(recall, Estimate)
    assert recall.high < 0
    two = [one for one in planted.metrics if one.name.startswith(("selection_rate", "true_positive", "impact"))]
    assert two
    assert all(isinstance(one.estimate, Undefined) and one.estimate.kind == "not_asked" for one in two)


def test_a_class_too_rare_in_a_group_leaves_its_mean_undefined_and_the_rest_measured() -> None:
    rows = animals()
    rows["y"] = [
        "ape" if sex == "f" and true == "cat" else true for sex, true in zip(rows["sex"], rows["y"], strict=True)
    ]
    found = audit(rows, label="y", reference="m")
    assert metric(found, "macro_recall", sex="f").estimate == Undefined(
        "not estimable: 0 rows whose true outcome is 'cat', 10 needed"
    )
    assert isinstance(metric(found, "macro_recall", sex="m").estimate, Estimate)
    assert isinstance(metric(found, "accuracy_difference", sex="f").estimate, Estimate)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("labels", "options", "name"),
    [
        ([0, 1], {}, "selection_rate"),
        ([0, 1, 2], {}, "class_recall"),
        ([0, 1, 2], {"favourable": "2"}, "selection_rate"),
        ([0, 1, 2], {"threshold": 1.0}, "selection_rate"),
        ([0, 1], {"kind": "multiclass"}, "class_recall"),
        ([0.5, 1, 2], {}, "class_recall"),
        ([*range(60)], {}, "mean_residual"),
        ([at / 4 for at in range(12)], {}, "mean_residual"),
        ([0, 1, 2], {"kind": "regression"}, "mean_residual"),
    ],
)
def test_what_decisions_are_is_seen_or_told(labels: list[float], options: dict[str, Any], name: str) -> None:
    if options.get("threshold"):
        options = {**options, "favourable": "1"}
    cells = [labels[at % len(labels)] for at in range(240)]
    found = audit({"sex": ["m", "f", "f"] * 80, "y": cells, "prediction": cells}, label="y", **options)
    assert name in {one.name for one in found.metrics}


def test_classes_and_a_favourable_one_exclude_each_other() -> None:
    with pytest.raises(BadOption, match="kind=multiclass measures all outcomes"):
        audit(animals(), label="y", kind="multiclass", favourable="cat")


def numbers() -> tuple[Rows, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    women = np.arange(400) % 2 == 1
    true = rng.normal(10, 2, 400)
    guess = true + rng.normal(0, 1, 400) * np.where(women, 2, 1) + np.where(women, 1.0, 0.0)
    return {"sex": ["m", "f"] * 200, "y": true.tolist(), "prediction": guess.tolist()}, guess - true, women


@pytest.mark.slow
def test_numbers_by_hand_and_a_planted_shift() -> None:
    rows, errors, women = numbers()
    found = audit(rows, label="y", reference="m")
    for sex, own in (("f", women), ("m", ~women)):
        assert value(found, "mean_residual", sex=sex) == pytest.approx(float(errors[own].mean()))
        rmse = math.sqrt(float((errors[own] ** 2).mean()))
        assert value(found, "root_mean_squared_error", sex=sex) == pytest.approx(rmse)
        guess = np.array(rows["prediction"], dtype=float)[own]
        assert value(found, "mean_prediction", sex=sex) == pytest.approx(float(guess.mean()))
    shift, spread = (
        metric(found, name, sex="f").estimate
        for name in ("mean_residual_difference", "root_mean_squared_error_difference")
    )
    assert isinstance(shift, Estimate)
    assert isinstance(spread, Estimate)
    assert shift.low > 0.5
    assert shift.low < 1.0 < shift.high
    assert spread.low > 0.5
    assert "higher than that of rows with sex m" in metric(found, "mean_residual_difference", sex="f").claim
    (row,) = [row for row in table_of(found, "numbers") if row["group"] == "f"]
    assert row["standard deviation of residuals"] == pytest.approx(float(errors[women].std(ddof=1)))
    worst = [row["row"] for row in table_of(found, "rows")]
    assert int(np.abs(errors).argmax()) + 1 in worst
    assert any("measured as numbers" in note for note in found.notes)


@pytest.mark.slow
def test_numbers_with_gaps_and_words_in_them() -> None:
    rows, errors, women = numbers()
    rows["y"][1] = None
    found = audit(rows, label="y")
    kept = women.copy()
    kept[1] = False
    assert value(found, "mean_residual", sex="f") == pytest.approx(float(errors[kept].mean()))
    assert any("1 of 400 rows have no true number" in note for note in found.notes)
    rows["prediction"][6] = "much"
    with pytest.raises(BadData, match=r"decision: 1 of 400 rows are not numbers.* row 7 \('much'\)"):
        audit(rows, label="y")


@pytest.mark.slow
def test_a_small_group_of_numbers_is_listed() -> None:
    rows, _, _ = numbers()
    rows["sex"][:12] = ["x"] * 12
    found = audit(rows, label="y")
    for name in ("mean_residual", "mean_residual_difference"):
        assert metric(found, name, sex="x").estimate == Undefined("not estimable: 12 rows, 30 needed")


def test_all_decisions_stand_in_the_order_of_the_file() -> None:
    columns: Columns = {"sex": ["m", "f"] * 40, "y": [1, 0, 0, None] * 20, "prediction": [1, 0] * 40}
    found = audit(columns, label="y")
    rows = table_of(found, "decisions")
    assert [row["row"] for row in rows] == [*range(1, 81)]
    assert list(rows[3]) == ["row", "sex", "decision", "true outcome", "score", "selected"]
    assert [*rows[3].values()] == [4, "f", "0", None, None, "not selected"]
    assert [*rows[0].values()] == [1, "m", "1", "1", None, "selected"]


def test_too_many_decisions_are_left_out_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fairwitness.probes.fairness.group_fairness.evidence.MOST_DECISIONS", 79)
    found = audit({"sex": ["m", "f"] * 40, "prediction": [1, 0] * 40})
    assert not [one for one in found.evidence if one.id == "decisions"]
    assert any("80 rows are more than 79" in note for note in found.notes)


def test_numbers_are_not_taken_for_hundreds_of_classes() -> None:
    """Each class is compared by exchanging rows, so that a column of numbers would take hours."""
    rows = 300
    numbers: list[Cell] = [0.5 + row for row in range(rows)]
    columns: dict[str, list[Cell]] = {"sex": ["f", "m"] * (rows // 2), "y": numbers[::-1], "prediction": [*numbers]}
    with pytest.raises(BadOption, match="300 different values, and classes are at most 200"):
        audit(columns, label="y", kind="multiclass")
