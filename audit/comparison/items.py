"""The scored items of two runs side by side: the same question asked of two models, answer by answer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit import reasons, stats
from fairwitness.audit.comparison.still import still_scores
from fairwitness.audit.comparison.words import WORDS
from fairwitness.audit.records import Estimate, Measured, Metric, ScoredItems, StoredItems, Undefined, score_name
from fairwitness.audit.stats.clusters import Weigh
from fairwitness.audit.stats.transforms import monotone_transform

Floats: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]

LEAST_CLUSTERS = 3
"""Labels of a grouping, below which it is no sample of what else there could be."""
TOPS = (1.0, 100.0)
"""What a yes is where a score is yes or no: a share or per cent."""


@dataclass(frozen=True, slots=True, eq=False)
class PairedItems:
    """The items of both runs by id: scores of each by measure, NaN where an item has none or was not asked.

    `clusters` are what ties items together; groups that the probe tells metrics of are no chance, and not among them.
    `sides` are the items of each run. With a `unit` the probe says which of its items are independent, and that the
    ids alone tell which are the same.
    """

    sides: tuple[ScoredItems, ScoredItems]
    unit: str
    ids: tuple[str, ...]
    labels: Mapping[str, tuple[str, ...]]
    scores: Mapping[str, tuple[Floats, Floats]]
    clusters: tuple[str, ...]
    unanswered: tuple[Flags, Flags]
    """Whether an item that was asked has no answer, in either run."""

    def rows(self, metric: Metric) -> Flags | None:
        """The items that a metric speaks of; None where it is no mean of a score over items that can be told."""
        if self._named(metric) not in self.scores or metric.against is not None:
            return None
        rows = np.ones(len(self.ids), dtype=np.bool_)
        for name, value in {**metric.variant, **metric.by}.items():
            if name in self.labels:
                rows &= np.array([label == value for label in self.labels[name]], dtype=np.bool_)
        return rows

    def _named(self, metric: Metric) -> str:
        """What its scores are called: labels that items do not have tell ways of measuring apart."""
        labels = {**metric.variant, **metric.by}
        return score_name(metric.name, {key: value for key, value in labels.items() if key not in self.labels})

    def difference(self, metric: Metric) -> str:
        """In a clause how the items that a metric speaks of differ; empty where they are the same in both runs.

        Of a probe that names no unit the data say it, and nothing is asked here.
        """
        if not self.unit:
            return ""
        first, second = (_part(items, metric) for items in self.sides)
        shared = len(set(first) & set(second))
        if shared < len(first) or shared < len(second):
            return WORDS("items.others", ours=len(first), theirs=len(second), shared=shared)
        units = [items.clusters[items.unit] for items in self.sides]
        apart = any(units[0][place] != units[1][second[name]] for name, place in first.items())
        return WORDS("items.units") if apart else ""

    def change(
        self, metric: Metric, before: Estimate, after: Estimate
    ) -> tuple[Estimate | Undefined, float | None] | None:
        """The change of a mean score, item by item, and its p-value; None where the items give other values.

        Where an item has a score in one run alone, the mean of that run alone rests on it: each item weighs in the
        difference of the means as it does in either of them, and the interval is that of these weights.
        """
        rows = self.rows(metric)
        if rows is None or self.difference(metric):
            return None
        first, second = (scores[rows] for scores in self.scores[self._named(metric)])
        known = [~np.isnan(first), ~np.isnan(second)]
        for scores, there, stated in zip((first, second), known, (before, after), strict=True):
            if not there.any() or not math.isclose(
                float(scores[there].mean()), stated.value, rel_tol=1e-9, abs_tol=1e-9
            ):
                return None
        either = known[0] | known[1]
        first, second = first[either], second[either]
        if np.array_equal(first, second, equal_nan=True):
            return reasons.stated("same_answers", "no_variation"), None
        bounds = (-1.0, 1.0) if metric.unit == "share" else stats.UNBOUNDED
        return self._estimated(first, second, np.flatnonzero(rows)[either], bounds)

    def still(self, metric: Metric) -> Estimate | None:
        """How far the change of a mean score could lie from none where every item has the score that it had.

        Items that hang together are as few as their groupings have labels.
        """
        rows = self.rows(metric)
        if rows is None:
            return None
        scores = self.scores[self._named(metric)][1]
        places = np.flatnonzero(rows & ~np.isnan(scores))
        groups = [len({self.labels[name][place] for place in places}) for name in self.clusters]
        count = min([len(places), *(number for number in groups if number >= LEAST_CLUSTERS)])
        return still_scores(count, _top(scores[places], scores[places]))

    def _estimated(
        self, first: Floats, second: Floats, places: npt.NDArray[np.intp], bounds: tuple[float, float]
    ) -> tuple[Estimate | Undefined, float | None]:
        whole = not (np.isnan(first).any() or np.isnan(second).any())
        values = _weighed(first, second)
        clusters = self._chance(values, places)
        if clusters is None and whole and (top := _top(first, second)):
            both, gained, lost, neither = (
                float(((first == was) & (second == now)).sum())
                for was, now in ((top, top), (0.0, top), (top, 0.0), (0.0, 0.0))
            )
            share = stats.paired_rate_difference(both, gained, lost, neither)
            return _scaled(share, top), stats.mcnemar(int(gained), int(lost))
        weigh: Weigh | None = None if clusters is None else "values"
        change = stats.mean(values, clusters, bounds if whole else stats.UNBOUNDED, weigh=weigh)
        return change, stats.two_sided_p(change, 0.0) if isinstance(change, Estimate) else None

    def _chance(self, values: Floats, places: npt.NDArray[np.intp]) -> stats.Clusters:
        """What ties these items together: the unit, or of several groupings the two with the widest interval."""
        if self.unit:
            units = [self.labels[self.unit][place] for place in places]
            return units if len(set(units)) < len(units) else None
        widths: list[tuple[float, list[str]]] = []
        for name in self.clusters:
            labels = [self.labels[name][place] for place in places]
            if not LEAST_CLUSTERS <= len(set(labels)) < len(labels):
                continue
            estimate = stats.mean(values, clusters=labels, weigh="values")
            widths.append((estimate.high - estimate.low if isinstance(estimate, Estimate) else 0.0, labels))
        if not widths:
            return None
        widths.sort(key=lambda entry: -entry[0])
        return widths[0][1] if len(widths) == 1 else (widths[0][1], widths[1][1])


def paired_items(base: Measured, new: Measured) -> PairedItems | None:
    """The items of both runs; None where either has none.

    Raises ValueError where the items are in a file that was not read: what is not read cannot be compared.
    """
    first, second = scored_items(base), scored_items(new)
    if first is None or second is None:
        return None
    ids = tuple(dict.fromkeys((*first.ids, *second.ids)))
    names = [name for name in first.clusters if name in second.clusters]
    grouped = {name for result in (base, new) for metric in result.metrics for name in (*metric.by, *metric.variant)}
    return PairedItems(
        sides=(first, second),
        unit=first.unit or second.unit,
        ids=ids,
        labels={name: _labels(ids, name, second, first) for name in names},
        scores={
            name: (_scores(ids, first, name), _scores(ids, second, name))
            for name in first.scores
            if name in second.scores
        },
        clusters=(first.unit,) if first.unit else tuple(name for name in names if name not in grouped),
        unanswered=(_unanswered(ids, first), _unanswered(ids, second)),
    )


def _part(items: ScoredItems, metric: Metric) -> dict[str, int]:
    """The items of a run that a metric speaks of, with their places."""
    labels = {**metric.variant, **metric.by}
    wanted = [(items.clusters[key], value) for key, value in labels.items() if key in items.clusters]
    return {
        name: place for place, name in enumerate(items.ids) if all(cells[place] == value for cells, value in wanted)
    }


def scored_items(result: Measured) -> ScoredItems | None:
    """The items of a result; None where it has none, or none any more. ValueError where they were not read."""
    if isinstance(result.items, StoredItems):
        if result.items.redacted:
            return None
        raise ValueError(f"the items of {result.probe.name} were not read (document.with_items)")
    return result.items if isinstance(result.items, ScoredItems) else None


def yes_or_no(first: Floats, second: Floats) -> bool:
    """Whether scores are answers of yes or no: 0 and 1, or 0 and 100."""
    return _top(first, second) is not None


def _top(first: Floats, second: Floats) -> float | None:
    values = set(np.concatenate((first, second)).tolist())
    return next((top for top in TOPS if values <= {0.0, top}), None)


def _weighed(first: Floats, second: Floats) -> Floats:
    """A value for each item, whose mean is the mean of the second scores less that of the first.

    Where every item has both scores it is their difference. The mean of scores over those items that have one is a
    ratio of two means; these are the values of its linear form (Särndal, Swensson & Wretman 1992, section 5.5).
    """
    count = len(first)
    parts = []
    for scores in (first, second):
        there = ~np.isnan(scores)
        mean = float(scores[there].mean())
        parts.append(np.where(there, (scores - mean) * (count / there.sum()), 0.0) + mean)
    values: Floats = parts[1] - parts[0]
    return values


def _scaled(estimate: Estimate | Undefined, top: float) -> Estimate | Undefined:
    if isinstance(estimate, Undefined) or top == 1.0:
        return estimate
    return monotone_transform(estimate, lambda share: top * share)


def _scores(ids: Sequence[str], items: ScoredItems, name: str) -> Floats:
    by_id = dict(zip(items.ids, items.scores[name], strict=True))
    scores = [by_id.get(item) for item in ids]
    return np.array([math.nan if score is None else float(score) for score in scores], dtype=np.float64)


def _unanswered(ids: Sequence[str], items: ScoredItems) -> Flags:
    by_id = dict(zip(items.ids, items.unanswered, strict=True))
    return np.array([by_id.get(item, False) for item in ids], dtype=np.bool_)


def _labels(ids: Sequence[str], name: str, *runs: ScoredItems) -> tuple[str, ...]:
    by_id: dict[str, str] = {}
    for items in runs:
        by_id |= dict(zip(items.ids, items.clusters[name], strict=True))
    return tuple(by_id[item] for item in ids)
