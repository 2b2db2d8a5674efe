"""How long two models take for the same texts: rounds that alternate between them, in one process."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from fairwitness.audit.comparison.variant_set import Speed
from fairwitness.audit.engine import Engine
from fairwitness.audit.requests import (
    Classify,
    Embed,
    LogLikelihood,
    PseudoLogLikelihood,
    Request,
    TagTokens,
    Unanswered,
)
from fairwitness.audit.subject import Subject

TEXTS = 16
WORDS_A_TEXT = (40, 8)
"""Words of a text, and of a shorter one for models that read no more."""
ROUNDS = 5
COMMON = """
the a and of to in that it was he for on are with as they at be this from have or by but what all were when we there
can an your which said if do into has more her two like him time than first people made over did down only
"""
"""Common words: what they say makes no difference to the time."""
ASKED: Mapping[str, Callable[[str], Request]] = MappingProxyType(
    {
        "LogLikelihood": lambda text: LogLikelihood("", text),
        "PseudoLogLikelihood": PseudoLogLikelihood,
        "Classify": Classify,
        "TagTokens": TagTokens,
        "Embed": Embed,
    }
)
"""What a model is timed with: the first of these that both answer."""


def speed_of(original: Subject, variant: Subject) -> Speed | None:
    """The times of both; None where they answer nothing of what is timed, or count no tokens."""
    shared = [name for name in ASKED if name in original.info.capabilities and name in variant.info.capabilities]
    for words in WORDS_A_TEXT:
        texts = _texts(words)
        tokens = [_tokens(subject, texts) for subject in (variant, original)]
        if not shared or None in tokens:
            return None
        requests = [ASKED[shared[0]](text) for text in texts]
        if all(_answers(subject, requests) for subject in (original, variant)):
            times: list[list[float]] = [[], []]
            for _ in range(ROUNDS):
                for seconds, subject in zip(times, (original, variant), strict=True):
                    seconds.append(_seconds(subject, requests))
            return Speed(
                tokens=tokens[0] or 0,
                original_tokens=tokens[1] or 0,
                seconds=tuple(times[1]),
                original_seconds=tuple(times[0]),
            )
    return None


def _texts(words: int) -> tuple[str, ...]:
    """Texts of common words in an order that a seed fixes."""
    rng = np.random.default_rng(0)
    vocabulary = COMMON.split()
    drawn = rng.integers(0, len(vocabulary), (TEXTS, words))
    return tuple(" ".join(vocabulary[place] for place in row) for row in drawn.tolist())


def _tokens(subject: Subject, texts: tuple[str, ...]) -> int | None:
    from fairwitness.audit.huggingface.compressed import count_tokens

    return count_tokens(subject, texts)


def _answers(subject: Subject, requests: Sequence[Request]) -> bool:
    """Whether every text is answered; so both are asked once before the clock runs."""
    return not any(isinstance(answer, Unanswered) for answer in Engine(subject).answer(list(requests)))


def _seconds(subject: Subject, requests: Sequence[Request]) -> float:
    begun = time.perf_counter()
    list(Engine(subject).answer(list(requests)))
    return time.perf_counter() - begun
