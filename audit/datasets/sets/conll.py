"""Sentences with their tags in columns, as the shared tasks of CoNLL publish them: a word a line, its tag last.

Columns stand apart by a tab where a line has one, else by blanks; the word is the first of them and the tag the last
(CoNLL-2003 has two more between them). An empty line ends a sentence; -DOCSTART- lines and, before the first word of a
sentence, comments ("# text = ...") are no words. Tags are O, or a prefix and a name: IOB1 and IOB2 (B-PER, I-PER),
BIOES and BILOU. The columns of the table are line (of the first word), words and tags, both as JSON lists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from fairwitness.audit.datasets.tables import Columns, text_of
from fairwitness.audit.errors import BadData

NAMES = ("line", "words", "tags")
OUTSIDE, START = "O", "-DOCSTART-"
_TAG = re.compile(r"[BILUESM][-_].+", re.IGNORECASE)
_COMMENT = re.compile(r"#\s*\S+\s*=")


def read(path: Path) -> Columns:
    """The sentences. Raises BadData with the number of a line that has no word with a tag, and for a file of none."""
    rows = list(_sentences(path, text_of(path)))
    if not rows:
        raise BadData(f"{path} holds no sentence: a line is a word and its tag, an empty line ends a sentence")
    return {name: tuple(row[place] for row in rows) for place, name in enumerate(NAMES)}


def _sentences(path: Path, text: str) -> Iterator[tuple[int, str, str]]:
    words: list[str] = []
    tags: list[str] = []
    first = 0
    for number, line in enumerate([*text.splitlines(), ""], 1):
        if not line.strip() or line.startswith(START):
            if words:
                yield first, json.dumps(words, ensure_ascii=False), json.dumps(tags)
            words, tags = [], []
        elif words or not _COMMENT.match(line):
            word, tag = _cells(path, number, line)
            first = first if words else number
            words.append(word)
            tags.append(tag)


def _cells(path: Path, number: int, line: str) -> tuple[str, str]:
    cells = [cell.strip() for cell in line.split("\t")] if "\t" in line else line.split()
    if len(cells) < 2 or not cells[0] or " " in cells[0]:
        raise BadData(f"{path}, line {number}: a word and its tag are due, and the line has {len(cells)} column")
    if cells[-1] != OUTSIDE and not _TAG.fullmatch(cells[-1]):
        raise BadData(
            f"{path}, line {number}: the last column is no tag: O, or a prefix and a name such as B-PER and I-PER"
        )
    return cells[0], cells[-1]
