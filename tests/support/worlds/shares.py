"""Worlds of yes-or-no outcomes: rates, their differences and ratios, several groups at once, weights, pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from operator import sub, truediv

import numpy as np
from scipy.stats import binom

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate
from fairwitness.audit.stats.mover import ratio_limits
from fairwitness.audit.stats.proportions import wilson
from fairwitness.audit.stats.ratios import lowest_pair
from worlds.cells import Cell, Rng, Shares, Z, alarms, holds, inside, share

Limits = Callable[[int, int, int, int], tuple[float, float] | None]
"""From hits and rows of two groups to an interval, None where nothing is claimed."""
MIDDLE = (0.2, 0.35, 0.5, 0.65, 0.8)
WIDE = (0.1, 0.2, 0.5, 0.8, 0.9)
FIVE = [30] * 5
UNEVEN = (200, 60, 100, 40)


def wilson_exactly(n: int, rates: Sequence[float]) -> Shares:
    """Over every count of hits."""

    def shares(_: int, __: Rng) -> list[float]:
        limits = np.array([wilson(hits, n, Z) for hits in range(n + 1)])
        return [
            float(binom.pmf(np.arange(n + 1), n, rate) @ ((limits[:, 0] <= rate) & (rate <= limits[:, 1])))
            for rate in rates
        ]

    return shares


def two_groups_exactly(
    limits: Limits, n_a: int, n_b: int, pairs: Iterable[tuple[float, float]], combine: Callable[[float, float], float]
) -> Shares:
    """Over every pair of counts about which something is claimed, for every pair of rates."""
    rates = list(pairs)

    def shares(_: int, __: Rng) -> list[float]:
        nothing = (np.nan, np.nan)
        table = np.array([[limits(a, n_a, b, n_b) or nothing for b in range(n_b + 1)] for a in range(n_a + 1)])
        claimed, found = ~np.isnan(table[..., 0]), []
        for rate_a, rate_b in rates:
            weights = claimed * np.outer(binom.pmf(range(n_a + 1), n_a, rate_a), binom.pmf(range(n_b + 1), n_b, rate_b))
            truth = combine(rate_a, rate_b)
            held = (table[..., 0] <= truth + 1e-12) & (truth - 1e-12 <= table[..., 1])
            found.append(float((weights * held).sum() / weights.sum()))
        return found

    return shares


def difference(a: int, n_a: int, b: int, n_b: int) -> tuple[float, float]:
    """Newcombe's limits."""
    return stats.linear_combination([(1.0, stats.rate_statistic(a, n_a)), (-1.0, stats.rate_statistic(b, n_b))]).limits(
        Z
    )


def ratio(a: int, n_a: int, b: int, n_b: int) -> tuple[float, float] | None:
    """Those made from Wilson's; nothing is claimed of a ratio to 0."""
    return ratio_limits(stats.rate_statistic(a, n_a), stats.rate_statistic(b, n_b), Z) if b else None


def lower_over_higher(a: int, n_a: int, b: int, n_b: int) -> tuple[float, float] | None:
    """Those of the lower over the higher rate; nothing is claimed where both are 0."""
    if not a + b:
        return None
    rising = sorted((stats.rate_statistic(a, n_a), stats.rate_statistic(b, n_b)), key=lambda sample: sample.value)
    return lowest_pair(rising, Z)


def as_ratio(one: float, other: float) -> float:
    """The lower of two rates over the higher."""
    return min(one, other) / max(one, other)


def equivalence_at_the_margin(n: int, rate: float, margin: float) -> Shares:
    """How often two one-sided tests show equivalence where the difference is just the margin; over every pair."""

    def shares(_: int, __: Rng) -> list[float]:
        weights = np.outer(binom.pmf(range(n + 1), n, rate + margin), binom.pmf(range(n + 1), n, rate))
        shown = 0.0
        for a, b in np.argwhere(weights > 1e-9).tolist():
            value, (low, high) = (a - b) / n, difference(a, n, b, n)
            found = Estimate(value=value, low=low, high=high, level=0.95, n=2 * n, method="")
            shown += float(weights[a, b]) * (stats.equivalence(found, margin) <= 0.05)
        return [shown]

    return shares


def mcnemar_exactly(n: int) -> Shares:
    """Over every split of n discordant pairs."""

    def shares(_: int, __: Rng) -> list[float]:
        weights = np.asarray(binom.pmf(np.arange(n + 1), n, 0.5))
        return [float(weights @ np.array([stats.mcnemar(k, n - k) <= 0.05 for k in range(n + 1)]))]

    return shares


def all_contrasts(sizes: Sequence[int], rates: Sequence[float]) -> Shares:
    """All differences to the first group at once (max-T)."""

    def shares(worlds: int, rng: Rng) -> list[float]:
        def once() -> bool:
            groups = [
                stats.rate_statistic(h, n) for h, n in zip(rng.binomial(sizes, rates).tolist(), sizes, strict=True)
            ]
            z = stats.contrast_quantile([group.variance for group in groups], 0)(0.95)
            return all(
                inside(stats.linear_combination([(1.0, group), (-1.0, groups[0])]).limits(z), rate - rates[0])
                for group, rate in zip(groups[1:], rates[1:], strict=True)
            )

        return share(worlds, once)

    return shares


def largest_gap(sizes: Sequence[int], rates: Sequence[float]) -> Shares:
    """The interval of the gap."""
    truth = max(rates) - min(rates)

    def shares(worlds: int, rng: Rng) -> list[float]:
        found = (stats.rate_gap(rng.binomial(sizes, rates).tolist(), sizes) for _ in range(worlds))
        return [sum(isinstance(gap, Estimate) and gap.low <= truth <= gap.high for gap in found) / worlds]

    return shares


def lowest_ratio(sizes: Sequence[int], rates: Sequence[float]) -> Shares:
    """The interval of the lowest over the highest rate."""
    truth = min(rates) / max(rates)

    def shares(worlds: int, rng: Rng) -> list[float]:
        found = (stats.lowest_over_highest(rng.binomial(sizes, rates).tolist(), sizes) for _ in range(worlds))
        return [sum(holds(one, truth) for one in found) / worlds]

    return shares


def exchanged(sizes: Sequence[int], rate: float) -> Shares:
    """The permutation test of a gap where there is none."""

    def shares(worlds: int, rng: Rng) -> list[float]:
        def once() -> bool:
            null = stats.gap_null(rng.binomial(sizes, rate).tolist(), sizes, seed=3, draws=499)
            return null is not None and null.p_value <= 0.05

        return share(worlds, once)

    return shares


def percentiles_of_a_gap(sizes: Sequence[int], rate: float) -> Shares:
    """What Fairwitness does not do: how often percentiles of a resampled gap lie above 0 where there is no gap."""

    def shares(worlds: int, rng: Rng) -> list[float]:
        def once() -> bool:
            seen = rng.binomial(sizes, rate) / sizes
            resampled = rng.binomial(sizes, seen, size=(200, len(sizes))) / sizes
            return float(np.quantile(np.ptp(resampled, axis=1), 0.025)) > 0

        return share(worlds, once)

    return shares


def weighted(n: int, rate: float, spread: float, of_hits: float = 1.0) -> Shares:
    """A weighted share: log-normal weights, those of hits times `of_hits`."""
    truth = rate * of_hits / (rate * of_hits + 1 - rate)

    def shares(worlds: int, rng: Rng) -> list[float]:
        return share(worlds, lambda: inside(_weighted_sample(rng, n, rate, spread, of_hits).limits(Z), truth))

    return shares


def weighted_difference(n: int, rates: tuple[float, float], spread: float) -> Shares:
    """The difference of two weighted shares."""

    def shares(worlds: int, rng: Rng) -> list[float]:
        def once() -> bool:
            a, b = (_weighted_sample(rng, n, rate, spread, 1.0) for rate in rates)
            return inside(stats.linear_combination([(1.0, a), (-1.0, b)]).limits(Z), rates[0] - rates[1])

        return share(worlds, once)

    return shares


def _weighted_sample(rng: Rng, n: int, rate: float, spread: float, of_hits: float) -> stats.Statistic:
    hits = rng.random(n) < rate
    weights = rng.lognormal(sigma=spread, size=n) * np.where(hits, of_hits, 1.0)
    sums = weights[hits].sum(), weights.sum(), (weights[hits] ** 2).sum(), (weights**2).sum()
    count, size = stats.effective_counts(*sums)
    return stats.rate_statistic(float(count), float(size))


def pairs(n: int, cells: Sequence[tuple[float, float, float]]) -> Shares:
    """Paired shares; each cell: the probabilities of yes twice, at first alone, at second alone."""

    def shares(worlds: int, rng: Rng) -> list[float]:
        found = []
        for both, first, second in cells:
            drawn = rng.multinomial(n, [both, first, second, 1 - both - first - second], size=worlds).tolist()
            held = (inside(stats.paired_rate_statistic(*counts).limits(Z), first - second) for counts in drawn)
            found.append(sum(held) / worlds)
        return found

    return shares


def _grid(low: float, high: float) -> list[float]:
    return [low + step / 1_000 for step in range(round(1_000 * (high - low)) + 1)]


PAIRS = ((0.45, 0.05, 0.05), (0.3, 0.2, 0.2), (0.4, 0.15, 0.05), (0.2, 0.3, 0.1))
HIGHER = (0.02, 0.05, 0.1, 0.2, 0.5, 0.8, 0.9, 0.98)
RATIOS = [(ratio * rate, rate) for ratio in (1.0, 0.8, 0.5, 0.0) for rate in HIGHER]
"""Pairs of rates at these ratios, the lower one first."""
UNLIKE = ((30, 30), (100, 100), (30, 300), (300, 30))
FEW_MOVE = ((0.49, 0.01, 0.01), (0.095, 0.01, 0.005))

CELLS: tuple[Cell, ...] = (
    Cell("share (Wilson)", "n = 100, rates 0.2-0.8", wilson_exactly(100, _grid(0.2, 0.8)), high=0.97, worlds=0),
    Cell("share (Wilson)", "n = 30, rates 0.1-0.9", wilson_exactly(30, _grid(0.1, 0.9)), low=0.92, worlds=0),
    Cell("share (Wilson)", "n = 30, rate 0.005", wilson_exactly(30, [0.005]), worlds=0, corner=True),
    Cell(
        "difference (Newcombe)", "100 and 100 rows, rates 0.2-0.8",
        two_groups_exactly(difference, 100, 100, product(MIDDLE, MIDDLE), sub), high=0.97, worlds=0,
    ),
    Cell(
        "difference (Newcombe)", "30 and 30 rows, rates 0.1-0.9",
        two_groups_exactly(difference, 30, 30, product(WIDE, WIDE), sub), low=0.92, worlds=0,
    ),
    Cell(
        "difference (Newcombe)", "30 and 100 rows, rates 0.1-0.9",
        two_groups_exactly(difference, 30, 100, product(WIDE, WIDE), sub), low=0.92, worlds=0,
    ),
    Cell(
        "ratio (MOVER-R)", "100 and 100 rows, rates 0.2-0.8",
        two_groups_exactly(ratio, 100, 100, product(MIDDLE, MIDDLE), truediv), high=0.97, worlds=0,
    ),
    Cell(
        "ratio (MOVER-R)", "30 and 30 rows, rates 0.1-0.9",
        two_groups_exactly(ratio, 30, 30, product(WIDE, WIDE), truediv), low=0.92, worlds=0,
    ),
    Cell(
        "ratio (MOVER-R)", "30 and 100 rows, rates 0.1-0.9",
        two_groups_exactly(ratio, 30, 100, product(WIDE, WIDE), truediv), low=0.92, worlds=0,
    ),
    *(
        Cell(
            "lower over higher rate (MOVER-R)", f"{n_a} and {n_b} rows, rates 0.02-0.98, ratios 0-1",
            two_groups_exactly(lower_over_higher, n_a, n_b, RATIOS, as_ratio), low=0.94, worlds=0,
        )
        for n_a, n_b in UNLIKE
    ),
    Cell(
        "lower over higher rate (MOVER-R)", "30 and 3,000 rows, rates 0.02-0.98, ratios 0-1",
        two_groups_exactly(lower_over_higher, 30, 3_000, RATIOS, as_ratio), worlds=0,
    ),
    Cell("lowest over highest (all pairs)", "ten groups of 30, rates 0.5", lowest_ratio([30] * 10, [0.5] * 10)),
    Cell("lowest over highest (all pairs)", "ten groups of 30, rates 0.1", lowest_ratio([30] * 10, [0.1] * 10)),
    Cell(
        "lowest over highest (all pairs)", "100, 80, 60 rows, rates 0.3, 0.5, 0.7",
        lowest_ratio((100, 80, 60), (0.3, 0.5, 0.7)),
    ),
    Cell(
        "lowest over highest (all pairs)", "300, 100, 30, 30 rows, rates 0.02, 0.02, 0.02, 0",
        lowest_ratio((300, 100, 30, 30), (0.02, 0.02, 0.02, 0.0)),
    ),
    Cell("differences at once (max-T)", "200, 60, 100, 40 rows, rates 0.5", all_contrasts(UNEVEN, [0.5] * 4)),
    Cell(
        "differences at once (max-T)", "200, 60, 100, 40 rows, rates 0.3, 0.5, 0.2, 0.7",
        all_contrasts(UNEVEN, (0.3, 0.5, 0.2, 0.7)),
    ),
    Cell("differences at once (max-T)", "ten groups of 30, rates 0.5", all_contrasts([30] * 10, [0.5] * 10)),
    Cell("differences at once (max-T)", "ten groups of 30, rates 0.1", all_contrasts([30] * 10, [0.1] * 10)),
    Cell("gap (all pairs)", "100, 80, 60 rows, rates 0.3, 0.5, 0.7", largest_gap((100, 80, 60), (0.3, 0.5, 0.7))),
    Cell("gap (all pairs)", "five groups of 30, no gap", largest_gap(FIVE, [0.5] * 5)),
    alarms("gap (permutation test)", "five groups of 30, no gap", exchanged(FIVE, 0.5)),
    alarms("gap (permutation test)", "100, 100, 50, 50 rows, no gap, rates 0.2", exchanged((100, 100, 50, 50), 0.2)),
    alarms(
        "percentiles of a resampled gap (not used)", "five groups of 30, no gap", percentiles_of_a_gap(FIVE, 0.5),
        corner=True,
    ),
    alarms("McNemar, exact", "20 discordant pairs", mcnemar_exactly(20), worlds=0),
    alarms("McNemar, exact", "200 discordant pairs", mcnemar_exactly(200), worlds=0),
    alarms("equivalence (TOST)", "200 a group, 0.3 and 0.4, margin 0.1", equivalence_at_the_margin(200, 0.3, 0.1), 0),
    alarms(
        "equivalence (TOST)", "100 a group, 0.1 and 0.25, margin 0.15", equivalence_at_the_margin(100, 0.1, 0.15), 0
    ),
    Cell("weighted share", "100 rows, rate 0.3, log-normal weights (σ 0.5)", weighted(100, 0.3, 0.5)),
    Cell("weighted share", "100 rows, rate 0.3, log-normal weights (σ 1)", weighted(100, 0.3, 1.0), low=0.92),
    Cell("weighted share", "100 rows, rate 0.3, hits weigh a fifth", weighted(100, 0.3, 0.0, 0.2), low=0.92),
    Cell("weighted share", "100 rows, rate 0.3, hits weigh five times", weighted(100, 0.3, 0.0, 5.0), low=0.92),
    Cell("weighted share", "30 rows, rate 0.1, weights σ 1", weighted(30, 0.1, 1.0), low=0.92),
    Cell(
        "weighted difference", "100 a group, rates 0.3 and 0.5, weights σ 0.7",
        weighted_difference(100, (0.3, 0.5), 0.7),
    ),
    Cell("paired shares (Newcombe)", "100 pairs, 10-40 % change", pairs(100, PAIRS)),
    Cell("paired shares (Newcombe)", "30 pairs, 10-40 % change", pairs(30, PAIRS), low=0.92),
    Cell("paired shares (Newcombe)", "100 pairs, 1.5-2 % change", pairs(100, FEW_MOVE), low=0.92),
)  # fmt: skip
