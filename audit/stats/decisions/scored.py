"""Scores and true outcomes of rows, some of which may be of the same person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit.stats.weights import effective_size

Floats: TypeAlias = npt.NDArray[np.float64]
Codes: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Scores and true outcomes of the rows of one group; the person of each row where some people have several."""

    scores: Floats
    positive: Flags
    persons: Codes | None = None

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.scores)

    @property
    def people(self) -> float:
        """How many people weigh as unevenly as these, as so many equal ones; the rows where each has one."""
        return self.rows if self.persons is None else effective_size(np.unique_counts(self.persons).counts)

    @property
    def each(self) -> float:
        """What a row counts for: people for each row, 1 where everybody has one."""
        return self.people / self.rows if self.rows else 1.0

    def by_person(self, values: Floats) -> Floats:
        """Sums of values [rows, ...] over the rows of each person."""
        if self.persons is None:
            return values
        codes, places = np.unique(self.persons, return_inverse=True)
        sums = np.zeros((len(codes), *values.shape[1:]))
        np.add.at(sums, places, values)
        return sums

    def where(self, rows: Flags) -> Scored:
        """Those of the rows alone."""
        return Scored(self.scores[rows], self.positive[rows], None if self.persons is None else self.persons[rows])
