"""What the probe declares of its metrics: those of rates, of what is made of rates, of scores, classes and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from fairwitness.audit.probe import MetricSpec
from fairwitness.probes.fairness.group_fairness import multicalibration, score_metrics, strata
from fairwitness.probes.fairness.group_fairness.classes import COMPARED_OVER_COLUMNS, MACRO, NAMES, name_of_class
from fairwitness.probes.fairness.group_fairness.compounds import COMPOUNDS, ODDS
from fairwitness.probes.fairness.group_fairness.flips import CHANGE, FLIP_RATE
from fairwitness.probes.fairness.group_fairness.gaps import gap_measure
from fairwitness.probes.fairness.group_fairness.individual import CONSISTENCY
from fairwitness.probes.fairness.group_fairness.measures import GroupMeasure, difference_of
from fairwitness.probes.fairness.group_fairness.noise import BOUNDS, noise_measure
from fairwitness.probes.fairness.group_fairness.numbers import SUMMARIES
from fairwitness.probes.fairness.group_fairness.quantities import rate_quantity
from fairwitness.probes.fairness.group_fairness.ratios import IMPACT, RATIO, SELECTION, TO_REFERENCE
from fairwitness.probes.fairness.group_fairness.small import small_measure
from fairwitness.probes.kit.decisions.partition import RATE, RATES, Rate
from fairwitness.probes.kit.measures import specs_of


def with_differences(measures: Iterable[GroupMeasure]) -> Iterator[GroupMeasure]:
    """Each measure of a group, and its difference to the reference group."""
    for measure in measures:
        yield measure
        yield difference_of(measure)


def of_rate(rate: Rate) -> Iterator[GroupMeasure]:
    """A rate of groups, and where it is compared its difference, its gap and what judges small groups together."""
    measure = rate_quantity(rate).measure
    yield measure
    if rate.compared:
        yield from (difference_of(measure), gap_measure(rate))
        yield from (small_measure(rate, "spread"), small_measure(rate, "distance"))


def of_two_outcomes() -> Iterator[GroupMeasure]:
    """What is measured of two outcomes, scores aside."""
    for rate in RATES:
        yield from of_rate(rate)
    for quantity in COMPOUNDS:
        if quantity.alone:
            yield quantity.measure
        yield difference_of(quantity.measure)
    yield from (ODDS, RATIO, TO_REFERENCE, IMPACT, strata.MEASURE)
    yield from map(noise_measure, BOUNDS)


def of_classes() -> Iterator[MetricSpec]:
    """What is measured of one class against the rest, under its names."""
    rates = [RATE[name] for name in NAMES if name in RATE]
    measures = [
        IMPACT,
        *with_differences(rate_quantity(rate).measure for rate in rates),
        *(gap_measure(RATE[name]) for name in COMPARED_OVER_COLUMNS),
        small_measure(SELECTION, "spread"),
        small_measure(SELECTION, "distance"),
    ]
    for spec in specs_of(*measures):
        yield replace(spec, name=name_of_class(spec.name))


METRICS = (
    *specs_of(*of_two_outcomes(), CONSISTENCY, FLIP_RATE, *score_metrics.MEASURES, multicalibration.MEASURE),
    *of_classes(),
    *specs_of(*with_differences([MACRO, *(summary.measure for summary in SUMMARIES)]), CHANGE),
)
