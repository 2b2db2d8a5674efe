"""What is wrong with a group column as a whole, so that its groups cannot be compared; and odd names in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fairwitness.audit.own_cells import are_names, shown_cell
from fairwitness.audit.records import CHECK
from fairwitness.probes.kit.decisions.categorical import MISSING, Categorical
from fairwitness.probes.kit.decisions.spelling import listed, spelled_alike, spells_missing

MOST_GROUPS = 200
"""A column of more values is a text or an id: it names rows and no groups."""


def divides(column: Categorical) -> bool:
    """Whether groups can be made of the column: it has few values."""
    return len(column.values) <= MOST_GROUPS


def lacks(name: str, column: Categorical) -> str:
    """Why the column cannot be compared, and what to do; empty where it can."""
    rows = len(column.codes)
    known = [value for value in column.counts if value != MISSING]
    if not known:
        return f"group column {name!r} is empty in all {rows} rows: fill it in or name another column"
    if len(known) == 1:
        empty = column.counts.get(MISSING, 0)
        where = f"the {rows - empty} rows that have a value" if empty else f"all {rows} rows"
        shown = shown_cell(known[0], column.texts(None))
        return (
            f"group column {name!r} holds one group, {shown}, in {where}: there is nothing to compare it "
            "with; give a table with another group or name another column"
        )
    if not divides(column):
        return (
            f"group column {name!r} has {len(column.values)} different values in {rows} rows, and a group "
            f"column has at most {MOST_GROUPS}: join values (ages to ranges, post codes to regions) or name another "
            "column"
        )
    return ""


def odd_groups(columns: Mapping[str, Categorical]) -> Iterator[str]:
    """Notes on groups that look like no value, or that differ in spelling alone; they are groups all the same."""
    for name, column in columns.items():
        counts = {value: count for value, count in column.counts.items() if value != MISSING}
        blank = [value for value in counts if spells_missing(value)]
        if blank:
            rows = sum(counts[value] for value in blank)
            yield (
                f"{CHECK}group column {name!r}: {listed(blank)} in {rows} rows may mean that there is no value; each "
                "counts as a group. Leave the cells empty if they mean that."
            )
        for clause in spelled_alike(counts, names=are_names(counts)):
            yield (f"{CHECK}group column {name!r}: {clause}; each counts as a group. Spell them alike if they are one.")
