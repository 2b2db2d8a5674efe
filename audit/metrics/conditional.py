"""Disparity within strata: what is left of a difference once people alike in another column are compared."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairwitness.audit.metrics.arrays import FloatArray, divide


def stratum_disparity(counts: npt.ArrayLike) -> FloatArray:
    """Share of a group among those not selected less its share among those selected, stratum by stratum.

    `counts` [strata, 2, 2] holds rows by group (all others, the group) and decision (not selected, selected): [strata],
    NaN where nobody or everybody of a stratum is selected. From -1 to 1, above 0 where the group is selected less
    often. Demographic disparity of Kamiran, Žliobaitė & Calders, Knowledge and Information Systems 35 (2013) 613-644.
    """
    table = np.asarray(counts, dtype=np.float64)
    refused, selected = divide(table[:, 1], table.sum(axis=1)).T
    return np.asarray(refused - selected)


def conditional_demographic_disparity(counts: npt.ArrayLike) -> float:
    """The mean of `stratum_disparity`, each stratum weighing as its rows; NaN where no stratum has a value.

    Wachter, Mittelstadt & Russell, Computer Law & Security Review 41 (2021) 105567 (CDD). Strata without a value are
    left out.
    """
    table = np.asarray(counts, dtype=np.float64)
    values, rows = stratum_disparity(table), table.sum(axis=(1, 2))
    known = np.isfinite(values)
    return float(divide(values[known] @ rows[known], rows[known].sum()))
