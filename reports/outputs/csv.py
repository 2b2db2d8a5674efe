"""Metrics, verdicts and the rows behind them as CSV; no cell of a foreign text is a formula of a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from fairwitness.audit.records import Audit
from fairwitness.reports import ROWS
from fairwitness.reports.outputs.rows import OF_METRICS, OF_VERDICTS, CellKind, Flat, flat, metrics, verdicts
from fairwitness.reports.outputs.tables import tables

STARTS = "=+-@\t\r\n＝＋－＠"  # the wide forms are formulas for spreadsheets too


def render(audit: Audit) -> tuple[str, str]:
    """Metrics, then verdicts."""
    return table(metrics(audit), OF_METRICS), table(verdicts(audit), OF_VERDICTS)


def behind(audit: Audit) -> dict[str, str]:
    """Items and evidence, by the names of their files."""
    return {
        f"{ROWS}/{table.name}.csv": _written(table.heads, zip(*table.columns, strict=True)) for table in tables(audit)
    }


def table(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, CellKind]) -> str:
    """Rows under a line of names; numbers are written so that they read back to the last bit."""
    return _written(columns, (flat(row, columns).values() for row in rows))


def _written(heads: Iterable[str], rows: Iterable[Iterable[Flat]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([harmless(head) for head in heads])
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
    return buffer.getvalue()


def harmless(cell: Flat) -> Flat:
    """A number as it is; a text that could begin a formula with an apostrophe before it."""
    if isinstance(cell, str) and (cell[:1] in STARTS or cell.lstrip()[:1] in STARTS) and cell:
        return f"'{cell}"
    return cell
