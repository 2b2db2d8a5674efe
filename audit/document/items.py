"""Scored items and decision rows <-> Parquet bytes: the same bytes for the same rows."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fairwitness.audit.records import DecisionRows, Items, ScoredItems, StoredItems

if TYPE_CHECKING:
    import pyarrow as pa

ITEMS = "items"
"""The folder of these files."""
SCORE, CLUSTER, GROUP = "score.", "cluster.", "group."
"""How a column begins whose name is a measure's, a grouping's or that of a column of the user's."""
OF_ROWS: Mapping[str, str] = {
    "decisions": "decision",
    "selected": "selected",
    "outcomes": "outcome",
    "counted": "counted",
    "scores": "score",
    "weights": "weight",
    "persons": "person",
}
"""The other columns of decision rows, by the field that they are."""


def items_bytes(items: Items) -> bytes:
    """One Parquet file of these rows. Raises ValueError on a cell that its column cannot hold."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = _scored(items) if isinstance(items, ScoredItems) else _decided(items)
    try:
        arrays = {name: pa.array(cells, type=kind) for name, (kind, cells) in columns.items()}
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
            kind="scored_items", file=file, sha256=digest, rows=len(items), measures=measures, clusters=clusters
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


Columns = dict[str, tuple["pa.DataType", Sequence[Any]]]


def _scored(items: ScoredItems) -> Columns:
    import pyarrow as pa

    return {
        "id": (pa.string(), items.ids),
        "unanswered": (pa.bool_(), items.unanswered),
        **{f"{SCORE}{name}": (pa.float64(), cells) for name, cells in items.scores.items()},
        **{f"{CLUSTER}{name}": (pa.string(), cells) for name, cells in items.clusters.items()},
    }


def _scored_of(columns: Mapping[str, tuple[Any, ...]], stored: StoredItems) -> ScoredItems:
    return ScoredItems(
        ids=columns["id"],
        scores={name: columns[f"{SCORE}{name}"] for name in stored.measures},
        clusters={name: columns[f"{CLUSTER}{name}"] for name in stored.clusters},
        unanswered=columns["unanswered"],
    )


def _decided(items: DecisionRows) -> Columns:
    import pyarrow as pa

    types = {"selected": pa.bool_(), "counted": pa.bool_(), "scores": pa.float64(), "weights": pa.float64()}
    types |= {"persons": pa.int64()}
    columns: Columns = {
        "row": (pa.int64(), items.rows),
        **{f"{GROUP}{name}": (pa.string(), cells) for name, cells in items.groups.items()},
    }
    for field, name in OF_ROWS.items():
        if cells := getattr(items, field):
            columns[name] = types.get(field, pa.string()), cells
    return columns


def _decided_of(columns: Mapping[str, tuple[Any, ...]], stored: StoredItems) -> DecisionRows:
    there = {field: columns[name] for field, name in OF_ROWS.items() if name in columns}
    groups = {name: columns[f"{GROUP}{name}"] for name in stored.groups}
    return DecisionRows(rows=columns["row"], groups=groups, rule=stored.rule, **there)
