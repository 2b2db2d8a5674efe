"""What an endpoint gives, as one trial found it: which paths answer, how they are asked, and who answers there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

Path: TypeAlias = Literal["chat/completions", "completions"]
CHAT: Path = "chat/completions"
PLAIN: Path = "completions"
AS_IT_IS = 1
"""The temperature at which log-probabilities are asked for: at others some servers tell those of their draws."""
MOST_TOP = 20
"""Likeliest tokens that are asked for: OpenAI and vLLM give no more than so many."""


@dataclass(frozen=True, slots=True)
class Served:
    """Who answers: the name of the model and the fingerprint of its setting, as the endpoint tells them."""

    model: str = ""
    fingerprint: str = ""

    def __str__(self) -> str:
        named = self.model or "a model without a name"
        return f"{named} ({self.fingerprint})" if self.fingerprint else named


@dataclass(frozen=True, slots=True)
class Offer:
    """What the trial found. `served` has an entry for each path that answers."""

    served: Mapping[Path, Served] = field(default_factory=lambda: MappingProxyType({}))
    limit_name: str = "max_tokens"
    """How the endpoint calls the most tokens of an answer in a chat."""
    echoes: bool = False
    """Whether it tells the log-probabilities of a prompt's own tokens."""
    top: Mapping[Path, int] = field(default_factory=lambda: MappingProxyType({}))
    """How many of the likeliest next tokens each path gives with their log-probabilities; none where it gives none."""

    @property
    def chats(self) -> bool:
        """Whether it answers a conversation."""
        return CHAT in self.served

    @property
    def continues(self) -> bool:
        """Whether it goes on with a text as it stands."""
        return PLAIN in self.served


def served_by(body: Mapping[str, Any]) -> Served:
    """Who says that it answered."""
    model, fingerprint = body.get("model"), body.get("system_fingerprint")
    return Served(model if isinstance(model, str) else "", fingerprint if isinstance(fingerprint, str) else "")


def fingerprint(model: str, url: str, offer: Offer) -> str:
    """sha256 over the URL, the model's name and who the endpoint says answers: nothing of it is content of the model.

    >>> len(fingerprint("m", "http://localhost/v1", Offer()))
    64
    """
    served = [[path, who.model, who.fingerprint] for path, who in sorted(offer.served.items())]
    return hashlib.sha256(json.dumps(["openai", url, model, served]).encode()).hexdigest()
