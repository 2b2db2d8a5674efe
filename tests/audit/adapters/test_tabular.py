"""Functions from rows to decisions or probabilities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from fairwitness.audit.adapters import Tabular
from fairwitness.audit.errors import BadData, BadOption
from fairwitness.audit.requests import Predict, Prediction

ROWS = [Predict((("sex", sex), ("age", age))) for sex, age in (("f", 20), ("m", 50), ("f", 70))]


def labels(fn: Callable[..., Any], **options: Any) -> list[str]:
    return [
        answer.label if isinstance(answer, Prediction) else answer.reason
        for answer in Tabular(fn, **options).predict(ROWS)
    ]


@pytest.mark.parametrize(
    ("fn", "expected"),
    [
        (lambda rows: rows["age"] > 40, ["False", "True", "True"]),
        (lambda rows: (rows["age"] > 40).astype(int), ["0", "1", "1"]),
        (lambda rows: np.where(rows["age"] > 40, "yes", "no"), ["no", "yes", "yes"]),
        (lambda rows: ["yes" if age > 40 else "no" for age in rows["age"]], ["no", "yes", "yes"]),
        (lambda rows: pd.Series(np.where(rows["age"] > 40, "a", "b"), dtype="category"), ["b", "a", "a"]),
        (lambda rows: torch.tensor((rows["age"] > 40).to_numpy()), ["False", "True", "True"]),
        (lambda rows: (rows["age"] > 40).astype(float).to_numpy().reshape(-1, 1), ["0", "1", "1"]),
        (lambda rows: (rows["age"] > 40).astype(int).to_frame("decision"), ["0", "1", "1"]),
    ],
)
def test_decisions_of_every_usual_form(fn: Callable[..., Any], expected: list[str]) -> None:
    assert labels(fn) == expected


def test_probabilities_of_classes_decide_by_the_likeliest() -> None:
    def fn(rows: pd.DataFrame) -> Any:
        share = rows["age"].to_numpy() / 100
        return np.column_stack([1 - share, share])

    answers = Tabular(fn, classes=["no", "yes"]).predict(ROWS)
    assert [answer.label for answer in answers if isinstance(answer, Prediction)] == ["no", "no", "yes"]
    assert isinstance(answers[0], Prediction)
    assert dict(answers[0].scores) == pytest.approx({"no": 0.8, "yes": 0.2})
    by_name = Tabular(lambda rows: pd.DataFrame(fn(rows), columns=["no", "yes"])[["yes", "no"]], classes=["no", "yes"])
    assert by_name.predict(ROWS) == answers
    assert "name them with classes=" in labels(fn)[0]


def test_one_probability_decides_from_a_threshold_on() -> None:
    answers = Tabular(lambda rows: rows["age"] / 100, threshold=0.5, classes=["no", "yes"]).predict(ROWS)
    assert [answer.label for answer in answers if isinstance(answer, Prediction)] == ["no", "yes", "yes"]
    assert isinstance(answers[2], Prediction)
    assert dict(answers[2].scores) == pytest.approx({"no": 0.3, "yes": 0.7})
    assert labels(lambda rows: rows["age"] / 100, threshold=0.6) == ["0", "0", "1"]


def test_numbers_that_may_be_probabilities_or_decisions_are_refused() -> None:
    told = labels(lambda rows: rows["age"] / 100)
    assert all("threshold= where they are probabilities, or regression=True" in reason for reason in told)
    assert labels(lambda rows: rows["age"] / 100, regression=True) == ["0.2", "0.5", "0.7"]


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (None, "no decision for the row"),
        (float("nan"), "nan, which is no decision"),
        (float("inf"), "inf, which is no decision"),
        ("", "no decision for the row"),
        (pd.NA, "no decision for the row"),
    ],
    ids=str,
)
def test_a_row_without_a_decision_is_unanswered_alone(odd: Any, reason: str) -> None:
    def fn(rows: pd.DataFrame) -> list[Any]:
        return [odd if age == 50 else 1 for age in rows["age"]]

    told = labels(fn)
    assert told[::2] == ["1", "1"]
    assert reason in told[1]


def test_probabilities_that_are_none_are_unanswered_with_their_row() -> None:
    told = labels(lambda rows: [2.0 if age == 50 else 0.9 for age in rows["age"]], threshold=0.5)
    assert told[::2] == ["1", "1"]
    assert "2 where a probability" in told[1]


def test_columns_come_in_the_order_that_was_asked_for() -> None:
    seen: list[list[str]] = []

    def fn(rows: pd.DataFrame) -> Any:
        seen.append(list(rows.columns))
        return [1] * len(rows)

    labels(fn)
    labels(fn, columns=["age"])
    assert seen == [["sex", "age"], ["age"]]
    with pytest.raises(BadData, match="'ages'; did you mean 'age'"):
        Tabular(fn, columns=["ages"]).check(["sex", "age"])


def test_rows_have_the_dtypes_of_the_table_in_every_batch() -> None:
    sexes = pd.CategoricalDtype(["f", "m", "x"])
    seen: list[Any] = []

    def fn(rows: pd.DataFrame) -> Any:
        seen.append(dict(rows.dtypes))
        return [1] * len(rows)

    dtypes = {"sex": sexes, "age": np.dtype("float32"), "other": np.dtype("int8")}
    Tabular(fn, dtypes=dtypes, batch_size=2).predict(ROWS)
    assert seen == [{"sex": sexes, "age": np.dtype("float32")}] * 2
    Tabular(fn, dtypes={"age": np.dtype("int64")}).predict([Predict((("age", None),))])
    assert seen[-1]["age"] != np.dtype("int64"), "a missing number is no whole number"


@pytest.mark.parametrize(
    "options",
    [
        {"classes": "yes"},
        {"classes": ["a", "a"]},
        {"classes": ["a"]},
        {"threshold": 1.5},
        {"threshold": True},
        {"threshold": 0.5, "classes": ["a", "b", "c"]},
    ],
)
def test_settings_that_contradict_themselves_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(BadOption, match=r"^Tabular\("):
        Tabular(lambda rows: rows, **options)
