"""Shares of groups and gaps between them, with sentences and terms as what varies by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.audit import stats
from assay.audit.records import Estimate, Undefined
from assay.probes import crossed
from assay.probes.crossed import Crossed, Value


@dataclass(frozen=True, slots=True)
class Unit:
    """What one completion is judged to be, in 0..1, and what it was written about."""

    group: str
    value: float
    template: str
    target: str
    part: str = ""
    shared: bool = False


def share(units: Sequence[Unit], seed: int) -> Estimate | Undefined:
    """The mean of all completions, each of the same weight, clustered by sentence and by term (`stats.mean`)."""
    clusters = [one.template for one in units], [one.target for one in units]
    return stats.mean([one.value for one in units], clusters=clusters, bounds=(0.0, 1.0), seed=seed)


def paired_gap(units: Sequence[Unit], group: str, reference: str) -> Estimate | Undefined:
    """Mean of `group` less that of `reference` in the sentences where both stand, with its interval."""
    found = paired(units, group, reference)
    return found if isinstance(found, Undefined) else found.estimate((-1.0, 1.0))


def paired(units: Sequence[Unit], group: str, reference: str) -> Crossed | Undefined:
    """That difference with sentences and terms as chance: what both groups share of a sentence cancels.

    Texts that stand under both groups are left out. Undefined below two sentences with both, or two terms of either.
    """
    kept = [one for one in units if not one.shared]
    both = {one.template for one in kept if one.group == group} & {
        one.template for one in kept if one.group == reference
    }
    sides = [
        [Value(one.template, one.target, one.value) for one in kept if one.group == name and one.template in both]
        for name in (group, reference)
    ]
    first, second = (len({one.pair for one in side}) for side in sides)
    if min(len(both), first, second) < 2:
        counts = f"{first} terms of {group} and {second} of {reference}"
        return Undefined(f"not estimable: {len(both)} sentences with both groups, {counts}; 2 of each needed")
    return crossed.difference(*sides)


def by_template(units: Sequence[Unit], group: str, reference: str) -> dict[str, tuple[float, float]]:
    """Means of both groups in every sentence that both have."""
    values: dict[str, dict[str, list[float]]] = {}
    for one in units:
        if not one.shared:
            values.setdefault(one.template, {}).setdefault(one.group, []).append(one.value)
    both = {name: found for name, found in values.items() if group in found and reference in found}
    return {name: (float(np.mean(found[group])), float(np.mean(found[reference]))) for name, found in both.items()}


def independent_gaps(
    units: Sequence[Unit], groups: Sequence[str], reference: str, seed: int
) -> list[Estimate | Undefined]:
    """Mean of each group less that of the reference, clustered by term, all intervals at once (max-T).

    Each completion weighs the same, so that a gap is the difference of two shares.
    """
    of = [[one for one in units if one.group == name] for name in (reference, *groups)]
    terms = [[one.target for one in group] for group in of]
    return stats.mean_contrasts(
        [[one.value for one in group] for group in of],
        0,
        [stats.pooled(one) for one in terms],
        bounds=(0.0, 1.0),
        seed=seed,
    )


def independent(units: Sequence[Unit], group: str, reference: str) -> Crossed | Undefined:
    """That difference of one group alone, with terms as chance. Undefined below two terms of either."""
    first, second = (
        [Value(one.target, one.target, one.value) for one in units if one.group == name] for name in (group, reference)
    )
    return crossed.difference(first, second)
