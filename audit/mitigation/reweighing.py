"""Weights under which group and true outcome are independent: every group has the base rate of all rows.

Kamiran & Calders 2012, Data preprocessing techniques for classification without discrimination, Knowledge and
Information Systems 33, 1-33, sec. 4.3 (algorithm 3).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from fairwitness.audit.errors import BadData
from fairwitness.audit.own_cells import shown_cell

Cell = tuple[str, str]
"""A group and a true outcome."""


def cell_weights(groups: Sequence[str], outcomes: Sequence[str]) -> dict[Cell, Fraction]:
    """The weight of a row by its group and outcome: P(group) P(outcome) / P(group, outcome), exact.

    The weights of all rows sum to the number of rows, and those of a group to its size. Raises BadData where a group
    lacks an outcome that others have: no weight can then give it their base rate.
    """
    rows = len(groups)
    of_group, of_outcome = Counter(groups), Counter(outcomes)
    together = Counter(zip(groups, outcomes, strict=True))
    if len(of_outcome) < 2:
        raise BadData(
            f"all {rows} rows have the same true outcome {shown_cell(outcomes[0], outcomes)}: nothing to reweigh"
        )
    for group in sorted(of_group):
        for outcome in sorted(of_outcome):
            if not together[group, outcome]:
                which, what = shown_cell(group, groups), shown_cell(outcome, outcomes)
                raise BadData(
                    f"group {which} ({of_group[group]} rows, the first is row {groups.index(group) + 1}) never has "
                    f"the true outcome {what}: no weight can make its base rate that of the others; "
                    "merge it with another group or leave it out"
                )
    return {
        (group, outcome): Fraction(of_group[group] * of_outcome[outcome], rows * count)
        for (group, outcome), count in sorted(together.items())
    }
