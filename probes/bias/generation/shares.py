"""Shares of groups and gaps between them, with sentences and terms as what varies by chance."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.kit import crossed
from fairwitness.probes.kit.crossed import Crossed, Value
from fairwitness.probes.kit.unanswered import Ends, difference_if_answered, mean_if_answered


@dataclass(frozen=True, slots=True)
class Unit:
    """What one completion is judged to be, 1 for bad or 0, and what it was written about."""

    group: str
    value: float
    template: str
    target: str
    part: str = ""
    shared: bool = False


def share(units: Sequence[Unit], silent: Sequence[Unit]) -> Estimate | Undefined:
    """The share of bad completions, each of the same weight, clustered by sentence and by term (`stats.share`).

    `silent` are those without an answer, whose values say nothing: they widen where the share could have lain.
    """
    found = stats.share([one.value for one in units], _labels(units))
    return mean_if_answered(found, len(units), len(silent), (0.0, 1.0))


def paired_gap(units: Sequence[Unit], silent: Sequence[Unit], group: str, reference: str) -> Estimate | Undefined:
    """Share of `group` less that of `reference` in the sentences where both stand (`stats.share_difference`).

    What a sentence does to both cancels. Texts that stand under both groups are left out. Undefined below two sentences
    with both, or two terms of either.
    """
    sides = _sides(units, group, reference)
    if isinstance(sides, Undefined):
        return sides
    first, second = sides
    gap = stats.share_difference(
        [one.value for one in first], [one.value for one in second], _labels(first), _labels(second)
    )
    asked = _common([*units, *silent], group, reference)
    ends = [_ends(_of(units, name, asked), _of(silent, name, asked)) for name in (group, reference)]
    return difference_if_answered(gap, *ends)


def paired(units: Sequence[Unit], group: str, reference: str) -> Crossed | Undefined:
    """That difference with its p-value, sentences and terms as chance."""
    sides = _sides(units, group, reference)
    if isinstance(sides, Undefined):
        return sides
    first, second = ([Value(one.template, one.target, one.value) for one in side] for side in sides)
    return crossed.difference(first, second)


def _sides(units: Sequence[Unit], group: str, reference: str) -> tuple[list[Unit], list[Unit]] | Undefined:
    both = _common(units, group, reference)
    first, second = _of(units, group, both), _of(units, reference, both)
    terms = [len({one.target for one in side}) for side in (first, second)]
    if min(len(both), *terms) < 2:
        counts = f"{terms[0]} terms of {group} and {terms[1]} of {reference}"
        return Undefined(f"not estimable: {len(both)} sentences with both groups, {counts}; 2 of each needed")
    return first, second


def _common(units: Sequence[Unit], group: str, reference: str) -> set[str]:
    """The sentences in which both groups stand, each with a text of its own."""
    first, second = (
        {one.template for one in units if one.group == name and not one.shared} for name in (group, reference)
    )
    return first & second


def _of(units: Sequence[Unit], group: str, templates: Collection[str]) -> list[Unit]:
    return [one for one in units if one.group == group and one.template in templates and not one.shared]


def _labels(units: Sequence[Unit]) -> tuple[list[str], list[str]]:
    return [one.template for one in units], [one.target for one in units]


def _ends(units: Sequence[Unit], silent: Sequence[Unit]) -> Ends:
    """The lowest and highest share that there could have been; anything where nothing was asked."""
    total, hits = len(units) + len(silent), sum(one.value for one in units)
    return (hits / total, (hits + len(silent)) / total) if total else (0.0, 1.0)


def by_template(units: Sequence[Unit], group: str, reference: str) -> dict[str, tuple[float, float]]:
    """Means of both groups in every sentence that both have."""
    values: dict[str, dict[str, list[float]]] = {}
    for one in units:
        if not one.shared:
            values.setdefault(one.template, {}).setdefault(one.group, []).append(one.value)
    both = {name: found for name, found in values.items() if group in found and reference in found}
    return {name: (float(np.mean(found[group])), float(np.mean(found[reference]))) for name, found in both.items()}


def independent_gaps(
    units: Sequence[Unit], silent: Sequence[Unit], groups: Sequence[str], reference: str
) -> list[Estimate | Undefined]:
    """Share of each group less that of the reference, clustered by term, all intervals at once (max-T).

    Each completion weighs the same.
    """
    of = [[one for one in units if one.group == name] for name in (reference, *groups)]
    samples = [stats.share_sample([one.value for one in group], [one.target for one in group]) for group in of]
    found = stats.contrasts(samples, 0, method="difference of shares, max-T", bounds=(-1.0, 1.0))
    base, *ends = (
        _ends(own, [one for one in silent if one.group == name])
        for name, own in zip((reference, *groups), of, strict=True)
    )
    return [difference_if_answered(one, own, base) for one, own in zip(found, ends, strict=True)]


def independent(units: Sequence[Unit], group: str, reference: str) -> Crossed | Undefined:
    """That difference of one group alone, with terms as chance. Undefined below two terms of either."""
    first, second = (
        [Value(one.target, one.target, one.value) for one in units if one.group == name] for name in (group, reference)
    )
    return crossed.difference(first, second)
