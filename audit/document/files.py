"""How the files of a run come into its folder: written beside their places, renamed once all of them are whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from fairwitness.audit import private
from fairwitness.audit.errors import BadRun, CannotWrite


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns an OSError within into CannotWrite, with the path and what the system says."""
    try:
        yield
    except OSError as error:
        where = error.filename or path
        raise CannotWrite(f"cannot write {where}: {error.strerror or error}") from error


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Holds a folder against other processes, as long as this one lives. Raises BadRun where another one holds it.

    Where the system has no such locks, nothing is held.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    with writing(folder):
        handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadRun(f"another run is being written to {folder}: wait for it, or name another folder") from None
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(handle)


def write_file(path: Path, content: str | bytes) -> None:
    """Writes one file of a run whole or not at all. Raises CannotWrite."""
    with writing(path), _beside(path, _bytes(path.name, content)) as ready:
        ready.rename(path)


def replace_all(folder: Path, texts: Mapping[str, str | bytes], fresh: Mapping[str, Path]) -> None:
    """Puts `fresh` folders in the place of those of their names, and texts in that of files of theirs, in order.

    All are whole on the disk before the first old one goes; where a step fails, the old folders are brought back.
    """
    with ExitStack() as stack:
        ready = {name: stack.enter_context(_beside(folder / name, _bytes(name, text))) for name, text in texts.items()}
        for name, path in fresh.items():
            stack.enter_context(_replacing(folder / name, path))
        for name, path in ready.items():
            path.rename(folder / name)


@contextmanager
def _replacing(path: Path, fresh: Path) -> Iterator[None]:
    """A folder in the place of another, which is brought back where what follows fails."""
    old = path.with_name(set_aside(path.name))
    with suppress(FileNotFoundError):
        path.rename(old)
    try:
        if fresh.exists():
            fresh.rename(path)
        yield
    except BaseException:
        if old.exists() or old.is_symlink():
            remove(path)
            old.rename(path)
        raise


def set_aside(name: str) -> str:
    """What a folder is called while the one that follows it comes into its place."""
    return f".{name}.{os.getpid()}.old"


def pending(path: Path) -> Path:
    """Where a file of this process is written before it gets its place."""
    return path.with_name(f".{path.name}.{os.getpid()}")


def remove(path: Path) -> None:
    """Deletes a file, a link or a folder, where it is there and can be deleted."""
    with suppress(OSError):
        path.unlink(missing_ok=True)
        return
    shutil.rmtree(path, ignore_errors=True)


def _bytes(name: str, content: str | bytes) -> bytes:
    """A text in UTF-8, bytes as they are. Half characters are spelled out, which JSON reads back as they were."""
    if isinstance(content, bytes):
        return content
    return content.encode("utf-8", "backslashreplace" if name.endswith(".json") else "replace")


@contextmanager
def _beside(path: Path, content: bytes) -> Iterator[Path]:
    """A finished file next to `path`, to be renamed into place; removed where that does not happen."""
    ready = pending(path)
    try:
        with private.open_bytes(ready) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield ready
    finally:
        ready.unlink(missing_ok=True)
