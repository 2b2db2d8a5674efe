"""Classifiers with one output, with numbers, with labels judged apart: decided where something says how, else not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from decision_tables import audit, value

from fairwitness.audit.probe import DoesNotApply, Findings
from fairwitness.audit.records import Cell
from fairwitness.audit.requests import ClassScores

ROWS = 400
SEX: list[Cell] = ["m", "f"] * (ROWS // 2)
RAW = [2.0 if at % 8 < 5 else -2.0 for at in range(ROWS)]
"""Above 0 for 3 of 4 men and for 1 of 2 women."""


def told(scores: Any, labels: list[Cell] | None = None, **options: Any) -> Findings:
    columns: dict[str, list[Cell]] = {"sex": SEX, "text": [f"text {at}" for at in range(ROWS)]}
    if labels is not None:
        columns["y"] = labels
        options["label"] = "y"
    return audit(columns, [scores(raw) for raw in RAW], "Classify", text="text", reference="m", **options)


def number(raw: float) -> ClassScores:
    return ClassScores(("LABEL_0",), (raw,), regression=True)


def sigmoid(raw: float) -> ClassScores:
    return ClassScores(("LABEL_0",), (raw,), multi_label=True)


def named(raw: float) -> ClassScores:
    return ClassScores(("rude",), (raw,), multi_label=True)


def apart(raw: float) -> ClassScores:
    """The likeliest label is always the second, which decides nothing about the first."""
    return ClassScores(("rude", "long"), (raw, 9.0), multi_label=True)


def rates(found: Findings) -> list[float]:
    return [value(found, "selection_rate", sex=sex) for sex in ("m", "f")]


def test_one_number_decides_nothing_until_a_threshold_does() -> None:
    with pytest.raises(DoesNotApply, match="gives a number for a text and decides nothing"):
        told(number)
    assert rates(told(number, threshold=0.0)) == [0.75, 0.5]
    assert rates(told(number, favourable=">=0.5")) == [0.75, 0.5]


@pytest.mark.slow
def test_one_number_against_numbers_is_a_regression() -> None:
    truth: list[Cell] = [raw + 0.01 * at for at, raw in enumerate(RAW)]
    found = told(number, truth)
    residual = float(np.mean([0.01 * at for at in range(0, ROWS, 2)]))
    assert abs(value(found, "mean_residual", sex="m")) == pytest.approx(residual)


def test_several_numbers_are_no_classes() -> None:
    with pytest.raises(DoesNotApply, match="gives 3 numbers for a text and no classes"):
        told(lambda raw: ClassScores(("a", "b", "c"), (raw, 0.0, 1.0), regression=True))


@pytest.mark.proof
@pytest.mark.parametrize("labels", [None, [at % 2 for at in range(ROWS)]])
def test_a_sigmoid_is_decided_at_one_half_or_at_the_threshold(labels: list[Cell] | None) -> None:
    assert rates(told(sigmoid, labels, favourable="1")) == [0.75, 0.5]
    assert rates(told(sigmoid, labels, favourable="1", threshold=0.95)) == [0.0, 0.0]
    assert rates(told(named, favourable="rude")) == [0.75, 0.5]


def test_labels_judged_apart_are_decided_one_by_one() -> None:
    with pytest.raises(DoesNotApply, match=r"name the one that counts with --favourable \(rude, long\)"):
        told(apart)
    assert rates(told(apart, favourable="rude")) == [0.75, 0.5]
    assert rates(told(apart, favourable="long")) == [1.0, 1.0]


def unnamed(raw: float) -> ClassScores:
    return ClassScores(("LABEL_0", "LABEL_1"), (0.0, raw))


def unnamed_apart(raw: float) -> ClassScores:
    return ClassScores(("LABEL_0", "LABEL_1"), (9.0, raw), multi_label=True)


@pytest.mark.proof
@pytest.mark.parametrize("scores", [unnamed, unnamed_apart])
@pytest.mark.parametrize("favourable", ["1", "LABEL_1"])
@pytest.mark.parametrize("spelled", ["{}", "LABEL_{}"])
def test_a_class_without_a_name_is_called_by_its_number_or_as_the_model_does(
    scores: Any, favourable: str, spelled: str
) -> None:
    """In the option and in the column of true outcomes, of classes and of labels that are judged apart."""
    labels: list[Cell] = [spelled.format(at % 2) for at in range(ROWS)]
    assert rates(told(scores, favourable=favourable)) == [0.75, 0.5]
    assert rates(told(scores, labels, favourable=favourable)) == [0.75, 0.5]


@pytest.mark.slow
def test_numbers_of_many_classes_are_not_averaged() -> None:
    def many(raw: float) -> ClassScores:
        return ClassScores(tuple(f"LABEL_{at}" for at in range(60)), (raw, *[0.0] * 59))

    labels: list[Cell] = [at % 60 for at in range(ROWS)]
    with pytest.raises(DoesNotApply, match="the model gives classes, and the true outcomes look like a quantity"):
        told(many, labels)
    assert rates(told(many, labels, favourable="LABEL_0")) == [0.75, 0.5]
