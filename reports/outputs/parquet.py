"""Metrics, verdicts and the rows behind them as Parquet, the columns of the CSV files with their types."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fairwitness.audit.records import Audit, Cell
from fairwitness.reports import ROWS
from fairwitness.reports.outputs.rows import OF_METRICS, OF_VERDICTS, CellKind, flat, metrics, verdicts
from fairwitness.reports.outputs.tables import tables

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

    schema = pa.schema([(name, pa.type_for_alias(TYPES[kind])) for name, kind in columns.items()])
    return _packed(pa.Table.from_pylist([flat(row, columns) for row in rows], schema=schema))


def behind(audit: Audit) -> dict[str, bytes]:
    """Items and evidence, by the names of their files; a column of mixed cells has their texts."""
    import pyarrow as pa

    made = {}
    for rows in tables(audit):
        arrays = [pa.array(*_typed(cells)) for cells in rows.columns]
        made[f"{ROWS}/{rows.name}.parquet"] = _packed(pa.Table.from_arrays(arrays, names=list(rows.heads)))
    return made


def _typed(cells: Sequence[Cell]) -> tuple[Sequence[Cell], Any]:
    """The cells of a column and the one type that holds all of them."""
    import pyarrow as pa

    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds <= {bool}:
        return cells, pa.bool_() if kinds else pa.string()
    if kinds == {int} and all(cell is None or -(2**63) <= int(cell) < 2**63 for cell in cells):
        return cells, pa.int64()
    if kinds <= {int, float} and float in kinds:
        return [None if cell is None else float(cell) for cell in cells], pa.float64()
    return [None if cell is None else str(cell) for cell in cells], pa.string()


def _packed(table: Any) -> bytes:
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()
