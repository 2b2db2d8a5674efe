"""Rows that count more or less than one: effective counts for the estimators of shares.

Weights that stand for repeated rows (frequency weights) need nothing from here: their sums are counts. Weights that
make a sample resemble a population (survey weights) do not make it larger; their sums enter the estimators of shares as
effective counts, which keep the weighted share and are as many as equally weighted rows of the same standard error.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairwitness.audit.stats.levels import FloatArray, normal_quantile, t_quantile

JUDGED_AT = 0.999
"""The level at which the effective count of clusters allows for how few they are: about that of a rule that fails."""
MORE_HITS = 4
"""With so many hits more, each of which fills its cluster, the design effect is taken: few hits look less tied."""


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


def few_clusters(clusters: float) -> float:
    """What part of an effective count is left where its error was told from so few clusters: (z / t)²."""
    return (normal_quantile(JUDGED_AT) / t_quantile(JUDGED_AT, max(clusters - 1, 1.0))) ** 2


def clustered_counts(
    hits: npt.ArrayLike, n: npt.ArrayLike, squares: float, rows: float, shared: float = 0.0
) -> tuple[float, float]:
    """Effective hits and effective size of a share whose rows clusters (people) tie together, as `effective_counts`.

    `hits` and `n` are the sums of weights [clusters] over the hits and over all rows of each cluster (counts, where
    rows have no weights), `squares` the sum of squared weights and `rows` the number of all rows. The size is that of
    equally weighted independent rows of the same standard error, clustered (Korn & Graubard, Survey Methodology 24
    (1998) 193-201), times their allowance for few clusters, (z / t)² at clusters - 1 degrees of freedom; never more
    than the rows are. Few hits do not tell how clusters hang together, and where by chance they are fewest they seem
    least tied: the design effect is taken with `MORE_HITS` rows more that are hits and fill their clusters, so that
    without a hit each cluster counts once. (With one, up to 5.6 % of shares at 0.0501 pass 0.05: docs/statistics.md.)
    Where each cluster is all hits or none, clusters of one size count as so many rows, without the allowance: nothing
    is estimated then. `shared` is added to the sum of squared errors: what other shares of the same clusters have in
    common with this one. Sizes are 0 without weight.
    """
    successes, sizes = np.asarray(hits, dtype=np.float64), np.asarray(n, dtype=np.float64)
    base = float(sizes.sum())
    if base <= 0 or squares <= 0 or rows <= 0:
        return 0.0, 0.0
    share = min(1.0, float(successes.sum()) / base)
    errors, whole, more = successes - share * sizes, float(sizes @ sizes), MORE_HITS * squares / rows
    fullest = whole / squares
    spread = share * (1 - share) * squares
    design = max(1.0, (float(errors @ errors) + shared + more * fullest) / (spread + more))
    size, clusters = base**2 / squares / design, base**2 / whole
    size = max(size * few_clusters(clusters), min(size, clusters))
    return share * size, size
