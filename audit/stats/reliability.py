"""Whether a bias score measures one thing: halves of its items against each other, one way of scoring against another.

Jacobs & Wallach, Measurement and Fairness, FAccT 2021, section 3; van der Wal et al., Journal of Artificial
Intelligence Research 79 (2024) 1-40, section 4. A score of low reliability says little about single parts
(occupations, groups, categories), whatever the interval of their mean.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from fairwitness.audit import reasons, stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.grouping import grouped
from fairwitness.audit.stats.transforms import monotone_transform

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Labels: TypeAlias = Sequence[Hashable]
K = TypeVar("K", bound=Hashable)

SPLITS = 100
"""Random halvings that are averaged."""
FEWEST_PARTS = 4
_ROUNDING = 1e-12


def split_half(values: Sequence[float] | Floats, parts: Labels, items: Labels, seed: int) -> Estimate | Undefined:
    """The reliability of the mean values of `parts`, estimated from random halves of `items`.

    Value k belongs to part `parts[k]` (an occupation, a group) and item `items[k]` (a sentence family). Of each of 100
    halvings the means of the parts in one half are correlated with those in the other (Pearson over parts); the mean
    correlation r becomes that of the whole length, 2 r / (1 + r) (Spearman 1910; Brown 1910), between -1 and 1. The
    interval is Fisher's z of r with n = parts, put through the same function: wider than needed, since it is that of a
    single halving. Where every item stands in one part alone, each part's items are halved for themselves. Undefined
    below four parts with two items each, where parts do not differ, and for a value that is not finite.
    """
    if not np.isfinite(values).all():
        return reasons.stated("a_value_not_finite", "not_finite")
    sums, counts = _grid(values, _numbered(parts), _numbered(items))
    enough = (counts > 0).sum(axis=1) > 1
    sums, counts = sums[enough], counts[enough]
    if len(sums) < FEWEST_PARTS:
        return reasons.few(len(sums), FEWEST_PARTS, "halved_parts")
    correlations = _correlations(sums, counts, np.random.default_rng(seed))
    if not correlations:
        return reasons.stated("halves_alike", "no_variation")
    return monotone_transform(_fisher(float(np.mean(correlations)), len(sums)), _stepped)


def scoring_agreement(first: Mapping[K, float], second: Mapping[K, float]) -> Estimate | Undefined:
    """Pearson's correlation of two scorings of the same answers over the parts that both have, Fisher's z interval.

    Undefined below four common parts and where a scoring does not vary.
    """
    both = [key for key in first if key in second]
    return stats.correlation([first[key] for key in both], [second[key] for key in both])


def part_means(values: Iterable[tuple[K, float]]) -> dict[K, float]:
    """The mean value of each part, in the order of appearance."""
    groups = grouped(values, lambda pair: pair[0])
    return {part: float(np.mean([value for _, value in pairs])) for part, pairs in groups.items()}


def _numbered(labels: Labels) -> Ints:
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(label, len(numbers)) for label in labels], dtype=np.int64)


def _grid(values: Sequence[float] | Floats, parts: Ints, items: Ints) -> tuple[Floats, Ints]:
    """Sum and number of values by part and item."""
    shape = (int(parts.max(initial=-1)) + 1, int(items.max(initial=-1)) + 1)
    sums, counts = np.zeros(shape), np.zeros(shape, dtype=np.int64)
    np.add.at(sums, (parts, items), np.asarray(values, dtype=np.float64))
    np.add.at(counts, (parts, items), 1)
    return sums, counts


def _correlations(sums: Floats, counts: Ints, rng: np.random.Generator) -> list[float]:
    nested = bool(((counts > 0).sum(axis=0) <= 1).all())
    correlations: list[float] = []
    for _ in range(SPLITS):
        mask = _halves_of_each(counts, rng) if nested else _halves(counts.shape[1], rng)[None, :]
        first, second = _half_means(sums, counts, mask), _half_means(sums, counts, ~mask)
        both = np.isfinite(first) & np.isfinite(second)
        if both.sum() < FEWEST_PARTS:
            continue
        a, b = first[both] - first[both].mean(), second[both] - second[both].mean()
        scale = float(np.sqrt((a @ a) * (b @ b)))
        if scale > _ROUNDING * float(np.abs(sums).max() + 1):
            correlations.append(float(a @ b) / scale)
    return correlations


def _halves(size: int, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    mask = np.zeros(size, dtype=np.bool_)
    mask[rng.permutation(size)[: size // 2]] = True
    return mask


def _halves_of_each(counts: Ints, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Of each part's own items one half; the odd item goes to either side by chance."""
    order = np.where(counts > 0, rng.random(counts.shape), 2.0).argsort(axis=1).argsort(axis=1)
    sizes = (counts > 0).sum(axis=1)
    half = (sizes + rng.integers(0, 2, len(sizes))) // 2
    chosen: npt.NDArray[np.bool_] = (order < half[:, None]) & (counts > 0)
    return chosen


def _half_means(sums: Floats, counts: Ints, mask: npt.NDArray[np.bool_]) -> Floats:
    number = (counts * mask).sum(axis=1)
    total: Floats = (sums * mask).sum(axis=1)
    means: Floats = np.divide(total, number, out=np.full(len(total), np.nan), where=number > 0)
    return means


def _fisher(r: float, n: int) -> Estimate:
    centre, error = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12)), 1 / np.sqrt(n - 3)

    def interval(level: float) -> tuple[float, float]:
        half = stats.normal_quantile(level) * error
        return float(np.tanh(centre - half)), float(np.tanh(centre + half))

    return stats.estimate(r, interval, n=n, method="split halves, Fisher z, Spearman-Brown", bounds=(-1.0, 1.0))


def _stepped(half: float) -> float:
    """The correlation of scores of twice the length (Spearman-Brown), not below -1."""
    return max(-1.0, 2 * half / (1 + half)) if half > -1 else -1.0
