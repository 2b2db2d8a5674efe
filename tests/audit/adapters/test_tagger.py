"""Functions from texts to labelled spans."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import fairwitness
from fairwitness.audit import codec
from fairwitness.audit.adapters import Tagger
from fairwitness.audit.engine import Engine
from fairwitness.audit.requests import Answer, Tagged, TagTokens, Unanswered

TEXT = "Ann met Bo Li."


def answered(returned: Any) -> Answer:
    (answer,) = Engine(Tagger(lambda texts: [returned] * len(texts), name="model")).answer([TagTokens(TEXT)])
    return answer


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        ([], Tagged()),
        ([(8, 13, "PER"), (0, 3, "PER")], Tagged(((0, 3, "PER"), (8, 13, "PER")))),
        ([(np.int64(0), 3.0, "PER", 0.5)], Tagged(((0, 3, "PER"),), (0.5,))),
        ([{"start": 0, "end": 3, "label": "PER"}], Tagged(((0, 3, "PER"),))),
        (
            [{"entity_group": "PER", "score": 0.5, "word": "ann", "start": 0, "end": 3}],
            Tagged(((0, 3, "PER"),), (0.5,)),
        ),
        ([(0, 3, "PER", None)], Tagged(((0, 3, "PER"),))),
    ],
)
def test_spans_are_read_in_the_usual_forms_and_put_in_order(returned: Any, expected: Tagged) -> None:
    assert answered(returned) == expected
    assert codec.decode(codec.encode([expected])) == [expected]


@pytest.mark.parametrize(
    ("returned", "reason"),
    [
        (None, "nothing (None) where the spans of a text are due"),
        ("PER", "a text where the spans"),
        ([(0, 3)], "a list of 2 for a span"),
        ([(0, 3, 7)], "a list of 3 for a span"),
        ([{"start": 0, "end": 3}], "a list of 2 for a span"),
        ([(0, 3.5, "PER")], "3.5 where a span begins or ends"),
        ([("a", 3, "PER")], "a text where a number"),
        ([(0, 15, "PER")], "the span from 0 to 15 where the text has 14 characters"),
        ([(-1, 3, "PER")], "the span from -1 to 3"),
        ([(3, 3, "PER")], "the span from 3 to 3"),
        ([(0, 5, "PER"), (4, 7, "LOC")], "a span that begins at 4, before the end of the one before it (5)"),
        ([(0, 3, "")], "no label for the span"),
        ([(0, 3, "PER", 1.5)], "1.5 where a probability"),
        ([(0, 3, "PER", 0.5), (4, 7, "PER")], "1 probabilities for 2 spans"),
    ],
)
def test_what_is_no_span_leaves_the_text_unanswered(returned: Any, reason: str) -> None:
    answer = answered(returned)
    assert isinstance(answer, Unanswered)
    assert reason in answer.reason


def test_the_wrapper_is_one_of_the_package() -> None:
    assert fairwitness.Tagger is Tagger
    assert Tagger(lambda texts: []).info.capabilities == ("TagTokens",)
