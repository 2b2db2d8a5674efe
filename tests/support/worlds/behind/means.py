"""Means and their differences, whatever probe makes them; indices of inequality and the RMSE beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Literal, TypeAlias

import numpy as np
from decision_tables import counted

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.clusters import two_way_mean
from fairwitness.audit.stats.crossed import two_way_clustered
from fairwitness.audit.stats.crossed.two_way_clustered import Value
from fairwitness.audit.stats.levels import FloatArray, IntArray, estimate
from fairwitness.audit.stats.means import t_interval
from fairwitness.probes.fairness.group_fairness.compounds import COMPOUNDS
from fairwitness.probes.kit.decisions.partition import Partition
from worlds.behind.rows import Case, Draw, Rng, Row

Law: TypeAlias = Literal["normal", "exponential"]
Varies: TypeAlias = Literal["both", "first", "second", "neither", "interaction"]
Found: TypeAlias = tuple[Estimate | Undefined, float]
ALL: tuple[Varies, ...] = ("both", "first", "second", "neither", "interaction")


def noise(rng: Rng, law: Law, *size: int) -> FloatArray:
    """Effects of mean 0 and variance 1."""
    return rng.normal(size=size) if law == "normal" else rng.exponential(size=size) - 1


def zipf(clusters: int, values: int, power: float) -> IntArray:
    """Labels of clusters whose sizes fall as 1 / rank^power; each has one value at least."""
    sizes = np.maximum(1, np.round(values * (shares := np.arange(1, clusters + 1.0) ** -power) / shares.sum()))
    return np.repeat(np.arange(clusters), sizes.astype(np.int64))


def one_factor(clusters: int, law: Law = "normal", *, by_values: bool = False, power: float = 0.0) -> Draw:
    """Clusters of five values (sizes by Zipf where there is a power); each cluster, or each value, weighs the same."""
    labels = zipf(clusters, 5 * clusters, power) if power else np.repeat(np.arange(clusters), 5)

    def draw(rng: Rng) -> Found:
        values = noise(rng, law, clusters)[labels] + 0.5 * noise(rng, law, labels.size)
        weigh: Literal["values", "clusters"] = "values" if by_values else "clusters"
        return stats.mean(values, labels, seed=int(rng.integers(1 << 31)), weigh=weigh), 0.0

    return draw


def effects(rng: Rng, rows: int, columns: int, varies: Varies, law: Law) -> FloatArray:
    """A table of values [rows, columns]: a noise of 1 and effects of the same size."""
    values = noise(rng, law, rows, columns)
    if varies in ("both", "first"):
        values += noise(rng, law, rows, 1)
    if varies in ("both", "second"):
        values += noise(rng, law, 1, columns)
    if varies == "interaction":
        values = 0.3 * values + noise(rng, law, rows, 1) * noise(rng, law, 1, columns)
    return values


def crossing(rows: int, columns: int) -> tuple[list[int], list[int]]:
    """Both labels of the cells of a table."""
    return np.repeat(np.arange(rows), columns).tolist(), np.tile(np.arange(columns), rows).tolist()


def two_factors(rows: int, columns: int, varies: Varies, law: Law = "normal") -> Draw:
    """Each of so many families with each of so many items once."""
    labels = crossing(rows, columns)

    def draw(rng: Rng) -> Found:
        return stats.mean(effects(rng, rows, columns, varies, law).ravel(), labels, weigh="values"), 0.0

    return draw


def uneven(rows: int, columns: int, power: float) -> Draw:
    """Two factors of which either has clusters of very unequal size: as many values as an even table would have."""
    first, second = (zipf(count, rows * columns, power) for count in (rows, columns))
    size = min(len(first), len(second))

    def draw(rng: Rng) -> Found:
        one, other = rng.choice(first, size, replace=False), rng.choice(second, size, replace=False)
        values = rng.normal(size=rows)[one] + rng.normal(size=columns)[other] + rng.normal(size=size)
        return stats.mean(values, (one.tolist(), other.tolist()), weigh="values"), 0.0

    return draw


def satterthwaite(rows: int, columns: int, law: Law) -> Draw:
    """Not used: the same error with the degrees of freedom of two variance components, where both vary."""
    labels = crossing(rows, columns)

    def draw(rng: Rng) -> Found:
        table = effects(rng, rows, columns, "both", law)
        parts = [float(table.mean(axis=1 - axis).var(ddof=1)) / count for axis, count in enumerate((rows, columns))]
        found = two_way_mean(table.ravel(), *labels)
        free = found.error**4 / sum(part**2 / (count - 1) for part, count in zip(parts, (rows, columns), strict=True))
        interval = t_interval(found.value, found.error, max(free, found.df))
        return estimate(found.value, interval, n=found.count, method="Satterthwaite"), 0.0

    return draw


def of_crossed(families: int, pairs: Sequence[int], lean: float) -> Draw:
    """Two groups in the same families, each with pairs of its own; of one number of pairs the mean of a group."""

    def draw(rng: Rng) -> Found:
        shared = lean * rng.normal(size=(families, 1))
        sides = []
        for at, count in enumerate(pairs):
            table = shared + 0.5 * rng.normal(size=(1, count)) + 0.7 * rng.normal(size=(families, count))
            cells = np.ndenumerate(table)
            sides.append([Value(str(one), f"{at} {pair}", float(value)) for (one, pair), value in cells])
        found = (
            two_way_clustered.mean(sides[0]) if len(sides) == 1 else two_way_clustered.difference(sides[0], sides[1])
        )
        return found if isinstance(found, Undefined) else found.estimate(), 0.0

    return draw


def contrast(sizes: Sequence[int], spreads: Sequence[float], law: Law = "normal") -> Draw:
    """The first of several differences of means to the last group, all at once; of two groups Welch's."""

    def draw(rng: Rng) -> Found:
        groups = [spread * noise(rng, law, size) for size, spread in zip(sizes, spreads, strict=True)]
        if len(groups) == 2:
            return stats.mean_difference(groups[0], groups[1]), 0.0
        return stats.mean_contrasts(groups, len(groups) - 1, seed=int(rng.integers(1 << 31)))[0], 0.0

    return draw


def rare(sizes: tuple[int, int], rate: float) -> Draw:
    """A difference of means of 0 and 1, of which one side or both often do not vary."""

    def draw(rng: Rng) -> Found:
        first, second = (rng.random(size) < rate for size in sizes)
        return stats.mean_difference(first, second, bounds=(0.0, 1.0)), 0.0

    return draw


def unequal(name: str, rows: int, missed: float, undue: float) -> Draw:
    """An index of benefits of a group: shares of rows that miss what they should have got, and that got too much."""
    [compound] = [one for one in COMPOUNDS if one.measure.name == name]
    shares = (0.6 * (1 - missed - undue), undue, missed, 0.4 * (1 - missed - undue))

    def of(counts: Sequence[int]) -> Estimate | Undefined:
        part = Partition(columns=(), groups={(): counted(*counts)})
        found = compound.statistic(part, ())
        return found if isinstance(found, Undefined) else found.estimate(compound.method, compound.bounds)

    @cache
    def truth() -> float:
        whole = of([round(1e9 * share) for share in shares])
        assert isinstance(whole, Estimate)
        return whole.value

    return lambda rng: (of(rng.multinomial(rows, shares).tolist()), truth())


def root(size: int, free: float = math.inf) -> Draw:
    """The RMSE of normal errors, or of errors of Student's t."""

    def draw(rng: Rng) -> Found:
        errors = rng.normal(size=size) if math.isinf(free) else rng.standard_t(free, size=size)
        truth = 1.0 if math.isinf(free) else math.sqrt(free / (free - 2))
        return stats.rmse(errors, seed=int(rng.integers(1 << 31))), truth

    return draw


def root_difference(sizes: tuple[int, int]) -> Draw:
    """The difference of two groups' RMSE."""

    def draw(rng: Rng) -> Found:
        first, second = (rng.normal(size=size) for size in sizes)
        return stats.rmse_difference(1.5 * first, second, seed=int(rng.integers(1 << 31))), 0.5

    return draw


TWO_WAYS = "mean of values, clustered two ways (t)"
TABLES = ((2, 60), (3, 12), (4, 16), (5, 40))
INDICES = ("theil", "generalized_entropy")
OFTEN, SELDOM = ((0.15, 0.1), (0.05, 0.05), (0.4, 0.05), (0.05, 0.4)), ((0.05, 0.01), (0.02, 0.02))
OF_INDEX = tuple(f"group_fairness/{name}{ending}" for name in INDICES for ending in ("", "_difference"))


def of_tables(shapes: Sequence[tuple[int, int]], law: Law = "normal", varies: Sequence[Varies] = ALL) -> list[Case]:
    """Tables of these shapes in which these effects vary."""
    return [Case(f"{a} by {b}, {kind}", two_factors(a, b, kind, law)) for a, b in shapes for kind in varies]


def of_indices(rows: int, shapes: Sequence[tuple[float, float]]) -> list[Case]:
    """Both indices of groups of so many rows, of which these shares miss something, or got too much."""
    return [Case(f"{name} {one}", unequal(name, rows, *one)) for name in INDICES for one in shapes]


ROWS: tuple[Row, ...] = (
    Row(
        behind=(),
        estimator="mean of clusters of the same weight (t)",
        situation="6, 10, 20 and 30 clusters of five values, and of 1 to 37",
        cases=[
            *(Case(f"{count}", one_factor(count)) for count in (6, 10, 20, 30)),
            *(Case(f"{count} uneven", one_factor(count, power=1.0)) for count in (10, 30)),
        ],
        worlds=10_000,
    ),
    Row(
        behind=(),
        estimator="mean of clusters of the same weight (BCa)",
        situation="40, 100 and 300 clusters, normal and exponential",
        cases=[Case(f"{n} {law}", one_factor(n, law)) for n in (40, 100, 300) for law in ("normal", "exponential")],
    ),
    Row(
        behind=(),
        estimator="mean of clusters of the same weight (t)",
        situation="6, 10, 20 and 30 exponential clusters",
        cases=[Case(f"{count}", one_factor(count, "exponential")) for count in (6, 10, 20, 30)],
        asked=None,
        worlds=10_000,
    ),
    Row(
        behind=(),
        estimator="mean of values in clusters of one factor (t)",
        situation="10, 24, 40 and 100 clusters of five values",
        cases=[Case(f"{count}", one_factor(count, by_values=True)) for count in (10, 24, 40, 100)],
        worlds=10_000,
    ),
    Row(
        behind=(),
        estimator="mean of values in clusters of one factor (t)",
        situation="24, 40 and 100 clusters whose sizes fall as 1 / rank and as 1 / rank^1.5",
        cases=[
            Case(f"{n}, {power:g}", one_factor(n, by_values=True, power=power))
            for n in (24, 40, 100)
            for power in (1.0, 1.5)
        ],
        asked=None,
        worlds=10_000,
    ),
    Row(
        behind=(),
        estimator=TWO_WAYS,
        situation="24 by 60, 24 by 10 and 8 by 60 values; both factors vary, one, neither, or their interaction",
        cases=of_tables([(24, 60), (24, 10), (8, 60)]),
    ),
    Row(
        behind=(),
        estimator=TWO_WAYS,
        situation="2 by 60, 3 by 12, 4 by 16 and 5 by 40 values, the same",
        cases=of_tables(TABLES),
    ),
    Row(
        behind=(),
        estimator=TWO_WAYS,
        situation="24 by 60, 24 by 10, 8 by 60 and 3 by 12 values, exponential effects of both factors or one",
        cases=of_tables([(24, 60), (24, 10), (8, 60), (3, 12)], "exponential", ("both", "first", "second")),
        asked=None,
    ),
    Row(
        behind=(),
        estimator=TWO_WAYS,
        situation="8 by 40, 20 by 20 and 30 by 400 values, sizes of both factors fall as 1 / rank and as 1 / rank^1.5",
        cases=[
            Case(f"{a} by {b}, {power:g}", uneven(a, b, power))
            for a, b in ((8, 40), (20, 20), (30, 400))
            for power in (1.0, 1.5)
        ],
        asked=None,
    ),
    Row(
        behind=(),
        estimator="the same with Satterthwaite's degrees of freedom (not used)",
        situation="2 by 60, 3 by 12, 4 by 16, 5 by 40 and 8 by 60 values, normal and exponential, both factors vary",
        cases=[
            Case(f"{a} by {b} {law}", satterthwaite(a, b, law))
            for a, b in (*TABLES, (8, 60))
            for law in ("normal", "exponential")
        ],
        asked=None,
    ),
    Row(
        behind=(),
        estimator="mean of a group in sentence families (`two_way_clustered.mean`)",
        situation="24 and 8 families by 12 and 40 pairs, both vary",
        cases=[Case(f"{a} by {b}", of_crossed(a, [b], 0.5)) for a in (8, 24) for b in (12, 40)],
    ),
    Row(
        behind=(),
        estimator="difference of two groups in the same families (`two_way_clustered.difference`)",
        situation="24 and 8 families, 20 and 6 pairs a side; families lean alike by 0, 0.5 and 1.5",
        cases=[Case(f"{a}, {lean:g}", of_crossed(a, [20, 6], lean)) for a in (8, 24) for lean in (0.0, 0.5, 1.5)],
    ),
    Row(
        behind=(),
        estimator="difference of two means (Welch)",
        situation="8 and 12, 30 and 100, 100 and 100 values, spreads 1 and 3",
        cases=[Case(f"{a} and {b}", contrast([a, b], [1.0, 3.0])) for a, b in ((8, 12), (30, 100), (100, 100))],
        worlds=10_000,
    ),
    Row(
        behind=(),
        estimator="difference of two means of which one side often does not vary",
        situation="10 and 15, 30 and 60 values of 0 and 1 at rates 0.05 and 0.9",
        cases=[
            Case(f"{a} and {b}, {rate}", rare((a, b), rate)) for a, b in ((10, 15), (30, 60)) for rate in (0.05, 0.9)
        ],
        asked=0.92,
        worlds=10_000,
    ),
    Row(
        behind=(),
        estimator="one of several differences of means (max-T)",
        situation="four groups of 15 to 30 and of 60 to 200 values, spreads 1 to 3",
        cases=[
            Case("15 to 30", contrast([20, 15, 30, 25], [1.0, 2.0, 3.0, 1.0])),
            Case("60 to 200", contrast([60, 80, 100, 200], [1.0, 2.0, 3.0, 1.0])),
        ],
    ),
    Row(
        behind=OF_INDEX,
        estimator="index of inequality (square-and-add of Wilson limits)",
        situation="100 and 300 rows, 1 to 40 % missed and 1 to 40 % undue",
        cases=[*of_indices(100, [*OFTEN, *SELDOM]), *of_indices(300, [*OFTEN, *SELDOM])],
    ),
    Row(
        behind=OF_INDEX,
        estimator="index of inequality (square-and-add of Wilson limits)",
        situation="30 and 60 rows, 5 to 40 % missed and undue",
        cases=[*of_indices(30, OFTEN), *of_indices(60, OFTEN)],
        asked=0.92,
    ),
    Row(
        behind=OF_INDEX,
        estimator="index of inequality (square-and-add of Wilson limits)",
        situation="30 and 60 rows, 0.5 and 2 % missed and undue",
        cases=[*of_indices(30, [(0.02, 0.02), (0.005, 0.005)]), *of_indices(60, [(0.02, 0.02), (0.005, 0.005)])],
        asked=None,
    ),
    Row(
        behind=("group_fairness/root_mean_squared_error",),
        estimator="RMSE (log t)",
        situation="30, 100 and 300 normal errors",
        cases=[Case(f"{size}", root(size)) for size in (30, 100, 300)],
        asked=0.92,
    ),
    Row(
        behind=("group_fairness/root_mean_squared_error",),
        estimator="RMSE (log t)",
        situation="30, 100 and 300 errors of Student's t, 5 degrees",
        cases=[Case(f"{size}", root(size, 5)) for size in (30, 100, 300)],
        asked=None,
    ),
    Row(
        behind=("group_fairness/root_mean_squared_error_difference",),
        estimator="RMSE difference (square-and-add)",
        situation="30 and 60, 100 and 300 errors",
        cases=[Case(f"{a} and {b}", root_difference((a, b))) for a, b in ((30, 60), (100, 300))],
        asked=0.92,
    ),
)
