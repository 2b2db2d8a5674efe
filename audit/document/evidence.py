"""Rows of evidence <-> Parquet bytes, the same bytes for the same rows, every cell back as it was.

A column of one type is stored as that type; a mixed one as JSON text, which its metadata says. Rows that are written
as they come (`RowFile`) have the types that their columns' roles say.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairwitness.audit import private
from fairwitness.audit.records import Cell, Column

if TYPE_CHECKING:
    import pyarrow.parquet as pq

_SPELLING = b"fairwitness.cells"


def table_bytes(names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """One Parquet file of these rows under these column names."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays, fields = [], []
    for index, name in enumerate(names):
        cells = [row[index] for row in rows]
        kind = _kind(cells)
        if kind is None:
            cells = [json.dumps(cell, ensure_ascii=False, allow_nan=False) for cell in cells]
        stored = {"bool": pa.bool_(), "int": pa.int64(), "float": pa.float64()}.get(kind or "", pa.string())
        arrays.append(pa.array(cells, type=stored))
        fields.append(pa.field(name, stored, metadata={_SPELLING: b"json" if kind is None else b"plain"}))
    buffer = io.BytesIO()
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields))
    pq.write_table(table, buffer, compression="zstd", store_schema=True, write_statistics=False)
    return buffer.getvalue()


def read_rows(content: bytes) -> list[list[Any]]:
    """The rows of `table_bytes`, of columns of one name too. Raises ValueError on bytes that are no Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(io.BytesIO(content)).read()
        columns = [_cells(table.column(index), field) for index, field in enumerate(table.schema)]
    except (pa.ArrowException, OSError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise ValueError(f"no Parquet file of evidence: {' '.join(str(error).split())[:200]}") from error
    return [list(row) for row in zip(*columns, strict=True)]


def _cells(column: Any, field: Any) -> list[Any]:
    cells: list[Any] = column.to_pylist()
    if (field.metadata or {}).get(_SPELLING) == b"json":
        cells = [json.loads(cell) for cell in cells]
    return cells


class RowFile:
    """A Parquet file that grows by groups of rows: numbers as float64, flags as booleans, all else as text.

    The same rows in the same groups give the same bytes.
    """

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._path = path
        self._columns = columns
        self._writer: pq.ParquetWriter | None = None

    def add(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Writes one group of rows. Raises ValueError on a cell that its column cannot hold."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        types = [{"number": pa.float64(), "flag": pa.bool_()}.get(column.role, pa.string()) for column in self._columns]
        plain = {_SPELLING: b"plain"}
        schema = pa.schema(
            [pa.field(column.name, kind, metadata=plain) for column, kind in zip(self._columns, types, strict=True)]
        )
        try:
            arrays = [pa.array([row[index] for row in rows], type=kind) for index, kind in enumerate(types)]
        except (pa.ArrowException, TypeError) as error:
            raise ValueError(f"a cell does not fit its column: {error}") from error
        if self._writer is None:
            private.make_folder(self._path.parent)
            private.make_file(self._path)
            self._writer = pq.ParquetWriter(
                self._path, schema, compression="zstd", store_schema=True, write_statistics=False
            )
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=schema))

    def close(self) -> str:
        """Ends the file and gives the SHA-256 of its bytes."""
        if self._writer is not None:
            self._writer.close()
        return sha256_of(self._path)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _kind(cells: Sequence[Cell]) -> str | None:
    """The one type of all cells that are not empty; None where they are mixed or too large for it."""
    kinds = {type(cell).__name__ for cell in cells if cell is not None}
    if len(kinds) > 1 or (kinds == {"int"} and not all(_small(cell) for cell in cells)):
        return None
    return kinds.pop() if kinds else "str"


def _small(cell: Cell) -> bool:
    return not isinstance(cell, int) or -(2**63) <= cell < 2**63
