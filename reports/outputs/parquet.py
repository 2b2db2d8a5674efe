"""Metrics and verdicts as Parquet, the columns of the CSV files with their types."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any

from fairwitness.audit.records import Audit
from fairwitness.reports.outputs.rows import OF_METRICS, OF_VERDICTS, CellKind, flat, metrics, verdicts

TYPES: Mapping[CellKind, str] = {
    "text": "string",
    "json": "string",
    "number": "float64",
    "count": "int64",
    "flag": "bool",
}


def render(audit: Audit) -> tuple[bytes, bytes]:
    """Metrics, then verdicts."""
    return table(metrics(audit), OF_METRICS), table(verdicts(audit), OF_VERDICTS)


def table(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, CellKind]) -> bytes:
    """One file; a column without a value in it keeps its type."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, pa.type_for_alias(TYPES[kind])) for name, kind in columns.items()])
    made = pa.Table.from_pylist([flat(row, columns) for row in rows], schema=schema)
    buffer = io.BytesIO()
    pq.write_table(made, buffer, compression="zstd")
    return buffer.getvalue()
