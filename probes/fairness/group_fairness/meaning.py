"""Whether comparisons of decisions mean anything: were decisions taken at all, and do they follow what is true?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from fairwitness.audit import reasons, stats
from fairwitness.audit.records import Estimate, Metric, Name, Translated, Undefined, joined
from fairwitness.probes.fairness.group_fairness.compounds import balanced_accuracy
from fairwitness.probes.fairness.group_fairness.measures import WORDS, number_names, title_of
from fairwitness.probes.kit.decisions.categorical import Codes, Flags, Floats
from fairwitness.probes.kit.decisions.counts import DECIDED
from fairwitness.probes.kit.decisions.figures import BETWEEN, percent
from fairwitness.probes.kit.decisions.outcomes import Outcomes
from fairwitness.probes.kit.decisions.partition import Partition

CHANCE = 0.5
"""The balanced accuracy of decisions that have nothing to do with the true outcome, whatever share is selected."""
OF_SELECTION = ("selection_rate", "impact_ratio", "class_selection_rate", "class_impact_ratio")
"""Beginnings of the names of what all decided rows are compared in; all else needs true outcomes."""
COMPARING = ("_difference", "_ratio", "_ratio_to_reference", "_gap", "_spread", "_distance")
"""Endings of the names of what compares groups."""
CAUTIONED = (
    "_spread",
    "_distance",
    "_ratio",
    "_gap",
    "true_positive_rate_difference",
    "false_positive_rate_difference",
)
"""Endings of the names of what can pass where decisions are drawn by chance."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """Why comparisons of selections, and of what needs true outcomes, mean nothing, if so; and what a pass must say."""

    of_selection: Undefined | None
    of_errors: Undefined | None
    caution: str

    @classmethod
    def of(cls, outcomes: Outcomes, whole: Partition) -> Meaning:
        """From the decisions; `whole` is the partition of all rows."""
        selected = outcomes.selected.astype(np.int64)
        weights = whole.groups[()].weights if whole.weighted else None
        return cls(
            alike(selected, outcomes.answered) or _weights_alike(weights, slice(0, DECIDED)),
            alike(selected, outcomes.labelled) or _weights_alike(weights, slice(DECIDED, None)),
            by_chance(balanced_accuracy(whole, ()), "balanced_accuracy", CHANCE)
            if outcomes.has_labels
            else WORDS("caution.no_outcomes"),
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
            return replace(metric, claim=joined(BETWEEN, (metric.claim, self.caution)))
        return metric


def alike(decided: Codes | Floats, rows: Flags) -> Undefined | None:
    """That all of these rows were decided alike, if so: then nothing was decided, and any two groups look the same."""
    outcomes = decided[rows]
    if not len(outcomes) or (outcomes != outcomes[0]).any():
        return None
    return WORDS.undefined("reason.alike", "no_variation", "not_interpretable", count=len(outcomes))


def _weights_alike(weights: Floats | None, columns: slice) -> Undefined | None:
    """That all rows which weigh anything were decided alike, if so: rows of weight 0 stand for nobody."""
    if weights is None:
        return None
    sums = weights[columns]
    if 0 < sums[1::2].sum() < sums.sum():
        return None
    return WORDS.undefined("reason.alike_weighted", "no_variation", "not_interpretable")


def not_interpretable(metric: Metric, why: Undefined) -> Metric:
    """The metric without a value, and a claim that says why."""
    names = {**metric.variant, **metric.by}
    labels = [WORDS("part.label", name=Name(name), value=_shown(value)) for name, value in names.items()]
    if metric.against:
        labels.append(WORDS("part.label", name=WORDS("part.reference"), value=Name(metric.against)))
    where = WORDS("part.where", labels=joined(WORDS("part.comma"), labels)) if labels else ""
    claim = WORDS("sentence.says_nothing", title=title_of(metric.name), where=where, reason=why.reason)
    return replace(metric, estimate=why, claim=claim)


def _shown(value: str) -> str:
    return value if isinstance(value, Translated) else Name(value)


def by_chance(statistic: stats.Statistic | Undefined, name: str, chance: float) -> str:
    """What a reader of equal rates must know: decisions drawn by chance have them too. Empty where they are not.

    `chance` is the value of the named measure that decisions have which do not depend on the true outcome.
    """
    if isinstance(statistic, Undefined):
        return WORDS("caution.unknown", reason=reasons.cause(statistic.reason))
    estimate = statistic.estimate("square-and-add", (0.0, 1.0))
    if not estimate.low <= chance <= estimate.high:
        return ""
    return WORDS(
        "caution.not_shown", measure=WORDS(f"caution.{name}"), chance=percent(chance), **number_names(estimate)
    )
