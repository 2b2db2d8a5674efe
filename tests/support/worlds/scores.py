"""Worlds of scores: normal in both classes, so that the AUC is known."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate
from fairwitness.audit.stats.mover import Statistic
from fairwitness.audit.stats.placements import Placements, covariance, place
from worlds.cells import Cell, Rng, Shares, Z, alarms, holds, inside, share

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def scores(rng: Rng, positives: int, negatives: int, area: float, spread: float = 1.0) -> tuple[Array, Flags]:
    """Scores and outcomes of which the AUC is `area`; positives vary `spread` times as much."""
    shift = math.sqrt(1 + spread**2) * float(ndtri(area))
    values = np.concatenate([shift + spread * rng.normal(size=positives), rng.normal(size=negatives)])
    return values, np.arange(positives + negatives) < positives


def sample(rng: Rng, positives: int, negatives: int, area: float, spread: float = 1.0) -> Statistic:
    """The AUC of such scores."""
    found = stats.auc_statistic(*scores(rng, positives, negatives, area, spread))
    assert isinstance(found, Statistic)
    return found


def alone(positives: int, negatives: int, areas: Sequence[float], spread: float = 1.0) -> Shares:
    """One AUC."""

    def shares(worlds: int, rng: Rng) -> list[float]:
        def once(area: float) -> bool:
            return inside(sample(rng, positives, negatives, area, spread).limits(Z), area)

        return [sum(once(area) for _ in range(worlds)) / worlds for area in areas]

    return shares


def delong_alone(positives: int, negatives: int, area: float, spread: float) -> Shares:
    """What is not done with few rows: DeLong's limits on the logit scale, or none under perfect separation."""

    def shares(worlds: int, rng: Rng) -> list[float]:
        def once() -> bool:
            placed = place(*scores(rng, positives, negatives, area, spread))
            assert isinstance(placed, Placements)
            value = placed.area
            if value == 1:
                return False
            error = math.sqrt(covariance(placed, placed)) / (value * (1 - value))
            return abs(math.log(value / (1 - value)) - math.log(area / (1 - area))) <= Z * error

        return share(worlds, once)

    return shares


def two(positives: int, negatives: int, areas: tuple[float, float]) -> Shares:
    """The difference of two independent AUCs."""

    def shares(worlds: int, rng: Rng) -> list[float]:
        def once() -> bool:
            a, b = (sample(rng, positives, negatives, area) for area in areas)
            return inside(stats.linear_combination([(1.0, a), (-1.0, b)]).limits(Z), areas[0] - areas[1])

        return share(worlds, once)

    return shares


def at_once(rows: int, areas: Sequence[float]) -> Shares:
    """All AUCs minus the first, at once."""

    def shares(worlds: int, rng: Rng) -> list[float]:
        def once() -> bool:
            groups = [sample(rng, rows, rows, area) for area in areas]
            z = stats.contrast_quantile([group.variance for group in groups], 0)(0.95)
            return all(
                inside(stats.linear_combination([(1.0, group), (-1.0, groups[0])]).limits(z), area - areas[0])
                for group, area in zip(groups[1:], areas[1:], strict=True)
            )

        return share(worlds, once)

    return shares


def paired_scores(rng: Rng, rows: int, areas: tuple[float, float]) -> tuple[Array, Array, Flags]:
    """Two scores of the same rows, half of whose variance is shared, and the outcomes."""
    positive = np.arange(2 * rows) < rows
    shared = rng.normal(size=2 * rows)
    first, second = (
        math.sqrt(2) * float(ndtri(area)) * positive + (shared + rng.normal(size=2 * rows)) / math.sqrt(2)
        for area in areas
    )
    return first, second, positive


def paired(rows: int, areas: tuple[float, float]) -> Shares:
    """The difference of the AUCs of two scores of the same rows."""

    def shares(worlds: int, rng: Rng) -> list[float]:
        def once() -> bool:
            return holds(stats.paired_auc_difference(*paired_scores(rng, rows, areas)), areas[0] - areas[1])

        return share(worlds, once)

    return shares


def paired_alarm(rows: int, area: float) -> Shares:
    """How often two scores of equal AUC are said to differ."""

    def shares(worlds: int, rng: Rng) -> list[float]:
        def once() -> bool:
            found = stats.paired_auc_difference(*paired_scores(rng, rows, (area, area)))
            return isinstance(found, Estimate) and not found.low <= 0 <= found.high

        return share(worlds, once)

    return shares


CELLS: tuple[Cell, ...] = (
    Cell("AUC", "100 positives, 100 negatives, AUC 0.5-0.95", alone(100, 100, (0.5, 0.7, 0.9, 0.95))),
    Cell("AUC", "15 and 15, AUC 0.5-0.95", alone(15, 15, (0.5, 0.7, 0.9, 0.95)), low=0.92),
    Cell("AUC", "10 and 100, AUC 0.5-0.95", alone(10, 100, (0.5, 0.7, 0.9, 0.95)), low=0.92),
    Cell("AUC", "10 and 100, AUC 0.97, positives spread 2.5 times", alone(10, 100, (0.97,), 2.5), low=0.92),
    Cell(
        "AUC, DeLong alone (not used)",
        "10 and 100, AUC 0.97, positives spread 2.5 times",
        delong_alone(10, 100, 0.97, 2.5),
        corner=True,
    ),
    Cell("AUC", "30 and 200, AUC 0.97, positives spread 2.5 times", alone(30, 200, (0.97,), 2.5), low=0.92),
    Cell("AUC", "20 and 1,000, AUC 0.9, positives spread 2.5 times", alone(20, 1_000, (0.9,), 2.5), corner=True),
    Cell("AUC difference, two groups", "50 and 50 each, 0.7 and 0.8", two(50, 50, (0.7, 0.8))),
    Cell("AUC difference, two groups", "15 and 15 each, 0.7 and 0.9", two(15, 15, (0.7, 0.9)), low=0.92),
    Cell("AUC differences at once (max-T)", "four groups, 40 and 40 each, 0.6-0.9", at_once(40, (0.7, 0.6, 0.8, 0.9))),
    Cell("AUC difference, same rows (DeLong)", "50 and 50, 0.7 and 0.8", paired(50, (0.7, 0.8))),
    Cell("AUC difference, same rows (DeLong)", "20 and 20, 0.7 and 0.9", paired(20, (0.7, 0.9)), low=0.92),
    alarms("AUC difference, same rows (DeLong)", "50 and 50, both 0.75", paired_alarm(50, 0.75)),
)
