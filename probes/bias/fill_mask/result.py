"""What was read of one category, and whether anything can be concluded from it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from fairwitness.audit import reasons, stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.crossed import two_way_clustered
from fairwitness.audit.stats.crossed.two_way_clustered import TwoWayClustered
from fairwitness.audit.stats.grouping import grouped
from fairwitness.audit.stats.means import t_interval
from fairwitness.probes.bias.fill_mask.fills import Fills
from fairwitness.probes.bias.fill_mask.items import WORDS
from fairwitness.probes.bias.fill_mask.scores import AskedTerm, Cell, ClueScore, Gap, gaps, values
from fairwitness.probes.kit.claims import percent_words
from fairwitness.probes.kit.groups import Term
from fairwitness.probes.kit.validity import LEAST_RIGHT, LEAST_SCORED

DOUBLE = math.log(2)
"""Nats of double odds: a model in which words of judgement move a group so far does tell the groups apart."""
Number: TypeAlias = TwoWayClustered | Undefined


@dataclass(frozen=True)
class Result:
    """Everything that was read of one category."""

    category: str
    terms: tuple[Term, ...]
    cells: tuple[Cell, ...]
    controls: tuple[Cell, ...]
    unscored: tuple[AskedTerm, ...]
    clues: tuple[ClueScore, ...]
    fills: tuple[Fills, ...]

    @cached_property
    def gaps(self) -> list[Gap]:
        """Every group against the reference, unfavourable and favourable words."""
        return gaps(self.cells)

    @cached_property
    def control_gaps(self) -> list[Gap]:
        """The same with words without social content."""
        return gaps(self.controls)

    @cached_property
    def by_group(self) -> dict[str, Number]:
        """LPBS of each group that is no reference, over sentences and pairs."""
        answered = grouped(self.gaps, lambda gap: gap.group)
        groups = dict.fromkeys(term.group for term in self.terms if not term.reference)
        means: dict[str, Number] = {}
        for group in groups:
            if group in answered:
                means[group] = two_way_clustered.mean(values(answered[group]))
            else:
                means[group] = WORDS.undefined("validity.no_answer", "unanswered", "not_interpretable", group=group)
        return means

    def missing(self, group: str) -> int:
        """How many items of a group have no number, for want of its own answer or of the reference's."""
        terms = [cell.term for cell in self.cells] + [item.term for item in self.unscored]
        return sum(term.group == group for term in terms) - sum(gap.group == group for gap in self.gaps)

    @cached_property
    def reason(self) -> Undefined | None:
        """Why nothing can be concluded of this category (of a crossing: of either part); None when it can.

        A model that follows the words of judgement alone, whatever a clue says, is no model that does not know the
        terms: where the odds of a group are shown to double, the clues need not be met.
        """
        if (problem := _scored(self)) is not None:
            return problem
        problem = _clues(self.clues)
        if problem is None:
            return None
        size = largest(self.by_group.values())
        return None if isinstance(size, Estimate) and size.low > DOUBLE else problem


def estimate_of(number: Number, bounds: tuple[float, float] = (-np.inf, np.inf)) -> Estimate | Undefined:
    """The estimate of a number within the limits of its parameter, or why there is none."""
    return number if isinstance(number, Undefined) else number.estimate(bounds)


def largest(groups: Iterable[Number]) -> Estimate | Undefined:
    """The largest size of an LPBS over groups, whatever its sign (`stats.largest_size`).

    Undefined where a group has no number: what is not known may be the largest.
    """
    known = []
    for number in groups:
        if isinstance(number, Undefined):
            return number
        known.append(number)
    if not known:
        return WORDS.undefined("reason.no_group", "no_units")
    parts = [(number.value, t_interval(number.value, number.error, number.df)) for number in known]
    n = min(round(number.df) + 1 for number in known)
    return stats.largest_size(parts, n=n, method="largest of all groups, t, clustered two ways")


def _scored(result: Result) -> Undefined | None:
    total = len(result.cells) + len(result.unscored)
    if not total:
        return WORDS.undefined("reason.no_pair", "no_units")
    if not result.cells or len(result.cells) < LEAST_SCORED * total:
        return WORDS.undefined(
            "validity.unscored", "unanswered", "not_interpretable", missing=len(result.unscored), total=total
        )
    for number in result.by_group.values():
        if isinstance(number, Undefined) and number.kind == "not_interpretable":
            return number
    return None


def _clues(clues: Sequence[ClueScore]) -> Undefined | None:
    known = [(score.clue.category, share) for score in clues if (share := score.right) is not None]
    parts = [[share for _, share in part] for part in grouped(known, lambda pair: pair[0]).values()]
    if not known:
        why = WORDS("validity.no_clue")
    elif len(known) < LEAST_SCORED * len(clues):
        why = WORDS("validity.clues_unanswered", missing=len(clues) - len(known), total=len(clues))
    elif (share := min(float(np.mean(part)) for part in parts)) < LEAST_RIGHT:
        why = WORDS("validity.clues", share=percent_words(share), least=percent_words(LEAST_RIGHT))
    else:
        return None
    return reasons.invalid(why)
