"""A budget refuses what would pass it, before it is asked, and the engine gives what there is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fairwitness.audit.attribution import Explainer
from fairwitness.audit.budget import Budget, OutOfBudget, reserved
from fairwitness.audit.cache import AnswerCache
from fairwitness.audit.engine import Engine
from fairwitness.audit.requests import Attribute, Classify, FillMask, ForClass, Predict, Prediction, Request
from fakes import FakeModel


class Clock:
    """A clock that tests put forward."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def texts(name: str, count: int) -> list[Request]:
    return [Classify(f"{name} {at:03d}") for at in range(count)]


def answered(engine: Engine, requests: Sequence[Request]) -> list[bool]:
    """Which of the requests got an answer."""
    with pytest.raises(OutOfBudget) as end:
        engine.answer(requests)
    assert len(end.value.answers) == len(requests)
    return [answer is not None for answer in end.value.answers]


def test_without_a_limit_nothing_is_refused() -> None:
    budget = Budget()
    budget.admit("Classify", 10**9)
    assert not budget.limited


def test_requests_are_a_hard_limit() -> None:
    budget = Budget(requests=10)
    budget.admit("Classify", 7)
    with pytest.raises(OutOfBudget) as end:
        budget.admit("Classify", 4)
    assert end.value.limit == "requests"
    budget.admit("Classify", 3)
    assert budget.asked == 10


def test_what_would_pass_the_last_minute_is_refused_before_it_begins() -> None:
    clock = Clock()
    budget = Budget(minutes=1, begun=0.0, clock=clock)
    last = 60 - reserved(60)
    budget.took("Classify", 10, 5.0)
    clock.now = last - 5.1
    budget.admit("Classify", 10)
    budget.admit("FillMask", 1000)  # nobody knows how long these take
    with pytest.raises(OutOfBudget, match="minutes"):
        budget.admit("Classify", 11)
    clock.now = last
    with pytest.raises(OutOfBudget):
        budget.admit("FillMask", 1)


@pytest.mark.parametrize("most", [0, 7, 8, 30, 59])
def test_a_model_is_asked_no_more_than_it_may_be(most: int) -> None:
    model = FakeModel()
    engine = Engine(model, batch_tokens=64, spending=Budget(requests=max(1, most)))
    given = answered(engine, texts("a", 60))
    assert sum(given) == engine.asked == sum(map(len, model.calls)) <= max(1, most)


def test_a_budget_that_is_enough_changes_nothing() -> None:
    requests = [*texts("a", 20), FillMask("{mask}", ("x",)), *texts("longer text", 20)]
    plain = Engine(FakeModel(), batch_tokens=64)
    rich = Engine(FakeModel(), batch_tokens=64, spending=Budget(minutes=60, requests=41))
    assert rich.answer(requests) == plain.answer(requests)
    assert rich.model_calls == plain.model_calls


def test_what_was_named_first_is_answered_first() -> None:
    """Longest first would have asked the second probe alone."""
    engine = Engine(FakeModel(), batch_tokens=64, spending=Budget(requests=30))
    given = answered(engine, [*texts("a", 20), *texts("very much longer", 20)])
    assert all(given[:20])
    assert not all(given[20:])


def test_the_next_run_goes_on_with_what_the_cache_has(tmp_path: Path) -> None:
    requests = texts("a", 60)
    counts = []
    for _ in range(9):
        with AnswerCache(tmp_path, FakeModel().info.fingerprint) as cache:
            engine = Engine(FakeModel(), cache=cache, batch_tokens=64, spending=Budget(requests=10))
            try:
                answers = engine.answer(requests)
            except OutOfBudget as end:
                counts.append(sum(answer is not None for answer in end.answers))
                continue
            break
    else:
        pytest.fail("it never came to its end")
    assert counts == sorted(set(counts)), "every run knows more than the one before"
    assert answers == Engine(FakeModel(), batch_tokens=64).answer(requests)


def test_rows_of_a_table_are_cut_off_too() -> None:
    class Decides(FakeModel):
        def predict(self, batch: Sequence[Predict]) -> list[Any]:
            return [Prediction("yes") for _ in batch]

    rows: list[Request] = [Predict((("x", at),)) for at in range(10)]
    engine = Engine(Decides(), batch_tokens=4, spending=Budget(requests=9))
    assert answered(engine, [*rows, *rows]) == [True] * 8 + [False] * 2 + [True] * 8 + [False] * 2


@pytest.mark.slow
def test_an_explanation_that_was_cut_off_is_none_and_is_not_kept(tmp_path: Path) -> None:
    request = Attribute("one two three four", ForClass("yes"), "shap")
    with AnswerCache(tmp_path, FakeModel().info.fingerprint) as cache:
        for most, explained in ((2, False), (1000, True)):
            model = FakeModel()
            engine = Engine(model, cache=cache, explainer=Explainer(model), spending=Budget(requests=most))
            if explained:
                assert engine.answer([request]) == Engine(model, explainer=Explainer(model)).answer([request])
            else:
                assert answered(engine, [request]) == [False]
