"""A table of texts in which each text about women or men is followed by its counterfactual about the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairwitness.audit.counterfactuals import swap, swap_group
from fairwitness.audit.errors import BadData
from fairwitness.audit.records import Cell

PAIR = "pair"
VERSION = "version"
ORIGINAL = "original"
COUNTERFACTUAL = "swapped"


@dataclass(frozen=True, slots=True)
class Augmented:
    """The longer table, and how many rows have a counterfactual, no gendered word, or a word in doubt.

    `doubtful` holds the numbers (from 1) of rows that got none because a word in them has two readings.
    """

    columns: Mapping[str, Sequence[Cell]]
    counterfactuals: int
    plain: int
    doubtful: tuple[int, ...]

    @property
    def rows(self) -> int:
        """Rows of the table that was given."""
        return len(self.columns[PAIR]) - self.counterfactuals


def augment(
    columns: Mapping[str, Sequence[Cell]],
    text: str,
    *,
    groups: Sequence[str] = (),
    names: Mapping[str, str] | None = None,
) -> Augmented:
    """Every row, and right after it its counterfactual: text and group columns swapped, all else (labels) the same.

    Two columns are added: `pair`, the number of the original row from 1, and `version`, original or swapped. Raises
    BadData where a column of that name is there already, or where the text column holds numbers.
    """
    for taken in (PAIR, VERSION):
        if taken in columns:
            raise BadData(f"the table has a column {taken!r} already, which marks the counterfactuals: rename it first")
    rows: list[dict[str, Cell]] = []
    plain, doubtful = 0, []
    for number, cells in enumerate(zip(*columns.values(), strict=True), start=1):
        row = dict(zip(columns, cells, strict=True))
        rows.append({**row, PAIR: number, VERSION: ORIGINAL})
        swapped_text = swap(_text(row[text], text, number), names)
        if swapped_text.doubtful:
            doubtful.append(number)
        elif not swapped_text.words:
            plain += 1
        else:
            swapped = {column: _group(row[column]) for column in groups}
            rows.append({**row, text: swapped_text.text, **swapped, PAIR: number, VERSION: COUNTERFACTUAL})
    longer = {name: [row[name] for row in rows] for name in (*columns, PAIR, VERSION)}
    counterfactuals = sum(1 for row in rows if row[VERSION] == COUNTERFACTUAL)
    return Augmented(longer, counterfactuals, plain, tuple(doubtful))


def name_pairs(female: Sequence[Cell], male: Sequence[Cell]) -> dict[str, str]:
    """Given names and their counterparts, both ways. Raises BadData where a name is missing or stands twice."""
    pairs: dict[str, str] = {}
    for number, (female_name, other) in enumerate(zip(female, male, strict=True), start=1):
        left, right = str(female_name or "").strip(), str(other or "").strip()
        if not left or not right:
            raise BadData(f"names, row {number}: a pair lacks a name")
        for name in (left, right):
            if name in pairs or left == right:
                raise BadData(f"names, row {number}: {name!r} stands twice; each name has one counterpart")
        pairs |= {left: right, right: left}
    return pairs


def _text(cell: Cell, column: str, number: int) -> str:
    if isinstance(cell, int | float):
        raise BadData(f"column {column!r} holds numbers and no texts, for example row {number}")
    return cell or ""


def _group(cell: Cell) -> Cell:
    return swap_group(cell) if isinstance(cell, str) else cell
