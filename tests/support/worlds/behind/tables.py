"""What stands behind verdicts on tables of decisions: ratios, differences, gaps, small groups, changed groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from fairwitness.audit.records import Estimate, Undefined
from worlds import decided
from worlds.behind.rows import Case, Draw, Rng, Row

FOUR_FIFTHS, TENTH, FLIPS = 0.8, 0.1, 0.05
RATES = (0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95)
OF_RATIO = ("group_fairness/selection_rate_ratio", "group_fairness/selection_rate_ratio_to_reference")
OF_IMPACT = ("group_fairness/impact_ratio", "group_fairness/class_impact_ratio")
COMPARED = (
    "selection_rate",
    "accuracy",
    "true_positive_rate",
    "false_positive_rate",
    "positive_predictive_value",
    "negative_predictive_value",
    "class_selection_rate",
    "class_recall",
    "class_precision",
)
OF_RATE = tuple(f"group_fairness/{name}" for name in (*COMPARED, "base_rate", "true_negative_rate"))
OF_DIFFERENCE = tuple(f"group_fairness/{name}_difference" for name in COMPARED)
OF_GAP = tuple(f"group_fairness/{name}_gap" for name in COMPARED)
OF_SPREAD = tuple(f"group_fairness/{name}_spread" for name in COMPARED)
OF_DISTANCE = tuple(f"group_fairness/{name}_distance" for name in COMPARED)
OF_FLIPS = ("group_fairness/counterfactual_flip_rate",)


def _drawn(of: decided.Of, rates: Sequence[float], sizes: Sequence[int], truth: float, rng: Rng) -> _World:
    return of(decided.drawn(rng, rates, sizes, positive=True)), truth


_World = tuple[Estimate | Undefined, float]


def _case(of: decided.Of, rates: Sequence[float], sizes: Sequence[int], truth: float, *, edge: bool = False) -> Case:
    draw: Draw = partial(_drawn, of, rates, sizes, truth)
    return Case(f"{', '.join(f'{rate:g}' for rate in rates)} of {sizes[0]}", draw, edge)


def _rates(groups: int) -> Sequence[float]:
    return RATES if groups == 2 else RATES[::2]


def _shown(names: Sequence[str], groups: int, size: int) -> tuple[str, ...]:
    """All metrics of an estimator in one line of the page, the first of them in the others."""
    return tuple(names) if (groups, size) == (2, 100) else tuple(names[:1])


def _ratios(of: decided.Of, groups: int, size: int) -> Iterator[Case]:
    """The last group lies lower than all others: equal to them, just below the limit, at half of it."""
    for rate in _rates(groups):
        for ratio, edge in ((1.0, False), (FOUR_FIFTHS - decided.NEXT, True), (0.4, False)):
            yield _case(of, (*(rate,) * (groups - 1), rate * ratio), (size,) * groups, ratio, edge=edge)


def _differences(of: decided.Of, groups: int, size: int, *, signed: bool) -> Iterator[Case]:
    """The second group lies higher than all others: equal to them, just beyond the limit, at three times that."""
    for rate in _rates(groups):
        for gap, edge in ((0.0, False), (TENTH + decided.NEXT, True), (0.3, False)):
            own = rate + gap if rate + gap <= 1 else rate - gap
            truth = own - rate if signed else gap
            yield _case(of, (rate, own, *(rate,) * (groups - 2)), (size,) * groups, truth, edge=edge)


def _asked(size: int) -> float | None:
    return 0.93 if size >= 100 else 0.92 if size >= 30 else None


def _ratio_rows() -> Iterator[Row]:
    for behind, of, groups, worlds in ((OF_RATIO, decided.ratio, 2, 10_000), (OF_IMPACT, decided.impact, 5, 1_000)):
        for size in (30, 100, 300):
            yield Row(
                behind=behind,
                estimator="lowest over highest rate" if groups > 2 else "lower over higher rate",
                situation=f"{groups} groups of {size}, rates .05 to .95, ratios 1, .4 and just below the limit",
                cases=tuple(_ratios(of, groups, size)),
                limit=(">=", FOUR_FIFTHS),
                asked=_asked(size),
                worlds=worlds,
            )


def _difference_rows() -> Iterator[Row]:
    for groups, worlds in ((2, 10_000), (5, 1_000)):
        for size in (10, 30, 100, 300):
            yield Row(
                behind=_shown(OF_DIFFERENCE, groups, size),
                estimator="difference of rates, all at once",
                situation=f"{groups} groups of {size}, rates .05 to .95, differences 0, .3 and just beyond the limit",
                cases=tuple(_differences(decided.difference, groups, size, signed=True)),
                limit=("within", TENTH),
                asked=_asked(size),
                worlds=worlds,
            )
            yield Row(
                behind=_shown(OF_GAP, groups, size),
                estimator="highest less lowest rate",
                situation=f"{groups} groups of {size}, rates .05 to .95, gaps 0, .3 and just beyond the limit",
                cases=tuple(_differences(decided.gap, groups, size, signed=False)),
                limit=("<=", TENTH),
                asked=_asked(size),
                worlds=worlds,
            )


def _rate(rate: float, size: int, rng: Rng) -> _World:
    one = decided.drawn(rng, (rate,), (size,)).judged(decided.SELECTED, ("g0",))
    return (one if isinstance(one, Undefined) else one.estimate("Wilson score", (0.0, 1.0))), rate


def _apart(spread: float, rate: float, groups: int, size: int, rng: Rng) -> _World:
    """Small groups of two kinds, as far on either side of the common rate as the spread."""
    rates = rate + spread * np.where(np.arange(groups) % 2, 1.0, -1.0)
    return decided.spread_of(decided.drawn(rng, rates.tolist(), (size,) * groups)), spread


def _one_apart(far: float, rate: float, groups: int, size: int, rng: Rng) -> _World:
    """Small groups alike but for one, which lies so far from all others."""
    rates = [rate + far, *(rate,) * (groups - 1)]
    return decided.furthest(decided.drawn(rng, rates, (size,) * groups)), far


SMALL = ((10, 12), (20, 25), (60, 25))
TINY = ((60, 10), (100, 4))


def _small_rows() -> Iterator[Row]:
    edge = TENTH + decided.NEXT
    for rate in (0.15, 0.5, 0.85):
        yield Row(
            behind=OF_SPREAD if rate == 0.5 else OF_SPREAD[:1],
            estimator="spread of the true rates of small groups",
            situation=f"10 to 60 groups of 12 or 25, mean rate {rate:g}, two kinds of group",
            cases=tuple(
                Case(f"{many} of {size}, {far:g}", partial(_apart, far, rate, many, size), far == edge)
                for many, size, far in product_of(SMALL, (0.0, edge))
            ),
            limit=("<=", TENTH),
        )
        for shapes, asked, what in (
            (SMALL, 0.93, "10 to 60 groups of 12 or 25"),
            (TINY, None, "60 groups of 10, 100 of 4"),
        ):
            yield Row(
                behind=OF_DISTANCE if rate == 0.5 else OF_DISTANCE[:1],
                estimator="distance of the furthest small group",
                situation=f"{what}, rate {rate:g}, one group apart or none",
                cases=tuple(
                    Case(f"{many} of {size}, {far:g}", partial(_one_apart, far, rate, many, size), far == edge)
                    for many, size, far in product_of(shapes, (0.0, edge))
                ),
                limit=("<=", TENTH),
                asked=asked,
            )


def product_of(shapes: Sequence[tuple[int, int]], distances: Sequence[float]) -> list[tuple[int, int, float]]:
    """Every shape at every distance."""
    return [(many, size, far) for many, size in shapes for far in distances]


def _flips(rate: float, rows: int, twins: int, persons: int, alike: float, rng: Rng) -> _World:
    return decided.flips(rng, rate, rows, twins, persons, alike), rate


def _flip_rows() -> Iterator[Row]:
    shapes: tuple[tuple[str, tuple[tuple[int, int], ...], int, float], ...] = (
        ("100, 300 and 500 rows, changed to 1, 2 or 9 other groups", ((100, 1), (300, 1), (300, 2), (500, 9)), 1, 0.93),
        ("30 rows, changed to 1 or 3 other groups", ((30, 1), (30, 3)), 1, 0.92),
        ("60 people with 5 rows, changed to 1 or 3 other groups", ((5, 1), (5, 3)), 60, 0.93),
        ("100 people with 20 rows, changed to 1 or 2 other groups", ((20, 1), (20, 2)), 100, 0.93),
    )
    yield from (_flip_row(*shape, FLIPS + decided.NEXT) for shape in shapes)


def _flip_row(situation: str, sizes: Sequence[tuple[int, int]], persons: int, asked: float, edge: float) -> Row:
    return Row(
        behind=OF_FLIPS,
        estimator="share of changes that flip a decision",
        situation=situation,
        cases=tuple(
            Case(
                f"{rows} rows, {twins} changes, {rate:g}",
                partial(_flips, rate, rows, twins, persons, 0.3),
                rate == edge,
            )
            for rows, twins in sizes
            for rate in (0.02, edge, 0.1, 0.3)
        ),
        limit=("<=", FLIPS),
        asked=asked,
        worlds=10_000,
    )


ROWS: tuple[Row, ...] = (
    *(
        Row(
            behind=_shown(OF_RATE, 2, size),
            estimator="rate of a group (Wilson)",
            situation=f"{size} rows, rates .05 to .95",
            cases=tuple(Case(f"{rate:g} of {size}", partial(_rate, rate, size)) for rate in RATES),
            asked=_asked(size),
            worlds=10_000,
        )
        for size in (30, 100, 300)
    ),
    *_ratio_rows(),
    *_difference_rows(),
    *_small_rows(),
    *_flip_rows(),
)
