"""UnQover (Li et al. 2020): a folder of word lists, one row a line of them.

`list` is the file within the folder, `slot` the mark at the beginning of a line of words (`[p_act-single:neg]`),
`group` what stands before `|`, `text` the words. A line of `slots/` is a template: it has no mark of its own, and its
sentence, question and negated question are separated by tabs.
"""

from __future__ import annotations

import re
from pathlib import Path

from fairwitness.audit.datasets.tables import Columns, text_of
from fairwitness.audit.errors import BadData

NAMES = ("list", "slot", "group", "text")
FOLDERS = ("activities", "nouns/subjects", "slots")
_LINE = re.compile(r"(\[[^\]]+\])\s*(?:([^|]*)\|)?\s*(.+)")


def read(path: Path) -> Columns:
    """Every line of every list. Raises BadData where a folder of lists is missing or a line has no words."""
    rows: list[tuple[str | None, ...]] = []
    for folder in FOLDERS:
        if not (path / folder).is_dir():
            raise BadData(f"{path} holds no folder {folder!r} of word lists ({', '.join(FOLDERS)} are needed)")
        for file in sorted((path / folder).iterdir()):
            if file.is_file() and not file.suffix:
                rows += _lines(file, f"{folder}/{file.name}")
    if not rows:
        raise BadData(f"{path} holds no words")
    return {name: tuple(column) for name, column in zip(NAMES, zip(*rows, strict=True), strict=True)}


def _lines(file: Path, name: str) -> list[tuple[str | None, ...]]:
    rows: list[tuple[str | None, ...]] = []
    for number, line in enumerate(text_of(file).splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if name.startswith("slots/"):
            rows.append((name, None, None, text))
            continue
        parsed = _LINE.fullmatch(text)
        if parsed is None:
            raise BadData(f"{file}, line {number}: a mark such as [subj] and words behind it are needed")
        rows.append((name, parsed[1], (parsed[2] or "").strip() or None, parsed[3].strip()))
    return rows
