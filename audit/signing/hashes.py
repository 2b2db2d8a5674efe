"""The files of a run with their hashes, and which of them a later redaction may change or take away."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from fairwitness.audit.errors import BadRun

REDACTED = "fairwitness.redacted.sha256"
"""The annotation that says what a file is once the rows of private people are out of it."""
REMOVABLE = "fairwitness.removable"
"""The annotation of a file that goes with these rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What redaction may do to a run: the hash of what some files become, and the files that go."""

    changed: Mapping[str, str] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()


def hashes(folder: Path, without: str) -> dict[str, str]:
    """The SHA-256 of every file by its path in the folder, but of one; paths have slashes on every system.

    Raises BadRun on links and other things that are no files: what they lead to can change without a trace.
    """
    listed: dict[str, str] = {}
    for place, folders, files in os.walk(folder, onerror=_raise):
        folders.sort()
        for name in sorted([*files, *folders]):
            path = Path(place, name)
            inner = path.relative_to(folder).as_posix()
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise BadRun(f"{path} is a link or no file: a signed run holds files alone")
            if path.is_file() and inner != without:
                listed[inner] = _hash(path)
    return listed


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        _raise(error)


def _raise(error: OSError) -> NoReturn:
    raise BadRun(f"cannot read {error.filename}: {error.strerror or error}") from error
