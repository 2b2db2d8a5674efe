"""What of a model's answer is explained: a class, a filler, how a text goes on, an answer, a tag."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class ForClass:
    """Explain the log-odds of one class against the rest."""

    label: str


@dataclass(frozen=True, slots=True)
class BetweenFillers:
    """Explain log P(positive) - log P(negative) at the first blank: at the mask, or by whole-sentence likelihood."""

    positive: str
    negative: str


@dataclass(frozen=True, slots=True)
class OfContinuation:
    """Explain log P(continuation | text) of a left-to-right language model; the space before it is its own."""

    continuation: str


@dataclass(frozen=True, slots=True)
class OfAnswer:
    """Explain the log-odds that text[start:end] is the answer to a question; the words of the answer itself stay."""

    question: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class OfTag:
    """Explain the log-odds that a tagger labels the word text[start:end] so, as the first or a further one of a span.

    `label` is that of spans, without a prefix. The word itself can be hidden: then a token for a hidden word is tagged.
    """

    label: str
    start: int
    end: int


Target: TypeAlias = ForClass | BetweenFillers | OfContinuation | OfAnswer | OfTag
