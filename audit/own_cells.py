"""What a message may show of a user's table: numbers, and values that name classes. Texts are counted, never shown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from fairwitness.audit.errors import shortened

LARGEST = 1e100
"""Numbers beyond cannot be averaged: their squares would be no numbers any more."""
LONGEST = 60
"""Characters of the longest value that is taken for a name: a longer one is a text."""
LONGEST_COLUMN = 24
"""Characters of the longest name of a column that may hold blanks."""
MOST_NAMES = 50
"""Different values up to which they may name classes."""
LISTED = 10
COLUMNS = 20
THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+")
_NUMBER = re.compile(r"\s*[-+]?[0-9.,]+([eE][-+]?[0-9]+)? ?%?\s*")
"""Numbers as people write them, those among them that no computer reads."""


def are_names(counts: Mapping[str, int], rows: int | None = None) -> bool:
    """Whether values are names of classes, as people need them to choose one: few, short, and not new in every row."""
    total = sum(counts.values()) if rows is None else rows
    return len(counts) <= MOST_NAMES and 2 * len(counts) <= total and all(map(_is_short, counts))


def listed_values(counts: Mapping[str, int]) -> str:
    """The values of a column with their rows where they are names, else how many there are."""
    if are_names(counts):
        counted = [f"{value!r} {count} times" for value, count in Counter(counts).most_common(LISTED)]
        return ", ".join(counted + ["..."] * (len(counts) > LISTED))
    what = "numbers" if all(map(_NUMBER.fullmatch, counts)) else f"texts of up to {max(map(len, counts))} characters"
    return f"{len(counts)} different {what} in {sum(counts.values())} rows"


def shown_cell(cell: object, column: Iterable[object]) -> str:
    """A cell of a column: a number, a name where all texts of it are names, or the odd word; else its length."""
    if not isinstance(cell, str):
        return shortened(cell)
    cells = list(column)
    texts = Counter(text for text in cells if isinstance(text, str) and text and not _NUMBER.fullmatch(text))
    if _NUMBER.fullmatch(cell) or are_names(texts) or (are_names(texts, len(cells)) and len(cell.split()) == 1):
        return shortened(cell)
    return f"a text of {len(cell)} characters"


def column_name(name: str) -> str:
    """A column's name; not where it is so long that it may be a text of the user's, in a file without names."""
    is_name = len(name) <= LONGEST_COLUMN or (_is_short(name) and " " not in name)
    return repr(name) if is_name else f"one of {len(name)} characters"


def listed_columns(names: Iterable[str]) -> str:
    """The first columns of a table."""
    every = [column_name(name) for name in names]
    return ", ".join(every[:COLUMNS]) + (", ..." if len(every) > COLUMNS else "")


def _is_short(value: str) -> bool:
    return len(value) <= LONGEST
