"""The files of rows in the folder of a run: tables too large for `audit.json`, and what was asked or decided by row.

Rows that come while probes run wait beside their places until the audit is written.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from fairwitness.audit import private
from fairwitness.audit.document import files
from fairwitness.audit.document.evidence import RowFile, read_rows, sha256_of, table_bytes
from fairwitness.audit.document.items import ITEMS, described, items_bytes, items_of
from fairwitness.audit.errors import BadRun
from fairwitness.audit.records import (
    Audit,
    Column,
    DecisionRows,
    Evidence,
    Items,
    Measured,
    ProbeResult,
    ScoredItems,
    StoredItems,
)
from fairwitness.audit.records.file_names import file_name
from fairwitness.audit.records.text import ENGLISH

AUDIT = "audit.json"
EVIDENCE = "evidence"
FOLDERS = (EVIDENCE, ITEMS)
INLINE_ROWS = 200
"""Most rows of a table that stand in `audit.json` itself."""


def row_file(folder: Path, probe: str, evidence: str, columns: Sequence[Column]) -> tuple[str, RowFile]:
    """A file for rows that come while a probe runs, and the place that it gets when the audit is written."""
    name = _file_name(probe, evidence)
    return f"{EVIDENCE}/{name}", RowFile(pending(folder, EVIDENCE) / name, columns)


def store_items(folder: Path, probe: str, items: Items) -> StoredItems:
    """Writes the rows of a probe to a file, and names the place that it gets when the audit is written."""
    stored, content = _stored(probe, items)
    path = pending(folder, ITEMS) / Path(stored.file).name
    with files.writing(path):
        write_bytes(path, content)
    return stored


def read_items(folder: Path, stored: StoredItems) -> Items:
    """The rows that a run of this folder stored. Raises BadRun where they are not there, or are others."""
    if stored.redacted:
        raise BadRun(f"the rows {folder / stored.file} were taken out of the run (`report --redact-rows`)")
    path = _file(folder, stored.file, stored.sha256)
    try:
        return items_of(path.read_bytes(), stored)
    except OSError as error:
        raise BadRun(f"the rows {path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise BadRun(f"the rows {path} are damaged: {error}") from error


def without_rows(audit: Audit) -> tuple[Audit, dict[str, bytes]]:
    """The audit with the rows that it holds itself named as files, and the bytes of these files by their names."""
    contents: dict[str, bytes] = {}
    results: list[ProbeResult] = []
    for result in audit.results:
        if isinstance(result, Measured) and isinstance(result.items, ScoredItems | DecisionRows):
            stored, content = _stored(result.probe.name, result.items)
            contents[Path(stored.file).name] = content
            results.append(replace(result, items=stored))
        else:
            results.append(result)
    return (replace(audit, results=tuple(results)), contents) if contents else (audit, contents)


def with_items(audit: Audit, folder: Path) -> Audit:
    """The audit of a folder with all rows that its probes stored, as comparisons need them. Raises BadRun.

    Also while the run is being written. Rows that were taken out of the run stay named.
    """
    place = folder if folder.is_dir() else folder.parent
    results = [
        replace(result, items=read_items(place, result.items))
        if isinstance(result, Measured) and isinstance(result.items, StoredItems) and not result.items.redacted
        else result
        for result in audit.results
    ]
    return replace(audit, results=tuple(results))


def with_evidence(audit: Audit, folder: Path) -> Audit:
    """The audit of a folder with the rows of all tables, as files of tables need them. Raises BadRun."""
    results: list[ProbeResult] = []
    for result in audit.results:
        if isinstance(result, Measured):
            filled = [_with_rows(evidence, folder) for evidence in result.evidence]
            result = replace(result, evidence=tuple(filled))
        results.append(result)
    return replace(audit, results=tuple(results))


def _with_rows(evidence: Evidence, folder: Path) -> Evidence:
    if evidence.stored is None:
        return evidence
    return replace(evidence, rows=tuple(map(tuple, stored_rows(folder, evidence))), stored=None)


def with_scores(audit: Audit, folder: Path) -> Audit:
    """The audit of a folder with those scored items that its pictures draw, also while the run is being written.

    Where their file is not there any more, or is another, they stay named and are not drawn.
    """
    results = [
        replace(result, items=_drawn(folder, result.items))
        if isinstance(result, Measured) and any(picture.score for picture in result.pictures)
        else result
        for result in audit.results
    ]
    return replace(audit, results=tuple(results))


def _drawn(folder: Path, items: Items | StoredItems | None) -> Items | StoredItems | None:
    if not isinstance(items, StoredItems) or items.kind != "scored_items" or items.redacted:
        return items
    kind, name = Path(items.file).parts
    try:
        for path in (pending(folder, kind) / name, folder / kind / name):
            if path.is_file() and sha256_of(path) == items.sha256:
                return items_of(path.read_bytes(), items)
    except (OSError, ValueError):
        return items
    return items


def _stored(probe: str, items: Items) -> tuple[StoredItems, bytes]:
    content = items_bytes(items)
    return described(items, f"{ITEMS}/{file_name(probe)}.parquet", content), content


def set_aside(folder: Path) -> list[Path]:
    """Folders that a write moved out of the way, and that a killed one may have left without their successors."""
    return sorted(path for name in FOLDERS for path in folder.glob(f".{name}.*.old"))


def spill(data: dict[str, Any], folder: Path) -> None:
    """Moves the rows of large tables from the document into files of their own."""
    for name, item in _tables(data):
        rows = item.get("rows", ())
        if len(rows) <= INLINE_ROWS:
            continue
        content = table_bytes([column["name"][ENGLISH] for column in item["columns"]], rows)
        file = _file_name(name, item["id"])
        write_bytes(folder / file, content)
        digest = hashlib.sha256(content).hexdigest()
        after = {"file": f"{EVIDENCE}/{file}", "sha256": digest, "shown": item["shown"], "total": item["total"]}
        for key in ("rows", "shown", "total"):
            del item[key]
        item.update(after)


def place_stored(data: Mapping[str, Any], folder: Path, fresh: Mapping[str, Path]) -> None:
    """Puts the files of rows that were stored while probes ran beside those of large tables."""
    for item in _stored_files(data):
        kind, name = Path(item["file"]).parts
        places = (fresh[kind] / name, pending(folder, kind) / name, folder / kind / name)
        here = next((path for path in places if path.is_file() and sha256_of(path) == item["sha256"]), None)
        if here is None:
            raise BadRun(f"{item['file']} is not in {folder}: copy the whole folder of the run")
        if here != places[0]:
            private.make_folder(fresh[kind])
            private.make_file(places[0])
            shutil.copyfile(here, places[0])


def gather(data: Mapping[str, Any], folder: Path) -> None:
    """Brings the rows of large tables back from their files; stored ones, whose hashes are checked, stay there."""
    for item in _stored_files(data):
        _file(folder, item["file"], item["sha256"])
    for _, item in _tables(data):
        if "file" not in item or "stored" in item:
            continue
        item["rows"] = _rows_in(_file(folder, item["file"], item["sha256"]))


def stored_rows(folder: Path, evidence: Evidence) -> list[list[Any]]:
    """The rows of a table of this run, also where they stand in a file alone. Raises BadRun where that is not whole."""
    if evidence.stored is None:
        return [list(row) for row in evidence.rows]
    return _rows_in(_file(folder, evidence.stored.file, evidence.stored.sha256))


def _rows_in(path: Path) -> list[list[Any]]:
    try:
        return read_rows(path.read_bytes())
    except OSError as error:
        raise BadRun(f"the evidence {path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise BadRun(f"the evidence {path} is damaged: {error}") from error


def _file(folder: Path, file: str, sha256: str) -> Path:
    """The file of some rows, also where it waits for its document or a killed write left it. Raises BadRun."""
    kind, name = Path(file).parts
    path = folder / kind / name
    places = [path, pending(folder, kind) / name, *(aside / name for aside in set_aside(folder))]
    try:
        here = next((place for place in places if place.is_file() and sha256_of(place) == sha256), None)
    except OSError as error:
        raise BadRun(f"the evidence {path} cannot be read: {error.strerror or error}") from error
    if here is None and not path.is_file():
        raise BadRun(f"the evidence {path} cannot be read: it is not there")
    if here is None:
        raise BadRun(f"the evidence {path} is not the file that {AUDIT} speaks of: its hash differs")
    return here


def pending(folder: Path, kind: str) -> Path:
    """Where rows are stored until the audit is written; what a killed run leaves of it the next one clears."""
    return folder / f"{files.pending(folder / kind).name}.rows"


def write_bytes(path: Path, content: bytes) -> None:
    """Writes a file, and the folder that it is in."""
    private.make_folder(path.parent)
    with private.open_bytes(path) as stream:
        stream.write(content)


def _stored_files(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What names a file whose rows the document never holds: stored evidence, and items."""
    for _, item in _tables(data):
        if "stored" in item:
            yield item
    for result in data["results"]:
        if result.get("items") and not result["items"].get("redacted"):
            yield result["items"]


def _file_name(probe: str, evidence: str) -> str:
    return f"{file_name(probe)}-{file_name(evidence)}.parquet"


def _tables(data: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for result in data["results"]:
        for item in result.get("evidence", ()):
            yield result["probe"]["name"], item
