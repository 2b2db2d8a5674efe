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
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from fairwitness.audit.datasets.foreign import BEGINNING, coding_of, decoded, remedy, separator_of
from fairwitness.audit.datasets.stored import ColumnWriter
from fairwitness.audit.datasets.typed import typed
from fairwitness.audit.errors import BadData, nearest, separated
from fairwitness.audit.own_cells import column_name
from fairwitness.audit.records import Cell, again

Columns: TypeAlias = dict[str, Sequence[Cell]]

PORTION = 1_000
"""Rows that are read before they are handed over to their columns."""
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
        return dict(_read(path, tuple(names), digest_of(path).hexdigest()))
    except OSError as error:
        raise BadData(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        why = "it nests too deeply" if isinstance(error, RecursionError) else type(error).__name__
        raise BadData(f"cannot read {path}: {why}") from error


@lru_cache(maxsize=1)
def _read(path: Path, names: tuple[str, ...], digest: str) -> Columns:
    """The columns of a file that holds the bytes of this digest."""
    return _READERS[path.suffix.lower()](path, names)


def digest_of(path: Path) -> Any:
    """The SHA-256 of a file's bytes, as `hashlib` gives it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256")


def text_of(path: Path) -> str:
    """A file's text. Raises BadData where it is none, with line and column of the first byte that is no UTF-8."""
    return decoded(path, path.read_bytes())


@contextmanager
def lines_of(path: Path, newline: str) -> Iterator[Iterator[str]]:
    """The lines of a file's text, one at a time. Raises BadData as `text_of` does."""
    with path.open("rb") as raw:
        coding = coding_of(path, raw.read(BEGINNING))
        raw.seek(0)
        with io.TextIOWrapper(raw, encoding=coding, newline=newline) as text:
            try:
                yield iter(text)
            except UnicodeError:
                text_of(path)  # says where
                raise


def _folder(path: Path) -> Columns:
    files = sorted(path.glob("*.txt"))
    if not files:
        raise BadData(f"{path} is a folder without .txt files")
    texts = ColumnWriter()
    for file in files:
        texts.extend([text_of(file)])
    return {"name": tuple(file.name for file in files), "text": texts.column()}


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
        with lines_of(path, newline="") as lines, long_cells():
            return _table(path, lines, usual)

    return read


def _table(path: Path, lines: Iterator[str], usual: str) -> Columns:
    """The columns of a separated table from its lines."""
    first = next(lines, "")
    delimiter, first, skipped = separator_of(first, usual)
    reader = csv.reader(chain([first] if first else [], lines), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    try:
        start = next(reader, None)
        header = _header(path, start or [], empty=start is None)
        writers = [ColumnWriter(spelled=True) for _ in header]
        for row in reader:
            if len(row) == len(header):
                rows.append(row)
                if len(rows) == PORTION:
                    _extend(writers, rows)
            elif row:
                _refuse_width(path, reader.line_num + skipped, row, header)
    except csv.Error as error:
        raise BadData(f"{path}, line {reader.line_num + skipped}: {error}") from error
    _extend(writers, rows)
    return {name: writer.column() for name, writer in zip(header, writers, strict=True)}


def _extend(writers: Sequence[ColumnWriter], rows: list[list[str]]) -> None:
    """Hands rows over to the writers of their columns."""
    for index, writer in enumerate(writers):
        writer.extend([row[index] for row in rows])
    rows.clear()


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
    def items(lines: Iterator[str]) -> Iterator[tuple[int, Any]]:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield number, _parsed(line.removesuffix("\n"), f"{path}, line {number}")

    with lines_of(path, newline="\n") as lines:
        return _objects(path, items(lines), "line")


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
    writers: dict[str, ColumnWriter] = {}
    rows: list[Mapping[str, Any]] = []
    before = 0

    def hand_over() -> None:
        for row in rows:
            for name in row:
                if name not in writers:
                    writers[name] = ColumnWriter(missing=before)
        for name, writer in writers.items():
            writer.extend([_cell(row.get(name)) for row in rows])

    for number, item in items:
        if not isinstance(item, dict):
            raise BadData(f"{path}, {what} {number} is no object")
        rows.append(item)
        if len(rows) == PORTION:
            hand_over()
            before += len(rows)
            rows.clear()
    hand_over()
    return {name: writer.column() for name, writer in writers.items()}


def _parquet(path: Path, names: Sequence[str]) -> Columns:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            header = unique_names(path, [str(name) for name in file.schema_arrow.names])
            writers = [ColumnWriter() for _ in header]
            for batch in file.iter_batches(batch_size=PORTION):
                for writer, column in zip(writers, batch.columns, strict=True):
                    writer.extend([_cell(cell) for cell in column.to_pylist()])
    except pa.ArrowException as error:
        raise BadData(f"{path} is no readable Parquet file: {error}") from error
    return {name: writer.column() for name, writer in zip(header, writers, strict=True)}


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
