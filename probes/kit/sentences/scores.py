"""How a model of each kind is asked about a sentence, and what its answers are worth under each score."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

import numpy as np

from fairwitness.audit.errors import BadOption
from fairwitness.audit.probe import expect
from fairwitness.audit.records import Name
from fairwitness.audit.requests import (
    LogLikelihood,
    PseudoLogLikelihood,
    Request,
    TokenScores,
    Unanswered,
    UnmaskedLikelihood,
)
from fairwitness.probes.kit.blanks import Answers
from fairwitness.probes.kit.sentences.pairs import WORDS, Pair, Skipped, clipped

ScoreName: TypeAlias = Literal["pll_word_l2r", "cps_original", "aul", "aula", "sum", "mean"]
"""What each means stands under `[score]` of the words."""
MASKED: tuple[ScoreName, ...] = ("pll_word_l2r", "cps_original", "aul", "aula")
CAUSAL: tuple[ScoreName, ...] = ("sum", "mean")
_KINDS = {"pll_word_l2r": "word_l2r", "cps_original": "original", "aul": "unmasked", "aula": "unmasked"}
"""The kind of answer that each score of masked models is read from."""
_START, _END = "<start>", "<end>"


@dataclass(frozen=True, slots=True)
class ScoredPair:
    """A pair with both values under each score, tokens of both sentences and tokens in which they differ."""

    pair: Pair
    values: Mapping[ScoreName, tuple[float, float]]
    tokens: tuple[int, int]
    changed: tuple[int, int]

    def prefers_more(self, name: ScoreName) -> bool:
        """Whether the first sentence scores strictly higher: a tie is no preference for it."""
        return self.margin(name) > 0

    def tied(self, name: ScoreName) -> bool:
        """Whether both sentences score the same."""
        return self.margin(name) == 0

    def turned(self, name: ScoreName) -> ScoredPair:
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


def scores_of(capabilities: Collection[str], wanted: Sequence[ScoreName]) -> tuple[ScoreName, ...]:
    """The scores to read. Raises BadOption where none of the wanted ones can be had of such a model."""
    names = names_for(capabilities, wanted)
    if not names:
        known = ", ".join(names_for(capabilities))
        raise BadOption(WORDS("reason.scores", wanted=", ".join(wanted), known=known))
    return names


def requests_by_kind(text: str, names: Sequence[ScoreName], context: str = "") -> dict[str, Request]:
    """What is asked about one sentence, by the kind of answer that scores are read from; the context stands before."""
    if not set(names) & set(MASKED):
        return {"causal": LogLikelihood(context, f" {text}" if context else text)}
    whole = f"{context} {text}" if context else text
    kinds = {_KINDS[name] for name in names if name in _KINDS}
    by_kind: dict[str, Request] = {
        "word_l2r": PseudoLogLikelihood(whole),
        "original": PseudoLogLikelihood(whole, "original"),
        "unmasked": UnmaskedLikelihood(whole),
    }
    return {kind: request for kind, request in by_kind.items() if kind in kinds}


def requests_for(text: str, names: Sequence[ScoreName], context: str = "") -> list[Request]:
    """The same requests, so that each of the scores can be read off.

    >>> [type(request).__name__ for request in requests_for("She sang.", ("pll_word_l2r", "aul", "aula"))]
    ['PseudoLogLikelihood', 'UnmaskedLikelihood']
    """
    return list(requests_by_kind(text, names, context).values())


@dataclass(frozen=True, slots=True)
class Sentence:
    """The answers to one sentence by kind, those of its context left out."""

    answers: Mapping[str, TokenScores]

    @property
    def tokens(self) -> int:
        """Scored tokens."""
        return len(next(iter(self.answers.values())).log_probs)

    def value(self, name: ScoreName) -> float:
        """A score that needs no second sentence."""
        match name:
            case "pll_word_l2r" | "cps_original":
                return self.answers[_KINDS[name]].total
            case "aul" | "aula":
                answer = self.answers["unmasked"]
                weights = answer.weights if name == "aula" else (1.0,) * len(answer.log_probs)
                return float(np.mean(np.asarray(answer.log_probs) * np.asarray(weights)))
            case "sum" | "mean":
                total = self.answers["causal"].total
                return total if name == "sum" else total / self.tokens

    def shared(self, places: Sequence[int]) -> float:
        """Sum over the tokens that both sentences of a pair share, each masked alone."""
        return math.fsum(self.answers["original"].log_probs[place] for place in places)

    def spelled(self, text: str) -> tuple[object, ...]:
        """Ids of the scored tokens where the model gives them, else their spelling."""
        scores = next(iter(self.answers.values()))
        if scores.ids:
            return scores.ids
        ends = (*scores.starts[1:], len(text))
        return tuple(text[start:end].strip() for start, end in zip(scores.starts, ends, strict=True))


def read_sentence(text: str, names: Sequence[ScoreName], answers: Answers, context: str = "") -> Sentence | str:
    """The answers to a sentence by kind, or why there is one missing."""
    by_kind: dict[str, TokenScores] = {}
    for kind, request in requests_by_kind(text, names, context).items():
        answer = answers[request]
        scores = expect(answer, TokenScores)
        if scores is None:
            return Name(answer.reason) if isinstance(answer, Unanswered) else WORDS("reason.silent")
        if context and kind != "causal":
            scores = _after(scores, len(context) + 1)
        if not scores.log_probs or not all(map(math.isfinite, (*scores.log_probs, *scores.weights))):
            return WORDS("reason.not_finite")
        by_kind[kind] = scores
    if "aula" in names and not by_kind["unmasked"].weights:
        return WORDS("reason.no_attention")
    return Sentence(by_kind)


def _after(scores: TokenScores, start: int) -> TokenScores:
    """The tokens that do not begin within the first `start` characters, less the blank before the sentence."""
    kept = [place for place, begin in enumerate(scores.starts) if begin >= start - 1]
    return TokenScores(
        tuple(scores.log_probs[place] for place in kept),
        tuple(scores.greedy[place] for place in kept) if scores.greedy else (),
        tuple(scores.starts[place] for place in kept),
        tuple(scores.weights[place] for place in kept) if scores.weights else (),
        tuple(scores.ids[place] for place in kept) if scores.ids else (),
    )


def score_pair(pair: Pair, names: Sequence[ScoreName], answers: Answers) -> ScoredPair | Skipped:
    """Both sentences of a pair under each score."""
    more, less = (read_sentence(text, names, answers) for text in (pair.more, pair.less))
    if isinstance(more, str):
        return Skipped(pair.row, clipped(pair.more), more)
    if isinstance(less, str):
        return Skipped(pair.row, clipped(pair.less), less)
    same = unmodified(more.spelled(pair.more), less.spelled(pair.less))
    values: dict[ScoreName, tuple[float, float]] = {}
    for name in names:
        if name == "cps_original":
            values[name] = more.shared(same[0]), less.shared(same[1])
        else:
            values[name] = more.value(name), less.value(name)
    tokens = (more.tokens, less.tokens)
    return ScoredPair(pair, values, tokens, (tokens[0] - len(same[0]), tokens[1] - len(same[1])))


def unmodified(first: Sequence[object], second: Sequence[object]) -> tuple[list[int], list[int]]:
    """Places of the tokens that both sequences share, by `difflib` with a mark at both ends (Nangia et al. 2020).

    >>> unmodified("abcd", "axd")
    ([0, 3], [0, 2])
    """
    marked = [[_START, *tokens, _END] for tokens in (first, second)]
    same: tuple[list[int], list[int]] = ([], [])
    for tag, start, end, other_start, other_end in SequenceMatcher(None, marked[0], marked[1]).get_opcodes():
        if tag == "equal":
            same[0].extend(range(start, end))
            same[1].extend(range(other_start, other_end))
    return [place - 1 for place in same[0][1:-1]], [place - 1 for place in same[1][1:-1]]
