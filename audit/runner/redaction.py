"""What may leave a run: secret cells hidden, messages without the user's texts, paths or addresses."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from fairwitness.audit.records import Cell, Column, Evidence

SHOWN_FROM = 24
"""Fewest characters of a secret of which the first four are shown."""

_PATH = re.compile(r"(?:[A-Za-z]:\\|(?<![\w.])/)(?:[^\s/\\:'\"<>]+[/\\])+([^\s/\\:'\"<>]+)")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")


def redact(evidence: Evidence) -> Evidence:
    """The evidence with every cell of a secret column replaced by its category and length."""
    if not any(column.secret for column in evidence.columns):
        return evidence
    return replace(evidence, rows=tuple(redact_row(evidence.columns, row) for row in evidence.rows))


def redact_row(columns: Sequence[Column], row: Sequence[Cell]) -> tuple[Cell, ...]:
    """The row with its secret cells hidden."""
    return tuple(
        hidden(cell, column.name) if column.secret else cell for cell, column in zip(row, columns, strict=True)
    )


def hidden(cell: Cell, category: str) -> Cell:
    """What is shown in place of a secret: category and length, and the first 4 characters only from 24 up."""
    if cell is None:
        return None
    if not isinstance(cell, str):
        return f"[{category}: hidden]"
    begins = f", begins {cell[:4]!r}" if len(cell) >= SHOWN_FROM else ""
    return f"[{category}: {len(cell)} characters{begins}]"


def describe(error: BaseException, private: Iterable[str] = ()) -> tuple[str, str]:
    """A crash as one line and as a traceback, both without absolute paths, addresses and the `private` texts."""
    private = sorted(filter(None, private), key=len, reverse=True)
    said = _clean(f"{error}", private)
    reason = f"{type(error).__name__}: {said}" if said else type(error).__name__
    lines = [_frame(frame, private) for frame in traceback.extract_tb(error.__traceback__)]
    return " ".join(reason.split())[:300], "\n".join([*lines, reason])


def _frame(frame: traceback.FrameSummary, private: Iterable[str]) -> str:
    line = _clean(frame.line or "", private)
    return f"{_place(frame.filename)}, line {frame.lineno}, in {frame.name}\n    {line}".rstrip()


def _clean(text: str, private: Iterable[str]) -> str:
    for secret in private:
        for form in (secret, repr(secret)[1:-1]):
            text = text.replace(form, f"[text: {len(secret)} characters]")
    return _ADDRESS.sub("0x...", _PATH.sub(r"\1", text))


def _place(file: str) -> str:
    """A source file by the part of its path that is the same on every machine."""
    parts = Path(file).parts
    for root in ("site-packages", "dist-packages", "fairwitness"):
        if root in parts[:-1]:
            return "/".join(parts[len(parts) - parts[::-1].index(root) :])
    return "/".join(parts[-2:]) if len(parts) > 2 else Path(file).name
