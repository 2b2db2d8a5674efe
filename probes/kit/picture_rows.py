"""A user's table of pictures, read row by row: whose picture it is, which ones belong together, and what is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from fairwitness.audit.images import FILE, Image, images_of, name_of
from fairwitness.audit.records import Cell, Name, Table
from fairwitness.probes.kit.choices import require
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)["picture_rows"]
SEVERAL = "|"
"""Between several entries of a cell."""


@dataclass(frozen=True, slots=True)
class PictureRow:
    """A row of the table: its picture, the group that the picture is of (empty: of none) and the named other cells.

    Rows of one `pair` differ in the group alone. `cluster` ties together what is not drawn apart: rows of one pair, and
    rows of one picture.
    """

    number: int
    image: Image
    file: str
    group: str
    pair: str
    cells: tuple[tuple[str, str], ...]
    cluster: int

    def cell(self, name: str) -> str:
        """What stands in another column; empty where the table has none of the name."""
        return dict(self.cells).get(name, "")

    def entries(self, name: str) -> tuple[str, ...]:
        """Its entries, of which several stand between bars."""
        parts = (part.strip() for part in self.cell(name).split(SEVERAL))
        return tuple(part for part in parts if part)

    @property
    def called(self) -> str:
        """The name of the file with the beginning of its hash."""
        return name_of(self.file, self.image)


def picture_rows(
    table: Table, probe: str, columns: Mapping[str, str], optional: Mapping[str, str]
) -> tuple[PictureRow, ...]:
    """The rows of a table. `columns` and `optional` say how columns are called, by the name of the option.

    `group` is among `columns`. Raises BadOption for a column that the table lacks, and for an optional one that was
    named otherwise than it is called without an option.
    """
    known = [name for name in table.columns if not name.startswith("[image] ")]
    for option, column in columns.items():
        require(f"{probe}.{option}", (column,), known, "column")
    for option, column in optional.items():
        if column != option:
            require(f"{probe}.{option}", (column,), known, "column")
    named = {**columns, **optional}
    cells = {option: _texts(table.columns.get(column), len(table)) for option, column in named.items()}
    images = images_of(table)
    groups, pairs = cells.pop("group"), cells.pop("pair", [""] * len(table))
    clusters = _clusters([image.sha256 for image in images], pairs)
    rows = []
    for place, image in enumerate(images):
        others = tuple((option, column[place]) for option, column in cells.items())
        file = str(table.columns[FILE][place] or "")
        rows.append(PictureRow(place + 1, image, file, groups[place], pairs[place], others, clusters[place]))
    return tuple(rows)


def compared_groups(rows: Sequence[PictureRow], probe: str, against: str) -> tuple[list[str], str]:
    """The groups that are compared, and the one that they are compared with: the first, or that of the option.

    Raises BadOption for a group that the table lacks, DoesNotApply below two groups.
    """
    groups = list(dict.fromkeys(row.group for row in rows if row.group))
    if against:
        require(f"{probe}.against", (against,), groups, "group")
    if len(groups) < 2:
        shown = Name(", ".join(groups)[:200]) if groups else WORDS("none")
        raise WORDS.does_not_apply("groups", "data_unfit", groups=shown)
    reference = against or groups[0]
    return [group for group in groups if group != reference], reference


def _texts(column: Sequence[Cell] | None, count: int) -> list[str]:
    if column is None:
        return [""] * count
    return ["" if cell is None else str(cell).strip() for cell in column]


def _clusters(pictures: Sequence[str], pairs: Sequence[str]) -> list[int]:
    """Of each row the number of the first row that it is tied to, by its picture or its pair, whatever lies between."""
    leader = list(range(len(pictures)))

    def first(place: int) -> int:
        while leader[place] != place:
            leader[place] = leader[leader[place]]
            place = leader[place]
        return place

    for key in _keys(pictures, pairs):
        for place, other in pairwise(key):
            low, high = sorted((first(place), first(other)))
            leader[high] = low
    return [first(place) for place in range(len(pictures))]


def _keys(pictures: Sequence[str], pairs: Sequence[str]) -> Iterator[list[int]]:
    """Places of rows that share a picture, and of rows that share a pair."""
    for labels in (pictures, pairs):
        places: dict[str, list[int]] = {}
        for place, label in enumerate(labels):
            if label:
                places.setdefault(label, []).append(place)
        yield from places.values()
