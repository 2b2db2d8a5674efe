"""BBQ (Parrish et al. 2022): a file of JSON lines, or a folder of them, one row a question with three answers.

Its kin in other languages tell the same in other layouts: KoBBQ (`.tsv`) and CBBQ (`.json`, or a folder of them).

A cell that is missing or of another kind than the format says is None; whoever reads the table counts such rows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fairwitness.audit.datasets.sets import cbbq, kobbq
from fairwitness.audit.datasets.tables import Columns, text_of
from fairwitness.audit.errors import BadData
from fairwitness.audit.records import Cell

NAMES = (
    *("category", "question_index", "example_id", "context_condition", "question_polarity", "context", "question"),
    *("ans0", "ans1", "ans2", "group0", "group1", "group2", "label", "stereotyped_groups", "subcategory"),
    *("named0", "named1", "named2", "language"),
)
"""Of whom each answer speaks is told twice, in codes that differ by category: `group` ("nonOld") and `named`. BBQ
itself says no `language`: it is English."""
SEPARATOR = "|"
"""Stands between the groups of one cell."""
_NEEDED = ("category", "context_condition", "question_polarity", "context", "question", "ans0", "ans1", "ans2", "label")


def read(path: Path) -> Columns:
    """The questions of a `.jsonl` file, or of every one in a folder in name order; of KoBBQ and CBBQ in their layouts.

    Raises BadData where no file is, a line is no object, or a key is missing from a whole file.
    """
    if path.suffix == ".tsv":
        return _columns([tuple(row.get(name) for name in NAMES) for row in kobbq.rows_of(path)])
    if cbbq.is_set(path):
        return _columns([tuple(row.get(name) for name in NAMES) for row in cbbq.rows_of(path)])
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not files:
        raise BadData(f"{path} holds no .jsonl files of BBQ questions")
    return _columns([row for file in files for row in _rows(file)])


def _columns(rows: Sequence[tuple[Cell, ...]]) -> Columns:
    return {name: tuple(row[place] for row in rows) for place, name in enumerate(NAMES)}


def _rows(file: Path) -> list[tuple[Cell, ...]]:
    items = []
    for number, line in enumerate(text_of(file).split("\n"), start=1):
        if line.strip():
            try:
                item = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise BadData(f"{file}, line {number} is no JSON: {error}") from error
            if not isinstance(item, dict):
                raise BadData(f"{file}, line {number} is no object")
            items.append(item)
    for key in _NEEDED:
        if not any(key in item for item in items):
            known = ", ".join(items[0]) if items else "none"
            raise BadData(f"{file} has no key {key!r} in any line (keys: {known}); BBQ questions have one")
    return [_row(item) for item in items]


def _row(item: Mapping[str, Any]) -> tuple[Cell, ...]:
    info, more = (_mapping(item.get(name)) for name in ("answer_info", "additional_metadata"))
    answers = [info.get(f"ans{index}") for index in range(3)]
    groups = [_text(answer[1]) if isinstance(answer, list) and len(answer) > 1 else None for answer in answers]
    names = [_text(answer[0]) if isinstance(answer, list) and answer else None for answer in answers]
    marked = more.get("stereotyped_groups")
    label = item.get("label")
    return (
        *(_text(item.get(name)) for name in NAMES[:2]),
        _number(item.get("example_id")),
        *(_text(item.get(name)) for name in NAMES[3:10]),
        *groups,
        _number(label),
        SEPARATOR.join(str(group) for group in marked) if isinstance(marked, list) else None,
        _text(more.get("subcategory")),
        *names,
        None,
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    """A text, or a number as one; an empty or blank text is None."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value) if str(value).strip() else None


def _number(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    return value if isinstance(value, int) else int(value) if isinstance(value, str) and value.isdecimal() else None
