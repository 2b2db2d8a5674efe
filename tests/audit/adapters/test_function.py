"""How a function is called, what cannot be called, and that nothing of it outlives the run."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import pytest

from fairwitness.audit.adapters import Classifier, Generator, Scorer, Tabular
from fairwitness.audit.engine import Engine
from fairwitness.audit.errors import BadOption, UnfitObject
from fairwitness.audit.requests import Classify, Predict, Unanswered


class Calls:
    """A classifier that remembers its batches."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def __call__(self, texts: list[str]) -> list[float]:
        assert isinstance(texts, list)
        self.batches.append(texts)
        return [0.5 for _ in texts]


def test_batches_are_as_large_as_the_user_says() -> None:
    calls = Calls()
    asked = [Classify(f"text {number}" + "." * number) for number in range(10)]
    Engine(Classifier(calls, ["yes"], batch_size=4)).answer(asked)
    assert [len(batch) for batch in calls.batches] == [4, 4, 2]
    assert sorted(text for batch in calls.batches for text in batch) == sorted(request.text for request in asked)
    again = Calls()
    Engine(Classifier(again, ["yes"], batch_size=4), batch_tokens=4096).answer(asked)
    assert max(map(len, again.batches)) == 4, "what the engine packs together is still divided"


def test_each_text_is_asked_once_in_a_run_and_none_without_need() -> None:
    calls = Calls()
    engine = Engine(Classifier(calls, ["yes"]))
    engine.answer([Classify("a"), Classify("b"), Classify("a")])
    engine.answer([Classify("b"), Classify("c")])
    engine.answer([])
    assert sorted(text for batch in calls.batches for text in batch) == ["a", "b", "c"]
    assert all(calls.batches)
    assert Classifier(calls, ["yes"]).classify([]) == []
    assert all(calls.batches)


def test_rows_are_asked_in_the_order_of_the_table() -> None:
    seen: list[int] = []

    def fn(rows: Any) -> Any:
        seen.extend(rows["x"])
        return rows["x"] % 2

    asked = [Predict((("x", number),)) for number in (5, 3, 9, 1)]
    Engine(Tabular(fn, batch_size=3)).answer(asked)
    assert seen == [5, 3, 9, 1]


def test_one_text_that_raises_is_lost_alone() -> None:
    def fn(texts: list[str]) -> list[float]:
        if "b" in texts:
            raise RuntimeError("CUDA error: device lost")
        return [0.5 for _ in texts]

    answers = Engine(Classifier(fn, ["yes"])).answer([Classify(text) for text in "abc"])
    assert answers[1] == Unanswered("RuntimeError: CUDA error: device lost")
    assert not isinstance(answers[0], Unanswered)
    assert not isinstance(answers[2], Unanswered)


def test_a_function_that_would_end_the_process_loses_its_answers_alone() -> None:
    def fn(texts: list[str]) -> list[float]:
        if "b" in texts:
            sys.exit("no licence")
        return [0.5 for _ in texts]

    answers = Engine(Classifier(fn, ["yes"])).answer([Classify(text) for text in "abc"])
    assert answers[1] == Unanswered("fn called sys.exit('no licence') instead of an answer")
    assert not isinstance(answers[0], Unanswered)
    assert not isinstance(answers[2], Unanswered)


async def waits(texts: list[str]) -> list[float]:
    return [0.5 for _ in texts]


async def streams(texts: list[str]) -> AsyncIterator[float]:
    yield 0.5


class Waits:
    async def __call__(self, texts: list[str]) -> list[float]:
        return [0.5 for _ in texts]


@pytest.mark.parametrize(
    ("fn", "message"),
    [
        (waits, r"waits is a coroutine function: .*asyncio\.run"),
        (partial(waits), "coroutine function"),
        (streams, "coroutine function"),
        (Waits(), "Waits is a coroutine function"),
        (Waits, "Waits is a class: give an instance"),
        (lambda: 1, r"calls lambda with one argument \(texts\), and its signature is \(\)"),
        (lambda first, second: 1, "missing a required argument: 'second'"),
        (lambda *, texts: 1, "too many positional arguments"),
        (3, "Classifier takes a function, and int cannot be called"),
        (None, "NoneType cannot be called"),
        ("model", "str cannot be called"),
    ],
)
def test_what_cannot_be_called_so_is_refused_at_once(fn: Any, message: str) -> None:
    with pytest.raises(UnfitObject, match=message):
        Classifier(fn, ["yes"])


def test_an_estimator_in_a_wrapper_is_told_where_it_belongs() -> None:
    class Estimator:
        def predict(self, rows: Any) -> Any:
            return rows

    with pytest.raises(UnfitObject, match=r"give it to fairwitness\.run as it is"):
        Tabular(Estimator())  # type: ignore[arg-type]


def test_what_must_be_awaited_is_no_answer() -> None:
    answers = Engine(Classifier(lambda texts: waits(texts), ["yes"])).answer([Classify("a")])
    assert isinstance(answers[0], Unanswered)
    assert "asyncio.run" in answers[0].reason
    good = Classifier(lambda texts: asyncio.run(waits(texts)), ["yes"])
    assert not isinstance(Engine(good).answer([Classify("a")])[0], Unanswered)


@pytest.mark.parametrize("size", [0, -1, 2.5, True, "8"])
def test_sizes_of_batches_that_are_none_are_refused(size: Any) -> None:
    with pytest.raises(BadOption, match="batch_size="):
        Classifier(Calls(), ["yes"], batch_size=size)


@pytest.mark.parametrize(
    ("fn", "name"), [(lambda texts: texts, "lambda"), (Calls(), "Calls"), (partial(len), "len"), (len, "len")]
)
def test_a_function_has_its_own_name_unless_one_is_given(fn: Callable[..., Any], name: str) -> None:
    from fairwitness.audit.adapters.function import name_of

    assert name_of(fn) == name
    assert Generator(lambda prompts: prompts, name="mine").info.spec == "mine"


def test_a_function_is_not_fingerprinted_and_says_so() -> None:
    subjects = [
        Classifier(Calls(), ["yes"]),
        Tabular(lambda rows: rows),
        Generator(lambda prompts: prompts),
        Scorer(lambda contexts, continuations: [-1.0]),
    ]
    for subject in subjects:
        assert subject.info.fingerprint == ""
        assert subject.info.notes[0].text.startswith("Not fingerprinted: nothing shows")
        assert subject.info.architecture == "function"
