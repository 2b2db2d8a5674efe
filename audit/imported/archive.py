"""Zip archives of logs, also those whose members are compressed by Zstandard, which Python 3.11 cannot unpack."""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path
from types import TracebackType

from fairwitness.audit.errors import BadData

ZSTANDARD = 93
"""The number of the method in the zip format."""
MOST = 2**30
"""Bytes of one member, unpacked: more is no log of ours to read."""
_LOCAL = struct.Struct("<4s5H3I2H")


class Archive:
    """An archive that is open for reading. Raises BadData where it is cut off, damaged, or a member is too large."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise BadData(f"cannot read {path}: {error.strerror or error}") from error
        try:
            self._zip = zipfile.ZipFile(self._file)
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            self._file.close()
            what = "is empty" if not path.stat().st_size else "is no whole zip archive; the log may be cut off"
            raise BadData(f"{path} {what}") from error

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._zip.close()
        self._file.close()

    @property
    def names(self) -> list[str]:
        """The names of its members in alphabetical order."""
        return sorted(self._zip.namelist())

    def text(self, name: str) -> str:
        """The text of a member."""
        entry = self._zip.getinfo(name)
        if entry.file_size > MOST:
            raise BadData(f"{self._path}, {name}: {entry.file_size} bytes are more than the {MOST} that are read")
        try:
            content = self._unpacked(entry)
            return content.decode("utf-8")
        except (
            zipfile.BadZipFile,
            zlib.error,
            struct.error,
            OSError,
            EOFError,
            ValueError,
            NotImplementedError,
        ) as error:
            raise BadData(f"{self._path}, {name}: it cannot be unpacked; the log may be damaged") from error

    def _unpacked(self, entry: zipfile.ZipInfo) -> bytes:
        if entry.compress_type != ZSTANDARD:
            return self._zip.read(entry)
        import pyarrow as pa

        self._file.seek(entry.header_offset)
        head = _LOCAL.unpack(self._file.read(_LOCAL.size))
        self._file.seek(head[-2] + head[-1], 1)
        packed = self._file.read(entry.compress_size)
        content: bytes = pa.decompress(packed, decompressed_size=entry.file_size, codec="zstd", asbytes=True)
        if len(content) != entry.file_size or zlib.crc32(content) != entry.CRC:
            raise zipfile.BadZipFile("the content is not what the archive says")
        return content
