"""Worlds of numbers: means of clusters, errors of regressors, correlations."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate
from fairwitness.audit.stats.bootstrap import bca
from worlds.cells import Cell, Rng, Shares, Z, holds, inside, share

Array = npt.NDArray[np.float64]
BOOTSTRAP = 1_000
PER_CLUSTER = 5


def clustered(counts: Sequence[int], *, skewed: bool = False) -> Shares:
    """The mean of as many clusters of five values, normal or exponential between clusters."""

    def shares(worlds: int, rng: Rng) -> list[float]:
        found = []
        for clusters in counts:
            labels = np.repeat(np.arange(clusters), PER_CLUSTER)

            def once(clusters: int = clusters, labels: npt.NDArray[np.int64] = labels) -> bool:
                between = rng.exponential(size=clusters) - 1 if skewed else rng.normal(size=clusters)
                values = between[labels] + 0.5 * rng.normal(size=labels.size)
                return holds(stats.mean(values, labels, seed=int(rng.integers(1 << 31)), weigh="clusters"), 0.0)

            found += share(worlds, once)
        return found

    return shares


def bootstrapped(units: int) -> Shares:
    """BCa below the count from which it is used."""

    def shares(worlds: int, rng: Rng) -> list[float]:
        return share(worlds, lambda: inside(bca(rng.normal(size=units), int(rng.integers(1 << 31)))(0.95), 0.0))

    return shares


def welch(sizes: tuple[int, int], spreads: tuple[float, float]) -> Shares:
    """The difference of two means."""

    def shares(worlds: int, rng: Rng) -> list[float]:
        def once() -> bool:
            first, second = (spread * rng.normal(size=size) for size, spread in zip(sizes, spreads, strict=True))
            return holds(stats.mean_difference(first, second), 0.0)

        return share(worlds, once)

    return shares


def means_at_once(sizes: Sequence[int], spreads: Sequence[float]) -> Shares:
    """All means minus the first, at once."""

    def shares(worlds: int, rng: Rng) -> list[float]:
        def once() -> bool:
            groups = [spread * rng.normal(size=size) for size, spread in zip(sizes, spreads, strict=True)]
            return all(holds(found, 0.0) for found in stats.mean_contrasts(groups, 0))

        return share(worlds, once)

    return shares


def errors(n: int, *, heavy: bool = False) -> Shares:
    """The RMSE of normal errors, or of Student's t with five degrees of freedom."""
    truth = math.sqrt(5 / 3) if heavy else 1.0

    def shares(worlds: int, rng: Rng) -> list[float]:
        def once() -> bool:
            drawn = rng.standard_t(5, size=n) if heavy else rng.normal(size=n)
            found = stats.rmse_statistic(drawn, seed=int(rng.integers(1 << 31)))
            assert isinstance(found, stats.Statistic)
            return inside(found.limits(Z), truth)

        return share(worlds, once)

    return shares


def errors_of_two(n: int) -> Shares:
    """The difference of the RMSE of two groups."""

    def shares(worlds: int, rng: Rng) -> list[float]:
        def once() -> bool:
            found = stats.rmse_difference(1.5 * rng.normal(size=n), rng.normal(size=n), seed=int(rng.integers(1 << 31)))
            return holds(found, 0.5)

        return share(worlds, once)

    return shares


def changed_error(n: int) -> Shares:
    """The change of the RMSE on the same rows, by the paired bootstrap."""

    def change(means: Array) -> Array:
        return np.asarray(np.sqrt(means[..., 1]) - np.sqrt(means[..., 0]), dtype=np.float64)

    def shares(worlds: int, rng: Rng) -> list[float]:
        def once() -> bool:
            before = rng.normal(size=n)
            after = 0.6 * before + 0.5 * rng.normal(size=n)
            rows = np.stack([before**2, after**2], axis=1)
            found = stats.paired_bootstrap(rows, change, seed=int(rng.integers(1 << 31)))
            return holds(found, math.sqrt(0.61) - 1)

        return share(worlds, once)

    return shares


def related(n: int, strength: float) -> Shares:
    """Pearson's correlation of normal pairs."""

    def shares(worlds: int, rng: Rng) -> list[float]:
        def once() -> bool:
            x = rng.normal(size=n)
            found = stats.correlation(x, strength * x + math.sqrt(1 - strength**2) * rng.normal(size=n))
            assert isinstance(found, Estimate)
            return found.low <= strength <= found.high

        return share(worlds, once)

    return shares


CELLS: tuple[Cell, ...] = (
    Cell("mean of clusters (t)", "6, 10, 20 normal clusters", clustered((6, 10, 20)), high=0.97),
    Cell("mean of clusters (t)", "6, 20 exponential clusters", clustered((6, 20), skewed=True), corner=True),
    Cell("mean of clusters (BCa)", "40, 80 normal clusters", clustered((40, 80)), high=0.97, worlds=BOOTSTRAP),
    Cell(
        "mean of clusters (BCa)", "40 exponential clusters", clustered((40,), skewed=True), low=0.92,
        worlds=BOOTSTRAP,
    ),
    Cell("mean of clusters (BCa), not used", "10 normal clusters", bootstrapped(10), worlds=BOOTSTRAP, corner=True),
    Cell("difference of means (Welch)", "8 and 12 values, spreads 1 and 3", welch((8, 12), (1.0, 3.0)), high=0.97),
    Cell("means at once (max-T)", "20, 15, 30 values, spreads 1, 2, 3", means_at_once((20, 15, 30), (1.0, 2.0, 3.0))),
    Cell("RMSE (log t)", "30 normal errors", errors(30), low=0.92),
    Cell("RMSE (log t)", "100 normal errors", errors(100), worlds=BOOTSTRAP),
    Cell(
        "RMSE (log t)", "100 errors of Student's t, 5 degrees", errors(100, heavy=True), worlds=BOOTSTRAP,
        corner=True,
    ),
    Cell("RMSE difference, two groups", "60 errors each", errors_of_two(60), low=0.92, worlds=BOOTSTRAP),
    Cell("change of the RMSE (paired bootstrap)", "60 rows", changed_error(60), low=0.92, worlds=BOOTSTRAP),
    Cell("correlation (Fisher z)", "20 pairs, 0.6", related(20, 0.6), high=0.97),
)  # fmt: skip
