"""The smallest effect that the run could have seen, for every headline metric that has a null value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairwitness.audit.records import Estimate, Measured, Metric
from fairwitness.audit.stats import minimum_detectable_effect
from fairwitness.reports.labels import Labels
from fairwitness.reports.numbers import Number, decimals_for, fixed, is_share, number
from fairwitness.reports.scorecard import Judgements, split
from fairwitness.reports.text import human, line

BOUNDED = ("−1 to 1", "correlation", "agreement", "reliability", "AUC", "F1")
"""Units whose values lie at most 1 from 0; shares and their differences do so too."""


@dataclass(frozen=True, slots=True)
class Reach:
    """A metric, its number of units and the effect that would have been found four times in five."""

    probe: str
    label: str
    group: str
    unit: str
    n: str
    effect: Number | None
    beyond: bool = False
    """Whether only an effect larger than any that is possible would have been found."""


def farthest(metric: Metric) -> float | None:
    """How far a value can lie from the null value at most, in the metric's unit; None where no bound is known."""
    null, unit = metric.null or 0.0, line(metric.unit)
    if unit.startswith("%"):
        return max(null, 100.0 - null)
    if unit in BOUNDED or (is_share(unit) and "100" not in unit):
        return max(abs(null), 1.0 - null)
    return None


def reaches(results: Sequence[Measured], judgements: Judgements) -> tuple[Reach, ...]:
    """One entry for each headline metric that has a value and a null value to differ from."""
    made = []
    for result in results:
        for metric in split(result, judgements)[0]:
            if not isinstance(metric.estimate, Estimate) or metric.null is None:
                continue
            effect, most = minimum_detectable_effect(metric.estimate), farthest(metric)
            beyond = effect is not None and most is not None and effect > most
            made.append(
                Reach(
                    line(result.probe.title),
                    human(metric.name),
                    Labels.of(metric).text,
                    line(metric.unit),
                    fixed(metric.estimate.n, 0),
                    None if effect is None or beyond else number(effect, decimals_for(effect)),
                    beyond,
                )
            )
    return tuple(made)
