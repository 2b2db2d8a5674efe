"""Scored items and decision rows <-> Parquet bytes: the same bytes for the same rows."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from typing import Any

from fairwitness.audit.records import DecisionRows, Items, ScoredItems, StoredItems
from fairwitness.audit.records.items import CLUSTER, GROUP, OF_ROWS, SCORE, columns_of

ITEMS = "items"
"""The folder of these files."""
KINDS: Mapping[str, str] = {
    "row": "int64",
    "person": "int64",
    "unanswered": "bool",
    "selected": "bool",
    "counted": "bool",
    "score": "float64",
    "weight": "float64",
}
"""The types of columns that hold no text, by their names."""


def items_bytes(items: Items) -> bytes:
    """One Parquet file of these rows. Raises ValueError on a cell that its column cannot hold."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = columns_of(items)
    try:
        arrays = {name: pa.array(cells, type=pa.type_for_alias(_kind(name))) for name, cells in columns.items()}
    except (pa.ArrowException, TypeError) as error:
        raise ValueError(f"a cell of the items does not fit its column: {error}") from error
    buffer = io.BytesIO()
    pq.write_table(pa.table(arrays), buffer, compression="zstd", store_schema=True, write_statistics=False)
    return buffer.getvalue()


def described(items: Items, file: str, content: bytes) -> StoredItems:
    """What names the file of these rows."""
    digest = hashlib.sha256(content).hexdigest()
    if isinstance(items, ScoredItems):
        measures, clusters = tuple(items.scores), tuple(items.clusters)
        return StoredItems(
            kind="scored_items",
            file=file,
            sha256=digest,
            rows=len(items),
            measures=measures,
            clusters=clusters,
            unit=items.unit,
        )
    groups = tuple(items.groups)
    return StoredItems(kind="decision_rows", file=file, sha256=digest, rows=len(items), groups=groups, rule=items.rule)


def items_of(content: bytes, stored: StoredItems) -> Items:
    """The rows of `items_bytes`. Raises ValueError on bytes that are no such file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(io.BytesIO(content)).read()
        columns = {name: tuple(table.column(name).to_pylist()) for name in table.column_names}
        return _scored_of(columns, stored) if stored.kind == "scored_items" else _decided_of(columns, stored)
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, OverflowError) as error:
        raise ValueError(f"no Parquet file of items: {' '.join(str(error).split())[:200]}") from error


def _kind(name: str) -> str:
    return "float64" if name.startswith(SCORE) else KINDS.get(name, "string")


def _scored_of(columns: Mapping[str, tuple[Any, ...]], stored: StoredItems) -> ScoredItems:
    return ScoredItems(
        ids=columns["id"],
        scores={name: columns[f"{SCORE}{name}"] for name in stored.measures},
        clusters={name: columns[f"{CLUSTER}{name}"] for name in stored.clusters},
        unanswered=columns["unanswered"],
        unit=stored.unit,
    )


def _decided_of(columns: Mapping[str, tuple[Any, ...]], stored: StoredItems) -> DecisionRows:
    there = {field: columns[name] for field, name in OF_ROWS.items() if name in columns}
    groups = {name: columns[f"{GROUP}{name}"] for name in stored.groups}
    return DecisionRows(rows=columns["row"], groups=groups, rule=stored.rule, **there)
