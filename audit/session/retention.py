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
from fairwitness.reports import NAMES

SUFFIXES = {document.EVIDENCE: (".parquet",), document.ITEMS: (".parquet",), "report.tables": (".csv", ".parquet")}
"""The folders of a run, and how the names of their files end."""


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
    aside = run.folder.with_name(f".{run.folder.name}.pruned")
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
    if left := document.left_over(folder):
        return f"is being written, or was left so ({left[0].name})"
    if not document.finished(folder):
        return "did not come to its end"
    foreign = next(_foreign(folder), None)
    return f"also holds {foreign.relative_to(folder)}, which no run writes" if foreign else ""


def _foreign(folder: Path) -> Iterator[Path]:
    known = {document.AUDIT, document.LOG, SIGNATURE, *COMPARED, *NAMES}
    for path in sorted(folder.iterdir()):
        if path.is_symlink():
            yield path
        elif path.is_dir():
            endings = SUFFIXES.get(path.name, ())
            yield from (
                inner
                for inner in sorted(path.iterdir())
                if inner.is_symlink() or not inner.is_file() or not inner.name.endswith(endings)
            )
            if not endings:
                yield path
        elif path.name not in known:
            yield path


def _started(folder: Path) -> datetime:
    """When the document says that the run was started; where it says nothing, when the document was written."""
    path = folder / document.AUDIT
    try:
        said = json.loads(path.read_text("utf-8"))["manifest"]["run"]["started"]
        started = datetime.fromisoformat(said)
        return started if started.tzinfo else started.replace(tzinfo=UTC)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
