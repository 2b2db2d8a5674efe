"""Shares and slopes of inferences, with occupations and families of sentences as chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.crossed.slope import Spread, spread_of
from fairwitness.audit.stats.grouping import grouped
from fairwitness.audit.stats.unanswered import mean_if_answered
from fairwitness.probes.bias.bias_nli.answers import Probabilities, ScoredItem
from fairwitness.probes.kit.jobs import clusters, points

Scored = Sequence[ScoredItem]
Gap = Callable[[ScoredItem], float]
GAPS = (-1.0, 1.0)
"""Bounds of a gap."""


@cache
def gap_of(label: str) -> Gap:
    """Reads the gap of a label off an item."""
    return lambda score: score.gap(label)


ENTAILMENT, CONTRADICTION = gap_of("entailment"), gap_of("contradiction")


def share(scored: Scored, unscored: int, holds: Callable[[Probabilities], bool]) -> Estimate | Undefined:
    """The share of hypotheses of which something holds, with the same chance (`stats.share`)."""
    occupations, families = clusters(scored)
    values = [float(holds(score.first)) for score in scored] + [float(holds(score.second)) for score in scored]
    estimate = stats.share(values, clusters=(occupations * 2, families * 2))
    return mean_if_answered(estimate, len(scored), unscored, (0.0, 1.0))


def control_spread(controls: Scored, gap: Gap) -> Spread:
    """How far the gaps of persons who differ in no group follow the share of women beyond chance, pair by pair."""
    pairs = grouped(controls, lambda score: (score.item.people.first, score.item.people.second))
    return spread_of(points(members, gap) for members in pairs.values())
