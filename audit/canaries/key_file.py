"""The sealed key file: which canaries there are, which of them were put into the training data, and how often.

The first line holds a hash of every byte that follows, so that a file of which one byte is another is refused. The
hash shows a change by accident and a file that was mixed up, not a forgery: whoever has the file can write another.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from fairwitness.audit import private
from fairwitness.audit.canaries.formats import FORMATS
from fairwitness.audit.errors import BadData, CannotWrite

FIRST_LINE = re.compile(rb"fairwitness canaries 1 sha256:([0-9a-f]{64})\n")
NAME_LENGTH = 16
"""Hexadecimal digits by which a set of canaries is named."""
REPEATS = 1_000_000


@dataclass(frozen=True, slots=True)
class Canary:
    """One secret with the text before it. `planted` of one of `repeats` 1 was decided by a fair coin."""

    id: int
    format: str
    repeats: int
    planted: bool
    prefix: str
    secret: str

    @property
    def text(self) -> str:
        """The text that training sees."""
        kind = FORMATS[self.format]
        return f"{self.prefix}{kind.lead}{self.secret}{kind.end}"


@dataclass(frozen=True)
class Key:
    """A set of canaries. Its name is the beginning of the hash of its content."""

    canaries: tuple[Canary, ...]

    @cached_property
    def content(self) -> bytes:
        """What stands below the first line of the file."""
        rows = [asdict(canary) for canary in self.canaries]
        return (json.dumps({"canaries": rows}, ensure_ascii=False, indent=0, sort_keys=True) + "\n").encode()

    @property
    def sha256(self) -> str:
        """The hash of the content."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def name(self) -> str:
        """What tells this set from all others."""
        return self.sha256[:NAME_LENGTH]

    @property
    def planted(self) -> tuple[Canary, ...]:
        """The canaries that belong into the training data."""
        return tuple(canary for canary in self.canaries if canary.planted)

    def write(self, path: Path) -> None:
        """Writes a file that its owner alone can read. Raises CannotWrite, also where something is there."""
        try:
            with path.open("x"):
                pass
            with private.open_bytes(path) as file:
                file.write(f"fairwitness canaries 1 sha256:{self.sha256}\n".encode() + self.content)
        except FileExistsError:
            raise CannotWrite(f"{path} is there already, and without it its canaries are lost: name another") from None
        except OSError as error:
            raise CannotWrite(f"cannot write {path}: {error.strerror or error}") from error


def load(path: str | Path) -> Key:
    """The key of a file. Raises BadData where it cannot be read, is none, or was changed."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise BadData(f"cannot read {path}: {error.strerror or error}") from error
    return read_key(content, str(path))


def read_key(content: bytes, where: str) -> Key:
    """The key of the bytes of a file, which messages call `where`; they never quote it. Raises BadData."""
    match = FIRST_LINE.match(content)
    if match is None:
        raise BadData(f"{where} is no key file of canaries: `fairwitness canary make` writes one")
    body = content[match.end() :]
    if hashlib.sha256(body).hexdigest() != match[1].decode():
        raise BadData(f"{where} was changed since it was written: its hash is not that of its first line; use a copy")
    try:
        rows = json.loads(body)["canaries"]
        canaries = tuple(_canary(row) for row in rows)
    except (ValueError, TypeError, KeyError) as error:
        raise BadData(f"{where} is no key file of canaries that this version knows ({type(error).__name__})") from error
    _check(canaries, where)
    key = Key(canaries)
    if key.content != body:
        raise BadData(f"{where} is not written as this version writes key files")
    return key


def _canary(row: Mapping[str, Any]) -> Canary:
    types: Mapping[str, type] = {
        "id": int, "format": str, "repeats": int, "planted": bool, "prefix": str, "secret": str
    }  # fmt: skip
    if row.keys() != types.keys() or any(type(row[name]) is not kind for name, kind in types.items()):
        raise ValueError("not the fields of a canary")
    return Canary(**row)


def _check(canaries: Sequence[Canary], where: str) -> None:
    """Raises BadData unless there are canaries, each with a number of its own, of a known format and a prefix."""
    if not canaries:
        raise BadData(f"{where} holds no canaries")
    if len({canary.id for canary in canaries}) < len(canaries):
        raise BadData(f"{where} has two canaries of one number")
    for canary in canaries:
        if canary.format not in FORMATS or not 1 <= canary.repeats <= REPEATS or not canary.prefix.strip():
            raise BadData(f"{where}: canary {canary.id} is of no format that this version knows")
        if not FORMATS[canary.format].holds(canary.secret):
            raise BadData(f"{where}: canary {canary.id} is no secret of its format")
