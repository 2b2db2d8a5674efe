"""Answers of a run that people labelled: the columns id, kind and label, as `fairwitness judge sample` writes them.

Where request and text stand beside the id they must be those that it names: whoever sorted one column alone would
label other answers than they read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fairwitness.audit.datasets.tables import Columns, read_columns
from fairwitness.audit.errors import BadData, nearest, shortened
from fairwitness.audit.judging.calibration import label_of
from fairwitness.audit.judging.texts import Said, content_id
from fairwitness.audit.records import Cell

NEEDED = ("id", "kind", "label")
TEXTS = ("request", "text")
GUARD = "'"
"""Stands before what a spreadsheet would take for a formula."""


def read(path: Path) -> Columns:
    """The columns. Raises BadData for a label that is none, and where a text is not the one that its id names."""
    columns = read_columns(path)
    for name in NEEDED:
        if name not in columns:
            raise BadData(f"{path} has no column {name!r}{nearest(name, columns)} (columns: {', '.join(columns)})")
    for row, label in enumerate(columns["label"], 1):
        if not _empty(label) and label_of(label) is None:
            raise BadData(
                f"{path}, row {row}: {shortened(label)} is no label: write 1 or 0 (or yes or no), or leave it empty"
            )
    if set(TEXTS) <= set(columns):
        _check_texts(path, columns)
    return columns


def _check_texts(path: Path, columns: Columns) -> None:
    rows = zip(columns["id"], *(columns[name] for name in TEXTS), strict=True)
    for row, (name, request, text) in enumerate(rows, 1):
        if str(name) not in {content_id(said) for said in _read_as(request, text)}:
            raise BadData(
                f"{path}, row {row}: this is not the text that its id names, so that its label would be another "
                "answer's: restore the file, or delete the columns request and text"
            )


def _read_as(request: Cell, text: Cell) -> Iterator[Said]:
    """What a text and its request may have been before they were written into a file that a spreadsheet opens."""
    for asked in _without_guard(request):
        for said in _without_guard(text):
            yield Said(said, asked)


def _without_guard(cell: Cell) -> tuple[str, ...]:
    text = "" if cell is None else str(cell)
    plain = text.removeprefix(GUARD)
    return tuple(dict.fromkeys((text, plain, plain.replace("\r\n", "\n"))))


def _empty(cell: Cell) -> bool:
    return cell is None or not str(cell).strip()
