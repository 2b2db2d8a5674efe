"""Pictures of groups of people or things, from a folder of the user's with a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field

from fairwitness.audit.errors import BadOption, nearest
from fairwitness.audit.images import FILE, images_of, name_of
from fairwitness.audit.own_cells import listed_columns
from fairwitness.audit.probe import Context, Options
from fairwitness.audit.reasons import CHECK
from fairwitness.audit.records import Name, Table
from fairwitness.audit.requests import Image
from fairwitness.probes.kit.choices import balanced, require
from fairwitness.probes.kit.words import SHARED as WORDS

GROUP, CAPTION = "group", "caption"
"""What the columns are called where the user says nothing."""


class ImageOptions(Options):
    """Which pictures are asked about, and what tells them apart."""

    groups: tuple[str, ...] = Field((), description=WORDS("images.groups"))
    against: str = Field("", description=WORDS("images.against"))
    caption: str = Field("", description=WORDS("images.caption"))
    limit: int | None = Field(None, ge=2, description=WORDS("images.limit"))


@dataclass(frozen=True, slots=True)
class Pictured:
    """A picture: its row in the table, its name, its groups by column, and its caption where it has one."""

    row: int
    image: Image
    name: str
    groups: Mapping[str, str]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A group and the one that it is compared with, by a column."""

    axis: str
    group: str
    against: str


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """The pictures of a folder, each once; the columns that tell groups apart, with the group of reference of each."""

    pictures: Sequence[Pictured]
    references: Mapping[str, str]
    repeated: int
    """Rows whose picture stood there before."""
    ungrouped: int
    """Rows without a group in any of the columns."""
    own_captions: bool

    @property
    def comparisons(self) -> list[Comparison]:
        """Every group but those of reference, in the order of the table."""
        pairs = dict.fromkeys((axis, picture.groups[axis]) for picture in self.pictures for axis in picture.groups)
        ordered = sorted(pairs, key=lambda pair: list(self.references).index(pair[0]))
        return [
            Comparison(axis, group, self.references[axis]) for axis, group in ordered if group != self.references[axis]
        ]

    def places(self, axis: str, group: str) -> list[int]:
        """The places of the pictures of a group."""
        return [place for place, picture in enumerate(self.pictures) if picture.groups.get(axis) == group]

    def notes(self) -> list[str]:
        """What of the table was left out."""
        notes = []
        if self.repeated:
            notes.append(CHECK + WORDS("images.repeated", count=self.repeated))
        if self.ungrouped:
            notes.append(CHECK + WORDS("images.ungrouped", count=self.ungrouped))
        return notes


def pictures_of(ctx: Context, probe: str, need: str) -> Pictures:
    """The pictures of a need's table by the options of a probe (`ImageOptions`).

    Raises BadOption for a column or a group that is not there, DoesNotApply where there is one group. The group of
    reference is each column's most frequent where none is named. A row whose picture stood there before is left out,
    and one without a group.
    """
    table, options = ctx.data[need], ctx.options
    columns, against, caption = options.groups, options.against, options.caption
    axes = list(dict.fromkeys(columns)) or [GROUP]
    for axis in axes:
        _require(table, f"{probe}.groups", axis)
    if caption:
        _require(table, f"{probe}.caption", caption)
    captions = caption or (CAPTION if CAPTION in table.columns else "")
    pictures: dict[Image, Pictured] = {}
    repeated = ungrouped = 0
    for row, (picture, file) in enumerate(zip(images_of(table), table.columns[FILE], strict=True), start=1):
        groups = {axis: _text(table, axis, row) for axis in axes}
        known = {axis: group for axis, group in groups.items() if group}
        if picture in pictures:
            repeated += 1
        elif not known:
            ungrouped += 1
        else:
            text = _text(table, captions, row) if captions else ""
            pictures[picture] = Pictured(row, picture, name_of(file, picture), known, text)
    chosen = balanced(list(pictures.values()), _groups, options.limit, ctx.seed)
    references = _references(chosen, axes, probe, against)
    captioned = len({picture.caption for picture in chosen if picture.caption}) > 1
    return Pictures(
        pictures=chosen, references=references, repeated=repeated, ungrouped=ungrouped, own_captions=captioned
    )


def _groups(picture: Pictured) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(picture.groups.items()))


def _require(table: Table, option: str, column: str) -> None:
    if column in table.columns and not table.repeats(column):
        return
    known = [name for name in table.columns if not name.startswith("[image]")]
    what = "two columns" if column in table.columns else "no column"
    raise BadOption(
        f"{option}: the table of the pictures has {what} {column!r}{nearest(column, known)} (columns: "
        f"{listed_columns(known) or 'none but the files'}); say -O {option}=COLUMN"
    )


def _text(table: Table, column: str, row: int) -> str:
    cell = table.columns[column][row - 1]
    return "" if cell is None else str(cell).strip()


def _references(pictures: Sequence[Pictured], axes: Sequence[str], probe: str, against: str) -> dict[str, str]:
    references: dict[str, str] = {}
    every: list[str] = []
    for axis in axes:
        counts = Counter(picture.groups[axis] for picture in pictures if axis in picture.groups)
        every += counts
        if len(counts) < 2:
            raise WORDS.does_not_apply(
                "images.one_group", "data_unfit", column=Name(axis), groups=Name(", ".join(counts)[:100])
            )
        references[axis] = against if against in counts else counts.most_common(1)[0][0]
    if against:
        require(f"{probe}.against", (against,), every, "group")
    return references
