"""A folder of pictures with a table that says what they show: one row a picture, or a row for each question about one.

The table is a file in the folder (csv, tsv, json, jsonl, parquet), named itself or the only one there, or `metadata`
with one of these endings beside others. Its column of files is called `file`, `file_name`, `image`, `filename` or
`path`, or is the only one in which every cell ends like a picture; files are named from the folder of the table, and
none outside it is read. All other columns are the user's to name: groups, labels, captions, questions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

from fairwitness.audit.datasets.tables import Columns, digest_of, read_columns
from fairwitness.audit.errors import BadData, nearest
from fairwitness.audit.image_files import SUFFIXES
from fairwitness.audit.images import COLUMNS, FILE, HASH, PATH
from fairwitness.audit.own_cells import listed_columns
from fairwitness.audit.records import Cell

NAMES = ("file", "file_name", "image", "filename", "path")
"""What the column of files is called."""
TABLES = (".csv", ".tsv", ".json", ".jsonl", ".parquet", ".pq")
USUAL = "metadata"
"""How the table is called beside others, as folders of pictures for `datasets` have it."""
LISTED = 5
"""Missing files that a message names."""


def read(path: Path) -> Columns:
    """The table's columns, with the files of its pictures found and hashed (`images.FILE`, `HASH`, `PATH`).

    Raises BadData where there is no table, no column of files, a file that is missing or lies elsewhere.
    """
    table = table_of(path)
    columns = read_columns(table)
    for name in COLUMNS & columns.keys():
        raise BadData(f"{table} has a column {name!r}, which is the name of one of ours: rename it")
    if not next(iter(columns.values()), ()):
        return {**columns, FILE: (), HASH: (), PATH: ()}
    column = _column_of_files(table, columns)
    files = [_named(table, row, cell) for row, cell in enumerate(columns[column], start=1)]
    places = {file: _placed(table, file) for file in dict.fromkeys(files)}
    missing = [file for file, place in places.items() if not place.is_file()]
    if missing:
        raise BadData(f"{table} names {_listed(missing, table)}")
    hashes = {file: str(digest_of(place).hexdigest()) for file, place in places.items()}
    kept = {name: cells for name, cells in columns.items() if name != column}
    return {
        **kept,
        FILE: tuple(files),
        HASH: tuple(hashes[file] for file in files),
        PATH: tuple(str(places[file]) for file in files),
    }


def content_hash(path: Path) -> str:
    """The SHA-256 of a table and of every file that it names, by name and bytes. Raises BadData as `read` does."""
    columns = read(path)
    digest = hashlib.sha256(digest_of(table_of(path)).digest())
    for file, sha256 in sorted(set(zip(map(str, columns[FILE]), map(str, columns[HASH]), strict=True))):
        digest.update(file.encode() + b"\0" + bytes.fromhex(sha256))
    return digest.hexdigest()


def table_of(path: Path) -> Path:
    """The table of a folder, or the one that is named itself. Raises BadData where there is none, or several."""
    if not path.is_dir():
        if path.suffix.lower() in SUFFIXES:
            raise BadData(f"{path} is a picture: give the folder with a table that says what its pictures show")
        return path
    tables = sorted(file for file in path.iterdir() if file.is_file() and file.suffix.lower() in TABLES)
    usual = [file for file in tables if file.stem == USUAL]
    chosen = usual or tables
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        raise BadData(f"{path} holds several tables ({', '.join(file.name for file in chosen)}): name the one to read")
    pictures = sum(1 for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
    raise BadData(
        f"{path} holds {pictures} pictures and no table: write a CSV file into it with the columns file and what the "
        "pictures show, such as group or label"
    )


def _column_of_files(table: Path, columns: Columns) -> str:
    known = [name for name in NAMES if name in columns]
    if known:
        return known[0]
    endings = [name for name, cells in columns.items() if all(_like_a_picture(cell) for cell in cells)]
    if len(endings) == 1:
        return endings[0]
    raise BadData(
        f"{table} has no column that names the files of the pictures: call it file (columns: "
        f"{listed_columns(columns)}){nearest('file', columns)}"
    )


def _like_a_picture(cell: Cell) -> bool:
    return isinstance(cell, str) and cell.lower().endswith(SUFFIXES)


def _named(table: Path, row: int, cell: Cell) -> str:
    if cell is None or not str(cell).strip():
        raise BadData(f"{table}, row {row} names no file")
    return str(cell)


def _placed(table: Path, file: str) -> Path:
    """Where a file lies that a table names. Raises BadData where that is outside the table's folder."""
    folder = table.parent.resolve()
    whole = PurePosixPath(file).is_absolute() or PureWindowsPath(file).anchor
    try:
        place = (folder / file.replace("\\", "/")).resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise BadData(f"{table}: {file!r} is the name of no file") from error
    if whole or not place.is_relative_to(folder):
        raise BadData(
            f"{table}: {file!r} lies outside the folder of the table, and no such file is read: name files from that "
            "folder, and put the pictures into it"
        )
    return place


def _listed(missing: Sequence[str], table: Path) -> str:
    shown = ", ".join(repr(file) for file in missing[:LISTED]) + (", ..." if len(missing) > LISTED else "")
    count = "a file that is" if len(missing) == 1 else f"{len(missing)} files that are"
    first = Path(missing[0])
    folder = table.parent / first.parent
    beside = [file.name for file in folder.iterdir()] if folder.is_dir() else []
    return f"{count} not in {table.parent}: {shown}{nearest(first.name, beside)}"
