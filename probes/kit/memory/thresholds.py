"""How long a run of a text that nobody has seen may be: from texts written for this project, by the form of a text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from fairwitness.audit import stats
from fairwitness.probes.kit.memory.predictors import FORMS, Form
from fairwitness.probes.kit.memory.quantities import Quantities

LEAST_HIT_RATE = 0.10
"""Share of tokens right in the written texts below which runs conclude nothing but a text known by heart."""
CHANCE = 0.001
"""How often a text that nobody has seen may have a run above its threshold."""
FEWEST_OPEN = 5
"""A text of which all but fewer tokens are given away is predictable: there is nothing to know by heart."""
FEWEST_TEXTS = 30
"""Texts that must be there for their best segments to say how good one may be."""
FEWEST_RUNS = 20
"""Runs that must have come so far for what they did next to say how runs go on."""


@dataclass(frozen=True, slots=True)
class Tail:
    """Runs that reach `start` tokens: at most `rate` of them a token, and at most a share `on` goes on each time."""

    start: int
    rate: float
    on: float

    def limit(self, tokens: int) -> float:
        """The longest run that is not rarer than `CHANCE` in so many tokens; infinite where runs never end."""
        often = tokens * self.rate / CHANCE
        if often <= 1:
            return self.start - 1.0
        if self.on >= 1:
            return math.inf
        return math.ceil(self.start + math.log(often) / -math.log(self.on)) - 1.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """What texts that nobody has seen say of runs: a tail for each length from which enough of them went on.

    Of their best segments `segment` is the largest of a text of one token, had it grown by `growth` nats with the
    logarithm of the number of tokens.
    """

    tails: tuple[Tail, ...]
    longest: int
    segment: float = math.inf
    growth: float = 0.0

    def threshold(self, tokens: int) -> int:
        """The longest run that an unseen text of so many open tokens may have: the largest that any tail gives.

        Never below the longest run of the texts that calibrate, and never above the tokens of the text.
        """
        return int(max(self.longest, min(max(tail.limit(tokens) for tail in self.tails), tokens)))

    def segment_limit(self, tokens: int) -> float:
        """The best segment that an unseen text of so many open tokens had, by what lengths make of it."""
        return self.segment + self.growth * math.log(max(tokens, 1))


def calibrations(written: Sequence[Quantities]) -> Mapping[Form, Calibration]:
    """One for each form of text, from the written texts of this form; from all of them where it has too few runs.

    That of segments is the same for both: few texts in records repeat no frame.
    """
    calibrations = {}
    segment, growth = _segments(written)
    for form in FORMS:
        alike = [text for text in written if text.form == form]
        runs = calibrated(alike if len(_runs(alike)) >= FEWEST_RUNS else written)
        calibrations[form] = replace(runs, segment=segment, growth=growth)
    return calibrations


def limits_of(known: Mapping[Form, Calibration], tokens: int) -> dict[str, str]:
    """The thresholds of a text of so many tokens as sentences say them: by form, and of segments of running text."""
    limits = {str(form): str(calibration.threshold(tokens)) for form, calibration in known.items()}
    segment = known["sentences"].segment_limit(tokens)
    return limits | {"segment": f"{segment:.1f}" if math.isfinite(segment) else "∞"}


def _runs(texts: Sequence[Quantities]) -> list[int]:
    """All runs of these texts, the longest first."""
    return sorted(chain.from_iterable(text.chains.all for text in texts), reverse=True)


def calibrated(texts: Sequence[Quantities]) -> Calibration:
    """How long runs become in texts that nobody has seen.

    Hits come in clumps: a run that has come far goes on more often than a hit follows a hit. In a Markov chain n
    tokens hold a run of r or more with probability of at most n rate on^(r - k), where runs reach k tokens at this
    rate and each goes on with probability `on` (Schbath 2000, Journal of Computational Biology 7, 193-201, after
    Erdős & Rényi 1970, Journal d'Analyse Mathématique 23, 103-111). Both are upper 97.5 % limits over texts, as texts
    differ; this for each k that `FEWEST_RUNS` runs reached, so that no length is taken to be the one from which the
    chain holds. `on` and the share of hits are never taken below `LEAST_HIT_RATE`: a model that has next to nothing
    right in these texts could still have a few tokens right in a row elsewhere.
    """
    runs = _runs(texts)
    furthest = runs[FEWEST_RUNS - 1] if len(runs) >= FEWEST_RUNS else 1
    tails = tuple(_tail(texts, start) for start in range(1, furthest + 1))
    return Calibration(tails, max(runs, default=0), *_segments(texts))


def _segments(texts: Sequence[Quantities]) -> tuple[float, float]:
    """The largest segment of these texts less what its length made of it, and how segments grow with length.

    The largest of many such sums has an exponential tail, whose mean excess is what it grows by with the logarithm of
    the length; it is taken from the `FEWEST_RUNS` largest. Of n texts one in n + 1 is expected to lie above the largest
    of the others, and the same tail says how much farther one in a thousand lies (`CHANCE`). Texts that repeat a frame
    say nothing; with fewer than `FEWEST_TEXTS` others no segment is too long.
    """
    judged = [text for text in texts if not text.framed and text.open]
    if len(judged) < FEWEST_TEXTS:
        return math.inf, 0.0
    largest = sorted(text.segment for text in judged)[-FEWEST_RUNS:]
    growth = float(np.mean(largest)) - largest[0]
    farther = growth * max(-math.log(CHANCE * (len(judged) + 1)), 0.0)
    return max(text.segment - growth * math.log(text.open) for text in judged) + farther, growth


def _tail(texts: Sequence[Quantities], start: int) -> Tail:
    begun, on = [], []
    for text in texts:
        reached = sum(run >= start for run in text.chains.all)
        begun.append((reached, max(text.open - reached, 0)))
        further = sum(max(run - start, 0) for run in text.chains.all)
        on.append((further, sum(run >= start for run in text.chains.ended)))
    least = (1 - LEAST_HIT_RATE) * LEAST_HIT_RATE**start
    return Tail(start, max(_upper(begun), least), max(_upper(on), LEAST_HIT_RATE))


def _upper(counts: Sequence[tuple[int, int]]) -> float:
    """Upper 97.5 % limit of a share from hits and misses by text, which are the clusters; 0 without any."""
    hits, misses = np.array(counts, dtype=np.float64).reshape(-1, 2).T
    tries = hits + misses
    total, clusters = float(tries.sum()), int((tries > 0).sum())
    if total == 0:
        return 0.0
    share = float(hits.sum()) / total
    apart = math.sqrt(float(np.square(hits - share * tries).sum()) * clusters / max(clusters - 1, 1)) / total
    error = max(apart, math.sqrt(share * (1 - share) / total))
    limits = stats.effective_share(share, error, total, max(clusters - 1, 1), clusters).limits
    return float(limits(stats.normal_quantile(stats.LEVEL))[1])


@dataclass(frozen=True, slots=True)
class ScoredText:
    """A text with the threshold for its form and length; runs of a model that is not `competent` conclude nothing."""

    quantities: Quantities
    limit: int
    competent: bool = True
    segment_limit: float = math.inf

    @property
    def above(self) -> bool:
        """Whether its counted run or its best segment, outside of frames and code, is one that no unseen text has."""
        return self.quantities.outside > self.limit or self.quantities.segment > self.segment_limit

    @property
    def framed(self) -> bool:
        """Whether a part of it, or all, repeats a frame or is code, and the rest of it is not above the threshold."""
        return self.quantities.framed and not self.above

    @property
    def undecided(self) -> bool:
        """Whether half or more of the text stands in one run, and even all of it would not be above the threshold.

        A text that repeats a frame is not: its runs say nothing, however long.
        """
        tokens = self.quantities.open
        return not self.framed and self.limit >= tokens and FEWEST_OPEN <= tokens <= 2 * self.quantities.counted


def scored(
    texts: Sequence[Quantities], known: Mapping[Form, Calibration], *, competent: bool = True
) -> list[ScoredText]:
    """The texts beside the thresholds of their forms and lengths.

    To a model that is not `competent` in new texts any text of its own field is likelier than those, known or not: of
    such a model only runs are looked at.
    """
    rows = []
    for text in texts:
        calibration = known[text.form]
        segment = calibration.segment_limit(text.open) if competent else math.inf
        rows.append(ScoredText(text, calibration.threshold(text.open), competent, segment))
    return rows


def held_out(written: Sequence[Quantities]) -> list[ScoredText]:
    """Each written text that is no frame, beside the threshold that the other half sets: how often it errs.

    Texts that share a layout are of one half. Where nothing is said of halves every second text is of one.
    """
    halves: tuple[list[Quantities], list[Quantities]] = ([], [])
    for place, text in enumerate(written):
        halves[(text.passage.half or place) % 2].append(text)
    texts = []
    for half, other in (halves, halves[::-1]):
        texts += scored(half, calibrations(other))
    return [text for text in texts if not text.framed]
