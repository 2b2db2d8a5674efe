"""Audit <-> JSON, and the folder of a run: `audit.json`, and `evidence/*.parquet` for tables of more than 200 rows.

Writing is atomic: files are written beside their places and renamed, `audit.json` last, and an earlier run in the same
folder stays until then. Keys stand in one fixed order and floats are spelled so that they read back to the last bit, so
equal audits give equal bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import resources
from pathlib import Path
from typing import Any

from fairwitness.audit import private
from fairwitness.audit.document import files, serialization
from fairwitness.audit.document.evidence import RowFile, read_rows, sha256_of, table_bytes
from fairwitness.audit.document.files import write_text, writing
from fairwitness.audit.document.shape import Shape
from fairwitness.audit.errors import BadRun
from fairwitness.audit.outcomes import contradiction
from fairwitness.audit.records import SCHEMA_VERSION, Audit, Column, Evidence

__all__ = [
    "AUDIT",
    "EVIDENCE",
    "INLINE_ROWS",
    "LOG",
    "RowFile",
    "check_folder",
    "check_version",
    "dump",
    "finished",
    "from_json",
    "is_run",
    "log_file",
    "prepare",
    "read",
    "row_file",
    "schema",
    "stored_rows",
    "to_json",
    "write",
    "write_text",
    "writing",
]

AUDIT = "audit.json"
LOG = "log.jsonl"
EVIDENCE = "evidence"
INLINE_ROWS = 200
"""Most rows of a table that stand in `audit.json` itself."""
_LEFT = re.compile(r"\.(audit\.json|evidence|log\.jsonl|report\.\w+)\.\d+(\.rows|\.old)?")


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of `audit.json`."""
    loaded: dict[str, Any] = json.loads(
        resources.files("fairwitness.audit.document").joinpath("audit.schema.json").read_text("utf-8")
    )
    return loaded


def to_json(audit: Audit) -> dict[str, Any]:
    """The audit as plain JSON values; rows stored in a file stay there. Raises ValueError on a number that is none."""
    return serialization.to_dict(audit)


def from_json(data: Mapping[str, Any]) -> Audit:
    """The audit of `to_json`.

    Raises BadRun on another version, on what is no audit, and on an outcome that does not follow from the verdicts.
    """
    check_version(data, AUDIT)
    _check_shape(data, AUDIT)
    return _parsed(data)


def _parsed(data: Mapping[str, Any]) -> Audit:
    """The audit of values that have the shape of one."""
    try:
        audit = serialization.from_dict(data)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadRun(f"{AUDIT} is damaged: {type(error).__name__}: {error}") from error
    if wrong := contradiction(audit):
        raise BadRun(f"{AUDIT} contradicts itself: {wrong}")
    return audit


def _check_shape(data: Mapping[str, Any], where: object) -> None:
    """Raises BadRun where a document departs from the schema; one of a later minor version may say more."""
    ours = str(data["schema_version"]) == SCHEMA_VERSION
    try:
        wrong = Shape(schema(), closed=ours).problem(data)
    except RecursionError:
        wrong = "it nests too deeply"
    if wrong:
        raise BadRun(f"{where} is damaged: {wrong}")


def check_version(data: object, where: object) -> None:
    """Raises BadRun unless `data` is an audit of this major version, and of no earlier minor one."""
    version = data.get("schema_version") if isinstance(data, Mapping) else None
    if not isinstance(version, str) or not re.fullmatch(r"\d+\.\d+", version):
        raise BadRun(f"{where} is no Fairwitness document: it has no schema_version")
    (major, minor), (ours, least) = (map(int, one.split(".")) for one in (version, SCHEMA_VERSION))
    if major != ours or minor < least:
        raise BadRun(
            f"{where} has schema version {version}; this Fairwitness reads {ours}.x from {SCHEMA_VERSION} on: "
            "use the Fairwitness that wrote it"
        )


def dump(data: Mapping[str, Any]) -> str:
    """JSON text as `audit.json` holds it."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def row_file(folder: Path, probe: str, evidence: str, columns: Sequence[Column]) -> tuple[str, RowFile]:
    """A file for rows that come while a probe runs, and the place that it gets when the audit is written."""
    name = _file_name(probe, evidence)
    return f"{EVIDENCE}/{name}", RowFile(_pending(folder) / name, columns)


def write(audit: Audit, folder: Path, pages: Mapping[str, str | None] | None = None) -> Path:
    """Writes the audit into a folder and returns the path of its `audit.json`.

    `pages` are drawn reports by their file names; None takes away the one of an earlier run. Rows that were stored in a
    `row_file` of this folder get their place; those of an earlier write stay. All of it replaces an earlier run at
    once, or not at all. Raises BadRun where the folder holds something else or lacks stored rows, CannotWrite where the
    disk is full or closed to us.
    """
    check_folder(folder)
    data = to_json(audit)
    drawn = {name: text for name, text in (pages or {}).items() if text is not None}
    with writing(folder):
        private.make_folder(folder)
        fresh = files.pending(folder / EVIDENCE)
        files.remove(fresh)
        try:
            _spill(data, fresh)
            _place_stored(data, folder, fresh)
            files.replace_all(folder, {**drawn, AUDIT: dump(data)}, fresh, folder / EVIDENCE)
            for name in set(pages or ()) - set(drawn):
                files.remove(folder / name)
            for path in _set_aside(folder):
                files.remove(path)
        finally:
            files.remove(fresh)
            files.remove(_pending(folder))
    return folder / AUDIT


def read(folder: Path) -> Audit:
    """The audit of a run's folder (or of its `audit.json`), with all rows. Raises BadRun where there is none."""
    try:
        path = folder / AUDIT if folder.is_dir() else folder
    except (OSError, ValueError) as error:
        raise BadRun(f"{folder} is no Fairwitness run: {getattr(error, 'strerror', None) or error}") from error
    try:
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadRun(f"{folder} is no Fairwitness run: cannot read {path.name} ({error.strerror or error})") from error
    except (ValueError, RecursionError) as error:
        if path.name != AUDIT:
            raise BadRun(f"{folder} is no Fairwitness run: name the folder that holds {AUDIT}") from error
        raise BadRun(f"{path} is damaged: {error}") from error
    check_version(data, path)
    _check_shape(data, path)
    _gather(data, path.parent)
    return _parsed(data)


def stored_rows(folder: Path, evidence: Evidence) -> list[list[Any]]:
    """The rows of a table of this run, also where they stand in a file alone. Raises BadRun where that is not whole."""
    if evidence.stored is None:
        return [list(row) for row in evidence.rows]
    path = _evidence(folder, Path(evidence.stored.file).name, evidence.stored.sha256)
    return _rows_in(path)


def is_run(folder: Path) -> bool:
    """Whether a folder holds a Fairwitness run, finished or cut short."""
    try:
        head = _head(folder / AUDIT)
        return '"schema_version"' in head and '"fairwitness_version"' in head
    except OSError:
        pass
    try:
        return _head(folder / LOG).startswith('{"event": "run"')
    except OSError:
        return False


def finished(folder: Path) -> bool:
    """Whether a folder holds a run that came to its end."""
    try:
        return '"status": "complete"' in _head(folder / AUDIT)
    except OSError:
        return False


def check_folder(folder: Path) -> None:
    """Raises BadRun unless a run may be written here: nothing there, an empty folder or a Fairwitness run."""
    try:
        if folder.is_dir():
            if any(not _ours(path) for path in folder.iterdir()) and not is_run(folder):
                raise BadRun(
                    f"{folder} is not empty and holds no Fairwitness run: name another folder with -o, or empty it"
                )
        elif folder.exists():
            raise BadRun(f"{folder} is a file: name a folder with -o")
    except (OSError, ValueError) as error:
        raise BadRun(f"{folder} cannot be the folder of a run: {getattr(error, 'strerror', None) or error}") from error


def prepare(folder: Path) -> None:
    """Makes a folder ready for a new run: checked, made, cleared of what killed runs left. An earlier run stays."""
    check_folder(folder)
    with writing(folder):
        private.make_folder(folder)
        for path in filter(_ours, folder.iterdir()):
            if path not in _set_aside(folder):
                files.remove(path)


@contextmanager
def log_file(folder: Path) -> Iterator[Path]:
    """The place to write a run's log to. Beside an earlier document it becomes the log once the new one is there.

    Where nothing was written in the end, the earlier log stays as it was.
    """
    if not (folder / AUDIT).exists():
        yield folder / LOG
        return
    place = files.pending(folder / LOG)
    before = _stamp(folder)
    try:
        yield place
        if _stamp(folder) != before:
            with writing(folder / LOG), suppress(FileNotFoundError):
                place.rename(folder / LOG)
    finally:
        files.remove(place)


def _stamp(folder: Path) -> tuple[int, int] | None:
    """Which document a folder holds: another one is another file. None where there is none."""
    try:
        found = (folder / AUDIT).stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _set_aside(folder: Path) -> list[Path]:
    """Evidence that a write moved out of the way, and that a killed one may have left without its successor."""
    return sorted(folder.glob(f".{EVIDENCE}.*.old"))


def _ours(path: Path) -> bool:
    """Whether a path is what a killed process left of a write."""
    return _LEFT.fullmatch(path.name) is not None


def _head(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(200)


def _spill(data: dict[str, Any], folder: Path) -> None:
    """Moves the rows of large tables from the document into files of their own."""
    for name, item in _tables(data):
        rows = item.get("rows", ())
        if len(rows) <= INLINE_ROWS:
            continue
        private.make_folder(folder)
        content = table_bytes([column["name"] for column in item["columns"]], rows)
        file = _file_name(name, item["id"])
        with private.open_bytes(folder / file) as stream:
            stream.write(content)
        digest = hashlib.sha256(content).hexdigest()
        after = {"file": f"{EVIDENCE}/{file}", "sha256": digest, "shown": item["shown"], "total": item["total"]}
        for key in ("rows", "shown", "total"):
            del item[key]
        item.update(after)


def _place_stored(data: Mapping[str, Any], folder: Path, fresh: Path) -> None:
    """Puts the files of rows that were stored while probes ran beside those of large tables."""
    for _, item in _tables(data):
        if "stored" not in item:
            continue
        name = Path(item["file"]).name
        places = (_pending(folder) / name, folder / EVIDENCE / name)
        here = next((path for path in places if path.is_file() and sha256_of(path) == item["sha256"]), None)
        if here is None:
            raise BadRun(f"the evidence {item['file']} is not in {folder}: copy the whole folder of the run")
        private.make_folder(fresh)
        private.make_file(fresh / name)
        shutil.copyfile(here, fresh / name)


def _gather(data: Mapping[str, Any], folder: Path) -> None:
    """Brings the rows of large tables back from their files; stored ones stay there."""
    for _, item in _tables(data):
        if "file" not in item:
            continue
        path = _evidence(folder, Path(item["file"]).name, item["sha256"])
        if "stored" in item:
            continue
        item["rows"] = _rows_in(path)


def _rows_in(path: Path) -> list[list[Any]]:
    try:
        return read_rows(path.read_bytes())
    except OSError as error:
        raise BadRun(f"the evidence {path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise BadRun(f"the evidence {path} is damaged: {error}") from error


def _evidence(folder: Path, name: str, sha256: str) -> Path:
    """The file of a table's rows, where a killed write may have left it. Raises BadRun where there is none."""
    path = folder / EVIDENCE / name
    places = [path, *(aside / name for aside in _set_aside(folder))]
    try:
        here = next((place for place in places if place.is_file() and sha256_of(place) == sha256), None)
    except OSError as error:
        raise BadRun(f"the evidence {path} cannot be read: {error.strerror or error}") from error
    if here is None and not path.is_file():
        raise BadRun(f"the evidence {path} cannot be read: it is not there")
    if here is None:
        raise BadRun(f"the evidence {path} is not the file that {AUDIT} speaks of: its hash differs")
    return here


def _pending(folder: Path) -> Path:
    """Where rows are stored until the audit is written; what a killed run leaves of it the next one clears."""
    return folder / f"{files.pending(folder / EVIDENCE).name}.rows"


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
