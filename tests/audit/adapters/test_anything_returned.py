"""Whatever a function returns, each item has an answer of its kind that is finite, or a reason why it has none."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwitness.audit.adapters import Classifier, Generator, Scorer, Tabular, Tagger
from fairwitness.audit.engine import Engine
from fairwitness.audit.requests import (
    Classify,
    ClassScores,
    Generate,
    Generated,
    LogLikelihood,
    Predict,
    Prediction,
    Tagged,
    TagTokens,
    TokenScores,
    Unanswered,
)
from fairwitness.audit.tags import out_of_place

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.integers(),
    st.floats(),
    st.floats(0, 1),
    st.floats(-20, 0),
    st.text(max_size=4),
    st.sampled_from(["no", "yes", b"x", object(), np.float32(0.5), np.nan, 1 + 2j]),
)
KEYS = st.sampled_from(["no", "yes", "label", "score", "log_probs", "starts", "greedy", "text", 1, None])
THINGS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner, inner),
        st.dictionaries(KEYS, inner, max_size=3),
        st.lists(inner, max_size=3).map(iter),
        st.lists(st.floats(), min_size=2, max_size=4).map(np.array),
    ),
    max_leaves=8,
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(returned=THINGS, count=st.integers(1, 3))
def test_a_classifier(returned: Any, count: int) -> None:
    for labels, apart in ((["no", "yes"], False), (["yes"], False), (["no", "yes"], True)):
        subject = Classifier(lambda texts: returned, labels, multi_label=apart)
        answers = Engine(subject).answer([Classify(str(number)) for number in range(count)])
        assert len(answers) == count
        for answer in answers:
            assert isinstance(answer, ClassScores | Unanswered)
            if isinstance(answer, ClassScores):
                assert len(answer.logits) == len(answer.labels)
                assert all(map(math.isfinite, answer.logits))
            else:
                assert answer.reason


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(returned=THINGS, count=st.integers(1, 3))
def test_a_function_over_rows(returned: Any, count: int) -> None:
    settings_of: tuple[dict[str, Any], ...] = (
        {},
        {"threshold": 0.5},
        {"classes": ["no", "yes"]},
        {"regression": True},
    )
    for more in settings_of:
        subject = Tabular(lambda rows: returned, **more)
        answers = Engine(subject).answer([Predict((("x", number),)) for number in range(count)])
        assert len(answers) == count
        for answer in answers:
            assert isinstance(answer, Prediction | Unanswered)
            if isinstance(answer, Prediction):
                assert answer.label
                assert all(0 <= share <= 1 for _, share in answer.scores)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(returned=THINGS, count=st.integers(1, 3))
def test_a_writer_and_a_scorer(returned: Any, count: int) -> None:
    written = Engine(Generator(lambda prompts: returned)).answer([Generate(str(n), 5) for n in range(count)])
    assert len(written) == count
    assert all(isinstance(answer, Generated | Unanswered) for answer in written)
    asked = [LogLikelihood("a", f" b {number}") for number in range(count)]
    scored = Engine(Scorer(lambda contexts, continuations: returned)).answer(asked)
    assert len(scored) == count
    for answer in scored:
        assert isinstance(answer, TokenScores | Unanswered)
        if isinstance(answer, TokenScores):
            assert all(math.isfinite(value) and value <= 0 for value in answer.log_probs)
            assert len(answer.starts) == len(answer.log_probs)
            assert len(answer.greedy) in (0, len(answer.log_probs))


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(returned=st.one_of(THINGS, st.lists(st.lists(st.tuples(SCALARS, SCALARS, SCALARS), max_size=2), max_size=2)))
def test_a_tagger(returned: Any) -> None:
    for answer in Engine(Tagger(lambda texts: returned)).answer([TagTokens("Ann sang.")]):
        assert isinstance(answer, Tagged | Unanswered)
        if isinstance(answer, Tagged):
            assert out_of_place(answer, "Ann sang.") == ""
