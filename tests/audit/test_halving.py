"""Foreign code that raises: the guilty items alone are lost, and the search for them ends."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from fairwitness.audit.errors import BadData
from fairwitness.audit.halving import SEARCHES, BadAnswer, in_halves
from fairwitness.audit.requests import Unanswered
from fairwitness.audit.subject import OutOfMemory


def doubled(numbers: Sequence[int]) -> list[int]:
    if 3 in numbers:
        raise KeyError(3)
    if 5 in numbers:
        raise BadAnswer("five is\nno number")
    return [2 * number for number in numbers]


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
