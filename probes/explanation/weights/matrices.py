"""What a summary of weights says of each matrix and each head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fairwitness.audit.internals import WeightSummary

ALIKE = 0.9
"""Cosine from which on two heads do the same, in both of their circuits."""
FLAT = 2.0
"""Effective rank up to which a matrix keeps next to nothing of what it is given."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """One matrix; its ranks are None where they were not worked out."""

    name: str
    layer: int
    rows: int
    columns: int
    norm: float | None
    largest: float | None
    stable_rank: float | None
    effective_rank: float | None
    dead: int

    @property
    def kind(self) -> str:
        """What it is called within its layer; its whole name outside of all layers."""
        _, mark, rest = self.name.rpartition(f".{self.layer - 1}.")
        return rest if self.layer and mark else self.name

    @property
    def side(self) -> int:
        """The smaller of rows and columns: the largest rank there can be."""
        return min(self.rows, self.columns)

    @property
    def share(self) -> float | None:
        """The effective rank as a share of the largest there can be."""
        return None if self.effective_rank is None else min(1.0, self.effective_rank / self.side)

    @property
    def size(self) -> float | None:
        """The root mean square of its values."""
        return None if self.norm is None else self.norm / float(np.sqrt(self.rows * self.columns))

    @property
    def flat(self) -> bool:
        """Whether next to nothing gets through a matrix that could let much through."""
        return self.side > 2 * FLAT and self.effective_rank is not None and self.effective_rank <= FLAT


def matrices_of(summary: WeightSummary) -> list[Matrix]:
    """The matrices in the order of the model."""
    dead = [rows + columns for rows, columns in zip(summary.dead_rows, summary.dead_columns, strict=True)]
    columns = (
        *(summary.names, summary.layers, summary.rows, summary.columns, summary.norms, summary.largest),
        *(summary.stable_ranks, summary.effective_ranks, dead),
    )
    return [Matrix(*cells) for cells in zip(*columns, strict=True)]


def nearest(summary: WeightSummary) -> npt.NDArray[np.float64]:
    """Of each head [layer, head] the largest cosine with another one of its layer: the smaller one of both circuits."""
    both = np.minimum(summary.ov, summary.qk).astype(np.float64)
    if both.size == 0 or both.shape[1] < 2:
        return np.zeros((0, 0))
    both[:, np.arange(both.shape[1]), np.arange(both.shape[1])] = -1.0
    largest: npt.NDArray[np.float64] = both.max(axis=2)
    return largest
