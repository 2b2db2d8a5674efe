"""Whether comparisons of decisions mean anything: were decisions taken at all, and do they follow what is true?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.probes.fairness.group_fairness import words
from fairwitness.probes.fairness.group_fairness.cells import Codes, Flags, Floats
from fairwitness.probes.fairness.group_fairness.compounds import balanced_accuracy
from fairwitness.probes.fairness.group_fairness.rates import NOT_ESTIMABLE, Limits, Part
from fairwitness.probes.fairness.group_fairness.rows import Outcomes

CHANCE = 0.5
"""The balanced accuracy of decisions that have nothing to do with the true outcome, whatever share is selected."""
OF_SELECTION = ("selection_rate", "impact_ratio", "class_selection_rate", "class_impact_ratio")
"""Beginnings of the names of what all decided rows are compared in; all else needs true outcomes."""
NO_OUTCOMES = (
    "No true outcomes were given to tell whether decisions depend on the row: drawn by chance, they too would fall "
    "alike on all groups."
)
WEIGHED_ALIKE = "all decisions of rows that weigh more than 0 are alike: nothing was decided"
COMPARING = ("_difference", "_ratio", "_ratio_to_reference", "_gap", "_spread", "_distance")
"""Endings of the names of what compares groups."""
ERRORS = ("true_positive_rate_difference", "false_positive_rate_difference")
CAUTIONED = ("_spread", "_distance", "_ratio", "_gap", *ERRORS)
"""Endings of the names of what can pass where decisions are drawn by chance."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """Why comparisons of selections, and of what needs true outcomes, mean nothing, if so; and what a pass must say."""

    of_selection: Undefined | None
    of_errors: Undefined | None
    caution: str

    @classmethod
    def of(cls, outcomes: Outcomes, whole: Part, limits: Limits) -> Meaning:
        """From the decisions; `whole` is the part of all rows."""
        chosen = outcomes.selected.astype(np.int64)
        return cls(
            alike(chosen, outcomes.answered) or _weighed_alike(whole, ("selected",), "rows"),
            alike(chosen, outcomes.labelled) or _weighed_alike(whole, ("fp", "tp"), "labelled"),
            _caution(outcomes, whole, limits),
        )

    def of_metric(self, metric: Metric) -> Metric:
        """A comparison of groups: without a value where decisions are alike, else with the caution in its claim.

        What is of one group alone, and what was not asked, stays as it is.
        """
        unasked = isinstance(metric.estimate, Undefined) and metric.estimate.kind == "not_asked"
        if unasked or not metric.name.endswith(COMPARING):
            return metric
        why = self.of_selection if metric.name.startswith(OF_SELECTION) else self.of_errors
        if why is not None:
            return not_interpretable(metric, why)
        if self.caution and isinstance(metric.estimate, Estimate) and metric.name.endswith(CAUTIONED):
            return replace(metric, claim=f"{metric.claim} {self.caution}")
        return metric


def alike(decided: Codes | Floats, rows: Flags) -> Undefined | None:
    """That all of these rows were decided alike, if so: then nothing was decided, and any two groups look the same."""
    found = decided[rows]
    if not len(found) or (found != found[0]).any():
        return None
    return Undefined(f"all {len(found)} decisions are alike: nothing was decided", "not_interpretable")


def _weighed_alike(whole: Part, selected: Sequence[str], rows: str) -> Undefined | None:
    """That all rows which weigh anything were decided alike, if so: rows of weight 0 stand for nobody."""
    if () not in whole.weighted:
        return None
    sums = whole.weighted[()].sums
    hits = sum(sums[name] for name in selected)
    return None if 0 < hits < sums[rows] else Undefined(WEIGHED_ALIKE, "not_interpretable")


def not_interpretable(metric: Metric, why: Undefined) -> Metric:
    """The metric without a value, and a claim that says why."""
    where = ", ".join(f"{name} {value}" for name, value in metric.by.items())
    claim = f"The {words.title(metric.name)}{where and f' ({where})'} says nothing: {why.reason}."
    return replace(metric, estimate=why, claim=claim)


def _caution(outcomes: Outcomes, whole: Part, limits: Limits) -> str:
    if not outcomes.has_labels:
        return NO_OUTCOMES
    return by_chance(balanced_accuracy(whole, (), limits), "balanced accuracy", CHANCE)


def by_chance(found: stats.Sample | Undefined, what: str, chance: float) -> str:
    """What a reader of equal rates must know: decisions drawn by chance have them too. Empty where they are not.

    `chance` is the value of `what` over all rows that decisions have which do not depend on the true outcome.
    """
    if isinstance(found, Undefined):
        why = found.reason.removeprefix(NOT_ESTIMABLE)
        return f"Whether decisions depend on the row is not told ({why}): drawn by chance, they too would fall alike."
    estimate = found.estimate("square-and-add", (0.0, 1.0))
    if not estimate.low <= chance <= estimate.high:
        return ""
    return (
        f"That decisions depend on the row is not shown: {what} over all rows is {words.percent(estimate.value)} "
        f"({words.span(estimate)}), and decisions drawn by chance have {words.percent(chance)}."
    )
