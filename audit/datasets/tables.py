"""Data files -> columns of cells. A column of numbers alone becomes numbers; an empty cell becomes None.

A message says where a mistake stands, never what stands there: the file may hold what nobody else should read.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from assay.audit.errors import BadData, nearest
from assay.audit.records import Cell

Columns: TypeAlias = dict[str, tuple[Cell, ...]]

LONGEST_CELL = 2**31 - 1
"""Characters of a cell; more than any file of this kind should hold, and what a C long holds everywhere."""
_WHOLE = re.compile(r"[+-]?(0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"[+-]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_CODE = re.compile(r"[+-]?[0-9]{16,}")
"""A whole number that a float would round to another: a code, which two rows must not come to share."""


def read_columns(path: Path, names: Sequence[str] = ()) -> Columns:
    """The columns of a data file by its suffix, or of a folder of .txt files.

    `names` are the columns of a `.data` file, which has none of its own. Raises BadData with file, line and column.
    """
    try:
        if path.is_dir():
            return _folder(path)
        reader = _READERS.get(path.suffix.lower())
        if reader is None:
            known = ", ".join(FORMATS)
            raise BadData(f"{path} is of no known format{nearest(path.suffix, FORMATS)} (known: {known})")
        return reader(path, names)
    except OSError as error:
        raise BadData(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        why = "it nests too deeply" if isinstance(error, RecursionError) else type(error).__name__
        raise BadData(f"cannot read {path}: {why}") from error


def text_of(path: Path) -> str:
    """A file's text. Raises BadData with line and column of the first byte that is no UTF-8."""
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        byte = raw[error.start]
        raise BadData(
            f"{path}, line {line}, byte {column}: 0x{byte:02x} is no UTF-8; save the file as UTF-8"
        ) from error


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


def _separated(delimiter: str) -> Callable[[Path, Sequence[str]], Columns]:
    def read(path: Path, names: Sequence[str]) -> Columns:
        reader = csv.reader(io.StringIO(text_of(path), newline=""), delimiter=delimiter, strict=True)
        rows: list[list[str]] = []
        header: list[str] = []
        try:
            with long_cells():
                header = _unique(next(reader, []))
                if not header:
                    raise BadData(f"{path} is empty: its first line must name the columns")
                for row in reader:
                    if len(row) == len(header):
                        rows.append(row)
                    elif row:
                        _refuse_width(path, reader.line_num, row, header)
        except csv.Error as error:
            raise BadData(f"{path}, line {reader.line_num}: {error}") from error
        return {name: _typed([row[at] for row in rows]) for at, name in enumerate(header)}

    return read


def _headless(path: Path, names: Sequence[str]) -> Columns:
    """A table without a header, separated by commas or blanks, whose columns the need names."""
    rows = []
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        if line.strip():
            row = [cell.strip() for cell in line.split(",")] if "," in line else line.split()
            if len(row) != len(names):
                _refuse_width(path, number, row, names)
            rows.append(row)
    return {name: _typed([row[at] for row in rows]) for at, name in enumerate(names)}


def _unique(header: Sequence[str]) -> list[str]:
    """Column names; one that stands there again is numbered (`age`, `age.1`), as pandas does."""
    names: list[str] = []
    for name in header:
        count = sum(1 for other in header[: len(names)] if other == name)
        names.append(f"{name}.{count}" if count else name)
    return names


def _refuse_width(path: Path, line: int, row: Sequence[str], header: Sequence[str]) -> NoReturn:
    raise BadData(f"{path}, line {line}: {len(row)} cells under {len(header)} columns")


def _typed(cells: Sequence[str]) -> tuple[Cell, ...]:
    """Numbers where every cell that is not empty is one. A leading zero (a post code) makes a column text.

    So does a whole number of 19 digits or more, or of 16 beside numbers that are not whole: a float would round it.

    Each different cell is read once: most columns of a large table have few of them.
    """
    present = set(cells) - {""}
    read: Callable[[str], Cell] = str
    if present and all(map(_WHOLE.fullmatch, present)):
        read = int
    elif present and all(map(_is_number, present)):
        read = float
    values: dict[str, Cell] = {cell: read(cell) for cell in present}
    return tuple(map(values.get, cells))


def _is_number(cell: str) -> bool:
    return bool(_NUMBER.fullmatch(cell)) and not _CODE.fullmatch(cell) and math.isfinite(float(cell))


def _json(path: Path, names: Sequence[str]) -> Columns:
    try:
        data = json.loads(text_of(path))
    except ValueError as error:
        raise BadData(f"{path}: {error}") from error
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
            try:
                items.append((number, json.loads(line)))
            except ValueError as error:
                raise BadData(f"{path}, line {number}: {error}") from error
    return _objects(path, items, "line")


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
        table = pq.read_table(path)
    except pa.ArrowException as error:
        raise BadData(f"{path} is no readable Parquet file: {error}") from error
    return {name: tuple(_cell(cell) for cell in table.column(name).to_pylist()) for name in table.column_names}


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
