"""What a judge is given and what it says."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

Kind: TypeAlias = Literal["list", "rule", "classifier", "chat"]
Why: TypeAlias = Literal["", "empty", "script", "form", "refused", "silent", "aside"]
"""Why a text is not scored: it is empty, or in a script or language that the judge does not read; the judge's answer
is outside its form, or its own refusal, or there is none; or the caller put the text aside."""


@dataclass(frozen=True, slots=True)
class Said:
    """A text to be judged, and the request that it answers where it answers one."""

    text: str
    request: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """What a judge says of a text: true, false, or None with the reason; `score` is its probability where it has one.

    `id` names the text (`content_id`), `human` is what people said of it; both stand where a calibrated judge set them.
    Raises ValueError where there is a verdict and a reason against one, or neither.
    """

    verdict: bool | None
    why: Why = ""
    score: float | None = None
    id: str = field(default="", compare=False)
    human: bool | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if (self.verdict is None) != bool(self.why):
            raise ValueError(f"a verdict {self.verdict} with the reason {self.why!r} against one")


ASIDE = Decided(None, "aside")
"""Of a text that no judge was asked about."""


class TextJudge(Protocol):
    """Who judges; `name` says it to a reader."""

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> Kind: ...

    def __call__(self, texts: Sequence[Said]) -> list[Decided]:
        """What it says of each text, in order and in full number."""


def content_id(said: Said) -> str:
    """What a text and its request are called in files of labels: `t`, so that it is no number, and 16 digits of a hash.

    >>> content_id(Said("I cannot.", "Do it.")) != content_id(Said("I cannot."))
    True
    """
    return "t" + hashlib.sha256(f"{said.request}\0{said.text}".encode(errors="surrogatepass")).hexdigest()[:16]
