"""The tables behind the metrics: counts by group, gaps beside their null, rows to look at, all decisions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairwitness.audit.records import Cell, Column, Evidence
from fairwitness.probes.fairness.group_fairness.cells import Codes, Flags
from fairwitness.probes.fairness.group_fairness.gaps import gap_table
from fairwitness.probes.fairness.group_fairness.metrics import Compared
from fairwitness.probes.fairness.group_fairness.parts import coded
from fairwitness.probes.fairness.group_fairness.rates import Part
from fairwitness.probes.fairness.group_fairness.ratios import ratio_table
from fairwitness.probes.fairness.group_fairness.rows import Frame, Outcomes

FAILING_SHARE = 0.8
"""Most of the shown rows that may be wrong decisions, so that some right ones stand beside them."""
PERSON = "person"
"""The column that numbers people, where some of them have several rows."""
MOST_DECISIONS = 200_000
"""With more rows than these the table of all decisions is left out."""


def tables(frame: Frame, outcomes: Outcomes, parts: Sequence[Part], compared: Compared, limit: int) -> list[Evidence]:
    """Counts of every group, ratios, gaps, and example rows with wrong decisions first."""
    compared_rates = [ratio_table(compared.ratios), gap_table(compared.gaps)]
    return [_confusion(outcomes, parts), *compared_rates, _rows(frame, outcomes, limit)]


def decision_table(
    frame: Frame,
    decisions: Sequence[str],
    answered: Flags,
    scores: Sequence[float | None] = (),
    selected: Flags | None = None,
) -> tuple[list[Evidence], list[str]]:
    """Every answered row in the order of the file, or a note where there are too many."""
    at = np.flatnonzero(answered)
    if len(at) > MOST_DECISIONS:
        return [], [f"The table of all decisions is left out: {len(at)} rows are more than {MOST_DECISIONS}."]
    columns = [Column("row", "number"), *(Column(name) for name in frame.groups)]
    columns += [Column("decision"), Column("true outcome"), Column("score", "number"), Column("selected")]
    cells: list[Sequence[Cell]] = [
        range(1, frame.rows + 1),
        *frame.groups.values(),
        decisions,
        frame.labels or (None,) * frame.rows,
        scores or (None,) * frame.rows,
        (None,) * frame.rows if selected is None else np.where(selected, "yes", "no").tolist(),
    ]
    if frame.weights is not None:
        columns.append(Column("weight", "number"))
        cells.append(frame.weights.tolist())
    if frame.persons is not None:
        columns.append(Column(PERSON, "number"))
        cells.append((frame.persons + 1).tolist())
    rows = list(zip(*cells, strict=True))
    chosen = tuple(rows) if len(at) == len(rows) else tuple(rows[row] for row in at.tolist())
    caption = "Every decision, in the order of the table (rows count from 1)"
    return [Evidence("decisions", caption, "table", tuple(columns), chosen, len(chosen))], []


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
    columns = [Column("by"), Column("group"), *(Column(title, "number", "rows") for title in named.values())]
    weighted = any(part.weighted for part in parts)
    if weighted:
        columns += [Column("weight of rows", "number"), Column("weight of selected", "number")]
    rows: list[tuple[Cell, ...]] = []
    for part in parts:
        for group, counts in part.groups.items():
            row: list[Cell] = [part.name, " × ".join(group) or "all rows", *(counts[name] for name in named)]
            sums = part.weighted[group].sums if weighted else {}
            rows.append((*row, *(sums[name] for name in ("rows", "selected") if weighted)))
    caption = f"How many rows each group has and how they were decided; selected means {outcomes.chosen}"
    return Evidence("confusion", caption, "table", tuple(columns), tuple(rows), len(rows))


def _rows(frame: Frame, outcomes: Outcomes, limit: int) -> Evidence:
    wrong = outcomes.labelled & (outcomes.selected != outcomes.positive)
    failing, passing = np.flatnonzero(wrong), np.flatnonzero(outcomes.answered & ~wrong)
    shown = spread(frame, failing, max(limit - len(passing), int(limit * FAILING_SHARE)))
    shown += spread(frame, passing, limit - len(shown))
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


def spread(frame: Frame, rows: Codes, limit: int) -> list[int]:
    """At most `limit` of the rows, taken from the groups in turn so that none is left out, in the table's order."""
    if limit <= 0 or not len(rows):
        return []
    codes = coded(frame, tuple(frame.groups))[1][rows]
    order = np.argsort(codes, kind="stable")
    ranked = codes[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    turns = np.empty(len(rows), dtype=np.int64)
    turns[order] = np.arange(len(rows)) - np.repeat(starts, np.diff(np.r_[starts, len(rows)]))
    chosen: list[int] = sorted(rows[np.lexsort((rows, turns))[:limit]].tolist())
    return chosen
