"""The rows behind an audit as tables of their own: what was asked item by item, and the evidence of every probe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fairwitness.audit.records import Audit, Cell, DecisionRows, Evidence, Measured, ScoredItems
from fairwitness.audit.records.file_names import file_name
from fairwitness.audit.records.items import columns_of
from fairwitness.reports.text import clean


@dataclass(frozen=True, slots=True)
class RowTable:
    """A table: the name of its file without suffix, and its columns, of which two can have one name."""

    name: str
    heads: tuple[str, ...]
    columns: tuple[Sequence[Cell], ...]


def tables(audit: Audit) -> Iterator[RowTable]:
    """The items and the evidence of every probe that ran; of rows that the audit names by their file alone, none."""
    for result in audit.results:
        if not isinstance(result, Measured):
            continue
        probe = result.probe.name
        if isinstance(result.items, ScoredItems | DecisionRows):
            yield _table(items_name(probe), columns_of(result.items).items())
        for evidence in result.evidence:
            if evidence.stored is None:
                yield _table(evidence_name(probe, evidence.id), _columns(evidence))


def items_name(probe: str) -> str:
    """The name of the file of what a probe asked or decided, without suffix."""
    return f"items-{file_name(probe)}"


def evidence_name(probe: str, evidence: str) -> str:
    """The name of the file of a table of a probe, without suffix."""
    return f"evidence-{file_name(probe)}-{file_name(evidence)}"


def _columns(evidence: Evidence) -> Iterator[tuple[str, Sequence[Cell]]]:
    for place, column in enumerate(evidence.columns):
        unit = f" ({column.unit})" if column.unit else ""
        yield f"{column.name}{unit}", [row[place] for row in evidence.rows]


def _table(name: str, columns: Iterable[tuple[str, Sequence[Any]]]) -> RowTable:
    listed = list(columns)
    heads = tuple(clean(str(head)) for head, _ in listed)
    return RowTable(name, heads, tuple([_cell(cell) for cell in cells] for _, cells in listed))


def _cell(cell: Cell) -> Cell:
    return clean(cell) if isinstance(cell, str) else cell
