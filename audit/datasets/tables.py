"""Data files -> columns of cells. A column of numbers alone becomes numbers; an empty cell becomes None.

A message says where a mistake stands, never what stands there: the file may hold what nobody else should read.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from fairwitness.audit.datasets.foreign import decoded, remedy, separator_of
from fairwitness.audit.datasets.typed import typed
from fairwitness.audit.errors import BadData, nearest, separated
from fairwitness.audit.own_cells import column_name
from fairwitness.audit.records import Cell, again

Columns: TypeAlias = dict[str, tuple[Cell, ...]]

LONGEST_CELL = 2**31 - 1
"""Characters of a cell; more than any file of this kind should hold, and what a C long holds everywhere."""


def read_columns(path: Path, names: Sequence[str] = ()) -> Columns:
    """The columns of a data file by its suffix, or of a folder of .txt files.

    `names` are the columns of a `.data` file, which has none of its own. Raises BadData with file, line and column.
    The last file is kept in memory: decisions, and the table about the same rows, are often one.
    """
    try:
        if path.is_dir():
            return _folder(path)
        if path.suffix.lower() not in _READERS:
            known = ", ".join(FORMATS)
            what = remedy(path.suffix)
            hint = f": {what}" if what else nearest(path.suffix, FORMATS)
            raise BadData(f"{path} is of no known format{hint} (known: {known})")
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return dict(_read(path, tuple(names), digest))
    except OSError as error:
        raise BadData(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        why = "it nests too deeply" if isinstance(error, RecursionError) else type(error).__name__
        raise BadData(f"cannot read {path}: {why}") from error


@lru_cache(maxsize=1)
def _read(path: Path, names: tuple[str, ...], digest: str) -> Columns:
    """The columns of a file that holds the bytes of this digest."""
    return _READERS[path.suffix.lower()](path, names)


def text_of(path: Path) -> str:
    """A file's text. Raises BadData where it is none, with line and column of the first byte that is no UTF-8."""
    return decoded(path, path.read_bytes())


def _folder(path: Path) -> Columns:
    files = sorted(path.glob("*.txt"))
    if not files:
        raise BadData(f"{path} is a folder without .txt files")
    return {"name": tuple(file.name for file in files), "text": tuple(text_of(file) for file in files)}


def _plain(path: Path, names: Sequence[str]) -> Columns:
    return {"name": (path.name,), "text": (text_of(path),)}


@contextmanager
def long_cells() -> Iterator[None]:
    """Lets `csv` read cells of any length meanwhile: a whole document may stand in one."""
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _separated(usual: str) -> Callable[[Path, Sequence[str]], Columns]:
    def read(path: Path, names: Sequence[str]) -> Columns:
        delimiter, text, skipped = separator_of(text_of(path), usual)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        rows: list[list[str]] = []
        header: list[str] = []
        try:
            with long_cells():
                header = _header(path, next(reader, []), empty=not text)
                for row in reader:
                    if len(row) == len(header):
                        rows.append(row)
                    elif row:
                        _refuse_width(path, reader.line_num + skipped, row, header)
        except csv.Error as error:
            raise BadData(f"{path}, line {reader.line_num + skipped}: {error}") from error
        return {name: typed([row[index] for row in rows]) for index, name in enumerate(header)}

    return read


def _header(path: Path, first: Sequence[str], *, empty: bool) -> list[str]:
    """The names of the columns from the first line of a table. Raises BadData where there are none."""
    if empty:
        raise BadData(f"{path} is empty: it holds no table, not even the names of columns")
    if not first:
        raise BadData(f"{path}: the first line is empty, and it must name the columns")
    return unique_names(path, first)


def _headless(path: Path, names: Sequence[str]) -> Columns:
    """A table without a header, separated by commas or blanks, whose columns the need names."""
    rows = []
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        if line.strip():
            row = [cell.strip() for cell in line.split(",")] if "," in line else line.split()
            if len(row) != len(names):
                _refuse_width(path, number, row, names)
            rows.append(row)
    return {name: typed([row[index] for row in rows]) for index, name in enumerate(names)}


def unique_names(where: Path | str, header: Sequence[str]) -> list[str]:
    """Column names; one that stands there again is numbered, so that nobody can name it by mistake (see `again`)."""
    names: list[str] = []
    for name in header:
        count = sum(1 for other in header[: len(names)] if other == name)
        names.append(again(name, count + 1) if count else name)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise BadData(
            f"{where}: a column is named {column_name(twice)}, as the second of two equal names would be: rename it"
        )
    return names


def _refuse_width(path: Path, line: int, row: Sequence[str], header: Sequence[str]) -> NoReturn:
    raise BadData(f"{path}, line {line}: {len(row)} cells under {len(header)} columns{separated(header)}")


def _json(path: Path, names: Sequence[str]) -> Columns:
    data = _parsed(text_of(path), str(path))
    if isinstance(data, list):
        return _objects(path, enumerate(data, start=1), "item")
    if isinstance(data, dict) and data and all(isinstance(cells, list) for cells in data.values()):
        lengths = {name: len(cells) for name, cells in data.items()}
        if len(set(lengths.values())) > 1:
            raise BadData(f"{path}: columns of different lengths: {lengths}")
        return {name: tuple(_cell(cell) for cell in cells) for name, cells in data.items()}
    raise BadData(f"{path} is neither a list of objects nor an object of columns")


def _json_lines(path: Path, names: Sequence[str]) -> Columns:
    items = []
    for number, line in enumerate(text_of(path).split("\n"), start=1):
        if line.strip():
            items.append((number, _parsed(line, f"{path}, line {number}")))
    return _objects(path, items, "line")


def _parsed(text: str, where: str) -> Any:
    """JSON in which no object has a key twice: the second value would silently take the place of the first."""

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        whole = dict(members)
        if len(whole) < len(members):
            keys = [key for key, _ in members]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise BadData(
                f"{where}: the key {column_name(twice)} stands twice in one object: give the two different names"
            )
        return whole

    try:
        return json.loads(text, object_pairs_hook=pairs)
    except (ValueError, RecursionError) as error:
        raise BadData(f"{where}: {error}") from error


def _objects(path: Path, items: Iterable[tuple[int, Any]], what: str) -> Columns:
    rows: list[Mapping[str, Any]] = []
    header: dict[str, None] = {}
    for number, item in items:
        if not isinstance(item, dict):
            raise BadData(f"{path}, {what} {number} is no object")
        rows.append(item)
        header.update(dict.fromkeys(item))
    return {name: tuple(_cell(row.get(name)) for row in rows) for name in header}


def _parquet(path: Path, names: Sequence[str]) -> Columns:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(path).read()
    except pa.ArrowException as error:
        raise BadData(f"{path} is no readable Parquet file: {error}") from error
    header = unique_names(path, [str(name) for name in table.column_names])
    return {
        name: tuple(_cell(cell) for cell in column.to_pylist())
        for name, column in zip(header, table.columns, strict=True)
    }


def _cell(value: Any) -> Cell:
    """A value of JSON or Parquet as a cell; nested ones as JSON text, numbers that are none as None."""
    if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


_READERS: dict[str, Callable[[Path, Sequence[str]], Columns]] = {
    ".csv": _separated(","),
    ".tsv": _separated("\t"),
    ".json": _json,
    ".jsonl": _json_lines,
    ".parquet": _parquet,
    ".pq": _parquet,
    ".txt": _plain,
    ".data": _headless,
}
FORMATS: tuple[str, ...] = tuple(_READERS)
"""The suffixes that can be read."""
