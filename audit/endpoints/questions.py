"""From a request to what an endpoint is asked: a path and a payload, or why it cannot be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fairwitness.audit.endpoints.offer import AS_IT_IS, CHAT, PLAIN, Offer, Path
from fairwitness.audit.requests import Generate, LogLikelihood, Unanswered
from fairwitness.audit.turns import messages_of, outside_a_chat

OVERHEAD = 64
"""Tokens that a template may put around each message, at most, where an answer's own count tells no better."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is put to the endpoint."""

    path: Path
    payload: Mapping[str, Any]

    @property
    def most_read(self) -> int:
        """The most tokens that it is read as: no usual tokenizer makes more of a text than it has bytes in UTF-8."""
        messages = self.payload.get("messages")
        texts = [self.payload["prompt"]] if messages is None else [message["content"] for message in messages]
        return sum(len(text.encode("utf-8", "surrogatepass")) + OVERHEAD for text in texts)

    @property
    def most_written(self) -> int:
        """The most tokens of an answer."""
        limits = (self.payload.get(name, 0) for name in ("max_tokens", "max_completion_tokens"))
        return max(int(limit) for limit in limits)


def question(request: Generate | LogLikelihood, model: str, offer: Offer) -> Question | Unanswered:
    """How a request is put; Unanswered where this endpoint has no way to be asked it, and nothing is sent."""
    if why := outside_a_chat(request):
        return Unanswered(why, "no_chat")
    if request.says == "assistant":
        return Unanswered("an endpoint begins its turn itself", "no_chat")
    if request.chat and not offer.chats:
        return Unanswered("the endpoint answers no conversations (chat/completions)", "no_chat")
    if not request.chat and not offer.continues:
        return Unanswered("the endpoint continues no plain texts (completions)", "no_plain")
    if isinstance(request, Generate):
        return _generate(request, model, offer)
    return _score(request, model) if offer.echoes else _next_token(request, model, offer)


def _generate(request: Generate, model: str, offer: Offer) -> Question:
    payload: dict[str, Any] = {"model": model, "temperature": request.temperature}
    if request.temperature > 0:
        payload["seed"] = request.seed
    if request.top_p != 1:
        payload["top_p"] = request.top_p
    if request.chat:
        return Question(
            CHAT, {**payload, "messages": messages_of(request), offer.limit_name: max(1, request.max_tokens)}
        )
    return Question(PLAIN, {**payload, "prompt": request.prompt, "max_tokens": max(1, request.max_tokens)})


def _score(request: LogLikelihood, model: str) -> Question | Unanswered:
    if request.chat:
        return Unanswered("the endpoint tells log-probabilities of plain texts, and in a chat none of them", "no_chat")
    text = request.context + request.continuation
    if not text:
        return Unanswered("the continuation has no tokens")
    payload = {"model": model, "prompt": text, "max_tokens": 1, "temperature": AS_IT_IS, "echo": True, "logprobs": 1}
    return Question(PLAIN, payload)


def _next_token(request: LogLikelihood, model: str, offer: Offer) -> Question | Unanswered:
    """The likeliest next tokens, among which the continuation is looked for. The question is one for all of them."""
    path = CHAT if request.chat else PLAIN
    most = offer.top.get(path, 0)
    if not most:
        return Unanswered(
            "the endpoint tells no likeliest next tokens here",
            "no_chat" if request.chat else "no_plain",
        )
    if not request.context:
        return Unanswered("without a context there is no next token to be told of", "outside_top")
    payload: dict[str, Any] = {"model": model, "temperature": AS_IT_IS}
    if request.chat:
        asked = {"messages": messages_of(request), offer.limit_name: 1, "logprobs": True, "top_logprobs": most}
        return Question(path, {**payload, **asked})
    return Question(path, {**payload, "prompt": request.context, "max_tokens": 1, "logprobs": most})
