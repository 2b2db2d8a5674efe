"""What one teacher-forced pass says of a text: likelihood, longest run, extraction odds, compressibility."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal, TypeAlias

import numpy as np

from assay.audit.requests import LogLikelihood, TokenScores
from assay.probes.memorization.predictors import explain

TextKind: TypeAlias = Literal["public_domain", "written", "predictable", "shuffled", "own"]

WINDOW = 2400
STEP = 2000
"""Characters of one window of a long text, and from window to window; what overlaps keeps runs whole."""

COMPETENCE_FLOOR = 0.10
"""Share of tokens right in the written texts below which runs conclude nothing but a text known by heart."""
CHANCE = 0.001
"""How often a text that nobody has seen may have a run above its threshold."""


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
class Quantities:
    """Everything read from one pass over a passage.

    `scored` tokens have a probability, of `tokens` in all. `run` is the longest run; `counted` the longest without a
    token that a predictor without a model gives away. `bits` is the whole negative log-likelihood. `log_p_z` is that
    of the suffix after the prefix, natural logarithm, and `common` the number of its tokens that greedy decoding would
    give; None where the text is too short for them.
    """

    passage: Passage
    scored: int
    tokens: int
    hits: int
    run: Run
    counted: Run
    bits: float
    bits_per_byte: float
    min_k: float
    zlib_ratio: float
    compressed: float
    log_p_z: float | None
    common: int | None

    @property
    def predictable(self) -> bool:
        """Whether predictors without a model give away half or more of the longest run."""
        return self.run.length > 0 and self.counted.length <= self.run.length / 2

    def samples_log10(self, chance: float = 0.5) -> float | None:
        """Logarithm (base 10) of the samples that give the suffix once with this chance (Hayes et al. 2025)."""
        if self.log_p_z is None:
            return None
        if self.log_p_z > -1e-12:
            return 0.0
        log_miss = math.log(-math.log1p(-math.exp(self.log_p_z))) if self.log_p_z > -30 else self.log_p_z
        return max(0.0, (math.log(-math.log1p(-chance)) - log_miss) / math.log(10))


def measure(passage: Passage, answers: Sequence[TokenScores], prefix: int, suffix: int, share: float) -> Quantities:
    """The quantities of a passage from the answers to its requests; at least one token must be scored."""
    windows = passage.windows
    fresh = [_fresh(number, one) for number, one in enumerate(answers)]
    log_probs = np.concatenate([np.asarray(one.log_probs[at:]) for one, at in zip(answers, fresh, strict=True)])
    runs = [_longest(text, one, ()) for text, one in zip(windows, answers, strict=True)]
    counted = [_longest(text, one, _given(text, one)) for text, one in zip(windows, answers, strict=True)]
    read = zip(windows, answers, fresh, strict=True)
    size = sum(len(text[one.starts[at] :].encode()) for text, one, at in read if at < len(one.starts))
    raw = passage.text.encode()
    packed = len(zlib.compress(raw, 9))
    bits = float(-log_probs.sum() / math.log(2))
    lowest = np.sort(log_probs)[: max(1, int(len(log_probs) * share))]
    log_p_z, common = _extraction(answers[0], prefix, suffix)
    return Quantities(
        passage=passage,
        scored=len(log_probs),
        tokens=len(log_probs) + _unscored(answers[0]),
        hits=sum(sum(one.greedy[at:]) for one, at in zip(answers, fresh, strict=True)),
        run=max(_placed(runs, answers, fresh), key=lambda run: run.length),
        counted=max(_placed(counted, answers, fresh), key=lambda run: run.length),
        bits=bits,
        bits_per_byte=bits / size,
        min_k=float(lowest.mean()),
        zlib_ratio=bits / (8 * packed),
        compressed=packed / len(raw),
        log_p_z=log_p_z,
        common=common,
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


def _given(text: str, scores: TokenScores) -> tuple[bool, ...]:
    explained = explain(text)
    return tuple(explained.at(start) for start in scores.starts)


def _longest(text: str, scores: TokenScores, given: Sequence[bool]) -> Run:
    """The first longest run of greedy tokens; given-away tokens, where marked, break it."""
    good = [hit and not (given and given[at]) for at, hit in enumerate(scores.greedy)]
    best, length, at = 0, 0, 0
    for hit, group in groupby(good):
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


def _unscored(scores: TokenScores) -> int:
    """Tokens before the first scored one: one where nothing precedes the text, none after a start token."""
    return int(bool(scores.starts) and scores.starts[0] > 0)


def _extraction(scores: TokenScores, prefix: int, suffix: int) -> tuple[float | None, int | None]:
    """Log p_z of the suffix after the prefix, and how many of its first tokens are greedy ones."""
    start = prefix - _unscored(scores)
    part = scores.log_probs[start : start + suffix]
    if start < 0 or len(part) < suffix:
        return None, None
    leading = next((at for at, hit in enumerate(scores.greedy[start : start + suffix]) if not hit), suffix)
    return float(np.sum(np.asarray(part, dtype=np.float64))), leading


def hit_rate(texts: Sequence[Quantities]) -> float:
    """Share of tokens that were the likeliest, over all these texts."""
    total = sum(one.scored for one in texts)
    return sum(one.hits for one in texts) / total if total else 0.0


def threshold(tokens: int, written: Sequence[Quantities]) -> int:
    """The longest run that a text of so many tokens may have without having been seen.

    With hits at the rate q of the written texts, n tokens hold a run of r or more with probability of at most
    n (1 - q) q^r (Erdős & Rényi 1970); r is taken where that is 0.001. Never below the longest run of a written text,
    and q never below `COMPETENCE_FLOOR`: a model that has next to nothing right in them could still have a few tokens
    right in a row elsewhere.
    """
    longest = max((one.counted.length for one in written), default=0)
    rate = max(hit_rate(written), COMPETENCE_FLOOR)
    if rate >= 1:
        return longest
    rarest = math.log(max(tokens, 1) * (1 - rate) / CHANCE) / -math.log(rate)
    return max(longest, math.ceil(rarest) - 1)


@dataclass(frozen=True, slots=True)
class Judged:
    """A text with the threshold for its length."""

    of: Quantities
    limit: int

    @property
    def above(self) -> bool:
        """Whether its counted run is longer than a text nobody has seen would have."""
        return self.of.counted.length > self.limit

    @property
    def reading(self) -> str:
        """One phrase on its runs."""
        if self.above:
            return "known by heart in part"
        if self.of.run.length > self.limit:
            return "predictable, not memorized" if self.of.predictable else "long run, partly predictable"
        return "no run above the threshold"
