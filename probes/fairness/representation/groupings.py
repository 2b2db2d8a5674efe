"""Rows by the groups of one column, and shares counted in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fairwitness.audit import stats
from fairwitness.probes.fairness.group_fairness.cells import MISSING, Codes, Flags, Floats
from fairwitness.probes.fairness.group_fairness.rows import Frame


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """One group column: row r is in `groups[codes[r]]`, in no group where the code is -1. The largest group first.

    `reference` is the place of the group that others are compared with; none where no row has a value.
    """

    column: str
    groups: tuple[str, ...]
    codes: Codes
    reference: int | None

    @property
    def known(self) -> Flags:
        """Whether each row has a group."""
        return self.codes >= 0

    @property
    def sizes(self) -> list[int]:
        """Rows of each group."""
        return [int(count) for count in np.bincount(self.codes[self.known], minlength=len(self.groups))]

    def by(self, at: int) -> dict[str, str]:
        """A group as labels of a metric."""
        return {self.column: self.groups[at]}

    @property
    def against(self) -> str:
        """The reference group as a label of a contrast."""
        return self.groups[self.reference or 0]


def grouping(frame: Frame, column: str, named: Mapping[str, str]) -> Grouping:
    """The groups of a column; `named` are the reference groups by column."""
    coded = frame.coded[column]
    counts = {name: count for name, count in coded.counts.items() if name != MISSING}
    groups = sorted(counts, key=lambda name: (-counts[name], name))
    places = [groups.index(name) if name in counts else -1 for name in coded.values]
    codes = np.array([*places, -1], dtype=np.int64)[coded.codes]
    reference = groups.index(named[column]) if named.get(column) in counts else 0 if groups else None
    return Grouping(column, tuple(groups), codes, reference)


def shares(hits: Flags, codes: Codes, groups: int, weights: Floats | None) -> tuple[Floats, Floats]:
    """Hits and rows of each group; rows with a code below 0 are left out.

    With weights both are effective counts, which keep the weighted share and the standard error of so many rows.
    """
    inside = codes >= 0
    both = inside & hits
    if weights is None:
        return _sums(codes[both], groups), _sums(codes[inside], groups)
    hit, base = weights[both], weights[inside]
    return stats.effective_counts(
        _sums(codes[both], groups, hit),
        _sums(codes[inside], groups, base),
        _sums(codes[both], groups, hit**2),
        _sums(codes[inside], groups, base**2),
    )


def _sums(codes: Codes, groups: int, weights: Floats | None = None) -> Floats:
    return np.bincount(codes, weights, minlength=groups).astype(np.float64)
