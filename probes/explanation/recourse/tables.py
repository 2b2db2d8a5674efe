"""Recourse by group, the columns that it changes, and examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.reasons import COMMA
from fairwitness.audit.records import Cell, Evidence, Name, joined
from fairwitness.probes.explanation.recourse.actions import Action
from fairwitness.probes.explanation.recourse.measures import Outcome, Searched
from fairwitness.probes.explanation.recourse.options import WORDS
from fairwitness.probes.kit.decisions.categorical import Codes, Flags
from fairwitness.probes.kit.tables import Listing, flag, interval, label, number, text

POINTS = 21
EXAMPLES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLine:
    """A group: its rows without the favourable decision, and what the search found for them."""

    by: str
    group: str
    inside: Flags
    unfinished: int
    none: Outcome
    cost: Outcome
    median: float | None


def parts_of(searched: Searched) -> list[tuple[str, str, Flags]]:
    """All searched rows, and those of each group."""
    parts = [("", WORDS("part.everybody"), searched.known)]
    for column in searched.groups:
        parts += [(column, name, inside) for name, inside in searched.members(column).items()]
    return parts


def group_table(searched: Searched) -> Evidence:
    """A line for all rows and for each group; those whose search came to no end are counted, not dropped."""
    lines = []
    for by, name, inside in parts_of(searched):
        rows = searched.groups[by].where(name.__eq__)[searched.rows] if by else np.ones(len(searched.rows), dtype=bool)
        flipped = inside & ~searched.none
        enough = searched.few(inside) is None
        why = WORDS.undefined("reason.few", "few_units", count=int(inside.sum()), needed=searched.least)
        lines.append(
            GroupLine(
                by=by,
                group=name,
                inside=inside,
                unfinished=int((rows & ~searched.known).sum()),
                none=searched.share(inside) if enough else why,
                cost=searched.mean(searched.costs, inside, searched.budget) if enough else why,
                median=float(np.median(searched.costs[flipped])) if flipped.any() else None,
            )
        )
    unit = searched.unit
    listing: Listing[GroupLine] = Listing(
        "groups",
        WORDS,
        label("by", lambda line: line.by),
        label("group", lambda line: line.group),
        number("rows", lambda line: int(line.inside.sum()), "rows"),
        number("not finished", lambda line: line.unfinished, "rows"),
        interval(("without recourse", "share from", "share to"), lambda line: line.none, "share"),
        interval(("mean cost", "cost from", "cost to"), lambda line: line.cost, unit),
        number("median where found", lambda line: line.median, unit),
    )
    return listing.of(lines, budget=f"{searched.budget:g}", unit=WORDS(f"cost.{unit}"))


def curves(searched: Searched) -> Evidence:
    """The share of each group that has recourse at a cost or less."""
    lines: list[tuple[str, float, float]] = []
    for by, name, inside in parts_of(searched):
        if searched.few(inside) is None:
            costs = np.where(searched.none, np.inf, searched.costs)[inside]
            for cost in np.linspace(0, searched.budget, POINTS).tolist():
                series = Name(f"{by} {name}") if by else name
                lines.append((series, cost, float((costs <= cost).mean())))
    listing: Listing[tuple[str, float, float]] = Listing(
        "by_cost",
        WORDS,
        label("group", lambda line: line[0]),
        number("cost", lambda line: line[1], searched.unit),
        number("share with recourse", lambda line: line[2], "share"),
        kind="curves",
    )
    return listing.of(lines)


def changed_table(searched: Searched, actions: Sequence[Action]) -> Evidence:
    """How often recourse changes each column, by group."""
    lines: list[tuple[str, str, str, int, float]] = []
    for by, name, inside in parts_of(searched):
        best = [case.best for case, here in zip(searched.cases, inside, strict=True) if here]
        given = [{place for place, _ in change.cells} for change in best if change is not None]
        for action in actions:
            count = sum(action.place in places for places in given)
            if count:
                lines.append((by, name, action.name, count, count / len(given)))
    listing: Listing[tuple[str, str, str, int, float]] = Listing(
        "changed",
        WORDS,
        label("by", lambda line: line[0]),
        label("group", lambda line: line[1]),
        label("column", lambda line: line[2]),
        number("rows", lambda line: line[3], "rows"),
        number("share of recourse", lambda line: line[4], "share"),
    )
    return listing.of(lines)


ExampleLine = tuple[int, float | None, str, str, bool]


def examples(searched: Searched, names: Sequence[str], places: Codes) -> Evidence:
    """Rows with the cheapest change that was found, dear ones first; rows without any before all."""
    lines: list[ExampleLine] = []
    for case, row, none in zip(searched.cases, searched.rows.tolist(), searched.none.tolist(), strict=True):
        best = case.best
        if best is None and not none:
            continue
        cells = () if best is None else best.cells
        changed = joined(COMMA, [Name(names[place]) for place, _ in cells]) if cells else ""
        details = "; ".join(f"{names[place]}: {_cell(case.row[place])} → {_cell(cell)}" for place, cell in cells)
        lines.append((int(places[row]) + 1, None if best is None else best.cost, changed, details, none))
    lines.sort(key=lambda line: (not line[4], -(line[1] or 0.0), line[0]))
    listing: Listing[ExampleLine] = Listing(
        "examples",
        WORDS,
        number("row", lambda line: line[0]),
        number("cost", lambda line: line[1], searched.unit),
        label("columns changed", lambda line: line[2]),
        text("change", lambda line: line[3], secret=True),
        flag("none found", lambda line: line[4]),
    )
    return listing.of(lines, shown=EXAMPLES)


def _cell(cell: Cell) -> str:
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)
