"""How a model is spoken to: the chat template of its tokenizer, or how dialogue models without one part their turns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from fairwitness.audit.requests import Fault, Generate, LogLikelihood, Unanswered
from fairwitness.audit.turns import messages_of

_NO_SYSTEM = "{% if m['role'] == 'system' %}{{ raise_exception('it was taught no system message') }}{% endif %}"
DIALOGPT = "{% for m in messages %}" + _NO_SYSTEM + "{{ m['content'] }}{{ eos_token }}{% endfor %}"
"""Turns in a row, each ended by the end-of-text token (Zhang et al. 2020, https://arxiv.org/abs/1911.00536)."""
BLENDERBOT = (
    "{% for m in messages %}" + _NO_SYSTEM + "{% if m['role'] == 'user' %}{{ ' ' }}{% endif %}{{ m['content'] }}"
    "{% if not loop.last %}{{ '  ' }}{% endif %}{% endfor %}{{ eos_token }}"
)
"""Turns parted by two spaces, a space before each of the user's, as the tokenizer of transformers joined them."""
BLENDERBOTS = ("blenderbot", "blenderbot-small")
CONVERSATIONAL = "conversational"
"""A task with settings of its own in the configuration of DialoGPT, which else is that of any GPT-2."""

Messages: TypeAlias = list[dict[str, str]]
_TURNS = ("first question", "first answer", "second question")
"""Said to a template to see what it writes between turns."""
_SHORTEST = 3
"""Signs of what a template writes between turns, from which on a text that spells it is taken to do so."""


def dialogue_template(config: Any) -> str:
    """How a dialogue model parts its turns where its tokenizer has no template; empty for any other model."""
    if getattr(config, "model_type", "") in BLENDERBOTS:
        return BLENDERBOT
    tasks = getattr(config, "task_specific_params", None) or {}
    return DIALOGPT if CONVERSATIONAL in tasks and getattr(config, "model_type", "") == "gpt2" else ""


@dataclass(frozen=True)
class ChatForm:
    """The template that conversations are put in; `known` is that of a dialogue model whose tokenizer has none."""

    tokenizer: Any
    known: str = ""

    def said(self, request: Generate | LogLikelihood) -> str | Unanswered:
        """A conversation as the template writes it, up to where the model goes on.

        The template brings its own start. A message must come out of it as it went in: one that drops it has no place
        for it. What the model's turn has begun with stands behind the template as it is.
        """
        if not (getattr(self.tokenizer, "chat_template", None) or self.known):
            return Unanswered("this model has no chat template", "no_chat")
        messages = messages_of(request)
        texts = [message["content"] for message in messages]
        if isinstance(request, LogLikelihood):
            texts.append(request.continuation)
        if (spelled := self._spelled(texts)) is not None:
            return Unanswered(f"the text holds {spelled}, by which the chat template says who speaks", "control_words")
        begun = messages.pop()["content"] if request.says == "assistant" else ""
        several = bool(request.system or request.turns)
        whole = self._written(messages, "no_chat" if several else "model")
        if isinstance(whole, Unanswered):
            return whole
        return _dropped(messages, whole) or whole + begun

    def _written(self, messages: Messages, fault: Fault) -> str | Unanswered:
        chosen = {} if getattr(self.tokenizer, "chat_template", None) else {"chat_template": self.known}
        try:
            return str(
                self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True, **chosen)
            )
        except Exception as error:  # a template is a program of the model's authors, and may fail in any way
            why = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            return Unanswered(f"the chat template of this model fails: {why}", fault)

    def _spelled(self, texts: Sequence[str]) -> str | None:
        """The first control word that one of the texts spells."""
        return next((word for word in self._control_words for text in texts if word in text), None)

    @cached_property
    def _control_words(self) -> tuple[str, ...]:
        """Special tokens, and lines that the template writes around turns, of those with a sign that is no letter.

        A text that holds one would be read as a turn that ends, and another that somebody else begins.
        """
        special = {str(token) for token in self.tokenizer.all_special_tokens}
        added = getattr(self.tokenizer, "added_tokens_decoder", {})
        special |= {str(token) for token in added.values() if getattr(token, "special", False)}
        words = {token for token in special if token.strip()}
        for system in ("", "what to do"):
            words |= _around(self._probed(system), special, with_start=bool(system))
        return tuple(sorted(words, key=lambda word: (-len(word), word)))

    def _probed(self, system: str) -> list[str]:
        """What the template writes before, between and behind the turns of a conversation; nothing where it fails."""
        roles = ("user", "assistant", "user")
        messages = [{"role": role, "content": text} for role, text in zip(roles, _TURNS, strict=True)]
        if system:
            messages.insert(0, {"role": "system", "content": system})
        for count in (len(messages), len(messages) - 2):  # some templates have a place for a single question
            whole = self._written(messages[:count], "model")
            if isinstance(whole, str) and all(message["content"] in whole for message in messages[:count]):
                return re.split("|".join(re.escape(message["content"]) for message in messages[:count]), whole)
        return []


def _around(parts: Sequence[str], special: set[str], *, with_start: bool) -> set[str]:
    """The control words in what a template writes; before the first turn it may say more than who speaks."""
    marks = "|".join(re.escape(token) for token in sorted(special, key=len, reverse=True) if token)
    words = set()
    for part in parts if with_start else parts[1:]:
        for line in part.splitlines():
            for piece in re.split(marks, line) if marks else [line]:
                word = piece.strip()
                if len(word) >= _SHORTEST and not all(sign.isalnum() or sign.isspace() for sign in word):
                    words.add(word)
    return words


def _dropped(messages: Messages, whole: str) -> Unanswered | None:
    """Why a conversation that came out of its template is not the one that went in; None where it is."""
    place = 0
    for message in messages:
        text = message["content"].strip()
        start = whole.find(text, place)
        if start < 0:
            what = {"system": "the system message", "assistant": "an earlier turn of the model's"}.get(message["role"])
            what = what or ("the question" if message is messages[-1] else "an earlier turn of the user's")
            return Unanswered(f"the chat template of this model drops {what}", "no_chat")
        place = start + len(text)
    return None
