"""The effect size of an association test, its permutation test and its interval over words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb, isfinite
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit import reasons
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.bootstrap import acceleration, bca_interval
from fairwitness.audit.stats.levels import estimate

Floats: TypeAlias = npt.NDArray[np.float64]

EXACT = 12_870
"""Splits up to which all are counted: those of 16 words into two sets of eight."""
DRAWS = 9_999
"""Splits that are drawn where there are more."""
RESAMPLES = 1_999
ALIKE = reasons.undefined(reasons.WORDS, "reason.words_alike", "no_variation", "not_interpretable")
FEW_DIFFER = reasons.undefined(reasons.WORDS, "reason.few_words_differ", "no_variation", "not_interpretable")


@dataclass(frozen=True, slots=True, eq=False)
class Similarities:
    """Cosines [x + y target words, a + b attribute words]; the first `x` rows and `a` columns are the sets X and A."""

    cosines: Floats
    x: int
    a: int

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        """Words of X, Y, A and B."""
        targets, attributes = self.cosines.shape
        return self.x, targets - self.x, self.a, attributes - self.a

    @property
    def associations(self) -> Floats:
        """s(w, A, B) of every target word: mean cosine with A less mean cosine with B (Caliskan 2017)."""
        values: Floats = self.cosines[:, : self.a].mean(axis=1) - self.cosines[:, self.a :].mean(axis=1)
        return values

    @property
    def effect(self) -> float | None:
        """The effect size; None where all words are alike."""
        return effect_size(self.associations, self.x)

    @property
    def contrasts(self) -> Floats:
        """Cosine with the k-th word of A less that with the k-th of B [targets, k], as far as both sets go.

        Less the mean over the target words: what sets one word of a test apart from the others of the same test.
        """
        pairs = min(self.sizes[2:])
        values = self.cosines[:, :pairs] - self.cosines[:, self.a : self.a + pairs]
        apart: Floats = values - values.mean(axis=0)
        return apart


@dataclass(frozen=True, slots=True)
class Permuted:
    """How chance splits the same target words.

    `above` is the one-sided p-value of the paper (splits with an effect at least as large), `p_value` the two-sided;
    `reach` is the size of effect that one split in twenty reaches.
    """

    above: float
    p_value: float
    reach: float
    splits: int
    exact: bool


def cosines(targets: Floats, attributes: Floats) -> Floats:
    """Cosine of each row of one with each row of the other; no row may be zero."""
    unit = [values / np.linalg.norm(values, axis=-1, keepdims=True) for values in (targets, attributes)]
    product: Floats = unit[0] @ unit[1].T
    return product


def effect_size(associations: Floats, x: int) -> float | None:
    """Mean of X less mean of Y over the SD of both together (ddof = 1); None where all words are alike.

    Caliskan, Bryson & Narayanan, Science 356 (2017) 183-186. The SD is that of the union: with the pooled SD within
    the sets the effect would come out larger without bound.
    """
    if len(associations) < 3:
        return None
    effect = float(effect_sizes(associations[None], x)[0])
    return effect if isfinite(effect) else None


def effect_sizes(associations: Floats, x: int) -> Floats:
    """The effect size of each row [draws, words], NaN where all words are alike."""
    spread = associations.std(axis=1, ddof=1)
    gaps = associations[:, :x].mean(axis=1) - associations[:, x:].mean(axis=1)
    apart = spread > 1e-12
    effects: Floats = np.where(apart, gaps / np.where(apart, spread, 1.0), np.nan)
    return effects


def permuted(associations: Floats, x: int, seed: int = 0) -> Permuted | None:
    """The permutation test of the effect over target words; None where there is no effect size.

    All splits where there are at most 12,870, the observed one among them; else 9,999 drawn splits, and
    p = (reached + 1) / (draws + 1) (Phipson & Smyth 2010). Whole words change sides, never copies of one word.
    """
    observed = effect_size(associations, x)
    if observed is None:
        return None
    words = len(associations)
    exact = comb(words, x) <= EXACT
    sums = _all_sums(associations, x) if exact else _drawn_sums(associations, x, seed)
    rest = associations.sum() - sums
    effects = (sums / x - rest / (words - x)) / associations.std(ddof=1)
    extra = 0 if exact else 1
    above = (int((effects >= observed - 1e-9).sum()) + extra) / (len(effects) + extra)
    beyond = (int((np.abs(effects) >= abs(observed) - 1e-9).sum()) + extra) / (len(effects) + extra)
    return Permuted(above, beyond, float(np.quantile(np.abs(effects), 0.95)), len(effects), exact)


def few_words(sizes: Sequence[int]) -> Undefined | None:
    """Why sets of so few words have no interval."""
    if min(sizes) >= 4:
        return None
    return reasons.stated("few_words", "few_units", sizes=", ".join(map(str, sizes)))


def interval(similarities: Similarities, seed: int = 0) -> Estimate | Undefined:
    """The effect size with its interval over words: all four sets are resampled with replacement.

    Bias-corrected and accelerated (Efron 1987), the acceleration from leaving out one word of any set at a time.
    Undefined below four words in a set and where all target words are associated alike.
    """
    sizes = similarities.sizes
    if problem := few_words(sizes):
        return problem
    value = similarities.effect
    if value is None:
        return ALIKE
    rng = np.random.default_rng(seed)
    weights = [rng.multinomial(size, np.full(size, 1 / size), size=RESAMPLES).astype(np.float64) for size in sizes]
    draws = _weighted_effects(similarities, weights)
    draws = draws[np.isfinite(draws)]
    if len(draws) < RESAMPLES // 2:
        return FEW_DIFFER
    words = sizes[0] + sizes[1]
    return estimate(
        value,
        bca_interval(draws, value, skewness(similarities), words - 1),
        n=words,
        method="BCa bootstrap over words",
    )


def _weighted_effects(similarities: Similarities, weights: list[Floats]) -> Floats:
    """Effect sizes where word w of a set counts as often as its weight: weights [draws, words] by set."""
    x, y, a, b = weights
    cosines = similarities.cosines
    near = cosines[:, : similarities.a] @ (a / a.sum(axis=1, keepdims=True)).T
    far = cosines[:, similarities.a :] @ (b / b.sum(axis=1, keepdims=True)).T
    values = (near - far).T
    split = similarities.x
    counts = np.concatenate([x, y], axis=1)
    total = counts.sum(axis=1)
    mean = (counts * values).sum(axis=1) / total
    variance = (counts * (values - mean[:, None]) ** 2).sum(axis=1) / (total - 1)
    gap = (x * values[:, :split]).sum(axis=1) / x.sum(axis=1) - (y * values[:, split:]).sum(axis=1) / y.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        effects: Floats = np.where(variance > 1e-24, gap / np.sqrt(variance), np.nan)
    return effects


def skewness(similarities: Similarities) -> float:
    """Efron's acceleration of the effect size, from leaving out one word of one set at a time."""
    moved = []
    for place, size in enumerate(similarities.sizes):
        weights = [np.ones((size, words)) for words in similarities.sizes]
        weights[place] = 1 - np.eye(size)
        left = _weighted_effects(similarities, weights)
        moved.append(left - left.mean())
    values = np.concatenate(moved)
    return acceleration(values) if np.isfinite(values).all() else 0.0


def _all_sums(values: Floats, x: int) -> Floats:
    sums: Floats = values[_splits(len(values), x)].sum(axis=1)
    return sums


@lru_cache(maxsize=8)
def _splits(words: int, x: int) -> npt.NDArray[np.intp]:
    return np.array(list(combinations(range(words), x)), dtype=np.intp)


def _drawn_sums(values: Floats, x: int, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    sums: Floats = rng.permuted(np.tile(values, (DRAWS, 1)), axis=1)[:, :x].sum(axis=1)
    return sums
