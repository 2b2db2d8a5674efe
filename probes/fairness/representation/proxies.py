"""How well groups can be told from the other columns: the AUC of predictions on rows that were not learnt from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairwitness.audit.records import Estimate, Evidence, Metric, Undefined
from fairwitness.probes.fairness.representation.groupings import MEASURE, WORDS, Grouping
from fairwitness.probes.kit.decisions.categorical import Codes, Floats
from fairwitness.probes.kit.decisions.cross_validated import Plan, Rows, auc, folded, kind_shares, sample
from fairwitness.probes.kit.decisions.features import Feature
from fairwitness.probes.kit.decisions.naming import capital
from fairwitness.probes.kit.tables import Listing, interval, label

TREES, LEAVES = 60, 15
"""Size of the model of all columns: enough for crossings of columns, small enough for seconds."""
MOST_COLUMNS = 10
"""Columns listed for a group, the most telling first."""


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
    alone = {feature.name: kind_shares(feature.bins[rows], classes, folds) for feature in features}
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
