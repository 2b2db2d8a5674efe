"""A search for secrets through every byte of a folder: in every spelling, and through everything that is packed."""

from __future__ import annotations

import base64
import binascii
import html
import io
import json
import re
import shutil
import sqlite3
import subprocess
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyarrow.parquet as pq

DEEPEST = 4
"""Layers of packing that are opened."""
_STREAM = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")


def spellings(secret: str) -> Mapping[str, bytes]:
    """How a secret may stand in bytes."""
    plain = secret.encode()
    spelled = {
        "plain": plain,
        "lower case": secret.lower().encode(),
        "words apart": " ".join(re.findall(r"\w+|[^\w\s]", secret)).encode(),
        "JSON": json.dumps(secret)[1:-1].encode(),
        "JSON twice": json.dumps(json.dumps(secret)[1:-1])[1:-1].encode(),
        "HTML": html.escape(secret).encode(),
        "URL": urllib.parse.quote(secret).encode(),
        "hexadecimal": plain.hex().encode(),
        "UTF-16": secret.encode("utf-16-le"),
        "UTF-16, big": secret.encode("utf-16-be"),
    }
    for lead in range(3):
        packed = base64.b64encode(b"\0" * lead + plain)
        spelled[f"base64 at {lead}"] = packed[(0, 2, 3)[lead] : len(packed) - (0, 4, 4)[(lead + len(plain)) % 3]]
    return spelled


def hits(name: str, content: bytes, secrets: Iterable[str]) -> list[str]:
    """Where a secret stands in some bytes, in whatever spelling."""
    return [
        f"{secret!r} as {spelling} in {name}"
        for secret in secrets
        for spelling, spelled in spellings(secret).items()
        if spelled in content
    ]


def layers(name: str, content: bytes, depth: int = DEEPEST) -> Iterator[tuple[str, bytes]]:
    """The bytes, and what is packed in them: zip members, Parquet cells, deflated and gzipped streams, base64."""
    yield name, content
    if depth == 0:
        return
    for inner, unpacked in _unpacked(name, content):
        yield from layers(inner, unpacked, depth - 1)


def _unpacked(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from ((f"{name}/{member}", archive.read(member)) for member in archive.namelist())
    if content[:4] == b"PAR1":
        table = pq.read_table(io.BytesIO(content))
        yield f"{name}, rows", repr([table.to_pylist(), table.schema.metadata]).encode()
    for match in _STREAM.finditer(content):
        try:
            yield f"{name}, inflated", zlib.decompressobj(47).decompress(content[match.start() :])
        except zlib.error:
            continue
    for match in _BASE64.finditer(content):
        try:
            text = match[0].rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
            decoded = base64.b64decode(text[: len(text) // 4 * 4])
        except binascii.Error:
            continue
        if not decoded.startswith(content[:16]):
            yield f"{name}, base64", decoded


def everything(*folders: Path) -> Iterator[tuple[str, bytes]]:
    """Every layer of every file, its path, the cells of SQLite files and the text of PDF files."""
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            yield f"path of {path.name}", str(path.relative_to(folder)).encode()
            yield from layers(path.name, path.read_bytes())
            if path.suffix == ".sqlite":
                yield from _cells(path)
            if path.suffix == ".pdf" and shutil.which("pdftotext"):
                text = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True).stdout
                yield f"{path.name}, text", text


def _cells(path: Path) -> Iterator[tuple[str, bytes]]:
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for row in database.execute(f"SELECT * FROM {table}"):  # noqa: S608
            for cell in row:
                content = cell if isinstance(cell, bytes) else str(cell).encode()
                yield from layers(f"{path.name}, {table}", content)
    database.close()


def leaks(secrets: Iterable[str], content: Iterable[tuple[str, bytes]]) -> list[str]:
    """Every place in which a secret stands, each once."""
    secrets = tuple(secrets)
    return list(dict.fromkeys(hit for name, data in content for hit in hits(name, data, secrets)))
