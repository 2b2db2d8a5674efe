"""Rows that count more or less than one: effective counts for the estimators of shares.

Weights that stand for repeated rows (frequency weights) need nothing from here: their sums are counts. Weights that
make a sample resemble a population (survey weights) do not make it larger; their sums enter the estimators of shares as
effective counts, which keep the weighted share and are as many as equally weighted rows of the same standard error.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from assay.audit.stats.ladder import FloatArray


def effective_size(weights: npt.ArrayLike) -> float:
    """How many equally weighted rows tell as much of a mean: (sum w)² / sum w² (Kish 1965); 0 without weight."""
    array = np.asarray(weights, dtype=np.float64)
    squares = float((array**2).sum())
    return float(array.sum()) ** 2 / squares if squares > 0 else 0.0


def effective_counts(
    hits: npt.ArrayLike, n: npt.ArrayLike, hit_squares: npt.ArrayLike, squares: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Effective hits and effective size of weighted shares: to be given to `proportion`, `difference` and the like.

    `hits` and `n` are sums of weights over the hits and over all rows of a share, `hit_squares` and `squares` the sums
    of squared weights over the same rows; arrays of any shape. The effective size is p (1 - p) over the linearised
    variance of the weighted share p (Taylor; Korn & Graubard, Survey Methodology 24 (1998) 193-201), never more than
    Kish's, which serves where p is 0 or 1. Equal weights give the plain counts of rows. Sizes are 0 without weight.
    Raises ValueError on weights below 0.
    """
    w1, w, q1, q = (np.asarray(part, dtype=np.float64) for part in (hits, n, hit_squares, squares))
    if min(float(part.min(initial=0.0)) for part in (w1, w, q1, q)) < 0 or (w1 > w * (1 + 1e-9)).any():
        raise ValueError("sums of weights are below 0, or hits weigh more than all rows")
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(w > 0, np.minimum(w1 / w, 1.0), 0.0)
        kish = np.where(q > 0, w**2 / q, 0.0)
        variance = (q1 * (1 - share) ** 2 + np.maximum(q - q1, 0.0) * share**2) / w**2
        linearised = np.where(variance > 0, share * (1 - share) / variance, kish)
    size = np.minimum(kish, np.where((share > 0) & (share < 1), linearised, kish))
    return share * size, size
