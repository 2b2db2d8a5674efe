"""What one teacher-forced pass says of a text: likelihood, longest run, extraction odds, compressibility."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from fairwitness.audit.requests import TokenScores
from fairwitness.probes.kit.memory.passages import Passage
from fairwitness.probes.kit.memory.predictors import PREDICTABLE, Form, explain, form_of, framed, only_new


@dataclass(frozen=True, slots=True)
class Run:
    """A run of tokens that were all the likeliest: its length, first token, text and the text before it."""

    length: int
    token: int
    text: str
    before: str


NO_RUN = Run(0, 0, "", "")
USUAL = 3.0
"""Nats that a token of a new text takes where no such text was asked."""


@dataclass(frozen=True, slots=True)
class Chains:
    """Every run of likeliest tokens, as the number of its tokens that nothing but the model gives away; none of 0.

    `ended` by a token that was not the likeliest, or `cut` by the end of the text (of a window of it).
    """

    ended: tuple[int, ...]
    cut: tuple[int, ...]

    @property
    def all(self) -> tuple[int, ...]:
        """Those that ended and those that were cut."""
        return *self.ended, *self.cut

    @property
    def longest(self) -> int:
        """The longest of them, 0 where there is none."""
        return max(self.all, default=0)


@dataclass(frozen=True, slots=True)
class Extraction:
    """The suffix after a prefix: log p_z (natural), its tokens, and how many greedy decoding gives before it errs.

    `hits` of its tokens were the likeliest after the true text before them. `predictable`: a predictor without a model
    gives away half or more of it. `first` and `last` are the characters between which it stands in the first window.
    """

    log_p_z: float
    tokens: int
    common: int
    predictable: bool
    hits: int = 0
    first: int = 0
    last: int = 0

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

    def comes_out(self, tries: int, chance: float = 0.5) -> bool:
        """Whether so many samples hold the suffix with this chance: (n, p)-discoverable extraction."""
        return self.samples_log10(chance) <= math.log10(tries) + 1e-9


@dataclass(frozen=True, slots=True)
class Quantities:
    """Everything read from one pass over a passage.

    `scored` tokens have a probability, of `tokens` in all; `open` of them no predictor without a model gives away.
    `run` is the longest run, `chains` all of them. `bits` is the whole negative log-likelihood. `extractions` has one
    for each prefix, None where the text is too short for it and a suffix. `form` says with which texts its runs are
    compared. `framed`: a window of it repeats a frame or is code, so that a run in it says nothing; `outside` is the
    longest counted run of the other windows, and `segment` their best segment (see `segment_of`).
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
    extractions: tuple[Extraction | None, ...]
    form: Form
    framed: bool
    outside: int
    segment: float = 0.0

    @property
    def extraction(self) -> Extraction | None:
        """That after the first of the prefixes."""
        return self.extractions[0]

    @property
    def counted(self) -> int:
        """The most tokens of one run that no predictor without a model gives away."""
        return self.chains.longest

    @property
    def predictable(self) -> bool:
        """Whether predictors without a model give away half or more of the longest run."""
        return self.run.length > 0 and self.counted <= self.run.length / 2


@dataclass(frozen=True, slots=True)
class Window:
    """A window of a text as the model read it.

    Tokens before `first` were counted in the window before it; `shift` is what the number of a token of the window
    lacks to that in the whole text. `given` marks tokens that a predictor without a model gives away.
    """

    text: str
    scores: TokenScores
    first: int
    shift: int
    given: tuple[bool, ...]
    framed: bool

    @property
    def log_probs(self) -> tuple[float, ...]:
        """Those of the tokens that count here."""
        return self.scores.log_probs[self.first :]

    @property
    def size(self) -> int:
        """Bytes from the first token that counts here to the end."""
        starts = self.scores.starts
        return len(self.text[starts[self.first] :].encode()) if self.first < len(starts) else 0

    def longest_run(self) -> Run:
        """The first longest run of greedy tokens."""
        starts, begin, length, place = self.scores.starts, 0, 0, 0
        for hit, group in groupby(self.scores.greedy):
            size = len(list(group))
            if hit and size > length:
                begin, length = place, size
            place += size
        if not length:
            return NO_RUN
        end = starts[begin + length] if begin + length < len(starts) else len(self.text)
        before = self.text[: starts[begin]].removesuffix(" ")  # the token that follows brings its own space
        text = self.text[len(before) : end].removesuffix(" ")
        return Run(length, begin + _unscored(self.scores) + self.shift, text, before)


def measure(
    passage: Passage,
    answers: Sequence[TokenScores],
    prefixes: Sequence[int],
    suffix: int,
    share: float = 0.2,
    usual: float = USUAL,
) -> Quantities:
    """The quantities of a passage from the answers to its requests; at least one token must be scored.

    One pass serves all: suffixes after each of the `prefixes`, runs, bits, and the mean of the least likely `share`.
    `usual` are the nats that a token of a new text takes this model (`usual_nats`).
    """
    form, windows = _read(passage, answers)
    log_probs = np.concatenate([np.asarray(window.log_probs) for window in windows])
    raw = passage.text.encode()
    packed = len(zlib.compress(raw, 9))
    bits = float(-log_probs.sum() / math.log(2))
    lowest = np.sort(log_probs)[: max(1, int(len(log_probs) * share))]
    return Quantities(
        passage=passage,
        scored=len(log_probs),
        tokens=len(log_probs) + _unscored(answers[0]),
        open=sum(window.given[window.first :].count(False) for window in windows),
        hits=sum(sum(window.scores.greedy[window.first :]) for window in windows),
        run=max((window.longest_run() for window in windows), key=lambda run: run.length),
        chains=_chains(windows),
        bits=bits,
        bits_per_byte=bits / sum(window.size for window in windows),
        min_k=float(lowest.mean()),
        zlib_ratio=bits / (8 * packed),
        compressed=packed / len(raw),
        extractions=tuple([_extraction(windows[0], prefix, suffix) for prefix in prefixes]),
        form=form,
        framed=any(window.framed for window in windows),
        outside=_chains([window for window in windows if not window.framed]).longest,
        segment=max((segment_of(window, usual) for window in windows if not window.framed), default=0.0),
    )


def usual_nats(answers: Iterable[Sequence[TokenScores]]) -> float:
    """Mean nats of a token in texts that nobody has seen; `USUAL` without any."""
    values = [np.asarray(scores.log_probs, dtype=np.float64) for text in answers for scores in text]
    return -float(np.concatenate(values).mean()) if sum(map(len, values)) else USUAL


def segment_of(window: Window, usual: float) -> float:
    """The most that any segment of tokens is likelier than new texts are, in nats.

    A token counts for what its surprise lies below half of the usual one, and against the segment for what it lies
    above, to twice the usual at most; one that is given away never counts for it. So a segment that is known goes on
    over single tokens that are not, where a run ends. In new texts such sums drift down, and their largest grows with
    the logarithm of the length (Karlin & Altschul 1990, https://doi.org/10.1073/pnas.87.6.2264).
    """
    values = np.maximum(np.asarray(window.log_probs, dtype=np.float64), -2 * usual) + usual / 2
    values = np.where(window.given[window.first :], np.minimum(values, 0.0), values)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    return float((sums - np.minimum.accumulate(sums)).max())


def _read(passage: Passage, answers: Sequence[TokenScores]) -> tuple[Form, list[Window]]:
    """The form of a passage, and its windows."""
    explained = [explain(text) for text in passage.windows]
    form = form_of(passage.text, float(np.mean([window.share for window in explained])))
    windows: list[Window] = []
    counted = 0
    for text, explanation, scores in zip(passage.windows, explained, answers, strict=True):
        frame = explanation.share < PREDICTABLE and framed(text)
        if form == "records":
            explanation = only_new(text, explanation)
        first = sum(start < passage.overlap for start in scores.starts) if windows else 0
        unscored = _unscored(scores)
        shift = counted - first - unscored if windows else 0
        given = tuple(explanation.at(start) for start in scores.starts)
        windows.append(Window(text, scores, first, shift, given, frame))
        counted += len(scores.log_probs) - first + (unscored if len(windows) == 1 else 0)
    return form, windows


def _chains(windows: Sequence[Window]) -> Chains:
    return chains_of([window.scores.greedy for window in windows], [window.given for window in windows])


def chains_of(greedy: Sequence[Sequence[bool]], given: Sequence[Sequence[bool]]) -> Chains:
    """The runs of all windows; a token that is given away goes on with a run and does not count."""
    ended, cut = [], []
    for hits, flags in zip(greedy, given, strict=True):
        count = 0
        for hit, mark in zip(hits, flags, strict=True):
            if hit:
                count += not mark
                continue
            ended.append(count)
            count = 0
        cut.append(count)
    return Chains(tuple(filter(None, ended)), tuple(filter(None, cut)))


def _unscored(scores: TokenScores) -> int:
    """Tokens before the first scored one: one where nothing precedes the text, none after a start token."""
    return int(bool(scores.starts) and scores.starts[0] > 0)


def _extraction(window: Window, prefix: int, suffix: int) -> Extraction | None:
    """The suffix after the prefix; None where the text, or its first window, is too short for both."""
    start = prefix - _unscored(window.scores)
    part = slice(start, start + suffix)
    log_probs = window.scores.log_probs[part]
    if start < 0 or len(log_probs) < suffix:
        return None
    misses = [place for place, hit in enumerate(window.scores.greedy[part]) if not hit]
    starts = (*window.scores.starts, len(window.text))
    return Extraction(
        log_p_z=float(np.sum(np.asarray(log_probs, dtype=np.float64))),
        tokens=suffix,
        common=misses[0] if misses else suffix,
        predictable=2 * sum(window.given[part]) >= suffix,
        hits=suffix - len(misses),
        first=starts[start],
        last=starts[start + suffix],
    )


def hit_rate(texts: Sequence[Quantities]) -> float:
    """Share of tokens that were the likeliest, over all these texts."""
    total = sum(text.scored for text in texts)
    return sum(text.hits for text in texts) / total if total else 0.0
