"""Answers kept between runs: one SQLite file per subject fingerprint, one row per batch, safe against kills.

Beside them it is kept which probes asked with which limits and seeds.
A batch is stored in one transaction, so it is there whole or not at all. In WAL mode with synchronous NORMAL a killed
process loses nothing and a power cut at most the last batches, which are asked again. Whatever is corrupt is dropped.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sqlite3
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from fairwitness.audit import codec, private
from fairwitness.audit.errors import CannotWrite
from fairwitness.audit.records import Look
from fairwitness.audit.requests import Answer

ANSWERS = "answers"
MODELS = "models"
BUSY_SECONDS = 60.0
_TABLE = "CREATE TABLE IF NOT EXISTS batches (key BLOB PRIMARY KEY, digest BLOB NOT NULL, answers BLOB NOT NULL)"
_LOOKS = "CREATE TABLE IF NOT EXISTS looks (probe TEXT, data TEXT, most INTEGER, seed INTEGER)"
_OURS = 0x41535359
"""Application id in the header of every answer file: only files with it are listed and deleted."""
_HEADER = re.compile(rb"SQLite format 3\x00.{52}" + re.escape(_OURS.to_bytes(4, "big")), re.DOTALL)
_CONVERTED = re.compile(r"[0-9a-f]{32}-[0-9]+|\.converting-[a-z0-9_]+")
"""Folders of converted models, whole and begun."""
_BROKEN = {"SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_ERROR", "SQLITE_MISMATCH", "SQLITE_FORMAT"}


class AnswerCache:
    """The stored batches of one subject, in `folder/answers/FINGERPRINT.sqlite`. Several runs may use it at once.

    Raises ValueError for an empty fingerprint: nothing shows that the next subject without one gives the same answers.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        if not fingerprint:
            raise ValueError("answers of a subject without a fingerprint are not kept")
        self.path = folder / ANSWERS / f"{_file_name(fingerprint)}.sqlite"
        try:
            private.make_folder(self.path.parent)
            self.path.parent.chmod(private.FOLDER_MODE)
        except OSError as error:
            raise CannotWrite(f"cannot write the answer cache {self.path}: {error.strerror or error}") from error
        self._database = self._open()
        os.utime(self.path)

    def get(self, key: bytes, count: int) -> list[Answer] | None:
        """The `count` answers stored under a key; None where there are none or they are damaged."""
        with self._mended():
            stored = self._database.execute("SELECT digest, answers FROM batches WHERE key = ?", (key,)).fetchone()
            if stored is None:
                return None
            digest, blob = stored
            if isinstance(blob, bytes) and hashlib.sha256(key + blob).digest() == digest:
                try:
                    answers = codec.decode(blob)
                except (ValueError, KeyError, TypeError, OverflowError, RecursionError, struct.error):
                    answers = []
                if len(answers) == count:
                    return answers
            self._database.execute("DELETE FROM batches WHERE key = ?", (key,))
        return None

    def put(self, key: bytes, answers: Sequence[Answer]) -> None:
        """Stores a batch whole. Where a run beside this one was first, its answers stay. Raises CannotWrite."""
        blob = codec.encode(answers)
        with self._mended():
            self._database.execute(
                "INSERT OR IGNORE INTO batches VALUES (?, ?, ?)", (key, hashlib.sha256(key + blob).digest(), blob)
            )

    def remember(self, looks: Sequence[Look]) -> list[Look]:
        """Keeps which probes asked this subject with which limits and seeds; gives all that are known, oldest first."""
        known: list[Look] = []
        with self._mended():
            rows = self._database.execute("SELECT probe, data, most, seed FROM looks ORDER BY rowid").fetchall()
            known = [Look(*row) for row in rows]
            new = [look for look in looks if look not in known]
            rows = [(look.probe, look.data, look.limit, look.seed) for look in new]
            self._database.executemany("INSERT INTO looks VALUES (?, ?, ?, ?)", rows)
        return list(dict.fromkeys([*known, *looks]))

    def close(self) -> None:
        """Lets the file go; the cache cannot be used afterwards."""
        self._database.close()

    def __enter__(self) -> AnswerCache:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def _open(self) -> sqlite3.Connection:
        try:
            return self._connect()
        except (sqlite3.Error, UnicodeDecodeError) as error:
            self._give_up_unless_broken(error)
        self._drop()
        try:
            return self._connect()
        except (sqlite3.Error, OSError) as error:
            raise CannotWrite(f"cannot write the answer cache {self.path}: {error}") from error

    def _connect(self) -> sqlite3.Connection:
        try:
            private.make_file(self.path)
        except OSError as error:
            raise CannotWrite(f"cannot write the answer cache {self.path}: {error.strerror or error}") from error
        database = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            if database.execute("PRAGMA application_id").fetchone() != (_OURS,):
                database.execute(f"PRAGMA application_id = {_OURS}")
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute(_TABLE)
            database.execute(_LOOKS)
            database.execute("SELECT key, digest, answers FROM batches LIMIT 1").fetchone()
        except (sqlite3.Error, UnicodeDecodeError):
            database.close()
            raise
        return database

    @contextmanager
    def _mended(self) -> Iterator[None]:
        """Work on the database; a broken file is replaced by an empty one and the work counts as nothing found."""
        try:
            yield
        except (sqlite3.Error, UnicodeDecodeError) as error:
            self._give_up_unless_broken(error)
            self._database.close()
            self._drop()
            self._database = self._open()

    def _give_up_unless_broken(self, error: sqlite3.Error | UnicodeDecodeError) -> None:
        name = getattr(error, "sqlite_errorname", "")
        undecodable = isinstance(error, UnicodeDecodeError) or "decode" in str(error).lower()
        if not undecodable and not any(name.startswith(broken) for broken in _BROKEN):
            raise CannotWrite(f"cannot write the answer cache {self.path}: {error}") from error

    def _drop(self) -> None:
        for part in _parts(self.path):
            part.unlink(missing_ok=True)


def cache_of(folder: Path, fingerprint: str, *, wanted: bool = True) -> AbstractContextManager[AnswerCache | None]:
    """The stored answers of a subject; none where they are not `wanted`, and of a subject without a fingerprint."""
    return AnswerCache(folder, fingerprint) if wanted and fingerprint else nullcontext()


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in the cache: its folder's name (`answers`, `models`), its own, bytes, days since its last use."""

    folder: str
    name: str
    path: Path
    size: int
    age_days: float


def info(cache_dir: Path) -> list[Entry]:
    """The answer files and the converted models of a cache folder; empty where there are none.

    What else lies there, of other programs or of the user, is neither listed nor deleted.
    """
    answers = sorted(path for path in (cache_dir / ANSWERS).glob("*.sqlite") if _is_answers(path))
    models = sorted(path for path in (cache_dir / MODELS).glob("*") if path.is_dir() and _is_converted(path))
    return [_entry(ANSWERS, path.stem, path) for path in answers] + [_entry(MODELS, path.name, path) for path in models]


def prune(cache_dir: Path, older_than: float | None = None) -> list[Entry]:
    """Deletes what was last used more than `older_than` days ago, all where it is None; returns what is gone.

    Raises CannotWrite where something cannot be deleted.
    """
    gone = [entry for entry in info(cache_dir) if older_than is None or entry.age_days > older_than]
    for entry in gone:
        try:
            if entry.path.is_dir():
                shutil.rmtree(entry.path)
            for part in _parts(entry.path):
                part.unlink(missing_ok=True)
        except OSError as error:
            raise CannotWrite(f"cannot delete {entry.path}: {error.strerror or error}") from error
    return gone


def _is_answers(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return not path.is_symlink() and _HEADER.match(file.read(72)) is not None
    except OSError:
        return False


def _is_converted(path: Path) -> bool:
    return not path.is_symlink() and _CONVERTED.fullmatch(path.name) is not None


def _entry(folder: str, name: str, path: Path) -> Entry:
    files = [part for part in (*_parts(path), *path.rglob("*")) if part.is_file()]
    stats = [part.stat() for part in (path, *files) if part.exists()]
    age = (time.time() - max((stat.st_mtime for stat in stats), default=time.time())) / 86400
    return Entry(folder, name, path, sum(part.stat().st_size for part in files if part.exists()), max(0.0, age))


def _parts(path: Path) -> list[Path]:
    """The files of one database."""
    return [Path(f"{path}{suffix}") for suffix in ("", "-wal", "-shm")]


def _file_name(fingerprint: str) -> str:
    """The fingerprint where it can be a file's name, its hash elsewhere."""
    if re.fullmatch(r"[A-Za-z0-9_-]{8,100}", fingerprint):
        return fingerprint
    return hashlib.sha256(fingerprint.encode(errors="surrogatepass")).hexdigest()
