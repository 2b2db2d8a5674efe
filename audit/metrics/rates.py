"""Rates of decisions about yes-or-no outcomes, from tables of counts.

Counts are arrays [..., 4] whose last axis holds tn, fp, fn, tp: true outcome no or yes, decision no or yes. They may be
weighted, and have any axes before (groups, resamples). Every rate returns an array [...], NaN where its base is 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fairwitness.audit.metrics.arrays import FloatArray, divide
from fairwitness.audit.metrics.definition import Definition, define

CELLS = ("tn", "fp", "fn", "tp")
"""The order of the last axis of counts."""


@dataclass(frozen=True, slots=True)
class Share:
    """A rate that is the sum of some cells over the sum of others: what a binomial interval needs."""

    hits: tuple[str, ...]
    base: tuple[str, ...]

    def of(self, counts: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Hits and base of counts [..., 4], each [...]."""
        table = np.asarray(counts, dtype=np.float64)
        return _sum(table, self.hits), _sum(table, self.base)


SHARES: Mapping[str, Share] = {
    "base_rate": Share(("fn", "tp"), CELLS),
    "selection_rate": Share(("fp", "tp"), CELLS),
    "accuracy": Share(("tn", "tp"), CELLS),
    "true_positive_rate": Share(("tp",), ("fn", "tp")),
    "false_positive_rate": Share(("fp",), ("tn", "fp")),
    "false_negative_rate": Share(("fn",), ("fn", "tp")),
    "true_negative_rate": Share(("tn",), ("tn", "fp")),
    "positive_predictive_value": Share(("tp",), ("fp", "tp")),
    "negative_predictive_value": Share(("tn",), ("tn", "fn")),
}
"""The rates that are shares of rows, by name."""


def counts(
    positive: npt.ArrayLike,
    selected: npt.ArrayLike,
    codes: npt.ArrayLike,
    groups: int,
    weights: npt.ArrayLike | None = None,
) -> npt.NDArray[np.int64] | FloatArray:
    """Counts [groups, 4] of rows by group, true outcome and decision; sums of weights where these are given.

    `positive` and `selected` are flags by row, `codes` the group of each row, 0 to groups - 1. Where true outcomes are
    unknown, pass False for all: selection_rate does not look at them. Raises ValueError on unequal lengths or codes out
    of range.
    """
    truth, chosen = np.asarray(positive, dtype=np.bool_), np.asarray(selected, dtype=np.bool_)
    places = np.asarray(codes, dtype=np.int64)
    if not truth.shape == chosen.shape == places.shape or truth.ndim != 1:
        raise ValueError(f"{truth.size} true outcomes, {chosen.size} decisions and {places.size} group codes")
    if places.size and not 0 <= int(places.min()) <= int(places.max()) < groups:
        raise ValueError(f"group codes reach from {places.min()} to {places.max()}, not within 0 to {groups - 1}")
    cells = 4 * places + 2 * truth + chosen
    if weights is None:
        return np.bincount(cells, minlength=4 * groups).reshape(groups, 4)
    weight = np.asarray(weights, dtype=np.float64)
    if weight.shape != truth.shape:
        raise ValueError(f"{weight.size} weights for {truth.size} rows")
    return np.bincount(cells, weights=weight, minlength=4 * groups).reshape(groups, 4)


def n(counts: npt.ArrayLike) -> FloatArray:
    """Number of rows, or the sum of their weights."""
    return _sum(np.asarray(counts, dtype=np.float64), CELLS)


def base_rate(counts: npt.ArrayLike) -> FloatArray:
    """Share of rows whose true outcome is the counted one."""
    return _share("base_rate", counts)


def selection_rate(counts: npt.ArrayLike) -> FloatArray:
    """Share of rows that are selected."""
    return _share("selection_rate", counts)


def accuracy(counts: npt.ArrayLike) -> FloatArray:
    """Share of rows that are decided rightly."""
    return _share("accuracy", counts)


def true_positive_rate(counts: npt.ArrayLike) -> FloatArray:
    """Share of the truly positive rows that are selected: recall, sensitivity."""
    return _share("true_positive_rate", counts)


def false_positive_rate(counts: npt.ArrayLike) -> FloatArray:
    """Share of the truly negative rows that are selected: fall-out."""
    return _share("false_positive_rate", counts)


def false_negative_rate(counts: npt.ArrayLike) -> FloatArray:
    """Share of the truly positive rows that are not selected: miss rate."""
    return _share("false_negative_rate", counts)


def true_negative_rate(counts: npt.ArrayLike) -> FloatArray:
    """Share of the truly negative rows that are not selected: specificity."""
    return _share("true_negative_rate", counts)


def positive_predictive_value(counts: npt.ArrayLike) -> FloatArray:
    """Share of the selected rows that are truly positive: precision."""
    return _share("positive_predictive_value", counts)


def negative_predictive_value(counts: npt.ArrayLike) -> FloatArray:
    """Share of the rows not selected that are truly negative."""
    return _share("negative_predictive_value", counts)


def balanced_accuracy(counts: npt.ArrayLike) -> FloatArray:
    """Mean of the true positive and the true negative rate; undefined where only one true outcome occurs."""
    return (true_positive_rate(counts) + true_negative_rate(counts)) / 2


def f1(counts: npt.ArrayLike) -> FloatArray:
    """Harmonic mean of precision and recall; undefined where no row is positive or selected."""
    table = np.asarray(counts, dtype=np.float64)
    hits = 2 * _sum(table, ("tp",))
    return divide(hits, hits + _sum(table, ("fp", "fn")))


def _share(name: str, counts: npt.ArrayLike) -> FloatArray:
    return divide(*SHARES[name].of(counts))


def _sum(table: FloatArray, cells: tuple[str, ...]) -> FloatArray:
    if table.shape[-1:] != (4,):
        raise ValueError(f"counts of shape {table.shape} do not end in the four cells {', '.join(CELLS)}")
    total: FloatArray = table[..., [CELLS.index(cell) for cell in cells]].sum(axis=-1)
    return total


HARDT = "Hardt, Price & Srebro 2016, Equality of Opportunity in Supervised Learning, https://arxiv.org/abs/1610.02413"
FAWCETT = "Fawcett 2006, An Introduction to ROC Analysis, Pattern Recognition Letters 27, 861-874"
FELDMAN = "Feldman et al. 2015, Certifying and Removing Disparate Impact, https://arxiv.org/abs/1412.3756"
CHOULDECHOVA = "Chouldechova 2017, Fair Prediction with Disparate Impact, https://arxiv.org/abs/1703.00056"
BRODERSEN = "Brodersen et al. 2010, The Balanced Accuracy and Its Posterior Distribution, ICPR, 3121-3124"
RIJSBERGEN = "van Rijsbergen 1979, Information Retrieval, 2nd edition, chapter 7"

DEFINITIONS: tuple[Definition, ...] = (
    define(
        "rate",
        n,
        "tn + fp + fn + tp",
        FAWCETT,
        ideal=None,
        better="none",
        high=math.inf,
        unit="rows",
        title="rows",
        truth=False,
    ),
    define("rate", base_rate, "(fn + tp) / n", FAWCETT, ideal=None, better="none"),
    define("rate", selection_rate, "(fp + tp) / n", FELDMAN, ideal=None, better="none", truth=False),
    define("rate", accuracy, "(tn + tp) / n", FAWCETT, ideal=1, better="higher"),
    define("rate", balanced_accuracy, "(TPR + TNR) / 2", BRODERSEN, ideal=1, better="higher"),
    define("rate", true_positive_rate, "tp / (tp + fn)", HARDT, ideal=1, better="higher"),
    define("rate", false_positive_rate, "fp / (fp + tn)", HARDT, ideal=0, better="lower"),
    define("rate", false_negative_rate, "fn / (fn + tp)", FAWCETT, ideal=0, better="lower"),
    define("rate", true_negative_rate, "tn / (tn + fp)", FAWCETT, ideal=1, better="higher"),
    define("rate", positive_predictive_value, "tp / (tp + fp)", CHOULDECHOVA, ideal=1, better="higher"),
    define("rate", negative_predictive_value, "tn / (tn + fn)", FAWCETT, ideal=1, better="higher"),
    define("rate", f1, "2 tp / (2 tp + fp + fn)", RIJSBERGEN, ideal=1, better="higher", title="F1"),
)
