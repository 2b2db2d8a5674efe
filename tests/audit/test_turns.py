"""Conversations as requests: what they are refused for before anything is asked, and what they are called."""

from __future__ import annotations

from typing import Any, cast

import pytest

from fairwitness.audit.engine import Engine
from fairwitness.audit.planner import characters
from fairwitness.audit.requests import Generate, LogLikelihood, Turn, canonical
from fairwitness.audit.turns import messages_of
from fairwitness.audit.verbs import cost

TURNS = (Turn("user", "Who wrote it?"), Turn("assistant", "Ada."))


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: Turn(cast(Any, "system"), "Be kind."), "'system', which is none: a turn is of user or assistant"),
        (lambda: Turn("user", " \n"), "turn of the user is empty"),
        (lambda: Generate("And?", 2, chat=True, turns=cast(Any, [TURNS[0]])), r"tuple of Turn"),
        (lambda: Generate("And?", 2, chat=True, turns=cast(Any, ("Who?",))), r"tuple of Turn"),
        (lambda: Generate("It was", 2, chat=True, says="assistant"), "behind one of the user's"),
        (lambda: LogLikelihood("It", "was", chat=True, turns=TURNS, says="assistant"), "behind one of the user's"),
        (lambda: Generate("It was", 2, chat=True, turns=TURNS, says=cast(Any, "bot")), "not 'bot'"),
    ],
)
def test_what_no_conversation_is_has_one_reason(make: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        make()


def test_what_was_asked_without_turns_keeps_its_answers() -> None:
    assert canonical(Generate("a", 2)) == (
        b'["Generate", {"max_tokens": 2, "prompt": "a", "seed": 0, "temperature": 0.0, "top_p": 1.0}]'
    )
    assert canonical(LogLikelihood("a", "b")) == (
        b'["LogLikelihood", {"bos": true, "chat": false, "context": "a", "continuation": "b"}]'
    )


def test_every_turn_is_part_of_what_is_asked() -> None:
    asked = [
        Generate("And?", 2, chat=True),
        Generate("And?", 2, chat=True, turns=TURNS),
        Generate("And?", 2, chat=True, turns=TURNS[:1]),
        Generate("And?", 2, chat=True, turns=TURNS[:1], says="assistant"),
        Generate("And?", 2, chat=True, turns=(TURNS[0], Turn("assistant", "Bo."))),
        Generate("And?", 2, chat=True, turns=(TURNS[0], Turn("user", "Ada."))),
    ]
    assert len({canonical(request) for request in asked}) == len(set(asked)) == len(asked)
    assert characters(asked[1]).length == characters(asked[0]).length + sum(len(turn.text) for turn in TURNS)
    assert cost(asked[1]) > cost(asked[0])


def test_messages_are_in_the_order_in_which_they_were_said() -> None:
    request = LogLikelihood("It was", "Ada", chat=True, system="Be kind.", turns=TURNS[:1], says="assistant")
    assert [(message["role"], message["content"]) for message in messages_of(request)] == [
        ("system", "Be kind."),
        ("user", "Who wrote it?"),
        ("assistant", "It was"),
    ]


def test_turns_without_a_chat_are_no_answer() -> None:
    from fairwitness.audit.adapters import Generator, Scorer

    generator, scorer = Generator(lambda prompts: prompts, name="f"), Scorer(lambda one, two: [-1.0] * len(two))
    for engine, request in (
        (Engine(generator), Generate("And?", 2, turns=TURNS)),
        (Engine(scorer), LogLikelihood("And?", "b", turns=TURNS)),
    ):
        [answer] = engine.answer([request])
        assert getattr(answer, "fault", "") == "no_chat"
