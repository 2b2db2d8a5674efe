"""Which runs of a folder are old, and how they go: finished runs of ours alone, and nothing else that lies there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fairwitness.audit import document
from fairwitness.audit.errors import BadRun, CannotWrite
from fairwitness.audit.session.run import COMPARED
from fairwitness.audit.signing import SIGNATURE
from fairwitness.reports import NAMES, ROWS
from fairwitness.reports.outputs.tables import evidence_name, items_name

FOLDERS = (document.EVIDENCE, document.ITEMS, ROWS)
"""The folders of a run. What may lie in them its document says."""
TABLES = (".csv", ".parquet")
PRUNED = ".pruned"
"""How the hidden name of a run ends that is being deleted, or whose deletion was cut short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A finished run: its folder, when it was started, and the bytes that it takes."""

    folder: Path
    started: datetime
    size: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A folder that looks like a run and is never touched, and why."""

    folder: Path
    why: str


def survey(place: Path) -> tuple[list[Run], list[Kept]]:
    """The finished runs right under a folder, the newest first, and what looks like one and is none. Raises BadRun."""
    if not place.is_dir():
        raise BadRun(f"{place} is no folder: name the one that holds the folders of the runs")
    if document.is_run(place):
        raise BadRun(f"{place} is itself a run: name the folder that holds it")
    runs, kept = [], []
    for folder in sorted(place.iterdir()):
        if folder.is_symlink() or not folder.is_dir() or not document.is_run(folder):
            continue
        if why := _untouchable(folder):
            kept.append(Kept(folder, why))
        else:
            size = sum(path.stat().st_size for path in folder.rglob("*"))
            runs.append(Run(folder=folder, started=_started(folder), size=size))
    return sorted(runs, key=lambda run: (run.started, run.folder.name), reverse=True), kept


def old(runs: list[Run], *, keep: int | None, older_than: timedelta | None, now: datetime) -> list[Run]:
    """Those behind the newest so many, or started longer ago than that."""
    if keep is not None:
        return runs[keep:]
    return [run for run in runs if older_than is not None and now - run.started > older_than]


def delete(run: Run) -> bool:
    """Deletes a run; False where it changed since it was looked at, which leaves it. Raises CannotWrite.

    It gets another name first, so that no half of it is ever taken for a run.
    """
    aside = run.folder.with_name(f".{run.folder.name}{PRUNED}")
    try:
        if _untouchable(run.folder):
            return False
        run.folder.rename(aside)
        if _untouchable(aside):
            aside.rename(run.folder)
            return False
        shutil.rmtree(aside)
    except OSError as error:
        raise CannotWrite(f"cannot delete {error.filename or run.folder}: {error.strerror or error}") from error
    return True


def _untouchable(folder: Path) -> str:
    """Why a run stays whatever its age; empty where it is finished and holds nothing but what a run writes."""
    if folder.name.startswith(".") and not folder.name.endswith(PRUNED):
        return "is hidden"
    if left := document.left_over(folder):
        return f"is being written, or was left so ({left[0].name})"
    if not document.finished(folder):
        return "did not come to its end"
    foreign = [str(path.relative_to(folder)) for path in _foreign(folder)]
    if not foreign:
        return ""
    more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
    return f"also holds {foreign[0]}{more}, which no run writes"


def _foreign(folder: Path) -> Iterator[Path]:
    """What lies in a run and is not of it, hidden files and folders too."""
    known = {document.AUDIT, document.LOG, SIGNATURE, *COMPARED, *NAMES} - set(FOLDERS)
    written = _written(folder)
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or not path.is_dir():
            if path.is_symlink() or path.name not in known:
                yield path
        elif path.name not in FOLDERS:
            yield path
        else:
            for inner in sorted(path.iterdir()):
                if inner.is_symlink() or not inner.is_file() or f"{path.name}/{inner.name}" not in written:
                    yield inner


def _written(folder: Path) -> set[str]:
    """The files of rows that the document of a run names, of whatever version it is, and the tables drawn of them.

    Where the document cannot be read, none.
    """
    written: set[str] = set()
    try:
        for result in json.loads((folder / document.AUDIT).read_text("utf-8"))["results"]:
            probe = result["probe"]["name"]
            tables = []
            if items := result.get("items"):
                written.add(items["file"])
                tables.append(items_name(probe))
            for evidence in result.get("evidence", ()):
                written |= {evidence.get("file", ""), evidence.get("redacted", {}).get("file", "")}
                tables.append(evidence_name(probe, evidence["id"]))
            written |= {f"{ROWS}/{table}{suffix}" for table in tables for suffix in TABLES}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return set()
    return written


def _started(folder: Path) -> datetime:
    """When the document says that the run was started; where it says nothing, when the document was written."""
    path = folder / document.AUDIT
    try:
        said = json.loads(path.read_text("utf-8"))["manifest"]["run"]["started"]
        started = datetime.fromisoformat(said)
        return started if started.tzinfo else started.replace(tzinfo=UTC)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
