"""The key file of canaries, and the receipt of a training that saw them: one row a canary, one row a training."""

from __future__ import annotations

import json
from pathlib import Path

from fairwitness.audit.canaries.key_file import load
from fairwitness.audit.datasets.tables import Columns, text_of
from fairwitness.audit.errors import BadData

RECEIPT = {"set": str, "rows": int, "epochs": float, "steps": int}


def read(path: Path) -> Columns:
    """The canaries of a key file, each with the name of its set. Raises BadData for a file that was changed."""
    key = load(path)
    return {
        "set": (key.name,) * len(key.canaries),
        "id": tuple(canary.id for canary in key.canaries),
        "format": tuple(canary.format for canary in key.canaries),
        "repeats": tuple(canary.repeats for canary in key.canaries),
        "planted": tuple(canary.planted for canary in key.canaries),
        "prefix": tuple(canary.prefix for canary in key.canaries),
        "secret": tuple(canary.secret for canary in key.canaries),
    }


def read_receipt(path: Path) -> Columns:
    """What a training says of the canaries that it saw. Raises BadData where it is no receipt."""
    try:
        content = json.loads(text_of(path))["canaries"]
        cells = {name: kind(content[name]) for name, kind in RECEIPT.items()}
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BadData(f"{path} is no receipt of canaries: CanaryCallback writes one where it trains") from None
    return {name: (cell,) for name, cell in cells.items()}
