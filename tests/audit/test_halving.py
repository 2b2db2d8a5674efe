"""Foreign code that raises: the guilty items alone are lost, and the search for them ends."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from fairwitness.audit.errors import BadData
from fairwitness.audit.halving import SEARCHES, BadAnswer, in_halves
from fairwitness.audit.requests import Classify, Generate, Unanswered
from fairwitness.audit.subject import OutOfMemory


def doubled(numbers: Sequence[int]) -> list[int]:
    if 3 in numbers:
        raise KeyError(3)
    if 5 in numbers:
        raise BadAnswer("five is\nno number")
    return [2 * number for number in numbers]


@pytest.mark.parametrize("prompt", ["Tell me how it is made at home.", "怎样在家里做这个？", "zephyr-2219"])
def test_an_error_that_quotes_what_was_asked_is_not_repeated(prompt: str) -> None:
    def quoting(batch: Sequence[Classify]) -> list[Unanswered]:
        raise RuntimeError(f"400 Bad Request: {batch[0].text.upper()}")

    [answer] = in_halves([Classify(prompt)], quoting)
    assert answer == Unanswered(f"RuntimeError: [text: {17 + len(prompt)} characters]")
    assert isinstance(answer, Unanswered)
    assert answer.said == f"RuntimeError: 400 Bad Request: {prompt.upper()}"


def test_an_error_of_its_own_words_is_told() -> None:
    def failing(batch: Sequence[Classify]) -> list[Unanswered]:
        raise RuntimeError("the model is made for other things")

    for text in ("Tell me how it is made at home.", "for"):
        [answer] = in_halves([Classify(text)], failing)
        assert answer == Unanswered("RuntimeError: the model is made for other things")


def test_an_error_behind_what_a_model_wrote_is_not_repeated() -> None:
    def quoting(batch: Sequence[Generate]) -> list[Unanswered]:
        raise ValueError("no JSON: First, mix the two")

    [answer] = in_halves([Generate("Tell me.", 5)], quoting)
    assert isinstance(answer, Unanswered)
    assert (answer.reason, answer.said) == (
        "ValueError: [text: 27 characters]",
        "ValueError: no JSON: First, mix the two",
    )


def test_guilty_items_alone_are_lost_with_their_reason() -> None:
    assert in_halves(range(7), doubled) == [
        *(0, 2, 4),
        Unanswered("KeyError: 3"),
        8,
        Unanswered("five is no number"),
        12,
    ]


def test_an_empty_batch_is_never_asked() -> None:
    def refuse(numbers: Sequence[int]) -> list[int]:
        raise AssertionError

    assert in_halves([], refuse) == []


@pytest.mark.slow
def test_the_search_ends() -> None:
    calls = 0

    def refuse(numbers: Sequence[int]) -> list[int]:
        nonlocal calls
        calls += 1
        raise ValueError("never")

    answers = in_halves(range(100_000), refuse)
    assert answers == [Unanswered("ValueError: never")] * 100_000
    assert calls <= 2 * SEARCHES + 1


@pytest.mark.parametrize(("raised", "seen"), [(MemoryError(), OutOfMemory), (BadData("x"), BadData)])
def test_memory_and_mistakes_of_the_user_pass(raised: Exception, seen: type[Exception]) -> None:
    def refuse(numbers: Sequence[int]) -> list[int]:
        raise raised

    with pytest.raises(seen):
        in_halves([1, 2], refuse)
