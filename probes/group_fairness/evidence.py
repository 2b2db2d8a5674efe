"""The tables behind the metrics: counts by group, gaps beside their null, and rows to look at."""

from __future__ import annotations

from collections.abc import Sequence

from assay.audit.records import Cell, Column, Estimate, Evidence
from assay.probes.group_fairness.metrics import Gap
from assay.probes.group_fairness.rates import Part
from assay.probes.group_fairness.rows import Frame, Outcomes

FAILING_SHARE = 0.8
"""Most of the shown rows that may be wrong decisions, so that some right ones stand beside them."""


def evidence(
    frame: Frame, outcomes: Outcomes, parts: Sequence[Part], found: Sequence[Gap], limit: int
) -> list[Evidence]:
    """Counts of every group, gaps, and example rows with wrong decisions first."""
    return [_confusion(outcomes, parts), _gaps(found), _rows(frame, outcomes, limit)]


def _confusion(outcomes: Outcomes, parts: Sequence[Part]) -> Evidence:
    named: dict[str, str] = {"rows": "rows", "selected": "selected"}
    if outcomes.has_labels:
        named |= {
            "labelled": "with true outcome",
            "tn": "true negatives",
            "fp": "false positives",
            "fn": "false negatives",
            "tp": "true positives",
        }
    columns = (Column("by"), Column("group"), *(Column(title, "number", "rows") for title in named.values()))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (part.name, " × ".join(group) or "all rows", *(counts[name] for name in named))
        for part in parts
        for group, counts in part.groups.items()
    )
    caption = f"How many rows each group has and how they were decided; selected means {outcomes.chosen}"
    return Evidence("confusion", caption, "table", columns, rows, len(rows))


def _gaps(found: Sequence[Gap]) -> Evidence:
    columns = (
        Column("by"),
        Column("rate"),
        Column("highest"),
        Column("lowest"),
        Column("gap", "number", "share"),
        Column("expected by chance", "number", "share"),
        Column("p-value", "number"),
        Column("p-value, Holm over this table", "number"),
    )
    rows = tuple(
        (
            gap.part.name,
            gap.rate.name.replace("_", " "),
            gap.highest,
            gap.lowest,
            gap.estimate.value if isinstance(gap.estimate, Estimate) else None,
            gap.null.expected if gap.null else None,
            gap.null.p_value if gap.null else None,
            gap.adjusted,
        )
        for gap in found
    )
    caption = "The highest rate minus the lowest, beside the gap that exchanging groups over rows gives on average"
    return Evidence("gaps", caption, "table", columns, rows, len(rows))


def _rows(frame: Frame, outcomes: Outcomes, limit: int) -> Evidence:
    wrong = outcomes.labelled & (outcomes.selected != outcomes.positive)
    failing = [row for row in range(frame.rows) if wrong[row]]
    passing = [row for row in range(frame.rows) if outcomes.answered[row] and not wrong[row]]
    room = max(limit - len(passing), int(limit * FAILING_SHARE))
    shown = _spread(frame, failing, room)
    shown += _spread(frame, passing, limit - len(shown))
    columns: list[Column] = [Column("row", "number"), *(Column(name) for name in frame.groups)]
    if frame.texts:
        columns.append(Column("text", "prompt"))
    if outcomes.has_labels:
        columns.append(Column("true outcome"))
    columns += [Column("decision"), Column("score", "number"), Column("selected", "label")]
    if outcomes.has_labels:
        columns.append(Column("wrong", "flag"))
    caption = "Rows and their decisions, wrong ones first, taken from the groups in turn (rows count from 1)"
    rows = tuple(_example(frame, outcomes, row, bool(wrong[row])) for row in shown)
    return Evidence("rows", caption, "table", tuple(columns), rows, len(failing) + len(passing))


def _example(frame: Frame, outcomes: Outcomes, row: int, wrong: bool) -> tuple[Cell, ...]:
    cells: list[Cell] = [row + 1, *(values[row] for values in frame.groups.values())]
    if frame.texts:
        cells.append(frame.texts[row])
    if outcomes.has_labels:
        cells.append(frame.labels[row])
    cells += [outcomes.decisions[row], outcomes.scores[row], "yes" if outcomes.selected[row] else "no"]
    if outcomes.has_labels:
        cells.append(wrong)
    return tuple(cells)


def _spread(frame: Frame, rows: Sequence[int], limit: int) -> list[int]:
    """At most `limit` of the rows, taken from the groups in turn so that none is left out, in the table's order."""
    if limit <= 0:
        return []
    turns: dict[tuple[str, ...], int] = {}
    keyed = []
    columns = list(frame.groups.values())
    for row in rows:
        group = tuple(values[row] for values in columns)
        turns[group] = turns.get(group, 0) + 1
        keyed.append((turns[group], row))
    return sorted(row for _, row in sorted(keyed)[:limit])
