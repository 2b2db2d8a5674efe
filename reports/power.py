"""The smallest effect that the run could have seen, for every headline metric that has a null value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairwitness.audit.records import Estimate, Measured
from fairwitness.audit.stats import minimum_detectable_effect
from fairwitness.reports.labels import Labels
from fairwitness.reports.numbers import Number, decimals_for, fixed, number
from fairwitness.reports.scorecard import Judgements, split
from fairwitness.reports.text import human, line


@dataclass(frozen=True, slots=True)
class Reach:
    """A metric, its number of units and the effect that would have been found four times in five."""

    probe: str
    label: str
    group: str
    unit: str
    n: str
    effect: Number | None


def reaches(results: Sequence[Measured], judgements: Judgements) -> tuple[Reach, ...]:
    """One entry for each headline metric that has a value and a null value to differ from."""
    made = []
    for result in results:
        for metric in split(result, judgements)[0]:
            if not isinstance(metric.estimate, Estimate) or metric.null is None:
                continue
            effect = minimum_detectable_effect(metric.estimate)
            made.append(
                Reach(
                    line(result.probe.title),
                    human(metric.name),
                    Labels.of(metric).text,
                    line(metric.unit),
                    fixed(metric.estimate.n, 0),
                    None if effect is None else number(effect, decimals_for(effect)),
                )
            )
    return tuple(made)
