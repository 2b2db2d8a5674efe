"""CEAT: the effect over many draws of one context a word, combined by a random-effects model."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.bootstrap import bca_interval
from fairwitness.audit.stats.ladder import estimate
from fairwitness.probes.bias.association.effect import (
    ALIKE,
    FEW_DIFFER,
    Floats,
    Similarities,
    cosines,
    effect_sizes,
    permuted,
    skewness,
)
from fairwitness.probes.bias.association.lists import WordTest
from fairwitness.probes.bias.association.results import Over, Result, contrasts_of, readable, unreadable

BOOTSTRAP = 999
PER_DRAW = 5
"""Draws of contexts that are averaged in one resample of words."""
AT_ONCE = 256
"""Draws whose cosines are looked up together."""
Ints = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Combined:
    """Effects combined by DerSimonian & Laird; `error` is the standard error under their independence."""

    value: float
    error: float
    q: float
    tau2: float
    i2: float


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
    return Combined(float(random @ d / random.sum()), math.sqrt(1 / float(random.sum())), q, tau2, i2)


def variance(effect: float, x: int, y: int) -> float:
    """The large-sample variance of a standardised difference of means (Hedges & Olkin 1985, ch. 5)."""
    return (x + y) / (x * y) + effect**2 / (2 * (x + y))


def contextual_result(test: WordTest, vectors: Mapping[str, Floats], draws: int, seed: int) -> Result:
    """One test over many contexts a word: vectors are [contexts, width] by word."""
    missing = tuple(word for word in test.words if word not in vectors)
    problem = unreadable(test, vectors) or _one_context(test, vectors)
    if problem:
        return Result(test, problem, None, {}, missing)
    found, targets = contexts_of(test, vectors)
    mean = found.means()
    by_word = {word: float(value) for word, value in zip(targets, mean.associations, strict=True)}
    effect, over = _combined(found, mean, draws, seed)
    chance = permuted(mean.associations, mean.x, seed)
    return Result(test, effect, chance, by_word, missing, over, contrasts_of(mean, targets))


def _one_context(test: WordTest, vectors: Mapping[str, Floats]) -> Undefined | None:
    """Why draws would all be the same; None where some word has two contexts to draw from."""
    several = any(len(vectors[word]) > 1 for word in test.words if word in vectors)
    return None if several else Undefined("not estimable: one context a word, 2 needed")


def contexts_of(test: WordTest, vectors: Mapping[str, Floats]) -> tuple[Contexts, tuple[str, ...]]:
    """The cosines of a test, and its target words."""
    x, y, a, b = (readable(one, vectors).words for one in test.sets)
    table = cosines(np.concatenate([vectors[w] for w in (*x, *y)]), np.concatenate([vectors[w] for w in (*a, *b)]))
    places = [_places([len(vectors[word]) for word in words]) for words in ((*x, *y), (*a, *b))]
    return Contexts(table, places[0], places[1], len(x), len(a)), (*x, *y)


def _places(counts: Sequence[int]) -> tuple[Ints, Ints]:
    sizes = np.array(counts, dtype=np.intp)
    return np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.intp), sizes


def _combined(found: Contexts, mean: Similarities, draws: int, seed: int) -> tuple[Estimate | Undefined, Over | None]:
    """The combined effect with an interval over words and contexts, and how the contexts move it."""
    sizes = (found.x, len(mean.cosines) - found.x, found.a, mean.cosines.shape[1] - found.a)
    if min(sizes) < 4:
        return Undefined(f"not estimable: the sets have {', '.join(map(str, sizes))} words, 4 in each needed"), None
    rng = np.random.default_rng(seed)
    targets, attributes = (np.tile(np.arange(sum(two)), (draws, 1)) for two in (sizes[:2], sizes[2:]))
    every = found.drawn(rng, targets, attributes, found.x, found.a)
    effects = every[np.isfinite(every)].tolist()
    if len(effects) < 2:
        return ALIKE, None
    both = combine(effects, [variance(effect, sizes[0], sizes[1]) for effect in effects])
    over = Over(draws, float(np.std(effects, ddof=1)), (), both.q, both.tau2, both.i2)
    resampled = _resampled(found, sizes, rng)
    if len(resampled) < BOOTSTRAP // 2:
        return FEW_DIFFER, over
    at = bca_interval(resampled, both.value, skewness(mean), sizes[0] + sizes[1] - 1)
    return estimate(both.value, at, n=sizes[0] + sizes[1], method="BCa bootstrap over words and contexts"), over


def _resampled(found: Contexts, sizes: tuple[int, int, int, int], rng: np.random.Generator) -> Floats:
    """The effect over words drawn with replacement from each set, averaged over a few draws of their contexts."""
    targets, attributes = (
        np.concatenate(
            [rng.integers(0, one, (BOOTSTRAP, one)), one + rng.integers(0, other, (BOOTSTRAP, other))], axis=1
        )
        for one, other in (sizes[:2], sizes[2:])
    )
    many, others = (np.repeat(words, PER_DRAW, axis=0) for words in (targets, attributes))
    effects = found.drawn(rng, many, others, found.x, found.a).reshape(BOOTSTRAP, PER_DRAW)
    known = np.isfinite(effects)
    kept = known.any(axis=1)
    means: Floats = np.where(known, effects, 0.0).sum(axis=1)[kept] / known.sum(axis=1)[kept]
    return means
