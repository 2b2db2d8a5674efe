"""StereoSet (Nadeem et al. 2021): one JSON file, `{"data": {"intrasentence": [...], "intersentence": [...]}}`.

One row an item: a context with a stereotypical, an anti-stereotypical and an unrelated sentence and the id of each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fairwitness.audit.datasets.tables import Columns, text_of
from fairwitness.audit.errors import BadData
from fairwitness.audit.records import Cell

KINDS = ("intrasentence", "intersentence")
LABELS = ("stereotype", "anti-stereotype", "unrelated")
NAMES = (
    *("kind", "id", "target", "category", "context"),
    *("stereotype", "anti_stereotype", "unrelated"),
    *("stereotype_id", "anti_stereotype_id", "unrelated_id"),
)


def read(path: Path) -> Columns:
    """The items of both kinds. Raises BadData where the file is no JSON of this shape.

    A sentence whose label an item lacks, or has twice, is None; so is a cell that is no text.
    """
    try:
        whole: Any = json.loads(text_of(path))
    except (ValueError, RecursionError) as error:
        raise BadData(f"{path} is no JSON text: {type(error).__name__}: {error}") from error
    data = whole.get("data") if isinstance(whole, dict) else None
    if not isinstance(data, dict) or not any(isinstance(data.get(kind), list) for kind in KINDS):
        raise BadData(f'{path} is no StereoSet file: {{"data": {{"intrasentence": [...]}}}} is expected')
    rows = [_row(kind, item) for kind in KINDS for item in data.get(kind) or () if isinstance(item, dict)]
    if not rows:
        raise BadData(f"{path} holds no items")
    return {name: tuple(column) for name, column in zip(NAMES, zip(*rows, strict=True), strict=True)}


def _row(kind: str, item: Mapping[str, Any]) -> tuple[Cell, ...]:
    listed = item.get("sentences")
    sentences = [sentence for sentence in listed if isinstance(sentence, dict)] if isinstance(listed, list) else []
    by_label = [[sentence for sentence in sentences if sentence.get("gold_label") == label] for label in LABELS]
    chosen: list[Mapping[str, Any]] = [choices[0] if len(choices) == 1 else {} for choices in by_label]
    return (
        kind,
        *(_text(item.get(name)) for name in ("id", "target", "bias_type", "context")),
        *(_text(sentence.get("sentence")) for sentence in chosen),
        *(_text(sentence.get("id")) for sentence in chosen),
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
