"""A function from prompts to texts as a subject."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from fairwitness.audit.adapters import returned
from fairwitness.audit.adapters.function import TEXTS_AT_ONCE, FunctionSubject, keywords_of, names
from fairwitness.audit.reasons import note
from fairwitness.audit.records import Name
from fairwitness.audit.requests import Generate, Generated, Unanswered
from fairwitness.audit.turns import messages_of, outside_a_chat

SETTINGS = ("max_tokens", "temperature", "top_p", "seed", "system")
"""Settings of a request that a function is told where it takes them by these names."""
SYSTEM, MESSAGES = "system", "messages"
KEYS = ("generated_text", "text")
"""Where a dict per prompt holds the text, as pipelines of transformers give it."""


class Generator(FunctionSubject):
    """A writer of texts: `fn(prompts)` gives for each prompt how it goes on.

    The function is told `max_tokens`, `temperature`, `top_p` and `seed` of a request where it takes them by these
    names; where it does not, length and sampling are its own. What a user says in a chat it is told as a prompt, and a
    system message as `system`. A function that names `messages` is told each conversation whole, as a list of messages
    with a `role` (system, user, assistant) and a `content`, one list for each prompt; for prompts of no chat it is
    None. Where a function takes neither it does not answer what has a system message or earlier turns. A text that
    begins with its prompt is taken to hold it, and only what follows counts. An empty text is an answer, None is none.
    Raises UnfitObject, BadOption.

    >>> Generator(lambda prompts: [prompt + " once" for prompt in prompts]).generate([Generate("A man", 5)])[0].text
    ' once'
    """

    def __init__(self, fn: Callable[..., Any], *, name: str = "", batch_size: int = TEXTS_AT_ONCE) -> None:
        keywords = keywords_of(fn, SETTINGS) if callable(fn) else frozenset()
        lacks = [setting for setting in SETTINGS if setting not in (*keywords, SYSTEM)]
        notes = (note("not_told", "function", settings=Name(", ".join(lacks))),) if lacks else ()
        super().__init__(fn, ("prompts",), "generator", ("Generate",), name=name, batch_size=batch_size, notes=notes)
        self.told = keywords
        self.in_messages = callable(fn) and names(fn, MESSAGES)

    def generate(self, batch: Sequence[Generate]) -> list[Generated | Unanswered]:
        """The continuations; requests with different settings are put in different calls."""
        groups: dict[tuple[tuple[str, Any], ...], list[int]] = {}
        answers: dict[int, Generated | Unanswered] = {}
        for place, request in enumerate(batch):
            if why := self._refused(request):
                answers[place] = Unanswered(why, "no_chat")
                continue
            settings = tuple((name, getattr(request, name)) for name in SETTINGS if name in self.told)
            settings += ((MESSAGES, request.chat),) if self.in_messages else ()
            groups.setdefault(settings, []).append(place)
        for settings, places in groups.items():
            group = [batch[place] for place in places]
            texts = self.ask(group, partial(self._written, settings=settings))
            answers.update(zip(places, texts, strict=True))
        return [answers[place] for place in range(len(batch))]

    def _refused(self, request: Generate) -> str:
        """Why a conversation cannot be told to the function; empty where it can."""
        if why := outside_a_chat(request):
            return why
        if request.says == "assistant":
            return f"{self.info.spec} begins its turn itself"
        if request.turns and not self.in_messages:
            return f"{self.info.spec} takes no `{MESSAGES}`, in which earlier turns are told"
        if request.system and not self.in_messages and SYSTEM not in self.told:
            return f"{self.info.spec} takes no `{SYSTEM}` message"
        return ""

    def _written(
        self, batch: Sequence[Generate], settings: tuple[tuple[str, Any], ...]
    ) -> list[Generated | Unanswered]:
        prompts = [request.prompt for request in batch]
        keywords = dict(settings)
        if MESSAGES in keywords:
            keywords[MESSAGES] = [messages_of(request) for request in batch] if keywords[MESSAGES] else None
        texts = returned.items(self.call(prompts, **keywords), len(prompts), self.info.spec, "prompt")
        return [self._one(prompt, text) for prompt, text in zip(prompts, texts, strict=True)]

    def _one(self, prompt: str, item: Any) -> Generated | Unanswered:
        if isinstance(item, list | tuple) and len(item) == 1:
            item = item[0]
        if isinstance(item, Mapping):
            item = next((item[key] for key in KEYS if key in item), None)
        if not isinstance(item, str):
            what = returned.kind_of(item)
            return Unanswered(f"{self.info.spec} returned {what} where the text after a prompt is expected")
        text = item.removeprefix(prompt)
        return Generated(text, len(text.split()))
