"""Labelled examples for judges: a user's file with the columns text and label, or files of scorer evaluations (PyRIT).

Of a folder all `.csv` files are joined. Each may begin with comment lines (`#`), names the text `assistant_response`,
the request `objective`, and its labels `human_score` or `human_score_1` to `_3`, of which the mean is taken; `part` is
the name of the file without `_multi_score` and `_extra`. Rows of other data than text are left without a text.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from pathlib import Path

from fairwitness.audit.datasets.tables import Columns, read_columns, text_of
from fairwitness.audit.errors import BadData, nearest
from fairwitness.audit.records import Cell

NAMES = ("text", "label", "request", "group", "part")
SCORE = "human_score"
ENDINGS = ("_multi_score", "_extra")
COMMENT = "#"


def read(path: Path) -> Columns:
    """The examples of a file, or of every `.csv` file of a folder in name order. Raises BadData without any."""
    if path.is_dir():
        files = sorted(path.glob("*.csv"))
        if not files:
            raise BadData(f"{path} holds no .csv files of labelled examples")
        rows = [row for file in files for row in _published(file)]
        return {name: tuple(column) for name, column in zip(NAMES, zip(*rows, strict=True), strict=True)}
    if path.suffix.lower() == ".csv" and text_of(path).startswith(COMMENT):
        rows = _published(path)
        return {name: tuple(column) for name, column in zip(NAMES, zip(*rows, strict=True), strict=True)}
    columns = read_columns(path)
    for name in NAMES[:2]:
        if name not in columns:
            raise BadData(f"{path} has no column {name!r}{nearest(name, columns)} (columns: {', '.join(columns)})")
    empty = (None,) * len(columns["text"])
    return {**columns, **{name: columns.get(name, empty) for name in NAMES}}


def _published(file: Path) -> list[tuple[Cell, ...]]:
    lines = text_of(file).splitlines(keepends=True)
    while lines and lines[0].startswith(COMMENT):
        lines.pop(0)
    reader = csv.DictReader(io.StringIO("".join(lines), newline=""))
    known = reader.fieldnames or ()
    for name in ("assistant_response", SCORE):
        if not any(column.startswith(name) for column in known):
            raise BadData(f"{file} has no column {name!r} (columns: {', '.join(known)})")
    part = file.stem
    for ending in ENDINGS:
        part = part.removesuffix(ending)
    return [_row(cells, part) for cells in reader]


def _row(cells: Mapping[str, str | None], part: str) -> tuple[Cell, ...]:
    scores = [_number(value) for name, value in cells.items() if name and name.startswith(SCORE)]
    known = [score for score in scores if score is not None]
    plain = (cells.get("data_type") or "text") == "text"
    text = cells.get("assistant_response") if plain else None
    return text or None, math.fsum(known) / len(known) if known else None, cells.get("objective") or None, None, part


def _number(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    return number if 0 <= number <= 1 else None
