"""Decisions that are numbers: errors and mean predictions by group, and their contrasts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Cell, Estimate, Evidence, Metric, Undefined
from fairwitness.audit.stats.levels import UNBOUNDED, normal_level, t_quantile
from fairwitness.audit.stats.unanswered import Ends
from fairwitness.probes.fairness.group_fairness.evidence import (
    PLACE,
    GroupRow,
    decision_table,
    group_rows,
    row_heads,
    spread,
)
from fairwitness.probes.fairness.group_fairness.meaning import alike, not_interpretable
from fairwitness.probes.fairness.group_fairness.measures import WORDS, GroupMeasure, defined
from fairwitness.probes.fairness.group_fairness.quantities import Quantity, contrasts, values
from fairwitness.probes.kit.decisions.categorical import Categorical, Codes, Flags, Floats
from fairwitness.probes.kit.decisions.counts import Group
from fairwitness.probes.kit.decisions.naming import capital
from fairwitness.probes.kit.decisions.partition import Partition
from fairwitness.probes.kit.decisions.rows import decision_rows
from fairwitness.probes.kit.decisions.table import DecisionTable
from fairwitness.probes.kit.tables import Head, Listing, label, mean_of, number, sd_of

ROOT = defined("root_mean_squared_error", evidence=("numbers",))
MOST = 300.0
"""Keeps the limits of few people finite numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """A number of each row, NaN where there is none, and the rows in which it is only the decision that is missing.

    `persons` numbers the person of each row where some have several rows. `unasked` says why there can be none at all.
    """

    numbers: Floats
    absent: Flags
    persons: Codes | None = None
    unasked: Undefined | None = None

    def of(self, part: Partition, group: Group) -> tuple[Floats, Codes | None]:
        """The known numbers of a group, and whose they are."""
        rows = part.rows_of(group) & np.isfinite(self.numbers)
        return self.numbers[rows], None if self.persons is None else self.persons[rows]


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary of the numbers of a group: how it is estimated alone and for contrasts.

    It is `back` of the mean of the `moment` of the numbers. `residual` says that it is one of prediction minus true
    number, else one of predictions.
    """

    measure: GroupMeasure
    estimate: Callable[..., Estimate | Undefined]
    statistic: Callable[..., stats.Statistic | Undefined]
    residual: bool = True
    moment: Callable[[Floats], Floats] = np.asarray
    back: Callable[[float], float] = float

    def quantity(self, numbers: Values, seed: int) -> Quantity:
        """The same of these numbers."""

        def few(part: Partition, group: Group) -> Undefined | None:
            values, persons = numbers.of(part, group)
            if numbers.unasked is not None:
                return numbers.unasked
            return part.limits.enough(len(values) if persons is None else len(np.unique(persons)), part.naming.units)

        return Quantity(
            measure=self.measure,
            statistic=lambda part, group: few(part, group) or self.statistic(*numbers.of(part, group), seed=seed),
            estimate=lambda part, group: few(part, group) or self.estimate(*numbers.of(part, group), seed=seed),
            ends=lambda part, group: self._ends(numbers, part, group),
            method=WORDS(f"quantity.{self.measure.name}.name"),
            bounds=UNBOUNDED,
        )

    def _ends(self, numbers: Values, part: Partition, group: Group) -> Ends | None:
        """Where it could lie had the rows of a group without a decision got the worst or best number of all rows."""
        moments = self.moment(numbers.numbers)
        known, inside = np.isfinite(moments), part.rows_of(group)
        rows, missing = int((inside & known).sum()), int((inside & numbers.absent).sum())
        if not rows:
            return None
        total = float(moments[inside & known].sum())
        bounds = float(moments[known].min()), float(moments[known].max())
        low, high = (self.back((total + missing * bound) / (rows + missing)) for bound in bounds)
        return low, high


_mean = partial(stats.mean, weigh="values")
_mean_statistic = partial(stats.mean_statistic, weigh="values")


def _root(errors: Floats, persons: Codes | None, seed: int) -> Estimate | Undefined:
    if persons is None:
        return stats.rmse(errors, seed=seed)
    root = _root_statistic(errors, persons, seed)
    return root if isinstance(root, Undefined) else root.estimate("log t over people", (0.0, math.inf))


def _root_statistic(errors: Floats, persons: Codes | None, seed: int) -> stats.Statistic | Undefined:
    if persons is None:
        return stats.rmse_statistic(errors, seed=seed)
    squares = _mean_statistic(errors**2, persons, seed=seed)
    if isinstance(squares, Undefined):
        return squares
    if not squares.value:
        return WORDS.undefined("reason.nothing_wrong", "no_units")
    value, error = math.sqrt(squares.value), math.sqrt(squares.variance) / (2 * squares.value)

    def limits(z: float) -> tuple[float, float]:
        factor = math.exp(min(MOST, t_quantile(normal_level(z), max(squares.n - 1, 1.0)) * error))
        return value / factor, value * factor

    return stats.Statistic(value, (value * error) ** 2, squares.n, limits)


SUMMARIES = (
    Summary(replace(ROOT, name="mean_residual", better="near_zero", null=0.0), _mean, _mean_statistic),
    Summary(ROOT, _root, _root_statistic, moment=np.square, back=math.sqrt),
    Summary(replace(ROOT, name="mean_prediction", better="none"), _mean, _mean_statistic, residual=False),
)


def findings(
    table: DecisionTable, decided: Categorical, parts: Sequence[Partition], seed: int, examples: int
) -> Findings:
    """Mean residual, root mean squared error and mean prediction of every group, and their differences.

    Raises BadData where a true outcome or a decision is no number.
    """
    true, predicted = table.truth.numbers(f"label {table.columns.label!r}"), decided.numbers("decision")
    known = np.isfinite(true) & np.isfinite(predicted)
    absent = ~decided.known
    no_label = None if table.columns.label else WORDS.undefined("unasked.no_label", "not_asked", "not_asked")
    residuals = Values(np.where(known, predicted - true, np.nan), absent & np.isfinite(true), table.persons, no_label)
    predictions = Values(predicted, absent, table.persons)
    metrics: list[Metric] = []
    why = alike(predicted, np.isfinite(predicted))
    for part in parts:
        for summary in SUMMARIES:
            quantity = summary.quantity(residuals if summary.residual else predictions, seed)
            metrics += values([quantity], [part])
            compared = contrasts([quantity], [part])
            metrics += compared if why is None else (not_interpretable(metric, why) for metric in compared)
    notes = [WORDS("note.measured_as_numbers")]
    if table.weights is not None:
        notes.append(WORDS("note.numbers_unweighted"))
    if unlabelled := int((decided.known & ~known).sum()):
        notes.append(WORDS("note.no_true_number", rows=unlabelled, total=table.rows))
    items = decision_rows(table, decided)
    decisions, more = decision_table(table, items)
    evidence = [
        _table(parts, Values(true, absent), predictions, residuals),
        _worst(table, residuals.numbers, decided, examples),
        *decisions,
    ]
    return Findings(metrics=metrics, evidence=evidence, notes=[*notes, *more], items=items)


def _table(parts: Sequence[Partition], true: Values, predictions: Values, residuals: Values) -> Evidence:
    """True numbers, predictions and residuals of every group."""

    def mean(values: Values) -> Callable[[GroupRow], Cell]:
        return lambda row: mean_of(values.of(*row)[0])

    heads: tuple[Head[GroupRow], ...] = (
        *PLACE,
        number("rows", lambda row: len(predictions.of(*row)[0]), "rows"),
        number("with true number", lambda row: len(residuals.of(*row)[0]), "rows"),
        number("mean true number", mean(true)),
        number("mean prediction", mean(predictions)),
        number("mean residual", mean(residuals)),
        number("standard deviation of residuals", lambda row: sd_of(residuals.of(*row)[0])),
    )
    return Listing("numbers", WORDS, heads).of(group_rows(parts))


def _worst(table: DecisionTable, residuals: Floats, decided: Categorical, limit: int) -> Evidence:
    """The rows of the largest residuals, taken from the groups in turn."""
    known = np.flatnonzero(np.isfinite(residuals))
    largest = known[np.argsort(-np.abs(residuals[known]), kind="stable")][: 10 * limit]
    texts = decided.texts(None)
    heads = (
        *row_heads(table),
        label("true outcome", lambda row: table.labels[row]),
        label("decision", lambda row: texts[row]),
        number("residual", lambda row: float(residuals[row])),
    )
    return replace(
        Listing("worst", WORDS, heads).of(
            spread(table, largest, limit), total=len(known), Units=capital(table.naming.rows)
        ),
        id="rows",
    )
