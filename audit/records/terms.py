"""How people read the keys of a result in each language: names of metrics, units, labels and cells of tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from fairwitness.audit.records.baseline import MetricChange, NotCompared, VerdictChange
from fairwitness.audit.records.document import Audit
from fairwitness.audit.records.evidence import Cell, Column, Evidence
from fairwitness.audit.records.metrics import Metric
from fairwitness.audit.records.results import Measured
from fairwitness.audit.records.text import Keyed, Translated, as_read, as_translated
from fairwitness.audit.records.verdicts import Verdict


def terms_of(metrics: Iterable[Metric], tables: Iterable[Evidence]) -> dict[str, str]:
    """The words for every name of a metric, unit, label and cell that is read otherwise, in alphabetical order."""
    texts = {str(text): text for text in (*_of_metrics(metrics), *_of_tables(tables)) if isinstance(text, Translated)}
    return {key: as_read(text) for key, text in sorted(texts.items()) if text.translations or isinstance(text, Keyed)}


def _of_metrics(metrics: Iterable[Metric]) -> Iterator[str]:
    for metric in metrics:
        yield from (metric.name, metric.unit, metric.against or "")
        for labels in (metric.by, metric.variant):
            yield from labels.keys()
            yield from labels.values()


def _of_tables(tables: Iterable[Evidence]) -> Iterator[str]:
    for table in tables:
        yield from (column.unit for column in table.columns)
        for row in table.rows:
            yield from _texts(row)


def _texts(cells: Sequence[object]) -> Iterator[str]:
    return (cell for cell in cells if isinstance(cell, str))


def worded(result: Measured) -> Measured:
    """The result with names of metrics, units, labels and cells that know how they read in other languages."""
    terms = result.terms
    if not terms:
        return result
    return replace(
        result,
        metrics=tuple(_metric(metric, terms) for metric in result.metrics),
        evidence=tuple(_table(table, terms) for table in result.evidence),
    )


def worded_audit(audit: Audit) -> Audit:
    """The audit with its results worded."""
    results = [worded(result) if isinstance(result, Measured) else result for result in audit.results]
    return replace(audit, results=tuple(results))


T = TypeVar("T", Verdict, VerdictChange, MetricChange, NotCompared)


def worded_verdict(verdict: T, terms: Mapping[str, str]) -> T:
    """The verdict, or the change, with the names that `worded` gives the metric that it speaks of."""
    return replace(
        verdict,
        metric=_term(verdict.metric, terms),
        by=_labels(verdict.by, terms),
        variant=_labels(verdict.variant, terms),
        against=None if verdict.against is None else _term(verdict.against, terms),
    )


def _metric(metric: Metric, terms: Mapping[str, str]) -> Metric:
    return replace(
        metric,
        name=_term(metric.name, terms),
        unit=_term(metric.unit, terms),
        by=_labels(metric.by, terms),
        variant=_labels(metric.variant, terms),
        against=None if metric.against is None else _term(metric.against, terms),
    )


def _table(table: Evidence, terms: Mapping[str, str]) -> Evidence:
    columns = tuple(replace(column, unit=_term(column.unit, terms)) for column in table.columns)
    rows = tuple(
        tuple(_cell(cell, column, terms) for cell, column in zip(row, table.columns, strict=True)) for row in table.rows
    )
    return replace(table, columns=columns, rows=rows)


def _cell(cell: Cell, column: Column, terms: Mapping[str, str]) -> Cell:
    return _term(cell, terms) if isinstance(cell, str) and column.role in ("label", "text") else cell


def _labels(labels: Mapping[str, str], terms: Mapping[str, str]) -> dict[str, str]:
    return {_term(name, terms): _term(value, terms) for name, value in labels.items()}


def _term(key: str, terms: Mapping[str, str]) -> str:
    return as_translated(key, terms[key]) if key in terms else key
