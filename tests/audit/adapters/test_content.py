"""The content of an object as a hash: equal for equal models in any process, another for another model."""

from __future__ import annotations

import subprocess
import sys
import threading
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from fairwitness.audit.adapters.content import NoContent, content_hash

MODELS = {
    "logistic": LogisticRegression,
    "forest": partial(RandomForestClassifier, n_estimators=5, random_state=0),
    "boosting": partial(HistGradientBoostingClassifier, max_iter=5, random_state=0),
    "svc": SVC,
    "pipeline": lambda: make_pipeline(
        make_column_transformer((OneHotEncoder(), ["sex"]), (StandardScaler(), ["age"])), LogisticRegression()
    ),
}


def people() -> pd.DataFrame:
    return pd.DataFrame({"sex": ["f", "m"] * 30, "age": np.arange(60.0), "hired": [0, 1, 1] * 20})


def fit(name: str, frame: pd.DataFrame | None = None) -> Any:
    rows = people() if frame is None else frame
    columns = ["sex", "age"] if name == "pipeline" else ["age"]
    return MODELS[name]().fit(rows[columns], rows["hired"])


@pytest.mark.arithmetic
@pytest.mark.parametrize("name", MODELS)
def test_models_of_equal_data_are_equal_and_others_are_not(name: str) -> None:
    first = content_hash(fit(name))
    assert first == content_hash(fit(name))
    assert first != content_hash(fit(name, people().assign(hired=[1, 0, 0] * 20)))


@pytest.mark.parametrize("name", MODELS)
def test_asking_a_model_does_not_change_it(name: str) -> None:
    model = fit(name)
    before = content_hash(model)
    model.predict(people()[["sex", "age"] if name == "pipeline" else ["age"]])
    assert content_hash(model) == before


def test_one_changed_weight_is_another_model() -> None:
    model = fit("logistic")
    before = content_hash(model)
    model.coef_[0, 0] = np.nextafter(model.coef_[0, 0], 1)
    assert content_hash(model) != before


@pytest.mark.arithmetic
@pytest.mark.slow
def test_another_process_finds_the_same() -> None:
    code = """
import sys
sys.path[:0] = ["tests/audit/adapters"]
from test_content import fit, content_hash, MODELS
print(*(content_hash(fit(name)) for name in MODELS))
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=_root())
    assert told.stdout.split() == [content_hash(fit(name)) for name in MODELS]


def _root() -> str:
    from pathlib import Path

    return str(Path(__file__).parents[3])


def test_which_parts_are_one_object_does_not_matter() -> None:
    array = np.arange(3)
    assert content_hash([array, array]) == content_hash([np.arange(3), np.arange(3)])
    word = "".join(["a", "b"])
    assert content_hash({word: word}) == content_hash({"ab": "".join(["a", "b"])})


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([1, 2], [2, 1]),
        ([1], (1,)),
        ([1], [1.0]),
        ([True], [1]),
        ({"a": 1}, {"a": 2}),
        ({1, 2}, {1, 3}),
        (np.zeros(2), np.zeros((1, 2))),
        (np.zeros(2), np.zeros(2, dtype=np.float32)),
        (np.array(["a", None], dtype=object), np.array(["a", "b"], dtype=object)),
        ([[1], 2], [[1, 2]]),
        (StandardScaler(), StandardScaler(with_mean=False)),
        (np.sin, np.cos),
        (TfidfVectorizer(), TfidfVectorizer(lowercase=False)),
    ],
    ids=str,
)
def test_what_differs_has_another_hash(first: Any, second: Any) -> None:
    assert content_hash(first) != content_hash(second)
    assert content_hash(first) == content_hash(first)


def test_the_order_of_making_does_not_matter_where_it_means_nothing() -> None:
    assert content_hash({"a": 1, "b": 2}) == content_hash({"b": 2, "a": 1})
    assert content_hash({"a", "b", "c"}) == content_hash({"c", "b", "a"})


def test_objects_that_hold_themselves_end() -> None:
    first: list[Any] = [1]
    first.append(first)
    second: list[Any] = [1]
    second.append(second)
    assert content_hash(first) == content_hash(second)


def local(rows: Any) -> Any:
    return rows


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (FunctionTransformer(lambda rows: rows), "function that only this session knows"),
        (threading.Lock(), "an object of the class lock"),
        ((number for number in range(3)), "an object of the class generator"),
        (type("Local", (), {"__module__": "__main__"})(), "class that only this session knows"),
    ],
)
def test_what_has_no_content_is_named(value: Any, told: str) -> None:
    with pytest.raises(NoContent, match=told):
        content_hash([value])


@pytest.mark.slow
def test_a_chain_too_deep_is_named() -> None:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(NoContent, match="too deeply"):
        content_hash(value)
    while value:
        value = value[0]  # taken apart by hand: the interpreter would recurse
