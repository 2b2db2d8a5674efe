"""Decisions among several classes, from confusion tables [..., classes, classes]: true class by decided class.

Each class against the rest has counts as in `rates`, so every rate there serves here too.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from fairwitness.audit.metrics import rates
from fairwitness.audit.metrics.arrays import FloatArray, divide, tally
from fairwitness.audit.metrics.definition import Definition, define


def confusion(
    true: npt.ArrayLike,
    decided: npt.ArrayLike,
    classes: int,
    codes: npt.ArrayLike | None = None,
    groups: int = 1,
    weights: npt.ArrayLike | None = None,
) -> FloatArray:
    """Confusion tables [groups, classes, classes] of rows: how many (or their weight) by true and by decided class.

    `true` and `decided` are class numbers by row, `codes` the group of each row, all from 0. Raises ValueError on
    unequal lengths and on numbers out of range.
    """
    truth, chosen = np.asarray(true, dtype=np.int64), np.asarray(decided, dtype=np.int64)
    places = np.zeros(truth.shape, np.int64) if codes is None else np.asarray(codes, dtype=np.int64)
    weight = np.ones(truth.shape) if weights is None else np.asarray(weights, dtype=np.float64)
    if truth.ndim != 1 or not truth.shape == chosen.shape == places.shape == weight.shape:
        raise ValueError(
            f"{truth.size} true classes, {chosen.size} decided ones, {places.size} group codes, {weight.size} weights"
        )
    for what, numbers, most in (("true", truth, classes), ("decided", chosen, classes), ("group", places, groups)):
        if numbers.size and not 0 <= int(numbers.min()) <= int(numbers.max()) < most:
            raise ValueError(
                f"{what} numbers reach from {numbers.min()} to {numbers.max()}, not within 0 to {most - 1}"
            )
    cells = (places * classes + truth) * classes + chosen
    return tally(cells, groups * classes**2, weight).reshape(groups, classes, classes)


def one_against_rest(confusion: npt.ArrayLike) -> FloatArray:
    """Counts [..., classes, 4] (tn, fp, fn, tp) of each class against the rest."""
    table = np.asarray(confusion, dtype=np.float64)
    if table.ndim < 2 or table.shape[-1] != table.shape[-2]:
        raise ValueError(f"a confusion table of shape {table.shape} is not square in its last two axes")
    hits = np.diagonal(table, axis1=-2, axis2=-1)
    false, missed = table.sum(axis=-2) - hits, table.sum(axis=-1) - hits
    rest = table.sum(axis=(-2, -1))[..., None] - hits - false - missed
    return np.stack([rest, false, missed, hits], axis=-1)


def macro(rate: Callable[[npt.ArrayLike], FloatArray], confusion: npt.ArrayLike) -> FloatArray:
    """Mean of a rate over the classes that have it, each class against the rest; undefined where none has it."""
    values = rate(one_against_rest(confusion))
    known = ~np.isnan(values)
    return divide(np.where(known, values, 0.0).sum(axis=-1), known.sum(axis=-1))


def micro(rate: Callable[[npt.ArrayLike], FloatArray], confusion: npt.ArrayLike) -> FloatArray:
    """A rate of the counts of all classes together, each class against the rest."""
    return rate(one_against_rest(confusion).sum(axis=-2))


def multiclass_accuracy(confusion: npt.ArrayLike) -> FloatArray:
    """Share of rows that get their true class."""
    table = np.asarray(confusion, dtype=np.float64)
    return divide(np.trace(table, axis1=-2, axis2=-1), table.sum(axis=(-2, -1)))


def macro_recall(confusion: npt.ArrayLike) -> FloatArray:
    """Mean over the classes that occur of the share of their rows that get them (balanced accuracy)."""
    return macro(rates.true_positive_rate, confusion)


def macro_precision(confusion: npt.ArrayLike) -> FloatArray:
    """Mean over the classes that are decided of the share of such decisions that are right."""
    return macro(rates.positive_predictive_value, confusion)


def macro_f1(confusion: npt.ArrayLike) -> FloatArray:
    """Mean over the classes that occur or are decided of F1."""
    return macro(rates.f1, confusion)


def micro_f1(confusion: npt.ArrayLike) -> FloatArray:
    """F1 of all classes together; the accuracy, since every row has one true and one decided class."""
    return micro(rates.f1, confusion)


def class_selection_rate(confusion: npt.ArrayLike) -> FloatArray:
    """Share of rows that get each class."""
    return rates.selection_rate(one_against_rest(confusion))


def class_recall(confusion: npt.ArrayLike) -> FloatArray:
    """Share of the rows of each true class that get it."""
    return rates.true_positive_rate(one_against_rest(confusion))


def class_precision(confusion: npt.ArrayLike) -> FloatArray:
    """Share of the decisions for each class that are right."""
    return rates.positive_predictive_value(one_against_rest(confusion))


SOKOLOVA = "Sokolova & Lapalme 2009, A Systematic Analysis of Performance Measures, Inf. Process. Manag. 45, 427-437"

DEFINITIONS: tuple[Definition, ...] = (
    define("multiclass", multiclass_accuracy, "Σ_c n_cc / n", SOKOLOVA, ideal=1, better="higher"),
    define("multiclass", macro_recall, "mean_c tp_c / (tp_c + fn_c)", SOKOLOVA, ideal=1, better="higher"),
    define("multiclass", macro_precision, "mean_c tp_c / (tp_c + fp_c)", SOKOLOVA, ideal=1, better="higher"),
    define(
        "multiclass",
        macro_f1,
        "mean_c 2 tp_c / (2 tp_c + fp_c + fn_c)",
        SOKOLOVA,
        ideal=1,
        better="higher",
        title="macro F1",
    ),
    define(
        "multiclass",
        micro_f1,
        "2 Σ_c tp_c / Σ_c (2 tp_c + fp_c + fn_c)",
        SOKOLOVA,
        ideal=1,
        better="higher",
        title="micro F1",
    ),
    define("multiclass", class_selection_rate, "Σ_t n_tc / n", rates.FELDMAN, ideal=None, better="none", truth=False),
    define("multiclass", class_recall, "tp_c / (tp_c + fn_c)", SOKOLOVA, ideal=1, better="higher"),
    define("multiclass", class_precision, "tp_c / (tp_c + fp_c)", SOKOLOVA, ideal=1, better="higher"),
)
