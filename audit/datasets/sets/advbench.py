"""AdvBench (Zou et al. 2023) as pyrit holds it: YAML whose `seeds` have a `value` and their `harm_categories`.

Pyrit's categories were given by a model (as its file says): broad ones first, then narrower ones.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fairwitness.audit.datasets.tables import Columns, text_of
from fairwitness.audit.errors import BadData

SEPARATOR = "|"
"""Stands between the categories of one request."""


def read(path: Path) -> Columns:
    """The requests, with the first category and all of them. Raises BadData where it is no such file."""
    import yaml  # comes with transformers; no other set needs it

    safe = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        whole: Any = yaml.load(text_of(path), Loader=safe)  # noqa: S506  # a safe loader, ten times as fast in C
    except (yaml.YAMLError, RecursionError) as error:
        raise BadData(f"cannot read {path} as YAML: {type(error).__name__}") from error
    seeds = whole.get("seeds") if isinstance(whole, dict) else None
    if not isinstance(seeds, list) or not all(isinstance(seed, dict) for seed in seeds) or not seeds:
        raise BadData(f"{path} has no list `seeds` of requests, as pyrit's data sets have")
    return {
        "text": tuple(_text(seed.get("value")) for seed in seeds),
        "category": tuple(next(iter(_categories(seed)), "") for seed in seeds),
        "categories": tuple(SEPARATOR.join(_categories(seed)) for seed in seeds),
    }


def _text(value: Any) -> str | None:
    return value.strip() if isinstance(value, str) and value.strip() else None


def _categories(seed: dict[str, Any]) -> list[str]:
    given = seed.get("harm_categories")
    return [str(name) for name in given] if isinstance(given, list) else []
