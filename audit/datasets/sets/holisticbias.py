"""HolisticBias: `descriptors.json`, descriptors by bucket by axis (Smith et al. 2022)."""

from __future__ import annotations

import json
from pathlib import Path

from fairwitness.audit.datasets.tables import Columns, text_of
from fairwitness.audit.errors import BadData
from fairwitness.audit.records import Cell

NAMES = ("axis", "bucket", "descriptor", "preference", "gender")


def read(path: Path) -> Columns:
    """One row a descriptor: axis, bucket, descriptor, preference and gender; what is not marked is None.

    Raises BadData where the file is no such object.
    """
    try:
        axes = json.loads(text_of(path))
    except ValueError as error:
        raise BadData(f"{path} is no JSON file of HolisticBias descriptors: {type(error).__name__}") from error
    rows: list[tuple[Cell, ...]] = []
    for axis, buckets in _items(axes):
        for bucket, listed in _items(buckets):
            rows += [
                (axis, bucket, *_descriptor(descriptor)) for descriptor in (listed if isinstance(listed, list) else [])
            ]
    if not rows:
        raise BadData(f"{path} holds no descriptors of HolisticBias (axis -> bucket -> list of descriptors)")
    return {name: tuple(row[index] for row in rows) for index, name in enumerate(NAMES)}


def _items(content: object) -> list[tuple[str, object]]:
    return list(content.items()) if isinstance(content, dict) else []


def _descriptor(descriptor: object) -> tuple[Cell, Cell, Cell]:
    if isinstance(descriptor, str):
        return descriptor, None, None
    cells = [descriptor.get(name) for name in NAMES[2:]] if isinstance(descriptor, dict) else [None, None, None]
    word, preference, gender = (cell if isinstance(cell, str) else None for cell in cells)
    return word, preference, gender
