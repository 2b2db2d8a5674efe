"""Which rows of its table a finding leads to: first those of the group worse off to whom it happened."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from fairwitness.audit.records import Estimate, Evidence, Measured, Metric
from fairwitness.reports.i18n import shown
from fairwitness.reports.labels import COMPARED, CROSS
from fairwitness.reports.text import line

Wanted: TypeAlias = dict[str, str | bool]
"""Cells that a row must have, by the name of the column; of a flag whether it is set."""
CONTRAST = re.compile(r"_(difference|ratio|gap)(_to_reference)?$")


@dataclass(frozen=True, slots=True)
class Error:
    """A decision that a rate counts against a group: whether the row is selected, and whether wrongly; None for any."""

    selected: bool | None
    wrong: bool | None


MISSED, FALSE_ALARM = Error(selected=False, wrong=True), Error(selected=True, wrong=True)
ERRORS: Mapping[str, Error] = MappingProxyType(
    {
        "selection_rate": Error(selected=False, wrong=None),
        "accuracy": Error(selected=None, wrong=True),
        "true_positive_rate": MISSED,
        "false_negative_rate": MISSED,
        "negative_predictive_value": MISSED,
        "false_positive_rate": FALSE_ALARM,
        "true_negative_rate": FALSE_ALARM,
        "positive_predictive_value": FALSE_ALARM,
    }
)
"""By the standard name of a rate of decisions, the decision that it is about where it is bad for a group."""
RATES: Mapping[str, str] = MappingProxyType({"impact": "selection_rate"})
SELECTED = "selected"
"""The column of a table of decisions that says whether a row is selected."""
CELLS = {True: ("selected", "yes"), False: ("not selected", "no")}
"""Its cells; the second is that of earlier documents."""


def examples_of(metric: Metric, result: Measured) -> str:
    """The rows that a finding leads to, as a JSON list of what to try in turn; empty where it is about no group.

    The first is a case of the finding: of the group with the worse rate, a row in which that error was made. Then come
    the rows of its own group, and of the one that it is compared with.
    """
    table = next((piece for piece in result.evidence if metric.evidence and piece.id == metric.evidence[-1]), None)
    if table is None:
        return ""
    tries: list[Wanted] = []
    if case := _case(metric, result, table):
        tries.append(case)
    tries += [_in(table, group) for group in _groups(metric)]
    return json.dumps(tries, ensure_ascii=False) if tries else ""


def _groups(metric: Metric) -> list[dict[str, str]]:
    """The group that a metric is of and the one that it is compared with, each as columns and values."""
    group = dict(metric.by)
    if not group:
        return []
    parts = (metric.against or "").split(CROSS)
    if metric.against is None or len(parts) != len(group):
        return [group]
    return [group, dict(zip(group, parts, strict=True))]


def _case(metric: Metric, result: Measured, table: Evidence) -> Wanted | None:
    """The cells of a row in which the error was made of which a rate speaks; None of any other metric."""
    contrast = CONTRAST.sub("", metric.name)
    rate = RATES.get(contrast, contrast)
    error = ERRORS.get(rate)
    flags = [column for column in table.columns if column.role == "flag"]
    if error is None or SELECTED not in [str(column.name) for column in table.columns]:
        return None
    group = _worse(rate, metric, result)
    if group is None:
        return None
    wanted = _in(table, group)
    if error.selected is not None:
        wanted[_called(table, SELECTED)] = _cell(table, CELLS[error.selected])
    if error.wrong is not None and flags:
        wanted[shown(line(flags[0].name))] = error.wrong
    return wanted


def _worse(rate: str, metric: Metric, result: Measured) -> dict[str, str] | None:
    """Of the groups that a metric is about the one whose rate is worse: the higher of rates of errors, else the lower.

    None where a rate has no value.
    """
    about = _groups(metric)
    columns = set(about[0]) if about else set(metric.variant.get(COMPARED, "").split(CROSS))
    values: dict[tuple[tuple[str, str], ...], float] = {}
    for candidate in result.metrics:
        if candidate.name != rate or set(candidate.by) != columns or candidate.against is not None:
            continue
        if isinstance(candidate.estimate, Estimate) and (not about or dict(candidate.by) in about):
            sign = -1 if candidate.better == "lower" else 1
            values[tuple(candidate.by.items())] = sign * candidate.estimate.value
    if not values or (about and len(values) < len(about)):
        return None
    worst, _ = min(values.items(), key=lambda item: item[1])
    return dict(worst)


def _in(table: Evidence, group: Mapping[str, str]) -> Wanted:
    """A group by the heads and cells of a table, as the page shows them."""
    return {_called(table, column): shown(line(value)) for column, value in group.items()}


def _called(table: Evidence, column: str) -> str:
    """The head of a column, in the language of the page; its name where the table has none of it."""
    names = (piece.name for piece in table.columns if str(piece.name) == column)
    return shown(line(next(names, column)))


def _cell(table: Evidence, texts: Sequence[str]) -> str:
    """A cell that says one of these in English, in the language of the page; the first where none does."""
    cells = (cell for row in table.rows for cell in row if isinstance(cell, str) and str(cell) in texts)
    return shown(line(next(cells, texts[0])))
