"""What was read of one category, and whether anything can be concluded from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from assay.probes.fill_mask.disco import Discovered
from assay.probes.fill_mask.items import Term
from assay.probes.fill_mask.scores import Cell, Gap, Pointed, Unscored, gaps, grouped

SCORED_FLOOR = 0.95
"""Least share of the items of a category that must be scored."""
CLUE_FLOOR = 0.75
"""Least share of comparisons in which a clue must raise its own group more; guessing gets one half."""


@dataclass(frozen=True)
class Result:
    """Everything that was read of one category."""

    category: str
    terms: tuple[Term, ...]
    cells: tuple[Cell, ...]
    controls: tuple[Cell, ...]
    unscored: tuple[Unscored, ...]
    pointed: tuple[Pointed, ...]
    discovered: tuple[Discovered, ...]

    @cached_property
    def gaps(self) -> list[Gap]:
        """Every group against the reference, unfavourable and favourable words."""
        return gaps(self.cells)

    @cached_property
    def control_gaps(self) -> list[Gap]:
        """The same with words without social content."""
        return gaps(self.controls)


def below_floor(result: Result) -> str:
    """Why nothing can be concluded of this category (of a crossing: of either part); empty when it can."""
    total = len(result.cells) + len(result.unscored)
    if len(result.cells) < SCORED_FLOOR * total:
        return f"below the competence floor: {len(result.unscored)} of {total} items have no answer"
    known = [(one.clue.category, share) for one in result.pointed if (share := one.right) is not None]
    right = [share for _, share in known]
    if not right:
        return "below the competence floor: no sentence shows whether the model knows the terms of these groups"
    if len(right) < SCORED_FLOOR * len(result.pointed):
        missing = len(result.pointed) - len(right)
        return f"below the competence floor: {missing} of {len(result.pointed)} clues have no answer"
    parts = grouped(known, lambda pair: pair[0]).values()
    if (share := min(float(np.mean([one for _, one in part])) for part in parts)) < CLUE_FLOOR:
        return (
            f"below the competence floor: words that point to one group raise its term more than another's in only "
            f"{share:.0%} of comparisons, {CLUE_FLOOR:.0%} needed"
        )
    return ""
