"""BOLD (Dhamala et al. 2021): beginnings of Wikipedia sentences as JSON, {group: {title: [beginning, ...]}}.

Either one published file (`gender_prompt.json`) or the folder of them. One row a different beginning of a group.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fairwitness.audit.datasets.tables import Columns, text_of
from fairwitness.audit.errors import BadData
from fairwitness.audit.records import Cell

NAMES = ("domain", "group", "title", "prompt")


def read(path: Path) -> Columns:
    """The beginnings of every file, blanks made single. Raises BadData where there is none or one has another shape."""
    files = sorted(path.glob("*_prompt.json")) if path.is_dir() else [path]
    if not files:
        raise BadData(f"{path} holds no file DOMAIN_prompt.json, as BOLD publishes them")
    rows = [row for file in files for row in dict.fromkeys(_rows(file))]
    if not rows:
        raise BadData(f"{path} holds no beginnings")
    return {name: tuple(column) for name, column in zip(NAMES, zip(*rows, strict=True), strict=True)}


def _rows(file: Path) -> list[tuple[Cell, ...]]:
    domain = file.name.removesuffix(".json").removesuffix("_prompt")
    try:
        groups: Any = json.loads(text_of(file))
    except json.JSONDecodeError as error:
        raise BadData(f"{file}, line {error.lineno} is no JSON: {error.msg}") from error
    except RecursionError as error:
        raise BadData(f"cannot read {file} as JSON: {type(error).__name__}") from error
    shape = f"{file} must be an object of groups, each an object of titles, each a list of texts"
    if not isinstance(groups, dict):
        raise BadData(f"{shape}; got a {type(groups).__name__}")
    kept: list[tuple[Cell, ...]] = []
    for number, (group, titles) in enumerate(groups.items(), start=1):
        if not isinstance(titles, dict) or not all(isinstance(texts, list) for texts in titles.values()):
            raise BadData(f"{shape}; group {number} is not")
        for title, texts in titles.items():
            if not all(isinstance(text, str) for text in texts):
                raise BadData(f"{shape}; group {number} holds what is no text")
            kept += [(domain, group, title, " ".join(text.split())) for text in texts]
    return kept
