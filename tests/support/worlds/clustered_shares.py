"""Worlds of yes-or-no values in clusters: sentences and terms cut across each other, or texts hold several values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate
from fairwitness.audit.stats.clusters import Clusters
from worlds.cells import Cell, Rng, Shares, alarms, holds, share

METHOD = "share of clusters (Wilson at the effective count)"
JUST_OVER = 0.0501


@dataclass(frozen=True, slots=True)
class Design:
    """Families by items, `each` values a cell, and the spread of both on the logit scale; no items: texts alone."""

    families: int
    items: int
    each: int
    of_families: float
    of_items: float = 0.0

    def clusters(self) -> Clusters:
        """Two labels a value, or those of the families."""
        size = self.items * self.each
        first = np.repeat(np.arange(self.families), size)
        if self.items == 1:
            return first
        return first, np.tile(np.repeat(np.arange(self.items), self.each), self.families)

    def draw(self, rng: Rng, rate: float) -> npt.NDArray[np.float64]:
        """One world's values, whose expected share is `rate`."""
        families = rng.normal(0, self.of_families, self.families)
        items = rng.normal(0, self.of_items, self.items)
        logits = families[:, None, None] + items[None, :, None] + np.zeros((1, 1, self.each))
        chances = 1 / (1 + np.exp(-(logits + centre(rate, float(np.hypot(self.of_families, self.of_items))))))
        return (rng.random(chances.size) < chances.ravel()).astype(np.float64)


def centre(rate: float, spread: float) -> float:
    """The logit about which normal logits of that spread have `rate` as their expected share."""
    points, weights = np.polynomial.hermite_e.hermegauss(80)
    low, high = -20.0, 10.0
    for _ in range(80):
        middle = (low + high) / 2
        shares = 1 / (1 + np.exp(-(middle + spread * points)))
        low, high = (middle, high) if weights @ shares / weights.sum() < rate else (low, middle)
    return low


def held(designs: Sequence[tuple[Design, float]]) -> Shares:
    """How often the interval holds the expected share; one number a design and rate."""

    def shares(worlds: int, rng: Rng) -> list[float]:
        def once(design: Design, rate: float) -> bool:
            return holds(stats.share(design.draw(rng, rate), design.clusters()), rate)

        return [share(worlds, partial(once, *one))[0] for one in designs]

    return shares


def passed(designs: Sequence[Design], *, by_t: bool = False) -> Shares:
    """How often a limit of 5 % is passed at a true share of just over it."""

    def shares(worlds: int, rng: Rng) -> list[float]:
        def once(design: Design) -> bool:
            values = design.draw(rng, JUST_OVER)
            own = design.clusters()
            found = stats.mean(values, own, (0.0, 1.0), weigh="values") if by_t else stats.share(values, own)
            assert isinstance(found, Estimate)
            return found.high <= 0.05

        return [share(worlds, partial(once, design))[0] for design in designs]

    return shares


def tied(
    sentences: int, terms: int, of_sentences: float, of_terms: float, rates: Sequence[tuple[float, float]]
) -> Shares:
    """How often the interval of a difference holds it, of two groups with terms of their own in the same sentences."""

    def side(rng: Rng, rate: float, shifts: npt.NDArray[np.float64], name: str) -> tuple[list[float], Clusters]:
        logits = centre(rate, float(np.hypot(of_sentences, of_terms))) + rng.normal(0, of_terms, terms)
        chances = 1 / (1 + np.exp(-(shifts[:, None] + logits[None, :])))
        values = (rng.random(chances.shape) < chances).astype(np.float64).ravel().tolist()
        labels = [f"{name} {at}" for _ in range(sentences) for at in range(terms)]
        return values, (np.repeat(np.arange(sentences), terms).tolist(), labels)

    def shares(worlds: int, rng: Rng) -> list[float]:
        def once(first: float, second: float) -> bool:
            shifts = rng.normal(0, of_sentences, sentences)
            (a, a_labels), (b, b_labels) = side(rng, first, shifts, "a"), side(rng, second, shifts, "b")
            return holds(stats.share_difference(a, b, a_labels, b_labels), first - second)

        return [share(worlds, partial(once, *pair))[0] for pair in rates]

    return shares


MILD, STRONG = (0.5, 0.5), (1.0, 1.0)
CROSSED = (Design(24, 40, 1, *MILD), Design(24, 40, 1, *STRONG))
TEXTS = (Design(75, 1, 4, 1.5), Design(200, 1, 4, 1.5))
ONE_SIDED = (Design(24, 40, 1, 2.0), Design(24, 40, 1, 0.0, 2.0), Design(40, 1, 30, 1.5))

CELLS: tuple[Cell, ...] = (
    Cell(
        METHOD, "24 sentences by 40 terms, spread 0.5 and 1 (logit), rates 0.02, 0.05, 0.3",
        held([(one, rate) for one in CROSSED for rate in (0.02, 0.05, 0.3)]), worlds=1_000,
    ),
    Cell(
        METHOD, "8 sentences by 30 terms, spread 0.5 and 1, rate 0.05",
        held([(Design(8, 30, 1, *spread), 0.05) for spread in (MILD, STRONG)]), worlds=1_000,
    ),
    Cell(
        METHOD, "50 sentences by 20 terms, 4 values each, spread 0.5 and 1, rate 0.1",
        held([(Design(50, 20, 4, *spread), 0.1) for spread in (MILD, STRONG)]), worlds=1_000,
    ),
    Cell(METHOD, "75 and 200 texts of 4 values, spread 1.5, rate 0.05", held([(one, 0.05) for one in TEXTS]),
         low=0.92, worlds=1_000),
    Cell(METHOD, "one factor of 24 or 40 alone with spread 1.5 to 2, rate 0.05",
         held([(one, 0.05) for one in ONE_SIDED]), worlds=1_000, corner=True),
    Cell("difference of shares of clusters", "two groups in 24 sentences, 20 terms each, spread 1 and 0.5",
         tied(24, 20, 1.0, 0.5, ((0.05, 0.05), (0.1, 0.1), (0.3, 0.1))), worlds=1_000),
    Cell("difference of shares of clusters", "two groups in 8 sentences, 20 terms each, spread 1 and 0.5",
         tied(8, 20, 1.0, 0.5, ((0.05, 0.05), (0.1, 0.1), (0.3, 0.1))), worlds=1_000),
    alarms("a limit of 5 % passed at a share just over it (Wilson at the effective count)",
           "the same clusters: 24 by 40, and 75 and 200 texts", passed((*CROSSED, *TEXTS)), 1_000),
    alarms("the same, by t (not used)", "the same", passed((*CROSSED, *TEXTS), by_t=True), 1_000, corner=True),
)  # fmt: skip
