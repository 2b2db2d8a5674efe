"""What an object is decides what it becomes; where nothing says it, the wrappers are named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from fairwitness.audit.adapters import WRAPPERS, Classifier, Generator, Scorer, Tabular, adapt
from fairwitness.audit.errors import UnfitObject
from fakes import FakeModel


def decide(rows: pd.DataFrame) -> Any:
    return rows["age"] > 40


def go_on(prompts: list[str]) -> list[str]:
    return prompts


def score(contexts: Sequence[str], continuations: Sequence[str]) -> list[float]:
    return [-1.0 for _ in contexts]


def classify(texts: list[str]) -> list[float]:
    return [0.5 for _ in texts]


class Writer:
    """An object that is called."""

    def __call__(self, prompts: list[str], *, warm: bool = False) -> list[str]:
        return prompts


@pytest.mark.parametrize(
    ("fn", "kind"), [(decide, Tabular), (go_on, Generator), (score, Scorer), (Writer(), Generator)]
)
def test_annotations_say_what_a_function_is(fn: Any, kind: type) -> None:
    assert type(adapt(fn)) is kind


def test_a_subject_is_taken_as_it_is() -> None:
    for subject in (Classifier(classify, ["yes"]), FakeModel()):
        assert adapt(subject) is subject


def unannotated(texts):  # type: ignore[no-untyped-def]  # that is what is tested  # noqa: ANN001, ANN201
    raise AssertionError("it must not be called to find out")


@pytest.mark.parametrize("fn", [unannotated, classify, lambda texts: texts, print])
def test_where_nothing_says_it_the_wrappers_are_named(fn: Any) -> None:
    with pytest.raises(UnfitObject, match="nothing says what") as caught:
        adapt(fn)
    told = str(caught.value)
    assert all(wrapper in told for wrapper in WRAPPERS)
    assert len(told.splitlines()) == 1 + len(WRAPPERS)


MISTAKES = pytest.mark.parametrize(
    ("model", "message"),
    [
        (LogisticRegression, "^LogisticRegression is a class: give an instance of it$"),
        (pd.DataFrame({"hired": [1]}), r"a table decides nothing by itself: Predictions\(frame"),
        (3, "an object of type int is no model"),
        (None, "an object of type NoneType is no model"),
        ({"a": 1}, "an object of type dict is no model"),
    ],
)


def test_a_module_and_a_tokenizer_are_put_into_a_function() -> None:
    with pytest.raises(UnfitObject, match=r"goes with a model of transformers, and this is Linear: .*Classifier"):
        adapt(torch.nn.Linear(2, 2), tokenizer=str.split)
    with pytest.raises(UnfitObject, match="is a class"):
        adapt(torch.nn.Linear, tokenizer=str.split)
    with pytest.raises(UnfitObject, match="nothing says what Linear takes"):
        adapt(torch.nn.Linear(2, 2))


@MISTAKES
def test_what_is_no_model_is_one_message(model: Any, message: str) -> None:
    with pytest.raises(UnfitObject, match=message):
        adapt(model)


def test_a_table_in_the_place_of_the_model_is_told_which_comes_first() -> None:
    with pytest.raises(UnfitObject, match="the model comes first, then the data"):
        adapt(pd.DataFrame({"hired": [1]}), data=lambda rows: rows)
