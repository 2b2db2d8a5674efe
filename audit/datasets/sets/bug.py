"""BUG (Levy et al. 2021): sentences of real texts in which a profession and a pronoun are one person.

The published CSV file gives a sentence as a list of tokens; here it is a text with its usual blanks, and the places of
the profession and of the pronoun are characters in it.
"""

from __future__ import annotations

import ast
import csv
import io
from pathlib import Path

from fairwitness.audit.datasets.tables import Columns, long_cells, text_of
from fairwitness.audit.errors import BadData
from fairwitness.audit.records import Cell

NAMES = ("text", "pronoun", "at", "profession", "profession_at", "pronouns", "stereotype", "corpus")
NEEDED = ("tokens", "g", "g_first_index", "profession_first_index", "stereotype", "corpus")
PRONOUNS = frozenset({"he", "she", "him", "her", "his", "hers", "himself", "herself"})
CLOSING = frozenset({".", ",", ";", ":", "?", "!", ")", "]", "'s", "n't", "'re", "'ve", "'ll", "'m", "'d", "%", "’s"})
OPENING = frozenset({"(", "[", "$"})


def read(path: Path) -> Columns:
    """The sentences of a published file; cells of an unreadable row are None. Raises BadData without columns."""
    reader = csv.DictReader(io.StringIO(text_of(path), newline=""))
    try:
        with long_cells():
            missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
            if missing:
                known = ", ".join(reader.fieldnames or ()) or "none"
                raise BadData(f"{path} has no column {missing[0]!r} (columns: {known})")
            rows = [_row(row) or (None,) * len(NAMES) for row in reader]
    except csv.Error as error:
        raise BadData(f"{path}, line {reader.line_num}: {error}") from error
    if not rows:
        raise BadData(f"{path} holds no rows")
    return {name: tuple(column) for name, column in zip(NAMES, zip(*rows, strict=True), strict=True)}


def _row(row: dict[str, str]) -> tuple[Cell, ...] | None:
    try:
        tokens = [str(token) for token in ast.literal_eval(row["tokens"])]
        place, of = int(row["g_first_index"]), int(row["profession_first_index"])
        stereotype = int(float(row["stereotype"]))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    if not (0 <= place < len(tokens) and 0 <= of < len(tokens)):
        return None
    text, starts = joined(tokens)
    count = sum(token.lower() in PRONOUNS for token in tokens)
    return text, tokens[place], starts[place], tokens[of], starts[of], count, stereotype, row["corpus"]


def joined(tokens: list[str]) -> tuple[str, list[int]]:
    """Tokens as a text with its usual blanks, and where each begins.

    >>> joined(["The", "nurse", "'s", "(", "old", ")", "hat", "."])[0]
    "The nurse's (old) hat."
    """
    text, starts = "", []
    for number, token in enumerate(tokens):
        tight = number == 0 or token in CLOSING or tokens[number - 1] in OPENING
        text += "" if tight else " "
        starts.append(len(text))
        text += token
    return text, starts
