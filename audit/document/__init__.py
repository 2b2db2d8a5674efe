"""Audit <-> JSON, and the folder of a run: `audit.json`, and `evidence/*.parquet` for tables of more than 200 rows.

Writing is atomic: files are written beside their places and renamed, `audit.json` last. Keys stand in one fixed order
and floats are spelled so that they read back to the last bit, so equal audits give equal bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from assay.audit.document import spelling
from assay.audit.document.evidence import RowFile, read_rows, sha256_of, table_bytes
from assay.audit.errors import BadRun, CannotWrite
from assay.audit.outcomes import contradiction
from assay.audit.records import SCHEMA_VERSION, Audit, Column

AUDIT = "audit.json"
LOG = "log.jsonl"
EVIDENCE = "evidence"
INLINE_ROWS = 200
"""Most rows of a table that stand in `audit.json` itself."""


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of `audit.json`."""
    loaded: dict[str, Any] = json.loads(files("assay.audit.document").joinpath("audit.schema.json").read_text("utf-8"))
    return loaded


def to_json(audit: Audit) -> dict[str, Any]:
    """The audit as plain JSON values; rows kept in a file stay there. Raises ValueError on a number that is none."""
    return spelling.spell(audit)


def from_json(data: Mapping[str, Any]) -> Audit:
    """The audit of `to_json`.

    Raises BadRun on another version, on what is no audit, and on an outcome that does not follow from the verdicts.
    """
    check_version(data, AUDIT)
    try:
        audit = spelling.parse(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadRun(f"{AUDIT} is damaged: {type(error).__name__}: {error}") from error
    if wrong := contradiction(audit):
        raise BadRun(f"{AUDIT} contradicts itself: {wrong}")
    return audit


def check_version(data: object, where: object) -> None:
    """Raises BadRun unless `data` is an audit of this major version, and of no earlier minor one."""
    version = data.get("schema_version") if isinstance(data, Mapping) else None
    if not isinstance(version, str) or not re.fullmatch(r"\d+\.\d+", version):
        raise BadRun(f"{where} is no Assay document: it has no schema_version")
    (major, minor), (ours, least) = (map(int, one.split(".")) for one in (version, SCHEMA_VERSION))
    if major != ours or minor < least:
        raise BadRun(
            f"{where} has schema version {version}; this Assay reads {ours}.x from {SCHEMA_VERSION} on: use the Assay "
            "that wrote it"
        )


def dump(data: Mapping[str, Any]) -> str:
    """JSON text as `audit.json` holds it."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def row_file(folder: Path, probe: str, evidence: str, columns: Sequence[Column]) -> tuple[str, RowFile]:
    """A file for rows that come while a probe runs, and the place that it gets when the audit is written."""
    name = _file_name(probe, evidence)
    return f"{EVIDENCE}/{name}", RowFile(_pending(folder) / name, columns)


def write(audit: Audit, folder: Path) -> Path:
    """Writes the audit into a folder and returns the path of its `audit.json`.

    Rows that were kept in a `row_file` of this folder get their place; those of an earlier write stay. Raises BadRun
    where the folder holds something else or lacks kept rows, CannotWrite where the disk is full or closed to us.
    """
    check_folder(folder)
    data = to_json(audit)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f".{EVIDENCE}.{os.getpid()}"
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            _spill(data, fresh)
            _place_kept(data, folder, fresh)
            text = dump(data).encode("utf-8", "replace")
            with _beside(folder / AUDIT, text) as ready:
                shutil.rmtree(folder / EVIDENCE, ignore_errors=True)
                if fresh.exists():
                    fresh.rename(folder / EVIDENCE)
                ready.rename(folder / AUDIT)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.rmtree(_pending(folder), ignore_errors=True)
    return folder / AUDIT


def write_text(path: Path, text: str) -> None:
    """Writes one file of a run whole or not at all. Raises CannotWrite."""
    with writing(path), _beside(path, text.encode("utf-8", "replace")) as ready:
        ready.rename(path)


def read(folder: Path) -> Audit:
    """The audit of a run's folder (or of its `audit.json`), with all rows. Raises BadRun where there is none."""
    path = folder / AUDIT if folder.is_dir() else folder
    try:
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadRun(f"{folder} is no Assay run: cannot read {path.name} ({error.strerror or error})") from error
    except ValueError as error:
        raise BadRun(f"{path} is damaged: {error}") from error
    check_version(data, path)
    try:
        _gather(data, path.parent)
    except (KeyError, TypeError, AttributeError) as error:
        raise BadRun(f"{path} is damaged: {type(error).__name__}: {error}") from error
    return from_json(data)


def is_run(folder: Path) -> bool:
    """Whether a folder holds an Assay run, finished or cut short."""
    try:
        head = _head(folder / AUDIT)
        return '"schema_version"' in head and '"assay_version"' in head
    except OSError:
        pass
    try:
        return _head(folder / LOG).startswith('{"event": "run"')
    except OSError:
        return False


def check_folder(folder: Path) -> None:
    """Raises BadRun unless a run may be written here: nothing there, an empty folder or an Assay run."""
    if folder.is_dir():
        if any(not _ours(path) for path in folder.iterdir()) and not is_run(folder):
            raise BadRun(f"{folder} is not empty and holds no Assay run: name another folder with -o, or empty it")
    elif folder.exists():
        raise BadRun(f"{folder} is a file: name a folder with -o")


def prepare(folder: Path, products: Sequence[str] = ()) -> None:
    """Makes a folder ready for a new run: checked, made, and cleared of the files of an earlier run.

    `products` are the names of drawn reports to clear beside `audit.json`, the log and the evidence; all else stays.
    """
    check_folder(folder)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for path in (folder / EVIDENCE, *filter(_ours, folder.iterdir())):
            shutil.rmtree(path, ignore_errors=True)
            if path.is_file():
                path.unlink()
        for name in (*products, AUDIT, LOG):
            (folder / name).unlink(missing_ok=True)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns an OSError within into CannotWrite, with the path and what the system says."""
    try:
        yield
    except OSError as error:
        where = error.filename or path
        raise CannotWrite(f"cannot write {where}: {error.strerror or error}") from error


@contextmanager
def _beside(path: Path, content: bytes) -> Iterator[Path]:
    """A finished file next to `path`, to be renamed into place; removed where that does not happen."""
    ready = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with ready.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield ready
    finally:
        ready.unlink(missing_ok=True)


def _ours(path: Path) -> bool:
    """Whether a path is what a killed process left of a write."""
    return path.name.startswith((f".{AUDIT}.", f".{EVIDENCE}."))


def _head(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(200)


def _spill(data: dict[str, Any], folder: Path) -> None:
    """Moves the rows of large tables from the document into files of their own."""
    for name, item in _tables(data):
        rows = item.get("rows", ())
        if len(rows) <= INLINE_ROWS:
            continue
        folder.mkdir(exist_ok=True)
        content = table_bytes([column["name"] for column in item["columns"]], rows)
        file = _file_name(name, item["id"])
        (folder / file).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        after = {"file": f"{EVIDENCE}/{file}", "sha256": digest, "shown": item["shown"], "total": item["total"]}
        for key in ("rows", "shown", "total"):
            del item[key]
        item.update(after)


def _place_kept(data: Mapping[str, Any], folder: Path, fresh: Path) -> None:
    """Puts the files of rows that were kept while probes ran beside those of large tables."""
    for _, item in _tables(data):
        if "kept" not in item:
            continue
        name = Path(item["file"]).name
        places = (_pending(folder) / name, folder / EVIDENCE / name)
        here = next((path for path in places if path.is_file() and sha256_of(path) == item["sha256"]), None)
        if here is None:
            raise BadRun(f"the evidence {item['file']} is not in {folder}: copy the whole folder of the run")
        fresh.mkdir(exist_ok=True)
        shutil.copyfile(here, fresh / name)


def _gather(data: Mapping[str, Any], folder: Path) -> None:
    """Brings the rows of large tables back from their files; kept ones stay there."""
    for _, item in _tables(data):
        if "file" not in item:
            continue
        path = folder / EVIDENCE / Path(item["file"]).name
        try:
            same = sha256_of(path) == item["sha256"]
            content = b"" if "kept" in item else path.read_bytes()
        except OSError as error:
            raise BadRun(f"the evidence {path} cannot be read: {error.strerror or error}") from error
        if not same:
            raise BadRun(f"the evidence {path} is not the file that {AUDIT} speaks of: its hash differs")
        if "kept" not in item:
            item["rows"] = read_rows(content)


def _pending(folder: Path) -> Path:
    """Where rows are kept until the audit is written; what a killed run leaves of it the next one clears."""
    return folder / f".{EVIDENCE}.{os.getpid()}.kept"


def _file_name(probe: str, evidence: str) -> str:
    return f"{_plain(probe)}-{_plain(evidence)}.parquet"


def _tables(data: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for result in data["results"]:
        for item in result.get("evidence", ()):
            yield result["probe"]["name"], item


def _plain(name: str) -> str:
    """A name as a file can have it; where that changes it, with a few digits of its hash."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
    return plain if plain == name else f"{plain}.{hashlib.sha256(name.encode()).hexdigest()[:8]}"
