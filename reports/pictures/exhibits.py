"""Pictures that are evidence of the probe, moved under its question: heat maps, and lines of words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fairwitness.audit.records import Measured, Picture
from fairwitness.reports.curves import labels_of
from fairwitness.reports.evidence import Cuts, Exhibit, exhibit, heat_map
from fairwitness.reports.pictures.differences import difference_of
from fairwitness.reports.plots import plain
from fairwitness.reports.text import line


@dataclass(frozen=True, slots=True)
class Shown:
    """Exhibits beside each other."""

    kind: str
    caption: str
    exhibits: tuple[Exhibit, ...]
    sides: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    difference: Exhibit | None = None
    """Of two maps that differ in a word, the first less the second."""

    @property
    def evidence(self) -> tuple[str, ...]:
        """Anchors of the evidence that need not be drawn again."""
        return tuple(piece.anchor for piece in self.exhibits)


def shown(picture: Picture, result: Measured, places: Mapping[str, str]) -> Shown | None:
    """The evidence of a picture that is there and of the kind that it draws."""
    wanted = "matrix" if picture.kind == "maps" else "tokens"
    tables = {piece.id: piece for piece in result.evidence if piece.kind == wanted and piece.rows}
    names = [name for name in picture.evidence if name in tables]
    made = [exhibit(tables[name], places[name], Cuts(), labels_of(result.evidence)) for name in names]
    if picture.kind == "maps":
        cells = [
            value
            for name in names
            for row in tables[name].rows
            for cell in row[1:]
            if (value := plain(cell)) is not None
        ]
        reach = max(cells, default=None)
        made = [replace(each, chart=heat_map(tables[name], reach)) for name, each in zip(names, made, strict=True)]
    if not made:
        return None
    difference = None
    if picture.kind == "maps":
        difference = difference_of([tables[name] for name in names], f"{made[0].anchor}-less")
    return Shown(
        picture.kind, line(picture.caption), tuple(made), tuple(map(line, picture.sides)), difference=difference
    )
