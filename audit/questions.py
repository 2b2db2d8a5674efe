"""The span of a text that answers a question: the request, and its answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AnswerQuestion:
    """The span of `context` that answers `question`, and how likely each of `spans` (start, end in characters) is.

    An answer has at most `longest` tokens. There is no blank in the context.
    """

    question: str
    context: str
    spans: tuple[tuple[int, int], ...] = ()
    longest: int = 30


@dataclass(frozen=True, slots=True)
class SpanAnswer:
    """The likeliest span of a context: its text, start and end in characters, log-probability; and the asked spans.

    One distribution over all spans of one to `longest` tokens of the context and, where the model has a place for it,
    no answer (`none`): log P = start logit + end logit - log of the sum over all of these. Two spans have the ratio
    that the product of start and end probabilities gives them; only here the whole is 1. `none` means something only
    for a model that was taught to abstain (SQuAD 2); the likeliest span is that among spans, whatever `none` is.
    `exact[k]` is the log-probability of the asked span k itself, `holding[k]` of all spans that hold it and no other
    asked one but those inside it. `tokens[k]` is its number of tokens.
    """

    text: str
    start: int
    end: int
    log_prob: float
    exact: tuple[float, ...] = ()
    holding: tuple[float, ...] = ()
    tokens: tuple[int, ...] = ()
    none: float | None = None
