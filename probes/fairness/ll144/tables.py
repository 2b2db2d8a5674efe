"""The rule's tables as it prints them, the numbers behind them, and the drawing of the ratios."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fairwitness.audit import stats
from fairwitness.audit.records import Cell, Estimate, Evidence, Undefined
from fairwitness.probes.fairness.ll144.categories import WORDS, Categorised
from fairwitness.probes.fairness.ll144.certainty import Compared
from fairwitness.probes.fairness.ll144.counting import Line, Tally
from fairwitness.probes.kit.tables import Head, Listing, interval, label, number

FOUR_FIFTHS = 0.8
PLACES: Mapping[str, tuple[Head[Line], ...]] = {
    "sex": (label("sex", lambda line: line.sex),),
    "race": (label("race_or_ethnicity", lambda line: line.race),),
    "intersection": (
        label("ethnicity", lambda line: line.ethnicity),
        label("sex", lambda line: line.sex),
        label("race", lambda line: line.race),
    ),
}


def printed(tally: Tally, *, scoring: bool, about: str) -> Evidence:
    """A table with the rule's columns and its rounding: per cent with one decimal, ratios with two."""

    def shown_ratio(line: Line) -> Cell:
        ratio = tally.ratio(line)
        return WORDS("part.left_out") if line.excluded else None if ratio is None else f"{ratio:.2f}"

    persons: Head[Line] = number("applicants", lambda line: line.persons, "persons")
    hits: Head[Line] = number("selected", lambda line: line.hits, "persons")
    heads = (
        *PLACES[tally.id],
        persons,
        *(() if scoring else (hits,)),
        label("scoring rate" if scoring else "selection rate", _shown_rate),
        label("impact ratio", shown_ratio),
    )
    return Listing(tally.id, WORDS, heads).of(tally.lines, title=tally.title, about=about, unknown=f"{tally.unknown:,}")


def _shown_rate(line: Line) -> Cell:
    return None if line.rate is None else f"{100 * line.rate:.1f} %"


@dataclass(frozen=True, slots=True)
class Row:
    """A category of one of the tables, as far as it is compared."""

    tally: Tally
    line: Line
    compared: Compared | None

    @property
    def ratio(self) -> Estimate | Undefined | None:
        """Its impact ratio with its interval."""
        return None if self.compared is None else self.compared.ratio

    @property
    def value(self) -> float | None:
        """Its impact ratio, which may have no interval."""
        return self.tally.ratio(self.line)


def _rows(comparisons: Mapping[str, Sequence[Compared]], tallies: Sequence[Tally]) -> Iterator[Row]:
    for tally in tallies:
        by_name = {compared.line.name: compared for compared in comparisons[tally.id]}
        for line in tally.lines:
            if line.persons:
                yield Row(tally, line, by_name.get(line.name))


def certainty(comparisons: Mapping[str, Sequence[Compared]], tallies: Sequence[Tally], rate: str) -> Evidence:
    """Rates and ratios in full, with intervals and exact tests."""
    heads: tuple[Head[Row], ...] = (
        label("table", lambda row: row.tally.title),
        label("category", lambda row: row.line.name),
        number("persons", lambda row: row.line.persons, "persons"),
        *interval((rate, "from", "to"), lambda row: stats.proportion(row.line.hits, row.line.persons), "share"),
        *interval(("impact ratio", "ratio from", "ratio to"), lambda row: row.ratio, "ratio", lambda row: row.value),
        number("p-value, Fisher", lambda row: row.compared.exact if row.compared else None),
        number("p_value_holm", lambda row: row.compared.adjusted if row.compared else None),
    )
    return Listing("certainty", WORDS, heads).of(_rows(comparisons, tallies))


@dataclass(frozen=True, slots=True)
class Point:
    """A category of the drawing, or an end of the line at four fifths."""

    name: str | None
    persons: int
    value: float
    low: float | None = None
    high: float | None = None


POINTS: Listing[Point] = Listing(
    "ratios",
    WORDS,
    label("category", lambda point: point.name),
    number("persons", lambda point: point.persons, "persons"),
    number("persons from", lambda point: None, "persons"),
    number("persons to", lambda point: None, "persons"),
    number("impact ratio", lambda point: point.value, "ratio"),
    number("ratio from", lambda point: point.low, "ratio"),
    number("ratio to", lambda point: point.high, "ratio"),
    kind="points",
)


def drawing(comparisons: Mapping[str, Sequence[Compared]], tallies: Sequence[Tally]) -> Evidence | None:
    """Impact ratios of sex and race with their intervals, beside a line at 0.8; None where there are none."""
    points = []
    for row in _rows(comparisons, tallies):
        if row.tally.id != "intersection" and isinstance(row.ratio, Estimate):
            points.append(Point(row.line.name, row.line.persons, row.ratio.value, row.ratio.low, row.ratio.high))
    if not points:
        return None
    farthest = max(point.persons for point in points)
    return POINTS.of([*points, Point(None, 0, FOUR_FIFTHS), Point(None, farthest, FOUR_FIFTHS)])


UNKNOWN: Listing[tuple[str, str, int]] = Listing(
    "unknown",
    WORDS,
    label("column", lambda row: row[0]),
    label("value", lambda row: row[1]),
    number("rows", lambda row: row[2], "rows"),
)


def unknown(columns: Sequence[Categorised]) -> Evidence | None:
    """How cells of unknown category are spelt, and how many there are; None where there are none."""
    rows = [(each.column, value, count) for each in columns for value, count in each.unknown.items()]
    return UNKNOWN.of(rows) if rows else None
