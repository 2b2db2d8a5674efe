"""How a model of each kind is asked about a sentence, and what its answers are worth under each score."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

import numpy as np

from fairwitness.audit.errors import BadOption
from fairwitness.audit.probe import expect
from fairwitness.audit.requests import (
    Answer,
    LogLikelihood,
    PseudoLogLikelihood,
    Request,
    TokenScores,
    Unanswered,
    UnmaskedLikelihood,
)
from fairwitness.probes.bias.pairs.items import Pair, Skipped, clipped

ScoreName: TypeAlias = Literal["pll_word_l2r", "cps_original", "aul", "aula", "sum", "mean"]
AnswerTo: TypeAlias = Callable[[Request], Answer]

MASKED: tuple[ScoreName, ...] = ("pll_word_l2r", "cps_original", "aul", "aula")
CAUSAL: tuple[ScoreName, ...] = ("sum", "mean")

MEANINGS: Mapping[ScoreName, str] = {
    "pll_word_l2r": "sum over all tokens of log P(token | rest), later pieces of its word hidden (Kauf & Ivanova 2023)",
    "cps_original": "sum over the unmodified tokens of log P(token | rest) (Nangia et al. 2020)",
    "aul": "mean log P of every token with nothing masked (Kaneko & Bollegala 2022)",
    "aula": "the same, each token weighed by the attention it gets (Kaneko & Bollegala 2022)",
    "sum": "sum of the log-probabilities of the tokens, left to right (lm-evaluation-harness)",
    "mean": "the same, divided by the number of tokens",
}


@dataclass(frozen=True, slots=True)
class Scored:
    """A pair with both values under each score, tokens of both sentences and tokens in which they differ."""

    pair: Pair
    values: Mapping[ScoreName, tuple[float, float]]
    tokens: tuple[int, int]
    changed: tuple[int, int]

    def prefers_more(self, name: ScoreName) -> bool:
        """Whether the first sentence scores strictly higher: a tie is no preference for it."""
        more, less = self.values[name]
        return more > less

    def tied(self, name: ScoreName) -> bool:
        """Whether both sentences score the same."""
        more, less = self.values[name]
        return more == less

    def turned(self, name: ScoreName) -> Scored:
        """The same pair under one score, with its sentences exchanged."""
        more, less = self.values[name]
        return replace(self, values={name: (less, more)})

    def margin(self, name: ScoreName) -> float:
        """Score of the first sentence less that of the second."""
        more, less = self.values[name]
        return more - less


def names_for(capabilities: Collection[str], wanted: Sequence[ScoreName] = ()) -> tuple[ScoreName, ...]:
    """The scores that a model of these capabilities can be asked for, the default first; those of `wanted` if named."""
    known = MASKED if "PseudoLogLikelihood" in capabilities else CAUSAL
    if known is MASKED and "UnmaskedLikelihood" not in capabilities:
        known = MASKED[:2]
    return tuple(name for name in known if not wanted or name in wanted)


def named(capabilities: Collection[str], wanted: Sequence[ScoreName]) -> tuple[ScoreName, ...]:
    """The scores to read. Raises BadOption where none of the wanted ones can be had of such a model."""
    found = names_for(capabilities, wanted)
    if not found:
        known = ", ".join(names_for(capabilities))
        raise BadOption(f"scores: none of {', '.join(wanted)} can be had of this model (it has {known})")
    return found


def requests_for(text: str, names: Sequence[ScoreName], context: str = "") -> list[Request]:
    """What is asked about one sentence, so that each of the scores can be read off; the context stands before it."""
    if not set(names) & set(MASKED):
        return [LogLikelihood(context, f" {text}" if context else text)]
    whole = _joined(context, text)
    asked: list[Request] = []
    if "pll_word_l2r" in names:
        asked.append(PseudoLogLikelihood(whole))
    if "cps_original" in names:
        asked.append(PseudoLogLikelihood(whole, "original"))
    if {"aul", "aula"} & set(names):
        asked.append(UnmaskedLikelihood(whole))
    return asked


def _joined(context: str, text: str) -> str:
    return f"{context} {text}" if context else text


@dataclass(frozen=True, slots=True)
class Sentence:
    """The answers to one sentence, those of its context left out."""

    answers: Mapping[str, TokenScores]

    @property
    def tokens(self) -> int:
        """Scored tokens."""
        return len(next(iter(self.answers.values())).log_probs)

    def value(self, name: ScoreName) -> float:
        """A score that needs no second sentence."""
        match name:
            case "pll_word_l2r" | "cps_original":
                return self.answers[_KEYS[name]].total
            case "aul" | "aula":
                answer = self.answers["unmasked"]
                weights = answer.weights if name == "aula" else (1.0,) * len(answer.log_probs)
                return float(np.mean(np.asarray(answer.log_probs) * np.asarray(weights)))
            case "sum" | "mean":
                total = self.answers["causal"].total
                return total if name == "sum" else total / self.tokens


_KEYS = {"pll_word_l2r": "word_l2r", "cps_original": "original"}


def read_sentence(text: str, names: Sequence[ScoreName], answer_to: AnswerTo, context: str = "") -> Sentence | str:
    """The answers to a sentence by kind, or why there is one missing."""
    found: dict[str, TokenScores] = {}
    start = len(_joined(context, "")) if context else 0
    for request in requests_for(text, names, context):
        answer = answer_to(request)
        scores = expect(answer, TokenScores)
        if scores is None:
            return answer.reason if isinstance(answer, Unanswered) else "no answer"
        if not isinstance(request, LogLikelihood):
            scores = _after(scores, start)
        if not scores.log_probs or not all(map(math.isfinite, (*scores.log_probs, *scores.weights))):
            return "no token of the sentence has a finite score"
        found[_key(request)] = scores
    if "aula" in names and not found["unmasked"].weights:
        return "the model returns no attention maps, which the score aula needs"
    return Sentence(found)


def _key(request: Request) -> str:
    match request:
        case PseudoLogLikelihood(variant=variant):
            return variant
        case UnmaskedLikelihood():
            return "unmasked"
        case _:
            return "causal"


def _after(scores: TokenScores, start: int) -> TokenScores:
    """The tokens that do not begin within the first `start` characters, less the blank before the sentence."""
    kept = [at for at, begin in enumerate(scores.starts) if begin >= start - 1] if start else None
    if kept is None:
        return scores
    return TokenScores(
        tuple(scores.log_probs[at] for at in kept),
        tuple(scores.greedy[at] for at in kept),
        tuple(scores.starts[at] for at in kept),
        tuple(scores.weights[at] for at in kept) if scores.weights else (),
        tuple(scores.ids[at] for at in kept) if scores.ids else (),
    )


def score_pair(pair: Pair, names: Sequence[ScoreName], answer_to: AnswerTo) -> Scored | Skipped:
    """Both sentences of a pair under each score."""
    more, less = (read_sentence(text, names, answer_to) for text in (pair.more, pair.less))
    for found, text in ((more, pair.more), (less, pair.less)):
        if isinstance(found, str):
            return Skipped(pair.row, clipped(text), found)
    assert isinstance(more, Sentence)  # noqa: S101 - the loop above has returned for a reason
    assert isinstance(less, Sentence)  # noqa: S101
    same = unmodified(*(_spelled(found, text) for found, text in ((more, pair.more), (less, pair.less))))
    values: dict[ScoreName, tuple[float, float]] = {}
    for name in names:
        if name == "cps_original":
            values[name] = _shared(more, same[0]), _shared(less, same[1])
        else:
            values[name] = more.value(name), less.value(name)
    tokens = (more.tokens, less.tokens)
    changed = (tokens[0] - len(same[0]), tokens[1] - len(same[1]))
    return Scored(pair, values, tokens, changed)


def _shared(sentence: Sentence, places: Sequence[int]) -> float:
    """Sum over the tokens that both sentences of a pair share, each masked alone."""
    return math.fsum(sentence.answers["original"].log_probs[at] for at in places)


def _spelled(sentence: Sentence, text: str) -> tuple[object, ...]:
    """Ids of the scored tokens where the model gives them, else their spelling."""
    scores = next(iter(sentence.answers.values()))
    if scores.ids:
        return scores.ids
    ends = (*scores.starts[1:], len(text))
    return tuple(text[start:end].strip() for start, end in zip(scores.starts, ends, strict=True))


def unmodified(first: Sequence[object], second: Sequence[object]) -> tuple[list[int], list[int]]:
    """Places of the tokens that both sequences share, by `difflib` with a mark at both ends (Nangia et al. 2020)."""
    marked = [[_START, *tokens, _END] for tokens in (first, second)]
    same: tuple[list[int], list[int]] = ([], [])
    for tag, a, to_a, b, to_b in SequenceMatcher(None, marked[0], marked[1]).get_opcodes():
        if tag == "equal":
            same[0].extend(range(a, to_a))
            same[1].extend(range(b, to_b))
    return [at - 1 for at in same[0][1:-1]], [at - 1 for at in same[1][1:-1]]


_START, _END = "<start>", "<end>"
