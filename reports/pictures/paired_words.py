"""Two texts word by word: those that belong together in one column, with their values and the difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from math import hypot
from typing import TypeAlias

from fairwitness.audit.records import Cell, Column, Evidence, Measured, Picture
from fairwitness.reports.evidence import Cuts, Exhibit, exhibit
from fairwitness.reports.i18n import both
from fairwitness.reports.numbers import Number, fixed
from fairwitness.reports.pictures.charted import named
from fairwitness.reports.strips import Strip, Token, strips
from fairwitness.reports.text import line

Match: TypeAlias = tuple[Token | None, Token | None]


@dataclass(frozen=True, slots=True)
class Beside:
    """A word of the first text and the one of the second that stands in its place; None where there is none.

    `difference` is the first value less the second; `unsure` where that is smaller than twice its error.
    """

    first: Token | None
    other: Token | None
    difference: Number | None
    exact: float | None
    unsure: bool
    changed: bool


@dataclass(frozen=True, slots=True)
class PairedStrip:
    """Both texts by one method."""

    name: str
    unit: str
    doubted: bool
    columns: tuple[Beside, ...]


@dataclass(frozen=True, slots=True)
class Paired:
    """The picture. `table` holds what it draws; `exhibits` are the two strips that it stands for."""

    caption: str
    first: str
    other: str
    strips: tuple[PairedStrip, ...]
    table: Exhibit
    evidence: tuple[str, ...]
    sides: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    kind: str = "pair"


def pair(picture: Picture, result: Measured, places: Mapping[str, str], anchor: str) -> Paired | None:
    """The first two strips of a picture; None where a text has none, or no method has both."""
    evidence = named(picture, result, "tokens")[:2]
    if len(evidence) < 2:
        return None
    return paired(evidence[0], evidence[1], line(picture.caption), places, anchor)


def paired(first: Evidence, other: Evidence, caption: str, places: Mapping[str, str], anchor: str) -> Paired | None:
    """Two texts; methods by their names, in the order of the first."""
    made = strips_beside(first, other)
    if not made:
        return None
    table = _table(made, first, line(first.caption), line(other.caption))
    return Paired(
        caption=caption,
        first=line(first.caption),
        other=line(other.caption),
        strips=made,
        table=exhibit(table, anchor, Cuts(), {}),
        evidence=(places[first.id], places[other.id]),
    )


def strips_beside(first: Evidence, other: Evidence) -> tuple[PairedStrip, ...]:
    """Both texts word by word, by each method that both have."""
    there = {str(strip.name): strip for strip in strips(other)}
    return tuple(_strip(strip, there[str(strip.name)]) for strip in strips(first) if str(strip.name) in there)


def matched(first: Sequence[Token], other: Sequence[Token]) -> Iterator[Match]:
    """The words of two texts side by side: equal ones, then those between them in their order."""
    words = [token.word for token in first], [token.word for token in other]
    for kind, start, end, begin, stop in SequenceMatcher(None, *words, autojunk=False).get_opcodes():
        here, there = first[start:end], other[begin:stop]
        if kind == "equal" or len(here) == len(there):
            yield from zip(here, there, strict=True)
            continue
        longest = max(len(here), len(there))
        for place in range(longest):
            yield (
                here[place] if place < len(here) else None,
                there[place] if place < len(there) else None,
            )


def _strip(first: Strip, other: Strip) -> PairedStrip:
    columns = tuple(_beside(here, there) for here, there in matched(first.tokens, other.tokens))
    return PairedStrip(first.name, first.unit, first.doubted or other.doubted, columns)


def _beside(first: Token | None, other: Token | None) -> Beside:
    ours = None if first is None else first.exact
    theirs = None if other is None else other.exact
    changed = first is None or other is None or first.word != other.word
    if ours is None or theirs is None:
        return Beside(first, other, None, None, unsure=False, changed=changed)
    value = ours - theirs
    errors = [token.error for token in (first, other) if token is not None and token.error is not None]
    unsure = bool(errors) and abs(value) < 2 * hypot(*errors)
    return Beside(first, other, Number(fixed(value, 2, sign=True), repr(value)), value, unsure=unsure, changed=changed)


def _table(made: Sequence[PairedStrip], like: Evidence, first: str, other: str) -> Evidence:
    """The table of both texts: the two words, and of each method both values and the difference."""
    columns = [Column(both("pic.pair.first"), "token"), Column(both("pic.pair.other"), "label")]
    for strip in made:
        columns += [
            Column(both("pic.pair.value", method=strip.name, which=both("pic.pair.first")), "number", strip.unit),
            Column(both("pic.pair.value", method=strip.name, which=both("pic.pair.other")), "number", strip.unit),
            Column(both("pic.pair.less", method=strip.name), "number", strip.unit),
        ]
    rows: list[tuple[Cell, ...]] = []
    for place in range(max(len(strip.columns) for strip in made)):
        beside = made[0].columns[place]
        row: list[Cell] = [_word(beside.first), _word(beside.other)]
        for strip in made:
            column = strip.columns[place]
            row += [_exact(column.first), _exact(column.other), column.exact]
        rows.append(tuple(row))
    caption = both("pic.pair.caption", first=first, other=other)
    return replace(like, kind="table", caption=caption, columns=tuple(columns), rows=tuple(rows), total=len(rows))


def _word(token: Token | None) -> str:
    return "–" if token is None else token.word


def _exact(token: Token | None) -> float | None:
    return None if token is None else token.exact
