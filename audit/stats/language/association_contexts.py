"""The effect of word sets over many draws of one context a word, combined by a random-effects model (CEAT)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.bootstrap import bca_interval
from fairwitness.audit.stats.language.association_effect import (
    ALIKE,
    FEW_DIFFER,
    Floats,
    Similarities,
    cosines,
    effect_sizes,
    few_words,
    skewness,
)
from fairwitness.audit.stats.levels import estimate

BOOTSTRAP = 999
PER_DRAW = 5
"""Draws of contexts that are averaged in one resample of words."""
AT_ONCE = 256
"""Draws whose cosines are looked up together."""
Ints = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Combined:
    """Effects combined by DerSimonian & Laird.

    `error` is the standard error under their independence, `sd` the standard deviation of the effects themselves.
    """

    value: float
    error: float
    q: float
    tau2: float
    i2: float
    sd: float


@dataclass(frozen=True, slots=True, eq=False)
class Contexts:
    """Cosines of every context of every target word with every context of every attribute word.

    `starts` and `counts` say by word where its contexts lie, targets along the rows and attributes along the columns;
    the first `x` target words and `a` attribute words are the sets X and A.
    """

    cosines: Floats
    rows: tuple[Ints, Ints]
    columns: tuple[Ints, Ints]
    x: int
    a: int

    @classmethod
    def of(cls, sets: Sequence[Sequence[Floats]]) -> Contexts:
        """From the vectors [contexts, width] of every word of the sets X, Y, A and B."""
        x, y, a, b = sets
        targets, attributes = [*x, *y], [*a, *b]
        similarities = cosines(np.concatenate(targets), np.concatenate(attributes))
        return cls(similarities, _places(targets), _places(attributes), len(x), len(a))

    def means(self) -> Similarities:
        """Cosines of words, averaged over their contexts."""
        by_row = np.add.reduceat(self.cosines, self.rows[0], axis=0) / self.rows[1][:, None]
        return Similarities(np.add.reduceat(by_row, self.columns[0], axis=1) / self.columns[1], self.x, self.a)

    def drawn(self, rng: np.random.Generator, targets: Ints, attributes: Ints, x: int, a: int) -> Floats:
        """Effect sizes [draws] of the words of each row [draws, words], each in one context drawn at random.

        The first `x` target words and `a` attribute words of a row are the sets X and A; NaN where all are alike.
        """
        rows, columns = (
            starts[words] + (rng.random(words.shape) * counts[words]).astype(np.intp)
            for (starts, counts), words in ((self.rows, targets), (self.columns, attributes))
        )
        values = np.empty(rows.shape)
        for start in range(0, len(rows), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            near = self.cosines[rows[part, :, None], columns[part, None, :]]
            values[part] = near[:, :, :a].mean(axis=2) - near[:, :, a:].mean(axis=2)
        return effect_sizes(values, x)


def combine(effects: Sequence[float], variances: Sequence[float]) -> Combined:
    """The random-effects mean of effects with known variances (DerSimonian & Laird 1986).

    Controlled Clinical Trials 7, 177-188. Raises ValueError below two effects and for a variance that is not above 0.
    """
    d, v = np.asarray(effects, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    if len(d) < 2 or not (v > 0).all():
        raise ValueError(f"{len(d)} effects with variances from {v.min() if len(v) else None}: 2 above 0 are needed")
    w = 1 / v
    fixed = float(w @ d / w.sum())
    q = float(w @ (d - fixed) ** 2)
    scale = float(w.sum() - (w @ w) / w.sum())
    tau2 = max(0.0, (q - (len(d) - 1)) / scale)
    random = 1 / (v + tau2)
    i2 = max(0.0, 1 - (len(d) - 1) / q) if q > 0 else 0.0
    return Combined(
        float(random @ d / random.sum()), math.sqrt(1 / float(random.sum())), q, tau2, i2, float(np.std(d, ddof=1))
    )


def variance(effect: float, x: int, y: int) -> float:
    """The large-sample variance of a standardised difference of means (Hedges & Olkin 1985, ch. 5)."""
    return (x + y) / (x * y) + effect**2 / (2 * (x + y))


def _places(words: Sequence[Floats]) -> tuple[Ints, Ints]:
    sizes = np.array([len(vectors) for vectors in words], dtype=np.intp)
    return np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.intp), sizes


def contextual_effect(contexts: Contexts, draws: int, seed: int) -> tuple[Estimate | Undefined, Combined | None]:
    """The combined effect with an interval over words and contexts, and how the contexts move it.

    Undefined below four words in a set and where target words are associated alike; without a second value below four
    words, or two draws with an effect.
    """
    mean = contexts.means()
    sizes = mean.sizes
    if problem := few_words(sizes):
        return problem, None
    rng = np.random.default_rng(seed)
    targets, attributes = (np.tile(np.arange(sum(two)), (draws, 1)) for two in (sizes[:2], sizes[2:]))
    drawn = contexts.drawn(rng, targets, attributes, contexts.x, contexts.a)
    effects = drawn[np.isfinite(drawn)].tolist()
    if len(effects) < 2:
        return ALIKE, None
    both = combine(effects, [variance(effect, sizes[0], sizes[1]) for effect in effects])
    resampled = _resampled(contexts, sizes, rng)
    if len(resampled) < BOOTSTRAP // 2:
        return FEW_DIFFER, both
    words = sizes[0] + sizes[1]
    interval = bca_interval(resampled, both.value, skewness(mean), words - 1)
    return estimate(both.value, interval, n=words, method="BCa bootstrap over words and contexts"), both


def _resampled(contexts: Contexts, sizes: tuple[int, int, int, int], rng: np.random.Generator) -> Floats:
    """The effect over words drawn with replacement from each set, averaged over a few draws of their contexts."""
    words = []
    for first, second in (sizes[:2], sizes[2:]):
        of_first = rng.integers(0, first, (BOOTSTRAP, first))
        of_second = first + rng.integers(0, second, (BOOTSTRAP, second))
        words.append(np.repeat(np.concatenate([of_first, of_second], axis=1), PER_DRAW, axis=0))
    effects = contexts.drawn(rng, words[0], words[1], contexts.x, contexts.a).reshape(BOOTSTRAP, PER_DRAW)
    known = np.isfinite(effects)
    some = known.any(axis=1)
    means: Floats = np.where(known, effects, 0.0).sum(axis=1)[some] / known.sum(axis=1)[some]
    return means
