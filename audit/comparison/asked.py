"""The items of two runs side by side: are they the same, and what did each of them score before and after?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fairwitness.audit import reasons, stats
from fairwitness.audit.comparison.paired import Floats, mcnemar, pairs
from fairwitness.audit.comparison.people import CLOSE
from fairwitness.audit.comparison.types import NO_CHANGE, Draft
from fairwitness.audit.comparison.words import WORDS
from fairwitness.audit.records import Estimate, Measured, Metric, ScoredItems, StoredItems, score_name


@dataclass(frozen=True, slots=True, eq=False)
class AskedItems:
    """The items of both runs, each of which belongs to one independent unit."""

    before: ScoredItems
    after: ScoredItems

    def difference(self, metric: Metric) -> str:
        """In a clause how the items that a metric speaks of differ; empty where they are the same in both runs."""
        first, second = _part(self.before, metric), _part(self.after, metric)
        shared = sum(name in second for name in first)
        if shared < len(first) or shared < len(second):
            return WORDS("items.others", ours=len(first), theirs=len(second), shared=shared)
        units = _units(self.before), _units(self.after)
        apart = any(units[0][place] != units[1][second[name]] for name, place in first.items())
        return WORDS("items.units") if apart else ""

    def draft(self, metric: Metric, before: Estimate, after: Estimate) -> Draft | None:
        """The change of a metric that is the mean of the same items in both runs; None where it is no such mean.

        Only items that have a score in both runs can be compared, so that with others the means are not theirs.
        """
        first, second = _part(self.before, metric), _part(self.after, metric)
        columns = _scores(self.before, metric), _scores(self.after, metric)
        if metric.against is not None or columns[0] is None or columns[1] is None or set(first) != set(second):
            return None
        was = [columns[0][place] for place in first.values()]
        now = [columns[1][second[name]] for name in first]
        units = [_units(self.before)[place] for place in first.values()]
        rows = [row for row in zip(was, now, units, strict=True) if row[:2] != (None, None)]
        if not rows or any(old is None or new is None for old, new, _ in rows):
            return None
        scores = np.array([row[:2] for row in rows], dtype=np.float64)
        if not np.allclose(scores.mean(axis=0), (before.value, after.value), rtol=0, atol=CLOSE):
            return None
        return _change(scores[:, 0], scores[:, 1], [unit for *_, unit in rows], share=metric.unit == "share")


def _part(items: ScoredItems, metric: Metric) -> dict[str, int]:
    """The items that a metric speaks of, with their places: those of its labels that clusters of the items have."""
    labels = {**metric.variant, **metric.by}
    wanted = [(items.clusters[key], value) for key, value in labels.items() if key in items.clusters]
    return {
        name: place for place, name in enumerate(items.ids) if all(cells[place] == value for cells, value in wanted)
    }


def _scores(items: ScoredItems, metric: Metric) -> tuple[float | None, ...] | None:
    """The scores of a metric, of all items; None where they were not stored."""
    labels = {**metric.variant, **metric.by}
    ways = {key: value for key, value in labels.items() if key not in items.clusters}
    return items.scores.get(score_name(metric.name, ways))


def _units(items: ScoredItems) -> tuple[str, ...]:
    return items.clusters[items.unit]


def _change(before: Floats, after: Floats, units: list[str], *, share: bool) -> Draft:
    """McNemar's test and Newcombe's interval of yes-or-no scores; else the mean of the differences, by unit."""
    if (before == after).all():
        return Draft(reasons.stated("same_answers", "no_variation"), "difference", "paired")
    tied = len(set(units)) < len(units)
    if not tied and set(np.concatenate((before, after)).tolist()) <= {0.0, 1.0}:
        table = _table(before, after)
        return Draft(stats.paired_rate_difference(*pairs(table)), "difference", "paired", mcnemar(table))
    bounds = (-1.0, 1.0) if share else stats.UNBOUNDED
    clusters = units if tied else None
    change = stats.paired_difference(after, before, clusters, bounds, weigh="values" if tied else None)
    p_value = stats.two_sided_p(change, NO_CHANGE["difference"]) if isinstance(change, Estimate) else None
    return Draft(change, "difference", "paired", p_value)


def _table(before: Floats, after: Floats) -> npt.NDArray[np.float64]:
    """How many items [hit before, hit after]."""
    cells = (2 * before + after).astype(np.int64)
    return np.bincount(cells, minlength=4).astype(np.float64).reshape(2, 2)


def asked_items(base: Measured, new: Measured) -> AskedItems | None:
    """The items of both runs; None where one of them does not say which of its items are independent.

    Raises ValueError where the items are in a file that was not read: what is not read cannot be compared.
    """
    first, second = _told(base), _told(new)
    return None if first is None or second is None else AskedItems(first, second)


def _told(result: Measured) -> ScoredItems | None:
    items = result.items
    if isinstance(items, StoredItems) and items.unit:
        raise ValueError(f"the items of {result.probe.name} were not read (document.with_items)")
    return items if isinstance(items, ScoredItems) and items.unit else None
