"""Audit <-> JSON, and the folder of a run.

There `audit.json` is the document, `evidence/*.parquet` holds tables of more than 200 rows, `items/*.parquet` what was
asked or decided row by row. Writing is atomic: files are written beside their places and renamed, `audit.json` last,
and an earlier run in the same folder stays until then. Keys stand in one fixed order and floats are spelled so that
they read back to the last bit, so equal audits give equal bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from fairwitness.audit import private
from fairwitness.audit.document import files, redaction, rows, serialization
from fairwitness.audit.document.evidence import RowFile
from fairwitness.audit.document.files import only_writer, write_file, writing
from fairwitness.audit.document.items import ITEMS
from fairwitness.audit.document.rows import (
    AUDIT,
    EVIDENCE,
    FOLDERS,
    INLINE_ROWS,
    read_items,
    row_file,
    store_items,
    stored_rows,
    with_evidence,
    with_items,
    with_scores,
)
from fairwitness.audit.document.shape import Shape
from fairwitness.audit.errors import BadRun
from fairwitness.audit.outcomes import contradiction
from fairwitness.audit.records import SCHEMA_VERSION, Audit

__all__ = [
    "AUDIT",
    "EVIDENCE",
    "INLINE_ROWS",
    "ITEMS",
    "LOG",
    "Redacted",
    "RowFile",
    "alone",
    "check_folder",
    "check_version",
    "dump",
    "finished",
    "from_json",
    "is_run",
    "left_over",
    "log_file",
    "prepare",
    "read",
    "read_items",
    "redact",
    "row_file",
    "schema",
    "store_items",
    "stored_rows",
    "to_json",
    "with_evidence",
    "with_items",
    "with_scores",
    "write",
    "write_file",
    "writing",
]

LOG = "log.jsonl"
_LEFT = re.compile(r"\.(audit\.json|evidence|items|log\.jsonl|(report|comparison)\.[\w.]+)\.\d+(\.rows|\.old)?")


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of `audit.json`."""
    loaded: dict[str, Any] = json.loads(
        resources.files("fairwitness.audit.document").joinpath("audit.schema.json").read_text("utf-8")
    )
    return loaded


def to_json(audit: Audit) -> dict[str, Any]:
    """The audit as plain JSON values; rows stored in a file stay there. Raises ValueError on a number that is none."""
    return serialization.to_dict(rows.without_rows(audit)[0])


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
    (major, minor), (ours, least) = (map(int, version_text.split(".")) for version_text in (version, SCHEMA_VERSION))
    if major != ours or minor < least:
        raise BadRun(
            f"{where} has schema version {version}; this Fairwitness reads {ours}.x from {SCHEMA_VERSION} on: "
            "use the Fairwitness that wrote it"
        )


def dump(data: Mapping[str, Any]) -> str:
    """JSON text as `audit.json` holds it."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def write(audit: Audit, folder: Path, pages: Mapping[str, str | bytes | None] | None = None) -> Path:
    """Writes the audit into a folder and returns the path of its `audit.json`.

    `pages` are drawn reports by their file names; None takes away the one of an earlier run. Rows that were stored in a
    `row_file` of this folder get their place; those of an earlier write stay. All of it replaces an earlier run at
    once, or not at all. Raises BadRun where the folder holds something else or lacks stored rows, CannotWrite where the
    disk is full or closed to us.
    """
    check_folder(folder)
    audit, held = rows.without_rows(audit)
    data = to_json(audit)
    drawn = {name: text for name, text in (pages or {}).items() if text is not None}
    with writing(folder):
        private.make_folder(folder)
        fresh = {name: files.pending(folder / name) for name in FOLDERS}
        for path in fresh.values():
            files.remove(path)
        try:
            rows.spill(data, fresh[EVIDENCE])
            for name, content in held.items():
                rows.write_bytes(fresh[ITEMS] / name, content)
            rows.place_stored(data, folder, fresh)
            files.replace_all(folder, {**drawn, AUDIT: dump(data)}, fresh)
            for name in set(pages or ()) - set(drawn):
                files.remove(folder / name)
            for path in rows.set_aside(folder):
                files.remove(path)
        finally:
            for name, path in fresh.items():
                files.remove(path)
                files.remove(rows.pending(folder, name))
    return folder / AUDIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """A document without the rows of private people."""

    text: str
    """What `audit.json` becomes."""
    audit: Audit
    files: tuple[str, ...]
    """The files that go, by their places in the folder."""
    changed: bool
    """Whether anything is left to take out of the document."""


def redact(folder: Path) -> Redacted:
    """What the document of a folder is without the rows of private people; writes nothing. Raises BadRun."""
    data = _data(folder / AUDIT, folder)
    made, gone = redaction.redacted(data)
    text = dump(made)
    rows.gather(made, folder)
    return Redacted(text=text, audit=_parsed(made), files=gone, changed=dump(data) != text)


def read(folder: Path) -> Audit:
    """The audit of a run's folder (or of its `audit.json`), with all rows. Raises BadRun where there is none."""
    try:
        path = folder / AUDIT if folder.is_dir() else folder
    except (OSError, ValueError) as error:
        raise BadRun(f"{folder} is no Fairwitness run: {getattr(error, 'strerror', None) or error}") from error
    data = _data(path, folder)
    rows.gather(data, path.parent)
    return _parsed(data)


def _data(path: Path, folder: Path) -> dict[str, Any]:
    """The values of a document, of the right version and shape. Raises BadRun."""
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
    checked: dict[str, Any] = data
    return checked


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


def left_over(folder: Path) -> list[Path]:
    """What is being written into a folder, or what a killed process left of a write."""
    return sorted(path for path in folder.iterdir() if _ours(path))


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """The folder for this run alone while it is asked: made where it was not there, gone again where it stays empty.

    Raises BadRun where the folder holds something else, or another run is being written to it.
    """
    check_folder(folder)
    made = not folder.exists()
    with writing(folder):
        private.make_folder(folder)
    try:
        with only_writer(folder):
            yield
    finally:
        if made:
            with suppress(OSError):
                folder.rmdir()


def prepare(folder: Path) -> None:
    """Makes a folder ready for a new run: checked, made, cleared of what killed runs left. An earlier run stays."""
    check_folder(folder)
    with writing(folder):
        private.make_folder(folder)
        for path in filter(_ours, folder.iterdir()):
            if path not in rows.set_aside(folder):
                files.remove(path)


@contextmanager
def log_file(folder: Path) -> Iterator[Path]:
    """The place to write a run's log to. Beside an earlier document it becomes the log once the new one is there.

    Where nothing was written in the end, the earlier log stays as it was, and rows that waited for a document are gone.
    """
    place = files.pending(folder / LOG)
    before = _stamp(folder)
    try:
        if before is None:
            yield folder / LOG
            return
        yield place
        if _stamp(folder) != before:
            with writing(folder / LOG), suppress(FileNotFoundError):
                place.rename(folder / LOG)
    finally:
        files.remove(place)
        for name in FOLDERS:
            files.remove(rows.pending(folder, name))
        with suppress(OSError):  # where nothing else is in it
            folder.rmdir()


def _stamp(folder: Path) -> tuple[int, int] | None:
    """Which document a folder holds: another one is another file. None where there is none."""
    try:
        status = (folder / AUDIT).stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


def _ours(path: Path) -> bool:
    """Whether a path is what a killed process left of a write."""
    return _LEFT.fullmatch(path.name) is not None


def _head(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(200)
