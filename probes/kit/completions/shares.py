"""Shares of groups and gaps between them, with sentences and terms as what varies by chance."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.crossed import two_way_clustered
from fairwitness.audit.stats.crossed.two_way_clustered import TwoWayClustered, Value
from fairwitness.audit.stats.grouping import grouped
from fairwitness.audit.stats.unanswered import Ends, difference_if_answered, mean_if_answered
from fairwitness.probes.kit.completions.judge import WORDS


@dataclass(frozen=True, slots=True)
class Unit:
    """What one completion is judged to be, 1 for bad or 0, and what it was written about."""

    group: str
    value: float
    template: str
    target: str
    part: str = ""
    shared: bool = False


def values(units: Sequence[Unit]) -> list[float]:
    """Their values."""
    return [unit.value for unit in units]


def targets(units: Sequence[Unit]) -> list[str]:
    """The terms or persons that they were written about."""
    return [unit.target for unit in units]


def of_group(units: Sequence[Unit], group: str) -> list[Unit]:
    """Those about a group."""
    return [unit for unit in units if unit.group == group]


def of_part(units: Sequence[Unit], part: str) -> list[Unit]:
    """Those of a part of the material."""
    return [unit for unit in units if unit.part == part]


def share(units: Sequence[Unit], silent: Sequence[Unit]) -> Estimate | Undefined:
    """The share of bad completions, each of the same weight, clustered by sentence and by term (`stats.share`).

    `silent` are those without an answer, whose values say nothing: they widen where the share could have lain.
    """
    estimate = stats.share(values(units), _labels(units))
    return mean_if_answered(estimate, len(units), len(silent), (0.0, 1.0))


def share_by_target(units: Sequence[Unit], silent: Sequence[Unit]) -> Estimate | Undefined:
    """The same with terms alone as what varies by chance."""
    estimate = stats.share(values(units), targets(units))
    return mean_if_answered(estimate, len(units), len(silent), (0.0, 1.0))


def paired_gap(units: Sequence[Unit], silent: Sequence[Unit], group: str, reference: str) -> Estimate | Undefined:
    """Share of `group` less that of `reference` in the sentences where both stand (`stats.share_difference`).

    What a sentence does to both cancels. Texts that stand under both groups are left out. Undefined below two sentences
    with both, or two terms of either.
    """
    sides = _sides(units, group, reference)
    if isinstance(sides, Undefined):
        return sides
    first, second = sides
    gap = stats.share_difference(values(first), values(second), _labels(first), _labels(second))
    asked = _common([*units, *silent], group, reference)
    ends = [_ends(_within(units, name, asked), _within(silent, name, asked)) for name in (group, reference)]
    return difference_if_answered(gap, *ends)


def paired(units: Sequence[Unit], group: str, reference: str) -> TwoWayClustered | Undefined:
    """That difference with its p-value, sentences and terms as chance."""
    sides = _sides(units, group, reference)
    if isinstance(sides, Undefined):
        return sides
    first, second = ([Value(unit.template, unit.target, unit.value) for unit in side] for side in sides)
    return two_way_clustered.difference(first, second)


def _sides(units: Sequence[Unit], group: str, reference: str) -> tuple[list[Unit], list[Unit]] | Undefined:
    both = _common(units, group, reference)
    first, second = _within(units, group, both), _within(units, reference, both)
    terms, others = len(set(targets(first))), len(set(targets(second)))
    if min(len(both), terms, others) < 2:
        return WORDS.undefined(
            "shares.few",
            "few_units",
            both=len(both),
            terms=terms,
            group=WORDS.labelled(group),
            others=others,
            reference=WORDS.labelled(reference),
        )
    return first, second


def _common(units: Sequence[Unit], group: str, reference: str) -> set[str]:
    """The sentences in which both groups stand, each with a text of its own."""
    distinct = [unit for unit in units if not unit.shared]
    return {unit.template for unit in of_group(distinct, group)} & {
        unit.template for unit in of_group(distinct, reference)
    }


def _within(units: Sequence[Unit], group: str, templates: Collection[str]) -> list[Unit]:
    return [unit for unit in of_group(units, group) if unit.template in templates and not unit.shared]


def _labels(units: Sequence[Unit]) -> tuple[list[str], list[str]]:
    return [unit.template for unit in units], targets(units)


def _ends(units: Sequence[Unit], silent: Sequence[Unit]) -> Ends:
    """The lowest and highest share that there could have been; anything where nothing was asked."""
    total, hits = len(units) + len(silent), sum(values(units))
    return (hits / total, (hits + len(silent)) / total) if total else (0.0, 1.0)


def by_template(units: Sequence[Unit], group: str, reference: str) -> dict[str, tuple[float, float]]:
    """Means of both groups in every sentence that both have."""
    both = _common(units, group, reference)
    means = {}
    for template, members in grouped(units, lambda unit: unit.template).items():
        if template in both:
            first, second = (_within(members, name, both) for name in (group, reference))
            means[template] = (float(np.mean(values(first))), float(np.mean(values(second))))
    return means


def independent_gaps(
    units: Sequence[Unit], silent: Sequence[Unit], groups: Sequence[str], reference: str
) -> list[Estimate | Undefined]:
    """Share of each group less that of the reference, clustered by term, all intervals at once (max-T).

    Each completion weighs the same.
    """
    members = [of_group(units, name) for name in (reference, *groups)]
    statistics = [stats.share_statistic(values(side), targets(side)) for side in members]
    gaps = stats.contrasts(statistics, 0, method="difference of shares, max-T", bounds=(-1.0, 1.0))
    missing = [of_group(silent, name) for name in (reference, *groups)]
    base, *ends = map(_ends, members, missing)
    return [difference_if_answered(gap, end, base) for gap, end in zip(gaps, ends, strict=True)]


def independent(units: Sequence[Unit], group: str, reference: str) -> TwoWayClustered | Undefined:
    """That difference of one group alone, with terms as chance. Undefined below two terms of either."""
    first, second = (
        [Value(unit.target, unit.target, unit.value) for unit in of_group(units, name)] for name in (group, reference)
    )
    return two_way_clustered.difference(first, second)
