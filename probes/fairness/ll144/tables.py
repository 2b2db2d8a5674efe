"""The rule's tables as it prints them, the numbers behind them, and the drawing of the ratios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairwitness.audit import stats
from fairwitness.audit.records import Cell, Column, Estimate, Evidence, Undefined
from fairwitness.probes.fairness.ll144.categories import Categorised
from fairwitness.probes.fairness.ll144.certainty import Compared
from fairwitness.probes.fairness.ll144.counting import Line, Tally

FOUR_FIFTHS = 0.8


def printed(tally: Tally, *, scoring: bool, about: str) -> Evidence:
    """A table with the rule's columns and its rounding: per cent with one decimal, ratios with two."""
    heads = {"sex": ["sex"], "race": ["race or ethnicity"], "intersection": ["ethnicity", "sex", "race"]}[tally.id]
    columns = [*(Column(head) for head in heads), Column("applicants", "number", "persons")]
    if not scoring:
        columns.append(Column("selected", "number", "persons"))
    columns += [Column("scoring rate" if scoring else "selection rate"), Column("impact ratio")]
    rows = []
    for line in tally.lines:
        place = {"sex": [line.sex], "race": [line.race], "intersection": [line.ethnicity, line.sex, line.race]}[
            tally.id
        ]
        counts = [line.persons] if scoring else [line.persons, line.hits]
        rate = None if line.rate is None else f"{100 * line.rate:.1f} %"
        ratio = tally.ratio(line)
        shown = "left out" if line.excluded else None if ratio is None else f"{ratio:.2f}"
        rows.append((*place, *counts, rate, shown))
    caption = f"{tally.title}{about}. Persons of unknown category, not in the table: {tally.unknown:,}"
    return Evidence(tally.id, caption, "table", tuple(columns), tuple(rows), len(rows))


def certainty(found: Mapping[str, Sequence[Compared]], tallies: Sequence[Tally], rate: str) -> Evidence:
    """Rates and ratios in full, with intervals and exact tests."""
    columns = (
        Column("table"),
        Column("category"),
        Column("persons", "number", "persons"),
        Column(rate, "number", "share"),
        Column("from", "number", "share"),
        Column("to", "number", "share"),
        Column("impact ratio", "number", "ratio"),
        Column("ratio from", "number", "ratio"),
        Column("ratio to", "number", "ratio"),
        Column("p-value, Fisher", "number"),
        Column("p-value, Holm over all pairs", "number"),
    )
    rows: list[tuple[Cell, ...]] = []
    for tally in tallies:
        by_name = {one.line.name: one for one in found[tally.id]}
        for line in tally.lines:
            if line.persons:
                one = by_name.get(line.name)
                tests = (one.exact, one.adjusted) if one else (None, None)
                rows.append((tally.title, line.name, line.persons, *_rate(line), *_ratio(tally, line, one), *tests))
    caption = (
        "The same rates and impact ratios in full, with 95 % intervals. Those of ratios hold for all pairs of "
        "categories of a table at once; the tests compare a category with the one that has the highest rate"
    )
    return Evidence("certainty", caption, "table", columns, tuple(rows), len(rows))


def drawing(found: Mapping[str, Sequence[Compared]], tallies: Sequence[Tally]) -> Evidence | None:
    """Impact ratios of sex and race with their intervals, beside a line at 0.8; None where there are none."""
    rows: list[tuple[Cell, ...]] = []
    for tally in tallies:
        for one in found[tally.id] if tally.id != "intersection" else ():
            if isinstance(one.ratio, Estimate):
                ratio = one.ratio
                rows.append((one.line.name, one.line.persons, None, None, ratio.value, ratio.low, ratio.high))
    if not rows:
        return None
    farthest = max(int(str(row[1])) for row in rows)
    rows += [(None, end, None, None, FOUR_FIFTHS, None, None) for end in (0, farthest)]
    columns = (
        Column("category"),
        Column("persons", "number", "persons"),
        Column("persons from", "number", "persons"),
        Column("persons to", "number", "persons"),
        Column("impact ratio", "number", "ratio"),
        Column("ratio from", "number", "ratio"),
        Column("ratio to", "number", "ratio"),
    )
    caption = (
        "Impact ratios with their intervals; the dotted line is the four fifths (0.8) of the Uniform Guidelines, the "
        "rule itself sets no pass mark"
    )
    return Evidence("ratios", caption, "points", columns, tuple(rows), len(rows))


def unknown(columns: Sequence[Categorised]) -> Evidence | None:
    """How cells of unknown category are spelt, and how many there are; None where there are none."""
    columns_of = (Column("column"), Column("value"), Column("rows", "number", "rows"))
    rows = tuple((one.column, value, count) for one in columns for value, count in one.unknown.items())
    if not rows:
        return None
    caption = "Values that are none of the rule's categories (-O ll144.categories=value=category assigns them)"
    return Evidence("unknown", caption, "table", columns_of, rows, len(rows))


def _rate(line: Line) -> tuple[Cell, Cell, Cell]:
    return _span(stats.proportion(line.hits, line.persons))


def _ratio(tally: Tally, line: Line, one: Compared | None) -> tuple[Cell, Cell, Cell]:
    if one is None or isinstance(one.ratio, Undefined):
        return tally.ratio(line), None, None
    return _span(one.ratio)


def _span(estimate: Estimate | Undefined) -> tuple[Cell, Cell, Cell]:
    return (None, None, None) if isinstance(estimate, Undefined) else (estimate.value, estimate.low, estimate.high)
