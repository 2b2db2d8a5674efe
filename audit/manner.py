"""In which manner a run puts what its probes ask: in the model's chat or plainly, and behind which system message."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from fairwitness.audit.probe import SecondModel
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import Answer, Generate, LogLikelihood, Request, Turn
from fairwitness.audit.turns import GREETED, GREETING, Chat

ASKED_IN_CHAT = ("Generate", "LogLikelihood")
"""Kinds of requests that a chat may stand around."""
OPENING, CHINESE_OPENING = "Write a text.", "请写一段文字。"
"""What the user says before a text with which the model's own turn begins."""
Form: TypeAlias = Literal["user_turn", "model_turn", "plain", "system_of_run", "system_of_probe", "earlier_turns"]
"""How a request was put: as the user's turn or as the beginning of the model's, or plainly; and what stood before."""
TURN_FORMS: tuple[Form, ...] = ("user_turn", "model_turn", "plain")
"""Of these each request has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """What a run says about how questions are put. `system` stands before everything that is asked in a chat."""

    chat: Chat = "auto"
    system: str = ""

    @property
    def usual(self) -> bool:
        """Whether the run says nothing, so that probes ask as they do by themselves."""
        return self.chat == "auto" and not self.system

    def put(self, request: Request, *, chooses: bool) -> Request:
        """A request as it is put to the model; `chooses` says that its probe has an option of its own for the chat.

        A text that a probe asks plainly becomes in a chat the beginning of the model's turn, so that it goes on with
        the same text and scores the same tokens. A system message of the probe's stands in place of the run's.
        """
        if not isinstance(request, Generate | LogLikelihood):
            return request
        if request.chat:
            return replace(request, system=self.system) if self.system and not request.system else request
        if self.chat != "chat" or chooses or request.system or request.turns:
            return request
        text = request.prompt if isinstance(request, Generate) else request.context + request.continuation
        opening = Turn("user", CHINESE_OPENING if _is_chinese(text) else OPENING)
        return replace(request, chat=True, system=self.system, turns=(opening,), says="assistant")

    def trial(self, capabilities: Sequence[str]) -> Request:
        """What shows whether the model can be asked in this manner."""
        if "Generate" in capabilities:
            return Generate(GREETING, 1, chat=True, system=self.system, trial=True)
        return LogLikelihood(GREETING, GREETED, chat=True, system=self.system, trial=True)

    @property
    def recorded(self) -> dict[str, str | None]:
        """What the document says of it: the system message in full, and its hash."""
        if not self.system:
            return {"system": None}
        return {"system": self.system, "system_sha256": hashlib.sha256(self.system.encode()).hexdigest()}


USUAL = Manner()
"""Of a run that says nothing of it."""


def forms_of(asked: Request, put: Request) -> list[Form]:
    """How a request was put; none for what no chat can stand around, and for a trial of whether there is one."""
    if not isinstance(put, Generate | LogLikelihood) or not isinstance(asked, Generate | LogLikelihood) or put.trial:
        return []
    if not put.chat:
        return ["plain"]
    forms: list[Form] = ["user_turn" if put.says == "user" else "model_turn"]
    if asked.system:
        forms.append("system_of_probe")
    elif put.system:
        forms.append("system_of_run")
    if asked.turns:
        forms.append("earlier_turns")
    return forms


@dataclass(frozen=True, slots=True)
class InManner:
    """A second model that is asked in the manner in which the audited one is."""

    model: SecondModel
    manner: Manner
    chooses: bool

    @property
    def info(self) -> SubjectInfo:
        """As of the model itself."""
        return self.model.info

    def __call__(self, requests: Sequence[Request]) -> list[Answer]:
        """The answers, in order and in full number."""
        return self.model([self.manner.put(request, chooses=self.chooses) for request in requests])


def _is_chinese(text: str) -> bool:
    """Whether more letters of a text are Chinese than are not."""
    letters = [sign for sign in text if sign.isalpha()]
    return 2 * sum("\u4e00" <= sign <= "\u9fff" for sign in letters) > len(letters)
