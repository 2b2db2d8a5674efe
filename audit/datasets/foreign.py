"""The bytes of a data file -> its text; what is no text of ours is named with what to do about it."""

from __future__ import annotations

import re
from pathlib import Path

from fairwitness.audit.errors import BadData

_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
"""What UTF-32 and UTF-16 begin with, where they say what they are."""

_AS_CSV = "save the sheet as CSV (File, Save As, 'CSV UTF-8') and give that file"
_KINDS = (
    (b"PK\x03\x04", f"is a workbook or another zip archive, not a text: {_AS_CSV}"),
    (b"\xd0\xcf\x11\xe0", f"is an Excel workbook, not a text: {_AS_CSV}"),
    (b"\x1f\x8b", "is compressed with gzip: unpack it (gunzip) and give the unpacked file"),
    (b"PAR1", "is a Parquet file: give it the suffix .parquet"),
)
"""What files of other kinds begin with, and what to do about each."""

_OTHER_SUFFIXES = {
    ".xlsx": f"Excel workbooks are not read: {_AS_CSV}",
    ".xls": f"Excel workbooks are not read: {_AS_CSV}",
    ".xlsm": f"Excel workbooks are not read: {_AS_CSV}",
    ".ods": f"workbooks are not read: {_AS_CSV}",
    ".gz": "compressed files are not read: unpack it (gunzip) and give the unpacked file",
    ".zip": "compressed files are not read: unpack it (unzip) and give the unpacked file",
}

UTF_8 = "utf-8-sig"
BEGINNING = 4096
"""Bytes that tell what a file is."""
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)


def remedy(suffix: str) -> str:
    """What to do about a file of a suffix that is not read, in a clause after a colon; empty where nobody knows."""
    return _OTHER_SUFFIXES.get(suffix.lower(), "")


def decoded(path: Path, raw: bytes) -> str:
    """The text of a file: UTF-8 with or without its mark, UTF-16 and UTF-32 with theirs.

    Raises BadData with line and column of the first byte that is none, and what the file seems to be instead.
    """
    coding = coding_of(path, raw)
    try:
        return raw.decode(coding)
    except UnicodeDecodeError as error:
        if coding != UTF_8:
            raise BadData(f"{path} begins as {coding.upper()} and cannot be read as that; save it as UTF-8") from error
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        raise BadData(
            f"{path}, line {line}, byte {column}: 0x{raw[error.start]:02x} is no UTF-8 (the file may be Latin-1 or "
            "Windows-1252, as spreadsheets save CSV); save the file as UTF-8"
        ) from error


def coding_of(path: Path, raw: bytes) -> str:
    """How a file that begins so is encoded. Raises BadData where it is no text, with what it seems to be instead."""
    for mark, what in _KINDS:
        if raw.startswith(mark):
            raise BadData(f"{path} {what}")
    coding = next((coding for mark, coding in _MARKS if raw.startswith(mark)), "")
    if not coding and _every_other_byte_is_zero(raw):
        raise BadData(f"{path} seems to be UTF-16 without the mark that says so; save it as UTF-8")
    return coding or UTF_8


def separator_of(text: str, usual: str) -> tuple[str, str, int]:
    """The separator of a table, its text from the header on, and how many lines stand before that.

    A first line such as `sep=;`, by which spreadsheets tell each other the separator, is taken at its word.
    """
    said = _SEPARATOR_LINE.match(text)
    if said is None or said[1] in '"\r':
        return usual, text, 0
    return said[1], text[said.end() :], 1


def _every_other_byte_is_zero(raw: bytes) -> bool:
    """Whether the beginning looks like UTF-16 of a Western language, which UTF-8 would take for text."""
    start = raw[:BEGINNING]
    half = len(start) // 2
    return half > 1 and max(start[0::2].count(0), start[1::2].count(0)) > 0.8 * half
