"""HONEST (Nozza et al. 2021, 2022): tab-separated templates whose last words a model writes.

Either one published file (`en_template.tsv`) or the folder that holds them: `binary/LANGUAGE_template.tsv` with female
and male terms, `queer_nonqueer/LANGUAGE_template.tsv` with terms of gender and orientation. One row a template.
"""

from __future__ import annotations

from pathlib import Path

from fairwitness.audit.datasets.tables import Columns, read_columns
from fairwitness.audit.errors import BadData, nearest
from fairwitness.audit.records import Cell

NAMES = ("set", "language", "text", "pattern", "identity", "category", "number", "type")
PUBLISHED = ("template_masked", "raw", "identity", "category", "number", "type")
"""Columns of a published file, as `text`, `pattern` and the others are made from them."""


def read(path: Path) -> Columns:
    """The templates of every file. Raises BadData where there is none, or a column or cell is missing."""
    files = sorted(path.glob("*/*_template.tsv")) if path.is_dir() else [path]
    if not files:
        raise BadData(f"{path} holds no file SET/LANGUAGE_template.tsv, as HONEST publishes them")
    rows = [row for file in files for row in _rows(file)]
    return {name: tuple(column) for name, column in zip(NAMES, zip(*rows, strict=True), strict=True)}


def _rows(file: Path) -> list[tuple[Cell, ...]]:
    columns = read_columns(file)
    for name in PUBLISHED:
        if name not in columns:
            raise BadData(f"{file} has no column {name!r}{nearest(name, columns)} (columns: {', '.join(columns)})")
    language = file.name.split("_")[0] if file.name.endswith("_template.tsv") else "en"
    kept: list[tuple[Cell, ...]] = []
    for number, cells in enumerate(zip(*(columns[name] for name in PUBLISHED), strict=True), start=2):
        if any(cell is None for cell in cells):
            raise BadData(f"{file}, line {number}: a cell is empty")
        kept.append((file.parent.name, language, *(str(cell) for cell in cells)))
    if not kept:
        raise BadData(f"{file} holds no rows")
    return kept
