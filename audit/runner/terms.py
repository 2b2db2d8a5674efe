"""How the keys of a result read in other languages: what stands in it as a plain string, by that string."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from fairwitness.audit.records import Evidence, Metric, Translated


def terms_of(metrics: Iterable[Metric], tables: Iterable[Evidence]) -> dict[str, str]:
    """Every name of a metric, unit, label and cell that has a translation, in alphabetical order."""
    texts = {str(text): text for text in (*_of_metrics(metrics), *_of_tables(tables)) if isinstance(text, Translated)}
    return {key: text for key, text in sorted(texts.items()) if text.translations}


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
