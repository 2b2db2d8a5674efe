"""Whether a model is asked as a user asks it: in its chat template where it has one, else as plain text."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TypeAlias

from fairwitness.audit.probe import Context
from fairwitness.audit.requests import Answer, Generate, LogLikelihood, Request, Turn, answers_trial
from fairwitness.audit.turns import GREETED, GREETING, Chat

Manner: TypeAlias = Chat
"""`auto`: in the chat template of a model that has one."""


def asks_in_chat(
    manner: Manner, system: str = "", *, scores: bool = False
) -> Generator[list[Request], list[Answer], bool]:
    """Whether requests of this manner go into a chat, used with `yield from`; `auto` asks the model for one token.

    With a system message the question is whether the template has a place for one. With `scores` the likelihood of an
    answer is asked and none is written: for probes that need nothing else of a model.
    """
    if manner != "auto":
        return manner == "chat"
    written = Generate(GREETING, 1, chat=True, system=system, trial=True)
    trial = LogLikelihood(GREETING, GREETED, chat=True, system=system, trial=True) if scores else written
    [answer] = yield [trial]
    return not answers_trial(trial, answer)


def takes_turns(manner: Manner) -> Generator[list[Request], list[Answer], bool]:
    """Whether the model's chat has a place for earlier turns, used with `yield from`; no chat (`plain`) has none."""
    if manner == "plain":
        return False
    turns = (Turn("user", GREETING), Turn("assistant", f"{GREETED}."))
    trial = LogLikelihood(GREETING, GREETED, chat=True, turns=turns, trial=True)
    [answer] = yield [trial]
    return not answers_trial(trial, answer)


def prompts_tried(
    ctx: Context, given: str, *, tasks: Sequence[str], instruction: str, otherwise: str
) -> Generator[list[Request], list[Answer], list[tuple[str, bool]]]:
    """The prompts in which a task may be put to the model, each with whether it goes into a chat; with `yield from`.

    Of an encoder-decoder all `tasks`, of a model with a chat template the `instruction`, of any other one the last;
    the one that is `given`, where one is, takes their place.
    """
    if ctx.kind == "sequence_to_sequence":
        return [(prompt, False) for prompt in ([given] if given else tasks)]
    chat = yield from asks_in_chat("auto")
    return [(given or (instruction if chat else otherwise), chat)]
