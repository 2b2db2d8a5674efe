"""Checks what a probe found before it enters the document, and puts its cells into plain types."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Cell, Column, DecisionRows, Evidence, Metric, ScoredItems, Undefined, each


class BadFindings(ValueError):
    """A probe returned findings that contradict themselves; a bug of the probe."""


def checked(findings: object) -> Findings:
    """The findings with plain cells. Raises BadFindings where ids repeat, references lead nowhere or a cell is NaN."""
    if not isinstance(findings, Findings):
        raise BadFindings(f"the probe returned {type(findings).__name__}, not Findings")
    metrics, evidence = tuple(findings.metrics), tuple(_plain(item) for item in findings.evidence)
    _once("evidence id", (item.id for item in evidence))
    _once("metric", (metric.key for metric in metrics))
    ids = {item.id for item in evidence}
    for metric in metrics:
        lost = [name for name in metric.evidence if name not in ids]
        if lost:
            raise BadFindings(f"metric {metric.name!r} refers to evidence {lost[0]!r}, which is not there")
        _numbers(metric)
    if findings.items is not None and not isinstance(findings.items, ScoredItems | DecisionRows):
        raise BadFindings(f"the probe returned items of type {type(findings.items).__name__}")
    notes = tuple(note if isinstance(note, str) else str(note) for note in findings.notes)
    return replace(findings, metrics=metrics, evidence=evidence, notes=notes, unused=tuple(findings.unused))


def _once(what: str, names: Iterable[object]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise BadFindings(f"{what} {name!r} stands there {count} times")


def _numbers(metric: Metric) -> None:
    """An estimate checks itself, but not whether its null value is a number and of whom it speaks."""
    if metric.null is not None and not math.isfinite(metric.null):
        raise BadFindings(f"metric {metric.name!r} has the null value {metric.null}")
    if metric.scope == "overall" and (metric.by or metric.against is not None):
        raise BadFindings(f"metric {metric.name!r} speaks of a group and says that it is of everybody")
    if isinstance(metric.estimate, Undefined) and not metric.estimate.reason:
        raise BadFindings(f"metric {metric.name!r} is undefined without a reason")


def _plain(evidence: Evidence) -> Evidence:
    rows = tuple(plain_row(evidence.id, evidence.columns, row) for row in evidence.rows)
    return replace(evidence, rows=rows, total=int(evidence.total))


def plain_row(where: str, columns: Sequence[Column], row: Sequence[Any]) -> tuple[Cell, ...]:
    """A row of evidence in plain types. Raises BadFindings as `checked` does, and ValueError on another length."""
    return tuple(_cell(cell, where, column.name) for cell, column in zip(row, columns, strict=True))


def _cell(cell: Any, where: str, column: str) -> Cell:
    """Numpy scalars as Python's own, half characters spelled. Raises BadFindings on NaN, infinity or other types."""
    if cell is None or type(cell) in (bool, int) or (type(cell) is str and cell.isascii()):
        plain: Cell = cell
        return plain
    value = cell.item() if type(cell).__module__ == "numpy" else cell
    if isinstance(value, str):
        return each(value, lambda said: said.encode("utf-8", "backslashreplace").decode("utf-8"))
    if isinstance(value, float) and not math.isfinite(value):
        raise BadFindings(f"evidence {where!r}, column {column!r} holds {value}")
    if value is None or isinstance(value, bool | int | float):
        return value
    raise BadFindings(f"evidence {where!r}, column {column!r} holds a {type(cell).__name__}")
