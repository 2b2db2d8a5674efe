"""Folders and files that only the person who runs it can read: runs and caches hold what is said of people."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO, TextIO

FOLDER_MODE = 0o700
FILE_MODE = 0o600


def cache_folder() -> Path:
    """Where answers, converted models and fetched data are kept: `FAIRWITNESS_CACHE_DIR`, else in the XDG folder."""
    chosen = os.environ.get("FAIRWITNESS_CACHE_DIR")
    if chosen:
        return Path(chosen).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").expanduser() / "fairwitness"


def make_folder(path: Path) -> None:
    """Makes a folder and those above it that are missing; one that is there keeps its mode. Raises OSError."""
    for missing in reversed([folder for folder in (path, *path.parents) if not folder.exists()]):
        missing.mkdir(mode=FOLDER_MODE, exist_ok=True)
    if not path.is_dir():
        raise NotADirectoryError(20, os.strerror(20), str(path))


def make_file(path: Path) -> None:
    """Makes an empty file for others to fill; one that is there keeps its bytes and loses its readers."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE))
    path.chmod(FILE_MODE)


def open_bytes(path: Path) -> BinaryIO:
    """A new file to write bytes to; what stood there is gone."""
    make_file(path)
    return path.open("wb")


def open_text(path: Path) -> TextIO:
    """A new file to write UTF-8 to, with a question mark for what UTF-8 cannot hold; what stood there is gone."""
    make_file(path)
    return path.open("w", encoding="utf-8", errors="replace")
