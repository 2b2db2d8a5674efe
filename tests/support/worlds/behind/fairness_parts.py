"""What stands behind the other headlines of decisions: people with several rows, scores, numbers, parts of a group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from typing import Any

from worlds import decided, judged
from worlds.behind.rows import Case, Limit, Rng, Row

FOUR_FIFTHS, TENTH = 0.8, 0.1
SHAPES = ((60, 5), (100, 20))
ALIKE = (0.05, 0.3, 0.8)
RATES = (0.05, 0.1, 0.3, 0.5, 0.8)
LOWER = judged.cells(0.5, 0.6, 0.1)
HIGHER = judged.cells(0.5, 0.8, 0.2)


def _of(names: str) -> tuple[str, ...]:
    return tuple(f"group_fairness/{name}" for name in names.split())


def _people(
    of: decided.Of, rates: Sequence[float], truth: float, shape: tuple[int, int], alike: float, uneven: bool, rng: Rng
) -> judged.World:
    return of(decided.of_people(rng, rates, *shape, alike, uneven=uneven)), truth


def _worlds_of_people(kind: str, shape: tuple[int, int], *, uneven: bool) -> Iterator[Case]:
    """Two groups that do not differ, or just as much as the limit says."""
    for rate, alike in product(RATES, ALIKE):
        beyond = rate * (FOUR_FIFTHS - decided.NEXT) if kind == "ratio" else rate + TENTH + decided.NEXT
        of = {"ratio": decided.ratio, "difference": decided.difference, "gap": decided.gap}[kind]
        for other in (rate, beyond):
            truth = other / rate if kind == "ratio" else other - rate
            draw = partial(_people, of, (rate, other), truth, shape, alike, uneven)
            yield Case(f"{rate:g} and {other:g}, alike {alike:g}", draw, other == beyond)


ERRORS = ("true_positive_rate", "false_positive_rate")
KINDS: tuple[tuple[str, str, Limit, str], ...] = (
    ("ratio", "selection_rate_ratio impact_ratio class_impact_ratio", (">=", FOUR_FIFTHS), "lower over higher rate"),
    ("difference", " ".join(f"{name}_difference" for name in ERRORS), ("within", TENTH), "difference of rates"),
    (
        "gap",
        " ".join(f"{name}_gap" for name in (*ERRORS, "class_selection_rate", "class_recall")),
        ("<=", TENTH),
        "highest less lowest rate",
    ),
)


def _people_rows() -> Iterator[Row]:
    for (kind, names, limit, estimator), shape, uneven in product(KINDS, SHAPES, (False, True)):
        sizes = "geometric numbers of" if uneven else "so many"
        people, rows = shape
        yield Row(
            behind=_of(names),
            estimator=f"{estimator}, over people",
            situation=f"{people} people a group, {sizes} rows each (mean {rows}), rates .05 to .8, alike .05 to .8",
            cases=tuple(_worlds_of_people(kind, shape, uneven=uneven)),
            limit=limit,
            asked=None if uneven else 0.93,
            worlds=10_000 if kind == "ratio" else 1_000,
        )


Draw = Callable[..., judged.World]


def _row(
    names: str, estimator: str, situation: str, draws: Sequence[Draw], asked: float | None, worlds: int = 1_000
) -> Row:
    cases = tuple(Case(f"case {at + 1}", draw) for at, draw in enumerate(draws))
    return Row(behind=_of(names), estimator=estimator, situation=situation, cases=cases, asked=asked, worlds=worlds)


def _new_rows() -> Iterator[Row]:
    for size, asked in ((100, 0.93), (300, 0.93), (1_000, 0.93)):
        pairs = [
            (judged.cells(base, own, 0.2), judged.cells(base, other, 0.2))
            for base in (0.3, 0.5)
            for own, other in ((0.8, 0.8), (0.8, 0.7), (0.9, 0.6), (0.95, 0.9))
        ]
        draws = [partial(_noise, one, other, size, rate) for one, other in pairs for rate in ("true", "false")]
        names = "true_positive_rate_wrong_labels false_positive_rate_wrong_labels"
        yield _row(
            names,
            "wrong labels that make rates equal",
            f"{size} rows a group, true positive rates .6 to .95",
            draws,
            asked,
        )
    name = "conditional_demographic_disparity"
    for rows, layers in ((150, 2), (400, 5), (1_000, 10)):
        cases = product((-1.0, 0.0, 0.7), (0.4, 0.5) if rows == 150 else (0.3, 0.5, 0.6))
        draws = [partial(_strata, rows, layers, effect, rate, 0) for effect, rate in cases]
        situation = f"{rows:,} rows in {layers} strata, selection rates .3 to .6"
        yield _row(name, "disparity within strata", situation, draws, 0.93)
    draws = [partial(_strata, 1_000, 3, effect, rate, 200) for effect in (-1.0, 0.0) for rate in (0.4, 0.5)]
    yield _row(name, "disparity within strata, over people", "200 people with 5 rows, 3 strata", draws, 0.93)
    for rows, groups, people in ((600, 2, 0), (2_000, 4, 0), (3_000, 2, 600)):
        draws = [partial(_multi, rows, groups, shift, people) for shift in (0.0, 0.1, 0.3)]
        told = f", {people} people" if people else ""
        situation = f"{rows:,} rows in {groups} groups{told}, one group off by 0, 10 or 30 points above one half"
        yield _row("multicalibration_error", "largest calibration error, groups by bins", situation, draws, 0.93)


def _noise(one: Sequence[float], other: Sequence[float], size: int, rate: str, rng: Rng) -> judged.World:
    return judged.wrong_labels(rng, one, other, size, f"{rate}_positive_rate")


def _strata(rows: int, layers: int, effect: float, rate: float, people: int, rng: Rng) -> judged.World:
    return judged.within_strata(rng, rows, layers, effect, rate, people)


def _multi(rows: int, groups: int, shift: float, people: int, rng: Rng) -> judged.World:
    return judged.multicalibrated(rng, rows, groups, shift, people)


def _with(draw: Callable[..., judged.World], *given: Any) -> Draw:
    return lambda rng: draw(rng, *given)


def _score_rows() -> Iterator[Row]:
    sizes: tuple[tuple[str, int, int, float], ...] = (
        ("40 rows", 40, 0, 0.92),
        ("100 and 300 rows", 100, 0, 0.93),
        ("60 people with 5 rows, 100 with 20", 300, 60, 0.93),
    )
    for situation, rows, people, asked in sizes:
        both = ((rows, people),) if rows == 40 else ((rows, people), (2_000, 100) if people else (300, 0))
        over = ", over people" if people else ""
        area = "auc auc_difference"
        if people:
            draws = [_with(judged.ranked, level, n // 2, n // 2, m // 2) for n, m in both for level in (0.5, 0.7, 0.9)]
        else:
            draws = [_with(judged.ranked, level, n // 4, n - n // 4, 0) for n, _ in both for level in (0.5, 0.7, 0.9)]
        yield _row(area, f"area under the curve{over}", situation, draws, asked)
        draws = [_with(judged.error, *shape, power) for shape in both for power in (1.0, 1.6)]
        yield _row("expected_calibration_error", f"calibration error{over}", situation, draws, asked)
        yield _row(
            "calibration_slope",
            f"calibration slope{over}",
            situation,
            [_with(judged.slope, *one) for one in both],
            asked,
        )
        yield _row(
            "brier mean_score", f"mean of scores{over}", situation, [_with(judged.brier, *one) for one in both], asked
        )
    draws = [_with(judged.same_curve, rows, apart) for rows in (60, 200) for apart in (0.0, 0.5)]
    yield _row("abroca", "area between curves", "60 and 200 rows a group, the same curve or not", draws, 0.93)


def _number_rows() -> Iterator[Row]:
    means = "mean_residual mean_residual_difference mean_prediction mean_prediction_difference counterfactual_change"
    for situation, rows, people, skewed, asked in (
        ("30 normal values", 30, 0, False, 0.92),
        ("100 normal or skewed values", 100, 0, True, 0.92),
        ("60 people with 5 values", 300, 60, False, 0.93),
    ):
        over = ", over people" if people else ""
        draws = [_with(judged.number, 0, rows, people, skewed)]
        yield _row(means, f"mean of numbers{over}", situation, draws, asked, 1_000 if skewed else 10_000)
        root = "root_mean_squared_error root_mean_squared_error_difference"
        draws = [_with(judged.number, 1, rows, people, False)]
        yield _row(root, f"root mean squared error{over}", situation, draws, asked, 10_000)


def _compound_rows() -> Iterator[Row]:
    for size, asked in ((100, 0.93), (300, 0.93)):
        for name, alone in (
            ("balanced_accuracy", True),
            ("f1", True),
            ("treatment_equality", True),
            ("average_odds", False),
        ):
            pairs = [((LOWER,), size)] if alone else []
            draws: list[Draw] = [partial(_compound, name, (LOWER,), size)] if pairs else []
            draws += [partial(_compound, name, (LOWER, other), size) for other in (LOWER, HIGHER)]
            names = f"{name} {name}_difference" if alone else f"{name}_difference"
            if name == "balanced_accuracy":
                names += " macro_recall macro_recall_difference"
            yield _row(names, name.replace("_", " "), f"{size} rows a group, alone and two groups", draws, asked)
        both = [_with(judged.odds, LOWER, other, size) for other in (LOWER, HIGHER)]
        yield _row("equalized_odds_difference", "larger of two distances of rates", f"{size} rows a group", both, asked)


def _compound(name: str, shares: Sequence[Sequence[float]], size: int, rng: Rng) -> judged.World:
    return judged.compound(rng, name, shares, size)


def _law_rows() -> Iterator[Row]:
    for size, asked in ((30, 0.92), (100, 0.93)):
        lower = (1.0, FOUR_FIFTHS - decided.NEXT, 0.5)
        cases = tuple(
            Case(
                f"{rate:g}, {share:g}, {many}",
                _with(judged.to_highest, (rate * share, *(rate,) * many), size),
                0.7 < share < 0.8,
            )
            for rate in (0.1, 0.5, 0.9)
            for share in lower
            for many in (1, 5)
        )
        yield Row(
            behind=("ll144/impact_ratio",),
            estimator="rate over the highest rate",
            situation=f"2 and 6 categories of {size}, highest rates .1 to .9",
            cases=cases,
            limit=(">=", FOUR_FIFTHS),
            asked=asked,
        )


def _law(rate: float, share: float, many: int, size: int, rng: Rng) -> judged.World:
    return judged.to_highest(rng, (rate * share, *(rate,) * many), size)


ROWS: tuple[Row, ...] = (
    *_people_rows(),
    *_new_rows(),
    *_score_rows(),
    *_number_rows(),
    *_compound_rows(),
    *_law_rows(),
)
