"""Fetches a data set from the hub into Fairwitness's cache, with the optional library `datasets`."""

from __future__ import annotations

import json
import os
from importlib import import_module
from pathlib import Path
from typing import Any

from fairwitness.audit import private
from fairwitness.audit.errors import BadData, CannotWrite, MissingExtra
from fairwitness.audit.records import DataNeed


def hub_file(need: DataNeed, folder: Path) -> Path:
    """Where a data set fetched from the hub lies; not the name of a file that a user would put there."""
    return folder / f"{need.name}.hub.jsonl"


def from_hub(need: DataNeed, folder: Path) -> Path:
    """Fetches `need.hub` (`owner/name`, `owner/name:config`, with `/split` after a second `:`) as JSON lines.

    Raises MissingExtra without the library, BadData where the hub does not give it, CannotWrite on a full disk.
    """
    try:
        datasets: Any = import_module("datasets")
    except ImportError as error:
        raise MissingExtra(
            f"the data set {need.name!r} is on the hub: `pip install datasets`, or give a file with --data"
        ) from error
    name, config, split = (*need.hub.split(":"), "", "")[:3]
    try:
        rows = datasets.load_dataset(name, config or None, split=split or "train")
        lines = [json.dumps(dict(row), ensure_ascii=False, default=str) for row in rows]
    except Exception as error:
        why = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise BadData(
            f"the hub did not give {need.hub!r} for {need.name!r} ({why}); give a file with --data"
        ) from error
    path = hub_file(need, folder)
    ready = folder / f".{need.name}.{os.getpid()}"
    try:
        private.make_folder(folder)
        with private.open_text(ready) as file:
            file.write("\n".join(lines) + "\n")
        ready.rename(path)
    except OSError as error:
        raise CannotWrite(f"cannot write {path}: {error.strerror or error}") from error
    return path
