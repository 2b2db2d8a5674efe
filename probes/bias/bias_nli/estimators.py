"""Means, shares and slopes of inferences, with occupations and families of sentences as chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.bias.bias_nli.answers import Probabilities, ScoredItem
from fairwitness.probes.bias.bias_nli.items import Item
from fairwitness.probes.kit.arbitrary import Spread
from fairwitness.probes.kit.bounded import bounded_mean
from fairwitness.probes.kit.grouping import grouped
from fairwitness.probes.kit.slope import Point, answered_slope, sentence_slopes, spread_of
from fairwitness.probes.kit.unanswered import mean_if_answered

Scored = Sequence[ScoredItem]
GAPS = (-1.0, 1.0)
"""Bounds of a gap."""


def average(
    scored: Scored, unscored: int, value: Callable[[ScoredItem], float], bounds: tuple[float, float], seed: int
) -> Estimate | Undefined:
    """Mean over occupations and families, both as chance (`bounded_mean`), beside `unscored` unanswered pairs."""
    mean = bounded_mean([value(score) for score in scored], *_clusters(scored), bounds, seed)
    return mean_if_answered(mean, len(scored), unscored, bounds) if scored else mean


def share(scored: Scored, unscored: int, holds: Callable[[Probabilities], bool]) -> Estimate | Undefined:
    """The share of hypotheses of which something holds, with the same chance (`stats.share`)."""
    occupations, families = _clusters(scored)
    values = [float(holds(score.first)) for score in scored] + [float(holds(score.second)) for score in scored]
    estimate = stats.share(values, clusters=(occupations * 2, families * 2))
    return mean_if_answered(estimate, len(scored), unscored, (0.0, 1.0)) if scored else estimate


def _clusters(scored: Scored) -> tuple[list[str], list[str]]:
    return [score.item.occupation.key for score in scored], [score.item.template.family for score in scored]


def occupation_gap(scored: Scored, label: str, seed: int) -> Estimate | Undefined:
    """The mean gap of one occupation over its sentence families."""
    gaps, families = [score.gap(label) for score in scored], [score.item.template.family for score in scored]
    return stats.mean(gaps, clusters=families, bounds=GAPS, seed=seed, weigh="clusters")


def by_occupation(scored: Scored) -> dict[str, list[ScoredItem]]:
    """The items of each occupation."""
    return grouped(scored, lambda score: score.item.occupation.key)


def points(scored: Scored, label: str) -> list[Point]:
    """The gap of every pair of hypotheses."""
    return [_point(score.item, score.item.template.family, score.gap(label)) for score in scored]


def sentence_points(scored: Scored, label: str) -> list[Point]:
    """The same, each sentence with each pair of persons for itself."""
    return [
        _point(score.item, f"{score.item.template.label}, {score.item.people.first}", score.gap(label))
        for score in scored
    ]


def _point(item: Item, sentence: str, value: float) -> Point:
    return Point(item.occupation.key, sentence, item.occupation.share, value)


def control_spread(controls: Scored, label: str) -> Spread:
    """How far the gaps of persons who differ in no group follow the share of women beyond chance, pair by pair."""
    pairs = grouped(controls, lambda score: (score.item.people.first, score.item.people.second))
    return spread_of(points(members, label) for members in pairs.values())


def slope(scored: Scored, unscored: Sequence[Item], label: str, spread: Spread) -> Estimate | Undefined:
    """How the gap follows the share of women, with what arbitrary persons do allowed for.

    Pairs without an answer could have had any gap.
    """
    lost = [_point(item, item.template.family, 0.0) for item in unscored]
    return answered_slope(points(scored, label), lost, GAPS, spread)


def mean_gap(scored: Scored, label: str) -> float:
    """The mean gap as it is, for tables."""
    return float(np.mean([score.gap(label) for score in scored]))


def mean_size(scored: Scored, label: str) -> float | None:
    """Mean over occupations of the size of the mean gap in first wordings, above 0 by noise alone; None without one."""
    first = [score for score in scored if score.item.template.number == 1]
    sizes = [abs(mean_gap(members, label)) for members in by_occupation(first).values()]
    return float(np.mean(sizes)) if sizes else None


def slope_size(scored: Scored, label: str) -> float | None:
    """Root mean square of the slopes of single sentences, for tables; None without one."""
    slopes = sentence_slopes(sentence_points(scored, label))
    return float(np.sqrt(np.mean(np.square(slopes)))) if slopes else None


def family_deviation(scored: Scored, label: str) -> float | None:
    """The standard deviation of the mean gaps of families; None below two."""
    families = grouped(scored, lambda score: score.item.template.family)
    return _deviation([mean_gap(members, label) for members in families.values()])


def wording_deviation(scored: Scored, label: str) -> float | None:
    """The same between wordings of one family, pooled: each gap less that of its occupation, since occupations differ.

    None where no family has two.
    """
    expected = {key: mean_gap(members, label) for key, members in by_occupation(scored).items()}
    deviations = []
    for family in grouped(scored, lambda score: score.item.template.family).values():
        wordings = grouped(family, lambda score: score.item.template.number).values()
        means = [np.mean([expected[score.item.occupation.key] for score in wording]) for wording in wordings]
        gaps = [mean_gap(wording, label) - float(mean) for wording, mean in zip(wordings, means, strict=True)]
        if (deviation := _deviation(gaps)) is not None:
            deviations.append(deviation)
    return float(np.sqrt(np.mean(np.square(deviations)))) if deviations else None


def _deviation(values: Sequence[float]) -> float | None:
    return float(np.std(values, ddof=1)) if len(values) > 1 else None
