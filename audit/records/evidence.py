"""Evidence: the captioned tables and drawings behind the metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from fairwitness.audit.records.text import Text

Cell: TypeAlias = str | int | float | bool | None

EvidenceKind: TypeAlias = Literal["table", "tokens", "matrix", "curves", "points", "dots"]

SHAPED: Mapping[str, tuple[int, str]] = {
    "curves": (2, "2 numbers a row, or 4 and more"),
    "points": (6, "6 numbers a row, or more"),
    "dots": (3, "3 numbers a row, or more"),
}
"""Kinds of evidence whose columns have their places: the least numbers of a row, and what to say of fewer."""

ColumnRole: TypeAlias = Literal[
    "label", "number", "text", "prompt", "token", "weight", "doubted", "error", "flag", "image"
]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of evidence. `prompt` is the exact text the model saw; `secret` cells are redacted in every file.

    Roles: label (a name), number, text, prompt, token (a word of a strip), weight (a signed value of a strip), doubted
    (the same of a method that failed its own checks: shown in grey), error (the standard error of the weight before
    it), flag (true marks the row as failing or protected), image (a picture by its name, which says nothing of it).
    """

    name: Text
    role: ColumnRole = "label"
    unit: str = ""
    secret: bool = False


@dataclass(frozen=True, slots=True)
class StoredRows:
    """Rows that were written to a file as they came and are not held: its place in the run's folder, hash and rows."""

    file: str
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A captioned table or drawing, `shown` of `total` rows of it. Raises ValueError on shapes of no kind."""

    id: str
    caption: Text
    kind: EvidenceKind
    """`table`; `tokens`, one row a word; `matrix`, first column the label of the row; `curves`, columns by position
    series, x, y and then either no number or low and high (a band) and more that only the table shows; `points`,
    columns label, x, its low and high, y, its low and high, and more for the table; `dots`, columns label, value, its
    low and high, and more for the table. In curves and points a row without a label belongs to a reference line, a flag
    marks a point, and an empty number is a break."""
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int
    stored: StoredRows | None = None
    """The file of its rows; a table that has one holds no rows itself."""
    redacted: StoredRows | None = None
    """The rows that were taken out of the run: how many, the hash of what stood there, and its file if it was one."""

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"evidence {self.id!r}: {len(row)} cells under {len(self.columns)} columns")
        if self.stored is not None and (self.rows or self.kind != "table"):
            raise ValueError(f"evidence {self.id!r}: rows in a file are those of a table that holds none itself")
        if self.redacted is not None and (self.rows or self.stored is not None):
            raise ValueError(f"evidence {self.id!r}: rows that were taken out are neither here nor in a file")
        if self.total < self.shown:
            raise ValueError(f"evidence {self.id!r}: {self.shown} rows shown of {self.total}")
        if self.kind in SHAPED and (problem := _undrawable(self)):
            raise ValueError(f"evidence {self.id!r}: {problem}")

    @property
    def shown(self) -> int:
        """Number of rows that the document holds, or the file that it names."""
        return len(self.rows) if self.stored is None else self.stored.rows


def _undrawable(evidence: Evidence) -> str:
    """What keeps curves or points from being drawn; empty when nothing does."""
    roles = [column.role for column in evidence.columns]
    numbers = roles.count("number")
    if roles != ["label", *["number"] * numbers, *["flag"] * (len(roles) - 1 - numbers)]:
        return f"{evidence.kind} have a label, then numbers, then flags; these columns are {', '.join(roles) or 'none'}"
    least, wanted = SHAPED[evidence.kind]
    if numbers < least or (evidence.kind == "curves" and numbers == 3):
        return f"{evidence.kind} have {wanted}; these have {numbers}"
    curve = [(1, 2, 3)] if numbers > 2 else []
    spans = {"curves": curve, "points": [(0, 1, 2), (3, 4, 5)], "dots": [(0, 1, 2)]}[evidence.kind]
    for number, row in enumerate(evidence.rows, start=1):
        cells = [cell if isinstance(cell, int | float) else None for cell in row[1 : numbers + 1]]
        if any(isinstance(cell, str | bool) for cell in row[1 : numbers + 1]):
            return f"row {number} has a cell that is no number: {row!r}"
        for value, low, high in ([cells[k] for k in span] for span in spans):
            if (low is None) != (high is None):
                return f"row {number} has one end of an interval and not the other"
            if value is not None and low is not None and high is not None and not low <= value <= high:
                return f"row {number}: [{low}, {high}] does not hold {value}"
    return ""
