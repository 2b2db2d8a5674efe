"""A function from contexts and continuations to log-probabilities as a subject."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from fairwitness.audit.adapters import returned
from fairwitness.audit.adapters.function import TEXTS_AT_ONCE, FunctionSubject
from fairwitness.audit.halving import BadAnswer
from fairwitness.audit.reasons import note
from fairwitness.audit.requests import LogLikelihood, TokenScores, Unanswered
from fairwitness.audit.turns import outside_a_chat

ROUNDING = 1e-3
"""How far above 0 a log-probability may be by rounding alone."""
LOG_PROBS, STARTS, GREEDY = "log_probs", "starts", "greedy"
_WORD = re.compile(r"\S+")


class Scorer(FunctionSubject):
    """A scorer of texts: `fn(contexts, continuations)` gives the natural log-probability of each continuation.

    One number a pair is the whole continuation's: its words count as its tokens, and nothing that is read off single
    tokens is measured. A function that knows its tokens gives a dict a pair:
    `log_probs` of the tokens, their `starts` (in characters of context + continuation) and, where it knows it,
    `greedy`, whether each was the likeliest. What the first token of an empty context is conditioned on is the
    function's own. Raises UnfitObject, BadOption.

    >>> subject = Scorer(lambda contexts, continuations: [-2.0 for _ in continuations])
    >>> subject.log_likelihoods([[LogLikelihood("", "She sang.")]])[0][0].log_probs
    (-2.0, 0.0)
    """

    def __init__(self, fn: Callable[..., Any], *, name: str = "", batch_size: int = TEXTS_AT_ONCE) -> None:
        takes, can = ("contexts", "continuations"), ("LogLikelihood", "Attribute")
        super().__init__(
            fn, takes, "scorer", can, name=name, batch_size=batch_size, notes=(note("whole_texts", "function"),)
        )

    def log_likelihoods(self, rows: Sequence[Sequence[LogLikelihood]]) -> list[list[TokenScores | Unanswered]]:
        """The scores of every row, in its order."""
        answers = iter(self.ask([request for row in rows for request in row], self._scored))
        return [[next(answers) for _ in row] for row in rows]

    def _scored(self, batch: Sequence[LogLikelihood]) -> list[TokenScores | Unanswered]:
        asked = [request for request in batch if not _in_chat(request)]
        if not asked:
            return [Unanswered(_CHAT, "no_chat")] * len(batch)
        result = self.call([request.context for request in asked], [request.continuation for request in asked])
        scores = iter(returned.items(result, len(asked), self.info.spec, "continuation"))
        return [
            Unanswered(_CHAT, "no_chat") if _in_chat(request) else self._one(request, next(scores)) for request in batch
        ]

    def _one(self, request: LogLikelihood, item: Any) -> TokenScores | Unanswered:
        try:
            return self._by_token(request, item) if isinstance(item, Mapping) else self._whole(request, item)
        except BadAnswer as error:
            return Unanswered(str(error))

    def _whole(self, request: LogLikelihood, item: Any) -> TokenScores:
        total = self._log_prob(item)
        start = len(request.context)
        starts = tuple(start + word.start() for word in _WORD.finditer(request.continuation)) or (start,)
        return TokenScores((total, *(0.0 for _ in starts[1:])), (), starts)  # not shared out: the sum stays exact

    def _by_token(self, request: LogLikelihood, item: Mapping[Any, Any]) -> TokenScores:
        columns = {key: list(self._column(item, key)) for key in (LOG_PROBS, STARTS, GREEDY) if key in item}
        scores = tuple(self._log_prob(value) for value in columns.get(LOG_PROBS, ()))
        starts = tuple(int(returned.number(value, self.info.spec)) for value in columns.get(STARTS, ()))
        greedy = tuple(bool(value) for value in columns.get(GREEDY, ()))
        end = len(request.context) + len(request.continuation)
        fits = len(starts) == len(scores) and (GREEDY not in columns or len(greedy) == len(scores))
        if not fits or list(starts) != sorted(starts) or not all(0 <= start <= end for start in starts):
            raise BadAnswer(
                f"{self.info.spec} returned {len(scores)} {LOG_PROBS}, {len(starts)} {STARTS} and {len(greedy)} "
                f"{GREEDY}: as many of each are expected, {STARTS} rising from 0 to {end} ({GREEDY} may be left out)"
            )
        return TokenScores(scores, greedy, starts)

    def _column(self, item: Mapping[Any, Any], key: str) -> Iterator[Any]:
        values = returned.plain(item[key], self.info.spec)
        if not isinstance(values, list | tuple):
            raise BadAnswer(f"{self.info.spec} returned {returned.kind_of(values)} for {key}, not a list")
        return iter(values)

    def _log_prob(self, item: Any) -> float:
        value = returned.number(item, self.info.spec)
        if value > ROUNDING:
            raise BadAnswer(
                f"{self.info.spec} returned {value:.4g} where a log-probability is expected, which is never above 0: "
                "return the logarithm of the probability"
            )
        return min(0.0, value)


_CHAT = "the function knows no chat template: a Scorer is not asked what it says to a user"


def _in_chat(request: LogLikelihood) -> bool:
    return request.chat or outside_a_chat(request) != ""
