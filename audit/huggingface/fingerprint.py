"""What a model is, as one hash: bytes of weights, tokenizer and configuration, and how they are read."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

from fairwitness.audit import private
from fairwitness.audit.huggingface.locate import SMALL_FILES

SETTINGS = 2
"""Raised when our own code begins to give other values for the same model."""
CODE = ".py"


def fingerprint(files: Iterable[Path], *, cache: Path, **settings: object) -> str:
    """sha256 over the names and hashes of these files and the settings that change answers."""
    total = hashlib.sha256()
    for path in sorted(files, key=lambda path: path.name):
        total.update(f"{path.name} {file_hash(path, cache)}\n".encode())
    total.update(json.dumps({"settings": SETTINGS, **settings}, sort_keys=True).encode())
    return total.hexdigest()


def file_hash(path: Path, cache: Path) -> str:
    """sha256 of a file, remembered by path, size, times of change and inode.

    The time that a file carries can be set (copies and archives keep it), the time its inode changed cannot.
    """
    state = path.stat()
    known = f"{path.resolve()} {state.st_size} {state.st_mtime_ns} {state.st_ctime_ns} {state.st_ino}"
    note = cache / "hashes" / hashlib.sha256(known.encode(errors="surrogatepass")).hexdigest()
    try:
        return note.read_text(encoding="ascii")
    except (OSError, ValueError):
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    try:
        private.make_folder(note.parent)
        draft = note.with_name(f"{note.name}.{os.getpid()}")
        with private.open_text(draft) as file:
            file.write(digest)
        draft.replace(note)
    except OSError:
        return digest  # a hash that cannot be remembered is computed again next time
    return digest


def source_files(folder: Path, weights: Iterable[Path], *, code: bool) -> list[Path]:
    """Every file of a folder that changes answers; Python files only where they are run.

    Which settings and vocabularies are read hangs on what some of them say (tokenizer_config.json may name another
    tokenizer.json for newer versions), so all that are fetched of a model count.
    """
    files = {path for pattern in SMALL_FILES for path in folder.glob(pattern) if code or path.suffix != CODE}
    return [*files.union(weights)]
