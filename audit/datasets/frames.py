"""Tables in memory: a pandas DataFrame, or what can be made one (polars, pyarrow) -> columns of cells.

Cells become what a Parquet file of the same table would give. The index is no column and is left out: `reset_index()`
makes it one. The hash is that of the cells as an Arrow stream, so that equal tables have equal hashes.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from numbers import Number
from typing import TYPE_CHECKING, Any

from fairwitness.audit.datasets.tables import unique_names
from fairwitness.audit.errors import BadData
from fairwitness.audit.own_cells import column_name
from fairwitness.audit.records import Cell, DataSource, Table

if TYPE_CHECKING:
    import pandas as pd

NAME = "DataFrame"
"""How messages and documents name a table in memory."""
MOST_COLUMNS = 10_000
_ROWS_AT_ONCE = 65_536
"""Rows of one Arrow batch: part of the hash, so it never changes."""
_WHOLE = "iub"
"""Kinds of numpy columns whose every value is a cell as it stands: whole numbers and booleans."""
_AS_TEXT = (Number, Decimal, date, time, timedelta)


def is_frame(value: object) -> bool:
    """Whether a value is a table in memory: a DataFrame of pandas, polars or pyarrow, or what says it is one.

    >>> import pandas as pd
    >>> is_frame(pd.DataFrame({"a": [1]})), is_frame([1])
    (True, False)
    """
    return not isinstance(value, type) and (_is_pandas(value) or hasattr(value, "__dataframe__"))


def table_of(value: object, name: str = NAME) -> Table:
    """A table in memory as it is now: what happens to the DataFrame later does not change it.

    `name` is how messages and documents call it. Raises BadData with what is wrong and what to do.

    >>> import pandas as pd
    >>> table_of(pd.DataFrame({"sex": ["f", None], "hired": [True, False]})).columns
    {'sex': ('f', None), 'hired': (True, False)}
    """
    frame = pandas_of(value, name)
    _refuse_shape(frame, name)
    header = unique_names(name, [str(column) for column in frame.columns])
    columns = {label: _cells(name, label, frame.iloc[:, place]) for place, label in enumerate(header)}
    sha256 = _hash(columns, len(frame))
    return Table(DataSource(name=name, source=name, sha256=sha256, licence="", rows=len(frame)), columns)


def dtypes_of(value: object) -> dict[str, Any]:
    """The pandas dtype of each column, as a model in memory may need it again; none where the value is no table."""
    if not is_frame(value):
        return {}
    return {str(name): dtype for name, dtype in pandas_of(value).dtypes.items()}


def pandas_of(value: object, name: str = NAME) -> pd.DataFrame:
    """A table in memory as a DataFrame of pandas. Raises BadData where it is none."""
    import pandas as pd

    if isinstance(value, pd.DataFrame):
        return value
    convert = getattr(value, "to_pandas", None)
    converted = convert() if callable(convert) and not isinstance(value, type) else None
    if converted is None and hasattr(value, "__dataframe__") and not isinstance(value, type):
        converted = pd.api.interchange.from_dataframe(value)
    if isinstance(converted, pd.Series):
        converted = converted.to_frame()
    if not isinstance(converted, pd.DataFrame):
        raise BadData(f"{name}: it is {type(value).__name__}; give a pandas DataFrame, or the path of a file")
    return converted


def _is_pandas(value: object) -> bool:
    return any((base.__module__ or "").startswith("pandas") and base.__name__ == NAME for base in type(value).__mro__)


def _refuse_shape(frame: pd.DataFrame, name: str) -> None:
    """Raises BadData for a table without rows or columns, with names in several levels, or with too many columns."""
    if frame.columns.nlevels > 1:
        raise BadData(
            f"{name}: its columns have names in {frame.columns.nlevels} levels (MultiIndex): flatten them, "
            "frame.columns = ['_'.join(map(str, name)) for name in frame.columns]"
        )
    if frame.shape[1] > MOST_COLUMNS:
        raise BadData(f"{name} has {frame.shape[1]:,} columns, more than {MOST_COLUMNS:,}: keep those that are meant")
    if frame.shape[1] == 0:
        raise BadData(f"{name} has no columns{' but an index: call reset_index()' if len(frame) else ''}")
    if len(frame) == 0:
        raise BadData(f"{name} holds no rows")


def _cells(name: str, label: str, column: pd.Series[Any]) -> tuple[Cell, ...]:
    """The cells of one column. Raises BadData with column and row where one holds what is no cell."""
    if getattr(column.dtype, "kind", "") in _WHOLE and not hasattr(column.dtype, "na_value"):
        return tuple(column.to_list())
    missing = column.isna().to_numpy(dtype=bool)
    cells: list[Cell] = []
    for row, (value, absent) in enumerate(zip(column.astype(object), missing, strict=True), start=1):
        try:
            cells.append(None if absent else cell_of(value))
        except TypeError as error:
            raise BadData(
                f"{name}: column {column_name(label)}, row {row} holds {error}: a cell is a text, a number, true or "
                "false, a date, or a list or dict of these"
            ) from error
    return tuple(cells)


def cell_of(value: object) -> Cell:
    """A value as a cell: numbers that are not finite are none, lists, arrays and dicts are JSON text, dates are text.

    Raises TypeError with the name of the type where it is nothing that a cell can hold.

    >>> import numpy as np
    >>> [cell_of(value) for value in (np.int64(3), float("inf"), [1, 2], "text")]
    [3, None, '[1, 2]', 'text']
    """
    plain = value.tolist() if hasattr(value, "tolist") else value  # a scalar or an array of numpy
    if plain is None or (isinstance(plain, float) and not math.isfinite(plain)):
        return None
    if isinstance(plain, str | int | float):
        return plain if plain != "" else None
    if isinstance(plain, list | tuple | dict):
        return json.dumps(plain, ensure_ascii=False, default=str)
    if isinstance(plain, _AS_TEXT) or type(plain).__module__.startswith("pandas"):
        return str(plain)
    raise TypeError(f"a value of type {type(plain).__name__}")


def _hash(columns: Mapping[str, Sequence[Cell]], rows: int) -> str:
    """SHA-256 of the cells as an Arrow stream: strings, whole numbers, floats, booleans; of mixed columns JSON text."""
    import pyarrow as pa

    arrays = {name: _array(cells) for name, cells in columns.items()}
    sink = _Digest()
    table = pa.table(arrays) if arrays else pa.table({})
    with pa.ipc.new_stream(pa.PythonFile(sink, mode="w"), table.schema) as stream:
        stream.write_table(table, max_chunksize=_ROWS_AT_ONCE)
    sink.digest.update(f"{rows} rows".encode())
    return sink.digest.hexdigest()


def _array(cells: Sequence[Cell]) -> Any:
    import pyarrow as pa

    types = {type(cell) for cell in cells if cell is not None}
    arrow = {str: pa.string(), bool: pa.bool_(), int: pa.int64(), float: pa.float64()}
    if not types:
        return pa.nulls(len(cells))
    if len(types) == 1:
        try:
            return pa.array(cells, type=arrow[types.pop()])
        except (pa.ArrowException, OverflowError, UnicodeEncodeError, KeyError):
            pass  # a whole number beyond 64 bits, or half a surrogate pair
    return pa.array([json.dumps(cell) for cell in cells], type=pa.string())


class _Digest:
    """A file that only hashes what is written to it."""

    closed = False

    def __init__(self) -> None:
        self.digest = hashlib.sha256()

    def write(self, data: Any) -> int:
        view = memoryview(data)
        self.digest.update(view)
        return view.nbytes

    def flush(self) -> None:
        return

    def close(self) -> None:
        return

    def writable(self) -> bool:
        return True
