"""Shares of yes-or-no items that labels tie together (exchanged words, templates, target terms), with their limits."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy import stats as laws

from fairwitness.audit import reasons, stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.clusters import numbered
from fairwitness.audit.stats.unanswered import with_ends

Floats: TypeAlias = npt.NDArray[np.float64]
Codes: TypeAlias = npt.NDArray[np.int64]
Labels: TypeAlias = Sequence[Hashable]

METHOD = "Wilson at the effective count of clusters"
PERCENT_BOUNDS = (0.0, 100.0)
_SPLIT = re.compile(r"[|\s]+")
_LEAST = 1e-6
"""Expected share of a variance below which nothing can be estimated."""


@dataclass(frozen=True, slots=True)
class Share:
    """A weighted mean of values of 0 to 1 with its standard error.

    `most` is the number of equally weighing values, `count` that of equally weighing clusters of the factor with fewer,
    `df` the degrees of freedom of the error.
    """

    value: float
    error: float
    most: float
    count: float
    df: float

    def statistic(self) -> stats.Statistic:
        """In %: Wilson's limits at the effective count v (1 - v) / error², with the t quantile of the clusters."""
        return stats.linear_combination(
            [(100.0, stats.effective_share(self.value, self.error, self.most, self.df, self.count))]
        )

    def estimate(self) -> Estimate:
        """The share in %, with its interval."""
        return self.statistic().estimate(METHOD, PERCENT_BOUNDS)

    def p_value(self, null: float = 0.5) -> float:
        """Two-sided p-value of a share of `null`: the level at which the interval just leaves it out.

        Where all values are the same, no more than the chance that so many clusters agree.
        """
        spread = self.value * (1 - self.value)
        count = spread / self.error**2 if self.error**2 * self.most > spread else self.most
        z = abs(self.value - null) / math.sqrt(null * (1 - null) / max(count, 1.0))
        p = float(2 * laws.t.sf(z, self.df))
        agreed = {0.0: 1 - null, 1.0: null}.get(self.value)
        return p if agreed is None else min(p, 2 * agreed**self.count)


def clustered_share(
    values: Sequence[float] | Floats,
    weights: Floats,
    *factors: Labels,
    words: Sequence[str] | None = None,
    whole_clusters: bool = False,
) -> Share | Undefined:
    """The mean of values of 0 to 1 by positive `weights`, whose labels of one or two factors tie them together.

    `words` is a factor of exchanges (`exchanged`), tied together also by a word in common (`_Words`). The squared error
    is Bell & McCaffrey's (Survey Methodology 28 (2002) 169-181; CR2): of a mean the sum over clusters of their squared
    residual sums, each over one less the cluster's weight, for a large one draws the mean towards itself. Of two
    factors it is clustered both ways (Cameron, Gelbach & Miller 2011, eq. 2.11). Degrees of freedom are Satterthwaite's
    for independent values: clusters less one where they are equal. With `whole_clusters`, which may be all hits or
    none, each counts once where all values are the same end. Undefined below two clusters of any factor.

    >>> share = clustered_share([1, 1, 0, 1], np.ones(4), ["a", "a", "b", "c"])
    >>> share.value, round(share.count, 2)
    (0.75, 2.67)
    """
    array, parts = np.asarray(values, dtype=np.float64), weights / weights.sum()
    made: list[_Plain | _Words] = [_Plain.of(labels, parts) for labels in factors]
    made += [] if words is None else [_Words.of(words, parts)]
    fewest = min(len(factor.shares) for factor in made)
    if fewest < 2:
        return reasons.few(fewest, 2, "clusters")
    value = min(1.0, max(0.0, float(weights @ array) / float(weights.sum())))
    if whole_clusters and value in (0.0, 1.0):
        return Share(value, 0.0, fewest, fewest, fewest - 1)
    kept, cells = _coarsest(made, parts)
    variance = _both(kept, cells, parts * (array - value))
    count = min(1 / float(factor.shares @ factor.shares) for factor in kept)
    df = max(min(factor.freedom() for factor in kept), 1.0)
    return Share(value, math.sqrt(variance), 1 / float(parts @ parts), count, df)


def _both(kept: Sequence[_Plain | _Words], cells: _Plain | None, influence: Floats) -> float:
    variances = [factor.variance(influence) for factor in kept]
    most = max(variances)
    return most if cells is None else max(sum(variances) - cells.variance(influence), most)


@dataclass(frozen=True, slots=True)
class _Plain:
    """Clusters of one factor: the code of each value, and the weight of each cluster."""

    codes: Codes
    shares: Floats

    @classmethod
    def of(cls, labels: Labels, parts: Floats) -> _Plain:
        codes = numbered(labels, len(parts))
        return cls(codes, np.bincount(codes, weights=parts).astype(np.float64))

    def variance(self, influence: Floats) -> float:
        sums = np.bincount(self.codes, weights=influence)
        return float((sums**2 / (1 - self.shares)).sum())

    def freedom(self) -> float:
        part = self.shares**2 / (1 - self.shares)
        return 1 / float(self.shares @ self.shares + part.sum() ** 2 - part @ part)


@dataclass(frozen=True, slots=True)
class _Words:
    """Exchanges, of which `common` says which have a word in common: what a model has about a word moves all of these.

    The variance is the dyadic one (Aronow, Samii & Assenova, Political Analysis 23 (2015) 564-577), over its expected
    share for independent values. A word that every value exchanges is what is asked about, and ties nothing.
    """

    codes: Codes
    shares: Floats
    common: sparse.csr_array

    @classmethod
    def of(cls, labels: Sequence[str], parts: Floats) -> _Words:
        plain = _Plain.of(labels, parts)
        known = [sorted(set(_SPLIT.split(label))) for label in dict.fromkeys(labels)]
        number = Counter(chain.from_iterable(known))
        kept = [[word for word in words if number[word] < len(known)] for words in known]
        places = {word: place for place, word in enumerate(dict.fromkeys(chain.from_iterable(kept)))}
        rows = np.repeat(np.arange(len(kept)), [len(words) for words in kept])
        columns = [places[word] for word in chain.from_iterable(kept)]
        shape = (len(kept), max(len(places), 1))
        has = sparse.csr_array((np.ones(len(columns)), (rows, columns)), shape=shape)
        common = sparse.csr_array(has @ has.T + sparse.eye_array(len(kept)))
        common.data[:] = 1.0
        return cls(plain.codes, plain.shares, common)

    def variance(self, influence: Floats) -> float:
        alone = _Plain(self.codes, self.shares).variance(influence)
        sums = np.bincount(self.codes, weights=influence)
        expected = 1 - float(self.shares @ (self.common @ self.shares))
        return max(alone, float(sums @ (self.common @ sums)) / expected) if expected > _LEAST else alone

    def freedom(self) -> float:
        near = self.common @ self.shares
        tied = float(self.shares @ near)
        if 1 - tied <= _LEAST:
            return 1.0
        return (1 - tied) ** 2 / (tied - 2 * float(self.shares @ near**2) + tied**2)


def equal_weights(labels: Labels) -> Floats:
    """Weights by which each label weighs the same, and so do the items of one label.

    >>> equal_weights(["a", "a", "b"]).tolist()
    [0.5, 0.5, 1.0]
    """
    codes = numbered(labels, len(labels))
    weights: Floats = 1 / np.bincount(codes)[codes]
    return weights


def share_by_label(
    values: Sequence[float], labels: Labels, others: Labels | None = None, words: Sequence[str] | None = None
) -> Share | Undefined:
    """The mean over `labels` of values of 0 to 1, each label weighing the same; `others`, or `words`, tie values too.

    As `clustered_share`. Undefined below two labels (or two others).
    """
    factors = (labels,) if others is None else (labels, others)
    return clustered_share(values, equal_weights(labels), *factors, words=words, whole_clusters=words is not None)


def share_if_answered(
    estimate: Estimate | Undefined, values: Sequence[float], labels: Labels, missing: Labels
) -> Estimate | Undefined:
    """The share by label, in %, with its ends had the missing items been answered; `missing` are their labels."""
    if isinstance(estimate, Undefined):
        return estimate
    known: dict[Hashable, list[float]] = {label: [] for label in [*labels, *missing]}
    for label, value in zip(labels, values, strict=True):
        known[label].append(value)
    lost = Counter(missing)
    low = [sum(scores) / (len(scores) + lost[label]) for label, scores in known.items()]
    high = [(sum(scores) + lost[label]) / (len(scores) + lost[label]) for label, scores in known.items()]
    return with_ends(estimate, (100.0 * float(np.mean(low)), 100.0 * float(np.mean(high))))


def _coarsest(made: Sequence[_Plain | _Words], parts: Floats) -> tuple[list[_Plain | _Words], _Plain | None]:
    """The factors and the cells of both; of two of which one lies within the other the coarser alone, without cells."""
    if len(made) < 2:
        return list(made), None
    first, second = made
    cells = _Plain.of((first.codes * len(second.shares) + second.codes).tolist(), parts)
    if len(cells.shares) == len(first.shares) and isinstance(first, _Plain):
        return [second], None
    if len(cells.shares) == len(second.shares) and isinstance(second, _Plain):
        return [first], None
    return [first, second], cells
