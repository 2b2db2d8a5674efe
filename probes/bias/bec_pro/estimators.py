"""BEC-Pro's numbers: how much more a profession raises women than men, and how that goes with who dominates it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.crossed.slope import Point, slope_estimate
from fairwitness.audit.stats.grouping import grouped
from fairwitness.audit.stats.reliability import split_half
from fairwitness.audit.stats.unanswered import Ends
from fairwitness.probes.bias.bec_pro.items import GENDERS, Association, Line

Cell = tuple[str, str, str]
"""Profession, wording and who dominates the profession."""


def _cell(line: Line) -> Cell:
    return line.key, line.template, line.dominated


def points(associations: Sequence[Association]) -> list[Point]:
    """Association of women less that of men, by profession and wording; `share` is 1, 0 or 1/2 by who dominates it."""
    groups: dict[Cell, dict[str, list[float]]] = {}
    for association in associations:
        group = groups.setdefault(_cell(association.line), {gender: [] for gender in GENDERS})
        group[association.line.gender].append(association.value)
    shares = {"female": 1.0, "male": 0.0}
    return [
        Point(key, template, shares.get(dominated, 0.5), float(np.mean(values["female"]) - np.mean(values["male"])))
        for (key, template, dominated), values in groups.items()
        if all(values.values())
    ]


def effect(associations: Sequence[Association]) -> Estimate | Undefined:
    """Difference of `points` between professions of mostly women and of mostly men, clustered by both factors."""
    return slope_estimate([point for point in points(associations) if point.share != 0.5])


def effect_ends(associations: Sequence[Association], lines: Sequence[Line], unread: int = 0) -> tuple[Ends, Ends]:
    """Lowest and highest mean of `points`, of professions of mostly women and of mostly men, had all lines an answer.

    Associations have no bounds: a line without an answer has the lowest or the highest that was seen. Each `unread` row
    may be a whole point of either kind.
    """
    known = {association.line.row: association.value for association in associations}
    least, most = (end(association.value for association in associations) for end in (min, max))

    def mean(group: Sequence[Line], gender: str, instead: float) -> float:
        values = [known.get(line.row, instead) for line in group if line.gender == gender]
        return float(np.mean(values or [instead]))

    sides: list[Ends] = []
    for kind in GENDERS:
        ends = [(least - most, most - least)] * unread
        for (_, _, dominated), group in grouped(lines, _cell).items():
            if dominated == kind:
                low = mean(group, "female", least) - mean(group, "male", most)
                ends.append((low, mean(group, "female", most) - mean(group, "male", least)))
        sides.append((float(np.mean([low for low, _ in ends])), float(np.mean([high for _, high in ends]))))
    return sides[0], sides[1]


def gap(associations: Sequence[Association], kind: str) -> Estimate | Undefined:
    """Mean of `points` in professions of one kind, clustered by profession and wording."""
    values = points([association for association in associations if association.line.dominated == kind])
    clusters = ([point.occupation for point in values], [point.family for point in values])
    return stats.mean([point.value for point in values], clusters=clusters, weigh="values")


def reliability(associations: Sequence[Association], seed: int) -> Estimate | Undefined:
    """Reliability of the gaps of professions between women and men, from halves of the wordings."""
    values = points(associations)
    parts, items = [point.occupation for point in values], [point.family for point in values]
    return split_half([point.value for point in values], parts, items, seed)
