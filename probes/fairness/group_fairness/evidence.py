"""The tables behind the metrics: counts by group, rows to look at, all decisions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Cell, Column, DecisionRows, Evidence, Metric
from fairwitness.probes.fairness.group_fairness.measures import WORDS
from fairwitness.probes.kit.decisions.categorical import Codes
from fairwitness.probes.kit.decisions.counts import DECIDED, Group, GroupCounts
from fairwitness.probes.kit.decisions.naming import capital
from fairwitness.probes.kit.decisions.outcomes import Outcomes
from fairwitness.probes.kit.decisions.partition import Partition
from fairwitness.probes.kit.decisions.partitions import group_codes
from fairwitness.probes.kit.decisions.table import DecisionTable
from fairwitness.probes.kit.tables import Head, Listing, flag, label, number, prompt

FAILING_SHARE = 0.8
"""Most of the shown rows that may be wrong decisions, so that some right ones stand beside them."""
ROWS, DECISIONS, FLIPS = "rows", "decisions", "flips"
OF_ROWS = (ROWS, DECISIONS, FLIPS)
"""Tables in which a row is a person, what shows most first."""
PERSON = "person"
"""The column that numbers people, where some of them have several rows."""
MOST_DECISIONS = 200_000
"""With more rows than these the table of all decisions is left out."""


def with_rows(findings: Findings) -> Findings:
    """The findings, in which every metric that has a table names last one that shows the people behind it."""
    filled = {table.id for table in findings.evidence if table.total}
    shown = next((name for name in (ROWS, DECISIONS) if name in filled), None)

    def named(metric: Metric) -> Metric:
        if shown is None or not metric.evidence or set(metric.evidence) & {FLIPS}:
            return metric
        return replace(metric, evidence=(*(name for name in metric.evidence if name != shown), shown))

    return replace(findings, metrics=[named(metric) for metric in findings.metrics])


def decision_table(table: DecisionTable, every: DecisionRows) -> tuple[list[Evidence], list[str]]:
    """Every answered row in the order of the file, or a note where there are too many.

    Names of people stand in it and not in the rows that two runs are compared by.
    """
    rows = every.where([decision is not None for decision in every.decisions])
    if len(rows) > MOST_DECISIONS:
        return [], [WORDS("note.too_many_decisions", rows=len(rows), most=MOST_DECISIONS)]
    none = (None,) * len(rows)
    selected = [WORDS.labelled(_selected(flag)) for flag in rows.selected]
    columns: list[tuple[Column, Sequence[Cell]]] = [
        (Column(WORDS.column(DECISIONS, "row"), "number"), rows.rows),
        *_ids_of(table, rows),
        *((Column(name), groups) for name, groups in rows.groups.items()),
        (Column(WORDS.column(DECISIONS, "decision")), rows.decisions),
        (Column(WORDS.column(DECISIONS, "true outcome")), rows.outcomes or none),
        (Column(WORDS.column(DECISIONS, "score"), "number"), rows.scores or none),
        (Column(WORDS.column(DECISIONS, "selected")), selected or none),
    ]
    if rows.weights:
        columns.append((Column(WORDS.column(DECISIONS, "weight"), "number"), rows.weights))
    if rows.persons:
        columns.append((Column(WORDS.column(DECISIONS, PERSON), "number"), rows.persons))
    names, cells = zip(*columns, strict=True)
    shown = tuple(zip(*cells, strict=True))
    caption = WORDS("table.decisions.caption")
    return [Evidence(id="decisions", caption=caption, kind="table", columns=names, rows=shown, total=len(shown))], []


def _ids_of(table: DecisionTable, rows: DecisionRows) -> list[tuple[Column, Sequence[Cell]]]:
    if not table.ids:
        return []
    return [(Column(table.columns.identity), [table.ids[row - 1] for row in rows.rows])]


def _selected(flag: bool) -> str:
    return "selected" if flag else "not selected"


GroupRow = tuple[Partition, Group]
PLACE: tuple[Head[GroupRow], ...] = (
    label("by", lambda row: row[0].name),
    label("group", lambda row: " × ".join(row[1]) or "all rows"),
)
"""The columns that say which group a row of a table is about."""


def counts_head(name: str, count: Callable[[GroupCounts], float | int], unit: str = "rows") -> Head[GroupRow]:
    """A column of counts of groups."""
    return number(name, lambda row: count(row[0].groups[row[1]]), unit)


def group_rows(parts: Sequence[Partition]) -> list[GroupRow]:
    """Every group of every partition."""
    return [(part, group) for part in parts for group in part.groups]


def confusion(outcomes: Outcomes, parts: Sequence[Partition]) -> Evidence:
    """How many rows every group has and how they were decided."""
    heads = [*PLACE, counts_head("rows", lambda counts: counts.decided)]
    heads.append(counts_head("selected", lambda counts: int(counts.rows[1])))
    if outcomes.has_labels:
        heads.append(counts_head("with a true outcome", lambda counts: counts.labelled))
        names = ("true negatives", "false positives", "false negatives", "true positives")
        heads += [_cell_head(name, DECIDED + place) for place, name in enumerate(names)]
    if any(part.weighted for part in parts):
        heads.append(counts_head("weight of rows", lambda counts: float(counts.weights[:DECIDED].sum()), ""))
        heads.append(counts_head("weight of selected", lambda counts: float(counts.weights[1]), ""))
    return Listing("confusion", WORDS, tuple(heads)).of(
        group_rows(parts), chosen=outcomes.said.chosen, units=parts[0].naming.rows
    )


def _cell_head(name: str, column: int) -> Head[GroupRow]:
    return counts_head(name, lambda counts: int(counts.rows[column]))


def row_heads(table: DecisionTable) -> tuple[Head[int], ...]:
    """The number of a row, the name of its person where a column of these was named, and its groups."""
    groups = [_group_head(name, values) for name, values in table.groups.items()]
    return number("row", lambda row: row + 1), *id_heads(table, lambda row: row), *groups


R = TypeVar("R")


def id_heads(table: DecisionTable, place: Callable[[R], int]) -> list[Head[R]]:
    """The column of names of people, by the place of a row in the table; none where no such column was named."""
    return [label(table.columns.identity, lambda row: table.ids[place(row)])] if table.ids else []


def _group_head(name: str, values: Sequence[str]) -> Head[int]:
    return label(name, lambda row: values[row])


def example_rows(table: DecisionTable, outcomes: Outcomes, limit: int) -> Evidence:
    """Example rows with wrong decisions first."""
    wrong = outcomes.labelled & (outcomes.selected != outcomes.positive)
    failing, passing = np.flatnonzero(wrong), np.flatnonzero(outcomes.answered & ~wrong)
    shown = spread(table, failing, max(limit - len(passing), int(limit * FAILING_SHARE)))
    shown += spread(table, passing, limit - len(shown))
    heads = [*row_heads(table)]
    if table.texts:
        heads.append(prompt("text", lambda row: table.texts[row]))
    if outcomes.has_labels:
        heads.append(label("true outcome", lambda row: table.labels[row]))
    heads.append(label("decision", lambda row: outcomes.decisions[row]))
    heads.append(number("score", lambda row: outcomes.scores[row]))
    heads.append(label("selected", lambda row: _selected(bool(outcomes.selected[row]))))
    if outcomes.has_labels:
        heads.append(flag("wrong", lambda row: bool(wrong[row])))
    total = len(failing) + len(passing)
    return Listing("rows", WORDS, tuple(heads)).of(shown, total=total, Units=capital(table.naming.rows))


def spread(table: DecisionTable, rows: Codes, limit: int) -> list[int]:
    """At most `limit` of the rows, taken from the groups in turn so that none is left out, in the table's order."""
    if limit <= 0 or not len(rows):
        return []
    codes = group_codes(table, tuple(table.groups))[1][rows]
    order = np.argsort(codes, kind="stable")
    ranked = codes[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    turns = np.empty(len(rows), dtype=np.int64)
    turns[order] = np.arange(len(rows)) - np.repeat(starts, np.diff(np.r_[starts, len(rows)]))
    chosen: list[int] = sorted(rows[np.lexsort((rows, turns))[:limit]].tolist())
    return chosen
