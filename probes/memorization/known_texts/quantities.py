"""What one teacher-forced pass says of a text: likelihood, longest run, extraction odds, compressibility."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal, TypeAlias

import numpy as np

from fairwitness.audit.requests import LogLikelihood, TokenScores
from fairwitness.probes.memorization.known_texts.predictors import PREDICTABLE, Form, explain, form_of, framed, only_new

TextKind: TypeAlias = Literal["public_domain", "written", "predictable", "shuffled", "own"]

WINDOW = 2400
STEP = 2000
"""Characters of one window of a long text, and from window to window; what overlaps keeps runs whole."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text to be asked, in windows that overlap where it is long."""

    key: str
    kind: TextKind
    title: str
    text: str

    @property
    def windows(self) -> tuple[str, ...]:
        """The text, cut at characters only where it is longer than one window."""
        if len(self.text) <= WINDOW:
            return (self.text,)
        return tuple(self.text[at : at + WINDOW] for at in range(0, len(self.text) - WINDOW + STEP, STEP))

    @property
    def requests(self) -> list[LogLikelihood]:
        """One pass a window; the first token is not scored."""
        return [LogLikelihood("", window, bos=False) for window in self.windows]


@dataclass(frozen=True, slots=True)
class Run:
    """A run of tokens that were all the likeliest: its length, first token, text and the text before it."""

    length: int
    token: int
    text: str
    before: str


NO_RUN = Run(0, 0, "", "")


@dataclass(frozen=True, slots=True)
class Chains:
    """Every run of likeliest tokens, as the number of its tokens that nothing but the model gives away; none of 0.

    `ended` by a token that was not the likeliest, or `cut` by the end of the text (of a window of it).
    """

    ended: tuple[int, ...]
    cut: tuple[int, ...]

    @property
    def longest(self) -> int:
        """The longest of them, 0 where there is none."""
        return max((*self.ended, *self.cut), default=0)


@dataclass(frozen=True, slots=True)
class Extraction:
    """The suffix after the prefix: log p_z (natural), its tokens, and how many greedy decoding gives before it errs.

    `predictable`: a predictor without a model gives away half or more of it.
    """

    log_p_z: float
    tokens: int
    common: int
    predictable: bool

    @property
    def greedy(self) -> bool:
        """Whether greedy decoding after the prefix gives the whole suffix."""
        return self.common == self.tokens

    def samples_log10(self, chance: float = 0.5) -> float:
        """Logarithm (base 10) of the samples that give the suffix once with this chance (Hayes et al. 2025)."""
        if self.log_p_z > -1e-12:
            return 0.0
        log_miss = math.log(-math.log1p(-math.exp(self.log_p_z))) if self.log_p_z > -30 else self.log_p_z
        return max(0.0, (math.log(-math.log1p(-chance)) - log_miss) / math.log(10))


@dataclass(frozen=True, slots=True)
class Quantities:
    """Everything read from one pass over a passage.

    `scored` tokens have a probability, of `tokens` in all; `open` of them no predictor without a model gives away.
    `run` is the longest run, `chains` all of them. `bits` is the whole negative log-likelihood. `extraction` is None
    where the text is too short for a prefix and a suffix. `form` says with which texts its runs are compared. `framed`:
    a window of it repeats a frame or is code, so that a run in it says nothing; `outside` is the longest counted run of
    the other windows.
    """

    passage: Passage
    scored: int
    tokens: int
    open: int
    hits: int
    run: Run
    chains: Chains
    bits: float
    bits_per_byte: float
    min_k: float
    zlib_ratio: float
    compressed: float
    extraction: Extraction | None
    form: Form
    framed: bool
    outside: int

    @property
    def counted(self) -> int:
        """The most tokens of one run that no predictor without a model gives away."""
        return self.chains.longest

    @property
    def predictable(self) -> bool:
        """Whether predictors without a model give away half or more of the longest run."""
        return self.run.length > 0 and self.counted <= self.run.length / 2


def measure(passage: Passage, answers: Sequence[TokenScores], prefix: int, suffix: int, share: float) -> Quantities:
    """The quantities of a passage from the answers to its requests; at least one token must be scored."""
    windows = passage.windows
    fresh = [_fresh(number, one) for number, one in enumerate(answers)]
    explained = [explain(text) for text in windows]
    frames = [one.share < PREDICTABLE and framed(text) for text, one in zip(windows, explained, strict=True)]
    form = form_of(passage.text, float(np.mean([one.share for one in explained])))
    if form == "records":
        explained = [only_new(text, one) for text, one in zip(windows, explained, strict=True)]
    given = [[one.at(start) for start in scores.starts] for one, scores in zip(explained, answers, strict=True)]
    log_probs = np.concatenate([np.asarray(one.log_probs[at:]) for one, at in zip(answers, fresh, strict=True)])
    runs = [_longest(text, one) for text, one in zip(windows, answers, strict=True)]
    read = zip(windows, answers, fresh, strict=True)
    size = sum(len(text[one.starts[at] :].encode()) for text, one, at in read if at < len(one.starts))
    greedy = [one.greedy for one in answers]
    outside = [at for at, frame in enumerate(frames) if not frame]
    raw = passage.text.encode()
    packed = len(zlib.compress(raw, 9))
    bits = float(-log_probs.sum() / math.log(2))
    lowest = np.sort(log_probs)[: max(1, int(len(log_probs) * share))]
    return Quantities(
        passage=passage,
        scored=len(log_probs),
        tokens=len(log_probs) + _unscored(answers[0]),
        open=sum(marks[at:].count(False) for marks, at in zip(given, fresh, strict=True)),
        hits=sum(sum(one.greedy[at:]) for one, at in zip(answers, fresh, strict=True)),
        run=max(_placed(runs, answers, fresh), key=lambda run: run.length),
        chains=chains_of(greedy, given),
        bits=bits,
        bits_per_byte=bits / size,
        min_k=float(lowest.mean()),
        zlib_ratio=bits / (8 * packed),
        compressed=packed / len(raw),
        extraction=_extraction(answers[0], given[0], prefix, suffix),
        form=form,
        framed=any(frames),
        outside=chains_of([greedy[at] for at in outside], [given[at] for at in outside]).longest,
    )


def _fresh(number: int, scores: TokenScores) -> int:
    """The first scored token of a window that the window before it has not counted already."""
    if number == 0:
        return 0
    return sum(start < WINDOW - STEP for start in scores.starts)


def _placed(runs: Sequence[Run], answers: Sequence[TokenScores], fresh: Sequence[int]) -> list[Run]:
    """The runs of the windows with their first token counted from the beginning of the text."""
    placed = []
    before = 0
    for run, scores, at in zip(runs, answers, fresh, strict=True):
        shift = before - at - (_unscored(scores) if before else 0)
        placed.append(replace(run, token=run.token + shift) if run.length else run)
        before += len(scores.log_probs) - at + (0 if before else _unscored(scores))
    return placed


def _longest(text: str, scores: TokenScores) -> Run:
    """The first longest run of greedy tokens."""
    best, length, at = 0, 0, 0
    for hit, group in groupby(scores.greedy):
        size = len(list(group))
        if hit and size > length:
            best, length = at, size
        at += size
    if not length:
        return NO_RUN
    start = scores.starts[best]
    end = scores.starts[best + length] if best + length < len(scores.starts) else len(text)
    before = text[:start].removesuffix(" ")  # the token that follows brings its own space
    return Run(length, best + _unscored(scores), text[len(before) : end].removesuffix(" "), before)


def chains_of(greedy: Sequence[Sequence[bool]], given: Sequence[Sequence[bool]]) -> Chains:
    """The runs of all windows; a token that is given away goes on with a run and does not count."""
    ended, cut = [], []
    for hits, marks in zip(greedy, given, strict=True):
        count = 0
        for hit, mark in zip(hits, marks, strict=True):
            if hit:
                count += not mark
                continue
            ended.append(count)
            count = 0
        cut.append(count)
    return Chains(tuple(one for one in ended if one), tuple(one for one in cut if one))


def _unscored(scores: TokenScores) -> int:
    """Tokens before the first scored one: one where nothing precedes the text, none after a start token."""
    return int(bool(scores.starts) and scores.starts[0] > 0)


def _extraction(scores: TokenScores, given: Sequence[bool], prefix: int, suffix: int) -> Extraction | None:
    """The suffix after the prefix; None where the text, or its first window, is too short for both."""
    start = prefix - _unscored(scores)
    part = scores.log_probs[start : start + suffix]
    if start < 0 or len(part) < suffix:
        return None
    leading = next((at for at, hit in enumerate(scores.greedy[start : start + suffix]) if not hit), suffix)
    known = 2 * sum(given[start : start + suffix]) >= suffix
    return Extraction(float(np.sum(np.asarray(part, dtype=np.float64))), suffix, leading, known)


def hit_rate(texts: Sequence[Quantities]) -> float:
    """Share of tokens that were the likeliest, over all these texts."""
    total = sum(one.scored for one in texts)
    return sum(one.hits for one in texts) / total if total else 0.0
