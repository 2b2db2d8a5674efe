"""The error of a slope over occupations and sentence families where both are few: bias-reduced linearisation (CR2).

Bell & McCaffrey, Survey Methodology 28 (2002) 169-181; Pustejovsky & Tipton, Journal of Business & Economic Statistics
36 (2018) 672-683, equations 6 (adjustment), 11 and 12 (degrees of freedom). A share of women is the same in every
sentence, so a few occupations at the ends of the range carry the slope, and their residuals are too small for the
plain sandwich. Each factor has its own CR2 variance; two crossed factors are added, less what both hold of the single
cells (Cameron, Gelbach & Miller 2011, equation 2.11).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
_SINGULAR = 1e-9
"""Eigenvalues of I - H up to this are those of a cluster that alone decides something."""
_KNOWN = 0.05
"""Cells of which less than this share of the noise is left in their residual say nothing of it."""


@dataclass(frozen=True, slots=True)
class VarianceComponent:
    """A variance of the slope and the degrees of freedom that its estimate has."""

    variance: float
    df: float


class Grid:
    """Least squares of one value per cell on the share, within families; rows are occupations, columns families.

    `there` tells which cells exist, `shares` one share per occupation, `values` one value per cell (any number where
    there is none). `weights` are those of the cells in the slope, `residuals` what it leaves; both 0 where no cell is.
    """

    def __init__(self, there: npt.NDArray[np.bool_], shares: Floats, values: Floats) -> None:
        self.there = there.astype(np.float64)
        self.counts = np.maximum(self.there.sum(axis=0), 1.0)
        self.centred = self._within(np.broadcast_to(shares[:, None], there.shape))
        self.squares = float((self.centred**2).sum())
        self.known = bool(np.abs(self.centred).max(initial=0.0) > _SINGULAR)
        self.weights = self.centred / (self.squares if self.known else 1.0)
        inside = self._within(np.where(there, values, 0.0))
        self.value = float((self.weights * inside).sum())
        self.residuals = inside - self.value * self.centred

    def _within(self, values: Floats) -> Floats:
        deviations: Floats = self.there * (values - (self.there * values).sum(axis=0) / self.counts)
        return deviations

    @cached_property
    def _occupation_weights(self) -> Floats | None:
        """Of each occupation (I - H)^(-1/2) times its weights, by the pseudo-inverse; None where one cannot do without.

        H has an entry 1 / n at cells of one family, and the product of both centred shares over their sum of squares.
        """
        families = self.there.shape[1]
        left = -self.centred[:, :, None] * self.centred[:, None, :] / self.squares
        left[:, range(families), range(families)] += 1.0 - self.there / self.counts
        values, vectors = np.linalg.eigh(left)
        parts = np.einsum("gij,gi->gj", vectors, self.weights)
        alone = values <= _SINGULAR
        if (alone & (np.abs(parts) > _SINGULAR * np.abs(self.weights).max())).any():
            return None
        roots = np.where(alone, 0.0, 1.0 / np.sqrt(np.where(alone, 1.0, values)))
        weights: Floats = np.einsum("gij,gj->gi", vectors, roots * parts)
        return weights

    def occupations(self) -> VarianceComponent | None:
        """The part of occupations; None where the slope cannot be fitted without one of them."""
        adjusted = self._occupation_weights
        if adjusted is None:
            return None
        between = (adjusted / self.counts) @ adjusted.T
        return self._component((adjusted * self.residuals).sum(axis=1), (adjusted**2).sum(axis=1), between, adjusted, 1)

    def families(self) -> VarianceComponent | None:
        """The part of families; None where only one of them says anything of the slope.

        Their centred shares are an eigenvector of I - H, so the adjustment is one number each.
        """
        left = 1.0 - (self.centred**2).sum(axis=0) / self.squares
        if float(left.min()) <= _SINGULAR:
            return None
        adjusted = self.weights / np.sqrt(left)
        nothing = np.zeros((len(left), len(left)))
        return self._component((adjusted * self.residuals).sum(axis=0), (adjusted**2).sum(axis=0), nothing, adjusted, 0)

    def _component(
        self, sums: Floats, squares: Floats, shared: Floats, adjusted: Floats, axis: int
    ) -> VarianceComponent:
        """The sum of squares, with degrees of freedom tr(P)² / tr(P²), P the products of (I - H) g of all clusters."""
        along = (adjusted * self.centred).sum(axis=axis)
        products = np.diag(squares) - shared - np.outer(along, along) / self.squares
        df = float(np.trace(products)) ** 2 / float((products**2).sum())
        return VarianceComponent(float(sums @ sums), df)

    def cells(self) -> float:
        """The part of single cells, which both factors hold: what occupations and slopes of families leave.

        Unbiased in a full grid: the noise that a residual keeps there is (1 - 1 / families) times 1 less its leverage
        in the line of its own family. Cells that keep hardly any are left out, which makes the slope's error larger.
        """
        each = np.maximum(self.there.sum(axis=1, keepdims=True), 1.0)
        left = self.residuals - self.there * self.residuals.sum(axis=1, keepdims=True) / each
        squares = np.maximum((self.centred**2).sum(axis=0), _SINGULAR)
        left = left - self.centred * (self.centred * left).sum(axis=0) / squares
        kept = (1.0 - 1.0 / each) * (1.0 - self.there / self.counts - self.centred**2 / squares)
        some = (self.there > 0) & (kept > _KNOWN)
        return float(((self.weights * left)[some] ** 2 / kept[some]).sum())


def both(first: VarianceComponent, second: VarianceComponent, shared: float) -> VarianceComponent:
    """Two parts less what they share, never below either, with the degrees of freedom of Satterthwaite (1946).

    V² / (V1² / d1 + V2² / d2), never more than the larger of both; where nothing varies, the smaller.
    """
    variance = max(first.variance + second.variance - shared, first.variance, second.variance)
    spread = first.variance**2 / first.df + second.variance**2 / second.df
    if spread == 0.0:
        return VarianceComponent(variance, min(first.df, second.df))
    return VarianceComponent(variance, min(variance**2 / spread, max(first.df, second.df)))


def grid(
    labels: Sequence[tuple[str, str]], shares: Sequence[float], values: Sequence[float]
) -> tuple[Grid, Ints, Ints]:
    """The grid of cells named by (occupation, family), each of which comes once, and the row and column of each."""
    jobs, rows = np.unique([job for job, _ in labels], return_inverse=True)
    families, columns = np.unique([family for _, family in labels], return_inverse=True)
    there = np.zeros((len(jobs), len(families)), dtype=np.bool_)
    there[rows, columns] = True
    share, table = np.zeros(len(jobs)), np.zeros(there.shape)
    share[rows] = shares
    table[rows, columns] = values
    return Grid(there, share, table), rows, columns
