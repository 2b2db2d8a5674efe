"""Whether a model is asked with its start token: as makes texts that nobody has seen likelier."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from fairwitness.audit.probe import expect
from fairwitness.audit.requests import Answer, Request, TokenScores
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.memory.passages import Passage

TRIED = 8
"""Texts that are asked both with the start token and without it."""
CLEARLY = 0.95
"""With the start token a text must need no more than this share of the bits that it needs without."""


@dataclass(frozen=True, slots=True)
class Start:
    """Nats for a token of plain new texts with the start token and without; None where nothing was answered.

    Where both are equal the tokenizer has no start token that would do anything.
    """

    with_token: float | None
    without: float | None

    @property
    def used(self) -> bool:
        """Whether the model is asked with the start token."""
        if self.with_token is None or self.without is None:
            return self.without is None and self.with_token is not None
        return self.with_token < CLEARLY * self.without


def both_ways(texts: Sequence[Passage]) -> list[tuple[Request, Request]]:
    """The requests for some of these texts, each with the start token and without it."""
    places = np.linspace(0, len(texts) - 1, min(TRIED, len(texts)))
    chosen = [texts[int(place)] for place in places]
    return [(text.requests(start=True)[0], text.requests(start=False)[0]) for text in chosen]


def start_of(texts: Sequence[Passage], answers: Mapping[Request, Answer]) -> Start:
    """Which way is used. Models differ: some know no text without their start token, others were never told it.

    What is compared are the tokens that both ways score.
    """
    totals, tokens = [0.0, 0.0], 0
    answered = [False, False]
    for pair in both_ways(texts):
        scores = [expect(answers[request], TokenScores) for request in pair]
        values = [np.asarray(score.log_probs, dtype=np.float64) if score else np.empty(0) for score in scores]
        least = min(map(len, values))
        for way, log_probs in enumerate(values):
            answered[way] |= bool(len(log_probs))
            totals[way] -= float(log_probs[len(log_probs) - least :].sum())
        tokens += least
    if not tokens:
        return Start(*(0.0 if any_answer else None for any_answer in answered))
    return Start(totals[0] / tokens, totals[1] / tokens)


def asked_by_start(
    passages: Sequence[Passage], fresh: Sequence[Passage]
) -> Generator[list[Request], list[Answer], tuple[Start, dict[Request, Answer]]]:
    """The passages without a start token and some fresh ones both ways; all again with it where it is used.

    Gives what is used, and the answers by request.
    """
    tried = chain.from_iterable(both_ways(fresh))
    plain = chain.from_iterable(passage.requests() for passage in passages)
    answers = yield from ask([*plain, *tried])
    start = start_of(fresh, answers)
    if start.used:
        answers = yield from ask(chain.from_iterable(passage.requests(start=True) for passage in passages))
    return start, answers
