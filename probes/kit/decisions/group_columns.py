"""What is wrong with a group column as a whole, so that its groups cannot be compared; and odd names in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from fairwitness.audit.own_cells import are_names, shown_cell
from fairwitness.audit.reasons import CHECK
from fairwitness.audit.records import Cell, Undefined, quoted
from fairwitness.probes.kit.decisions.categorical import MISSING, Categorical
from fairwitness.probes.kit.decisions.spelling import cut_alike, listed, spelled_alike, spells_missing
from fairwitness.probes.kit.decisions.words import WORDS

MOST_GROUPS = 200
"""A column of more values is a text or an id: it names rows and no groups."""


def divides(column: Categorical) -> bool:
    """Whether groups can be made of the column: it has few values."""
    return len(column.values) <= MOST_GROUPS


def lacks(name: str, column: Categorical) -> Undefined | None:
    """Why the column cannot be compared, and what to do; None where it can."""
    rows = len(column.codes)
    known = [value for value in column.counts if value != MISSING]
    if not known:
        return WORDS.undefined("unmeasured.empty", "no_units", column=quoted(name), rows=rows)
    if len(known) == 1:
        empty = column.counts.get(MISSING, 0)
        where = WORDS("unmeasured.rows_with_value" if empty else "unmeasured.all_rows", rows=rows - empty)
        shown = shown_cell(known[0], column.texts(None))
        return WORDS.undefined("unmeasured.one_group", "no_variation", column=quoted(name), group=shown, where=where)
    if not divides(column):
        many = {"values": len(column.values), "rows": rows, "most": MOST_GROUPS}
        return WORDS.undefined("unmeasured.many_values", "not_comparable", column=quoted(name), **many)
    return None


def odd_groups(columns: Mapping[str, Categorical]) -> Iterator[str]:
    """Notes on groups that look like no value, or that differ in spelling alone; they are groups all the same."""
    for name, column in columns.items():
        counts = {value: count for value, count in column.counts.items() if value != MISSING}
        blank = [value for value in counts if spells_missing(value)]
        if blank:
            rows = sum(counts[value] for value in blank)
            values = {"column": quoted(name), "names": listed(blank), "rows": rows}
            yield CHECK + WORDS("note.blank_groups", **values)
        for clause in spelled_alike(counts, names=are_names(counts)):
            yield CHECK + WORDS("note.alike_groups", column=quoted(name), clause=clause)


def cut_values(role: str, name: str, cells: Sequence[Cell]) -> Iterator[str]:
    """Notes on values of a column that differ only by blanks at their ends, which are cut: they count as one value."""
    sets = cut_alike(cells)
    counts = Counter(cell for cell in cells if isinstance(cell, str)) if sets else {}
    names = are_names(Counter(str(cell).strip() for cell in cells)) if sets else False
    for same in sets:
        values = listed(same) if names else WORDS("alike.texts", count=len(same))
        rows = sum(counts[value] for value in same)
        yield CHECK + WORDS(f"note.cut_{role}", column=quoted(name), values=values, rows=rows)
