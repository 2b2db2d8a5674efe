"""How well groups can be told from the other columns: the AUC of predictions on rows that were not learnt from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Evidence, Metric, Undefined
from fairwitness.audit.stats import Statistic
from fairwitness.audit.stats.levels import normal_quantile
from fairwitness.probes.fairness.representation.columns import Feature
from fairwitness.probes.fairness.representation.groupings import MEASURE, WORDS, Grouping
from fairwitness.probes.kit.decisions.categorical import Codes, Flags, Floats
from fairwitness.probes.kit.decisions.naming import capital
from fairwitness.probes.kit.tables import Listing, interval, label

Rows = npt.NDArray[np.int64]
TREES, LEAVES = 60, 15
"""Size of the model of all columns: enough for crossings of columns, small enough for seconds."""
PRIOR = 5.0
"""Rows of the average that are added to each kind of a single column, so that rare kinds say little."""
MOST_COLUMNS = 10
"""Columns listed for a group, the most telling first."""
METHOD = "DeLong in each fold, averaged, corrected for shared rows"


@dataclass(frozen=True, slots=True)
class Proxy:
    """How well a group can be told from all others: by all columns, and by each alone, the best first."""

    grouping: Grouping
    place: int
    together: Estimate | Undefined
    alone: tuple[tuple[str, Estimate | Undefined], ...] = ()
    rows: int = 0

    @property
    def group(self) -> str:
        """The name of the group."""
        return self.grouping.groups[self.place]


@dataclass(frozen=True, slots=True)
class Plan:
    """How many folds, the rows that a group and its rest need, the most rows to learn from, and the seed."""

    folds: int
    least: int
    most: int
    seed: int


def proxies(grouping: Grouping, features: Sequence[Feature], plan: Plan) -> list[Proxy]:
    """One entry for each group against the rest; of two groups for the smaller alone, since both have the same AUC.

    The intervals of single columns hold for all columns at once, since the best of them stand first.
    """
    rows = sample(np.flatnonzero(grouping.known), plan)
    codes, sizes = grouping.codes[rows], np.bincount(grouping.codes[rows], minlength=len(grouping.groups))
    asked = range(len(sizes)) if len(sizes) > 2 else range(1, len(sizes))
    problems = {place: _problem(int(sizes[place]), len(rows), plan.least) for place in asked}
    large = [place for place in asked if problems[place] is None]
    if not large or not features:
        nothing = WORDS.undefined("reason.no_column", "not_asked")
        return [Proxy(grouping, place, problems[place] or nothing) for place in asked]
    numbers = [large.index(place) if place in large else len(large) for place in range(len(sizes))]
    classes = np.array(numbers)[codes]
    folds = folded(classes, plan)
    together = _of_all(features, rows, classes, folds, plan.seed)
    alone = {feature.name: _of_one(feature.bins[rows], classes, folds) for feature in features}
    areas = []
    for place in asked:
        if (problem := problems[place]) is not None:
            areas.append(Proxy(grouping, place, problem))
            continue
        number = large.index(place)
        inside = classes == number
        single = [(name, auc(scores[:, number], inside, folds, len(features))) for name, scores in alone.items()]
        single.sort(key=lambda pair: -pair[1].value if isinstance(pair[1], Estimate) else 0.0)
        areas.append(Proxy(grouping, place, auc(together[:, number], inside, folds), tuple(single), len(rows)))
    return areas


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


def _problem(size: int, rows: int, least: int) -> Undefined | None:
    if min(size, rows - size) >= least:
        return None
    where = "inside" if size < least else "outside"
    return WORDS.undefined(f"reason.few_{where}", "few_units", few=min(size, rows - size), rows=rows, needed=least)


def _of_all(features: Sequence[Feature], rows: Rows, classes: Codes, folds: Codes, seed: int) -> Floats:
    """Probability of each class by gradient-boosted trees over all columns, out of fold; [rows, classes]."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    table = np.column_stack([feature.values[rows] for feature in features])
    scores = np.zeros((len(rows), int(classes.max()) + 1))
    for fold in range(int(folds.max()) + 1):
        model: Any = HistGradientBoostingClassifier(
            max_iter=TREES,
            max_leaf_nodes=LEAVES,
            early_stopping=False,
            categorical_features=[feature.categorical for feature in features],
            random_state=seed,
        )
        learnt, held = folds != fold, folds == fold
        model.fit(table[learnt], classes[learnt])
        scores[np.ix_(held, model.classes_)] = model.predict_proba(table[held])
    return scores


def _of_one(bins: Codes, classes: Codes, folds: Codes) -> Floats:
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


PROXY_AUC = MEASURE(
    name="proxy_auc",
    unit="AUC",
    better="lower",
    null=0.5,
    scope="group",
    tags=("representation", "proxy"),
    evidence=("proxies",),
)


def proxy_metrics(proxies: Sequence[Proxy], features: int) -> Iterator[Metric]:
    """How well each group can be told from the others by all columns together."""
    columns = WORDS("part.one_column") if features == 1 else WORDS("part.columns", count=features)
    for proxy in proxies:
        words: dict[str, Any] = {"columns": columns, "Columns": capital(columns)}
        by = {proxy.grouping.column: proxy.group}
        yield PROXY_AUC.metric(proxy.together, by=by, who=proxy.grouping.words(proxy.place), **words)


Line = tuple[Proxy, str, Estimate | Undefined]
PROXIES: Listing[Line] = Listing(
    "proxies",
    WORDS,
    label("by", lambda line: line[0].grouping.column),
    label("group", lambda line: line[0].group),
    label("predicted from", lambda line: line[1]),
    interval(("AUC", "from", "to"), lambda line: line[2], "AUC"),
)


def proxy_table(proxies: Sequence[Proxy]) -> Evidence:
    """All columns together, and the most telling ones alone."""
    lines: list[Line] = []
    for proxy in proxies:
        lines.append((proxy, "all columns together", proxy.together))
        lines += [(proxy, name, estimate) for name, estimate in proxy.alone[:MOST_COLUMNS]]
    return PROXIES.of(lines, total=sum(1 + len(proxy.alone) for proxy in proxies))
