"""Whether a model is asked as a user asks it: in its chat template where it has one, else as plain text."""

from __future__ import annotations

from collections.abc import Generator
from typing import Literal, TypeAlias

from fairwitness.audit.requests import Answer, Generate, Request, Unanswered

Manner: TypeAlias = Literal["auto", "chat", "plain"]
"""`auto`: in the chat template of a model that has one."""
GREETING = "Hello."
"""What shows whether there is a template: one token of an answer to it, the same for every probe."""


def asks_in_chat(manner: Manner, system: str = "") -> Generator[list[Request], list[Answer], bool]:
    """Whether requests of this manner go into a chat, used with `yield from`; `auto` asks the model for one token.

    With a system message the question is whether the template has a place for one.
    """
    if manner != "auto":
        return manner == "chat"
    [answer] = yield [Generate(GREETING, 1, chat=True, system=system)]
    return not (isinstance(answer, Unanswered) and answer.fault == "no_chat")
