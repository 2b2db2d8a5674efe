"""Functions from texts to class probabilities: every usual form is read, and what is none is one message."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from fairwitness.audit.adapters import Classifier
from fairwitness.audit.engine import Engine
from fairwitness.audit.errors import BadOption
from fairwitness.audit.requests import Classify, ClassScores, Unanswered

TEXTS = ("a", "bb", "ccc", "dddd")
ASKED = [Classify(text) for text in TEXTS]
LABELS = ("no", "yes")


def yes(text: str) -> float:
    return len(text) / 8


def rows(texts: Sequence[str]) -> list[list[float]]:
    return [[1 - yes(text), yes(text)] for text in texts]


def shares(answer: Any) -> tuple[float, ...]:
    assert isinstance(answer, ClassScores), answer
    weights = [math.exp(logit) for logit in answer.logits]
    return tuple(weight / sum(weights) for weight in weights)


FORMS: dict[str, Callable[[list[str]], Any]] = {
    "lists": rows,
    "tuples": lambda texts: tuple(map(tuple, rows(texts))),
    "an iterator": lambda texts: iter(rows(texts)),
    "an array": lambda texts: np.array(rows(texts), dtype=np.float32),
    "arrays": lambda texts: [np.array(row) for row in rows(texts)],
    "a tensor": lambda texts: torch.tensor(rows(texts), dtype=torch.bfloat16, requires_grad=True),
    "a frame": lambda texts: pd.DataFrame(rows(texts), columns=["no", "yes"]),
    "a frame in another order": lambda texts: pd.DataFrame(rows(texts), columns=["no", "yes"])[["yes", "no"]],
    "a dict of columns": lambda texts: {"yes": [yes(text) for text in texts], "no": [1 - yes(text) for text in texts]},
    "dicts": lambda texts: [{"yes": yes(text), "no": 1 - yes(text)} for text in texts],
    "a pipeline": lambda texts: [
        [{"label": "yes", "score": yes(text)}, {"label": "no", "score": 1 - yes(text)}] for text in texts
    ],
}


@pytest.mark.parametrize("form", FORMS)
def test_every_usual_form_is_read(form: str) -> None:
    answers = Engine(Classifier(FORMS[form], LABELS)).answer(ASKED)
    for text, answer in zip(TEXTS, answers, strict=True):
        assert isinstance(answer, ClassScores)
        assert answer.labels == LABELS
        assert shares(answer) == pytest.approx((1 - yes(text), yes(text)), abs=4e-3)


@pytest.mark.parametrize(
    "form",
    [
        lambda texts: [yes(text) for text in texts],
        lambda texts: pd.Series([yes(text) for text in texts], index=texts),
        lambda texts: torch.tensor([[yes(text)] for text in texts]),
        lambda texts: [{"yes": yes(text)} for text in texts],
    ],
)
def test_one_label_has_another_that_it_is_not(form: Callable[[list[str]], Any]) -> None:
    answers = Engine(Classifier(form, ["yes"])).answer(ASKED)
    for text, answer in zip(TEXTS, answers, strict=True):
        assert isinstance(answer, ClassScores)
        assert answer.labels == ("not yes", "yes")
        assert shares(answer)[1] == pytest.approx(yes(text))


def test_labels_that_are_judged_apart() -> None:
    (answer,) = Classifier(lambda texts: [[0.9, 0.8, 0.0]], ("a", "b", "c"), multi_label=True).classify(ASKED[:1])
    assert isinstance(answer, ClassScores)
    assert answer.multi_label
    assert [1 / (1 + math.exp(-logit)) for logit in answer.logits] == pytest.approx([0.9, 0.8, 0.0])


def test_certain_classes_have_finite_logits() -> None:
    (answer,) = Engine(Classifier(lambda texts: [[0.0, 1.0]], LABELS)).answer(ASKED[:1])
    assert shares(answer) == pytest.approx((0.0, 1.0))


@pytest.mark.parametrize(
    ("returned", "reason"),
    [
        ([0.2, float("nan")], "nan where a finite number"),
        ([0.2, float("inf")], "inf where a finite number"),
        ([-0.8, 1.8], "-0.8 where a probability from 0 to 1 is expected: if these are logits"),
        ([0.2, 3.0], "3 where a probability"),
        ([0.2, 0.3], "sum to 0.5, not to 1.*multi_label=True"),
        ([0.2, 0.3, 0.5], r"3 values for one item where there are 2 labels \(no, yes\)"),
        ([], r"0 values for one item where there are 2 labels"),
        (0.8, r"one number for one item where there are 2 labels.*name in labels= the one label"),
        ("yes", "a text for one item where there are 2 labels"),
        (None, r"nothing \(None\) for one item"),
        ({"no": 1.0}, r"numbers for no where the labels are no, yes.*top_k=None"),
        ({"no": 0.5, "nein": 0.5}, "numbers for no, nein where the labels are no, yes"),
        ({"label": "yes", "score": 0.9}, "numbers for yes where the labels are no, yes.*top_k=None"),
        (["0.2", "0.8"], "a text where a number is expected"),
        ([True, False], "true or false where a number is expected"),
        pytest.param(object(), "a value of type object", id="object"),
    ],
    ids=str,
)
def test_what_is_no_probability_leaves_that_text_alone_unanswered(returned: Any, reason: str) -> None:
    def fn(texts: list[str]) -> list[Any]:
        return [returned if text == "bb" else row for text, row in zip(texts, rows(texts), strict=True)]

    answers = Engine(Classifier(fn, LABELS, name="model")).answer(ASKED)
    assert [isinstance(answer, Unanswered) for answer in answers] == [False, True, False, False]
    assert isinstance(answers[1], Unanswered)
    assert re.match(f"model returned (probabilities that )?{reason}", answers[1].reason), answers[1].reason


@pytest.mark.parametrize(
    ("returned", "reason"),
    [
        (None, "returned nothing (None) for 1 text; one answer per text is expected, in their order"),
        ("yes", "returned a text for 1 text"),
        (0.5, "returned one number for 1 text"),
        ({"no": 0.5, "yes": 0.5}, "returned a dict for 1 text; a list of dicts is expected"),
        ([[0.5, 0.5]] * 9, "returned 9 answers for 1 text"),
        ([], "returned 0 answers for 1 text"),
        (torch.empty(4, 2, device="meta"), "meta device"),
    ],
    ids=str,
)
def test_what_holds_no_answers_leaves_all_unanswered(returned: Any, reason: str) -> None:
    answers = Engine(Classifier(lambda texts: returned, LABELS, name="model")).answer(ASKED)
    assert all(isinstance(answer, Unanswered) and reason in answer.reason for answer in answers), answers


def test_too_few_answers_are_asked_again_one_by_one() -> None:
    """A function that answers its first text alone is right about one text at a time."""
    answers = Engine(Classifier(lambda texts: rows(texts)[:1], LABELS)).answer(ASKED)
    assert [shares(answer)[1] for answer in answers] == pytest.approx([yes(text) for text in TEXTS])


def test_pairs_are_asked_of_who_takes_them() -> None:
    seen: list[tuple[str, str]] = []

    def fn(texts: list[str], seconds: list[str]) -> list[list[float]]:
        seen.extend(zip(texts, seconds, strict=True))
        return rows(texts)

    asked = [Classify("a", "b"), Classify("cc")]
    assert all(isinstance(answer, ClassScores) for answer in Classifier(fn, LABELS, pairs=True).classify(asked))
    assert seen == [("a", "b"), ("cc", "")]
    single = Classifier(rows, LABELS)
    first, second = single.classify(asked)
    assert isinstance(first, Unanswered)
    assert "pairs=True" in first.reason
    assert shares(second)[1] == pytest.approx(yes("cc"))
    assert all(isinstance(answer, Unanswered) for answer in single.classify(asked[:1]))


@pytest.mark.parametrize("labels", ["yes", [], ["a", "a"], ["", "b"], None, 3])
def test_labels_that_name_no_classes_are_refused(labels: Any) -> None:
    with pytest.raises(BadOption, match=r"^Classifier\(labels="):
        Classifier(rows, labels)
