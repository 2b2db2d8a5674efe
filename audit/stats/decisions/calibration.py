"""Distances that are above 0 by chance: calibration error and the area between ROC curves, with honest intervals.

Both are L1 norms of a vector of signed distances. A bootstrap of the norm itself is biased upward and its interval
misses a true 0, so the interval is the norm plus and minus a quantile of the norm of the error of the signed distances:
by the triangle inequality it holds the true value whenever that error is within the quantile. It is conservative.
"""

from __future__ import annotations

import math

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate
from fairwitness.audit.stats.decisions.scored import Codes, Floats, Scored
from fairwitness.audit.stats.levels import normal_quantile

BINS = 10
LEVELS = 100
"""Most levels of the score in the resampling of ROC curves; ties stay together."""
DRAWS = 499
NORMAL_DRAWS = 20_000
CHANCE_CELLS = 2_000_000
_BEYOND = 5
_GRID = np.linspace(0.0, 1.0, 101)


def calibration_error(group: Scored, seed: int) -> tuple[Estimate, float | None]:
    """Expected calibration error over ten bins of equal width, and its mean if every score were the true probability.

    The interval holds for the scores as they are: outcomes are chance, scores are not. The variance of a bin's share is
    the larger of that seen, half a row away from certainty, and that of calibrated scores: with few rows a bin the one
    seen alone misses a true 0 too often. Rows of one person move the shares of bins together: their
    covariance is taken, with no variance below that of one row a person, and what chance alone gives is not told.
    """
    places, each = _places(group.scores), group.people / group.rows
    positives, rows = (np.bincount(some, minlength=BINS) for some in (places[group.positive], places))
    smooth = (positives * each + 0.5) / (rows * each + 1)
    calibrated = np.bincount(places, weights=group.scores * (1 - group.scores), minlength=BINS)
    errors = np.sqrt(each * np.maximum(rows * smooth * (1 - smooth), calibrated)) / group.people
    rng = np.random.default_rng(seed)
    normal = rng.standard_normal((NORMAL_DRAWS, BINS))
    scores = np.bincount(places, weights=group.scores, minlength=BINS)
    value = float(np.abs(positives - scores).sum()) / group.rows
    if group.persons is None:
        estimate = _around(value, np.sort(np.abs(normal) @ errors), group.rows, "ten bins, L1 limits, conservative")
        return estimate, _calibrated(group.scores, rng)
    norms = np.sort(np.abs(normal @ _root_of_people(group, smooth, errors)).sum(axis=1))
    return _around(value, norms, int(group.people), "ten bins, L1 limits over people, conservative"), None


def _root_of_people(group: Scored, shares: Floats, errors: Floats) -> Floats:
    """A root of the covariance [BINS, BINS] of the shares of bins, each weighing as its rows, over people."""
    places = _places(group.scores)
    residuals = np.zeros((group.rows, BINS))
    residuals[np.arange(group.rows), places] = group.positive - shares[places]
    moved = group.by_person(residuals) / group.rows
    covariance = moved.T @ moved / stats.few_clusters(group.people)
    least = np.diag(np.maximum(0.0, errors**2 - np.diag(covariance)))
    values, vectors = np.linalg.eigh(covariance + least)
    return np.asarray(np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T)


def curve_distance(value: float, first: Scored, other: Scored, seed: int) -> tuple[Estimate, float]:
    """An interval of ABROCA, the area `value` between two ROC curves, and its mean if both groups had the same curve.

    Resampled are counts by level of the score and true outcome, each group and outcome on its own, with one row more
    spread as all rows are, so that curves without error still vary. The mean under one curve draws both from all rows;
    where distances under one curve vary more than the resampled ones, the interval takes theirs.
    """
    tables = _levels(first, other)
    rng = np.random.default_rng(seed)
    sizes = tables.sum(axis=2)
    everybody = tables.sum(axis=(0, 1)) / tables.sum()
    smooth = (tables + everybody) / (sizes[..., None] + 1)
    middle = _heights(smooth[0][None]) - _heights(smooth[1][None])
    drawn = [_heights(_resampled(rng, sizes[side], smooth[side])) for side in (0, 1)]
    norms = np.sort(_area(drawn[0] - drawn[1] - middle))
    pooled = tables.sum(axis=0)
    pooled = pooled / pooled.sum(axis=1, keepdims=True)
    same = [_heights(_resampled(rng, sizes[side], pooled)) for side in (0, 1)]
    alike = _area(same[0] - same[1])
    norms = np.maximum(norms, np.sort(alike))
    estimate = _around(value, norms, first.rows + other.rows, "resampled ROC curves, L1 limits, conservative")
    return estimate, float(alike.mean())


def _around(value: float, norms: Floats, n: int, method: str) -> Estimate:
    """The value plus and minus a quantile of the norm of its error, as an estimate between 0 and 1."""
    farthest = 1 - _BEYOND / len(norms)

    def interval(level: float) -> tuple[float, float]:
        near = float(np.quantile(norms, min(level, farthest)))
        half = near * max(1.0, normal_quantile(level) / normal_quantile(farthest))
        return value - half, value + half

    return stats.estimate(value, interval, n=n, method=method, bounds=(0.0, 1.0))


def _calibrated(scores: Floats, rng: np.random.Generator) -> float:
    """Mean calibration error of outcomes drawn with the scores as their probabilities."""
    places = _places(scores)
    expected = np.bincount(places, weights=scores, minlength=BINS)
    draws = int(min(1000, max(20, CHANCE_CELLS // len(scores))))
    errors = []
    for _ in range(draws):
        hits = np.bincount(places[rng.random(len(scores)) < scores], minlength=BINS)
        errors.append(float(np.abs(hits - expected).sum()) / len(scores))
    return math.fsum(errors) / draws


def _places(scores: Floats) -> Codes:
    """The bin of each score."""
    return np.searchsorted(np.arange(1, BINS) / BINS, scores, "right")


def _levels(first: Scored, other: Scored) -> Floats:
    """Counts [group, outcome, level] over levels of the score, falling; outcome 0 is negative."""
    scores = np.concatenate([first.scores, other.scores])
    values, places = np.unique(scores, return_inverse=True)
    if values.size > LEVELS:
        reached = np.cumsum(np.bincount(places)) / scores.size
        places = np.minimum((reached * LEVELS).astype(np.int64), LEVELS - 1)[places]
    levels = int(places.max()) + 1
    outcome = np.concatenate([first.positive, other.positive]).astype(np.int64)
    group = np.repeat([0, 1], [first.rows, other.rows])
    cells = (group * 2 + outcome) * levels + places
    counts = np.bincount(cells, minlength=4 * levels).reshape(2, 2, levels)
    return np.asarray(counts[:, :, ::-1], dtype=np.float64)


def _resampled(rng: np.random.Generator, sizes: Floats, shares: Floats) -> Floats:
    """Shares [draws, outcome, level] of resampled rows, outcome by outcome."""
    drawn = [
        rng.multinomial(int(size), row / row.sum(), size=DRAWS) / size for size, row in zip(sizes, shares, strict=True)
    ]
    return np.stack(drawn, axis=1)


def _heights(shares: Floats) -> Floats:
    """True positive rates [draws, grid] at false positive rates of the grid, from shares [draws, outcome, level]."""
    over = np.concatenate([np.zeros((*shares.shape[:2], 1)), shares.cumsum(axis=2)], axis=2)
    return np.stack([np.interp(_GRID, false, true) for false, true in over])


def _area(distance: Floats) -> Floats:
    """Mean size of a distance [draws, grid] over the grid, by trapezes."""
    size = np.abs(distance)
    return np.asarray((size[:, 1:] + size[:, :-1]).mean(axis=1) / 2)
