"""How well columns tell groups apart, on rows that were not learnt from: the AUC in each fold, averaged."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats import Statistic
from fairwitness.audit.stats.levels import normal_quantile
from fairwitness.probes.kit.decisions.categorical import Codes, Flags, Floats

Rows = npt.NDArray[np.int64]
PRIOR = 5.0
"""Rows of the average that are added to each kind of a single column, so that rare kinds say little."""
METHOD = "DeLong in each fold, averaged, corrected for shared rows"


@dataclass(frozen=True, slots=True)
class Plan:
    """How many folds, the rows that a group and its rest need, the most rows to learn from, and the seed."""

    folds: int
    least: int
    most: int
    seed: int


def sample(rows: Rows, plan: Plan) -> Rows:
    """At most so many of the rows, drawn with the seed and in the order of the table."""
    if len(rows) <= plan.most:
        return rows
    return np.sort(np.random.default_rng(plan.seed).choice(rows, plan.most, replace=False))


def folded(classes: Codes, plan: Plan) -> Codes:
    """The fold of each row; every class is spread evenly over the folds."""
    rng = np.random.default_rng(plan.seed)
    folds = np.empty(len(classes), dtype=np.int64)
    for number in np.unique(classes):
        mine = rng.permutation(np.flatnonzero(classes == number))
        folds[mine] = np.arange(len(mine)) % plan.folds
    return folds


def auc(scores: Floats, positive: Flags, folds: Codes, many: int = 1) -> Estimate | Undefined:
    """The mean over folds of the AUC within each, with limits that hold for so `many` of them at once (Bonferroni).

    Scores of different models are never ranked against each other, which lies below 0.5 by chance (LeDell, Petersen &
    van der Laan 2015). Any two models share most of the rows that they learnt from, so folds are not independent:
    standard errors are stretched by the root of 1 + k n_held / n_learnt (Nadeau & Bengio 2003), 1.5 for five folds.
    Undefined where a fold has fewer than two rows in or out of the group.
    """
    count = int(folds.max()) + 1
    terms: list[tuple[float, Statistic]] = []
    for fold in range(count):
        within = stats.auc_statistic(scores[folds == fold], positive[folds == fold])
        if isinstance(within, Undefined):
            return within
        terms.append((1 / count, within))
    mean = stats.linear_combination(terms)
    factor = math.sqrt(1 + count / (count - 1))

    def interval(level: float) -> tuple[float, float]:
        return mean.limits(factor * normal_quantile(1 - (1 - level) / many))

    return stats.estimate(mean.value, interval, n=mean.n, method=METHOD, bounds=(0.0, 1.0))


def kind_shares(bins: Codes, classes: Codes, folds: Codes) -> Floats:
    """Share of each class among the rows of the same kind in the other folds; [rows, classes]."""
    kinds, count = int(bins.max()) + 1, int(classes.max()) + 1
    scores = np.empty((len(bins), count))
    for fold in range(int(folds.max()) + 1):
        learnt, held = folds != fold, folds == fold
        seen = np.bincount(bins[learnt] * count + classes[learnt], minlength=kinds * count).reshape(kinds, count)
        average = seen.sum(axis=0) / seen.sum()
        shares = (seen + PRIOR * average) / (seen.sum(axis=1, keepdims=True) + PRIOR)
        scores[held] = shares[bins[held]]
    return scores
