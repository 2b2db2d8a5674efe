"""The rows of a table and what was decided on each, by which two runs are compared."""

from __future__ import annotations

from dataclasses import replace

from fairwitness.audit.records import DecisionRows
from fairwitness.probes.kit.decisions.categorical import Categorical, Flags
from fairwitness.probes.kit.decisions.outcomes import Outcomes
from fairwitness.probes.kit.decisions.table import DecisionTable


def decision_rows(table: DecisionTable, decided: Categorical, outcomes: Outcomes | None = None) -> DecisionRows:
    """Every row of a table. With `outcomes`, one of which is counted, it says which rows are selected and counted.

    `decided` are the decisions, none where a row has none.
    """
    rows = undecided_rows(table, None if outcomes is None else outcomes.positive)
    rows = replace(rows, decisions=decided.texts(None))
    if outcomes is None:
        return rows
    selected = tuple(outcomes.selected.tolist())
    return replace(rows, selected=selected, rule=outcomes.counted, scores=_scores(outcomes))


def undecided_rows(table: DecisionTable, positive: Flags | None = None) -> DecisionRows:
    """Every row of a table about which nothing was decided; `positive` ones have the counted outcome."""
    return DecisionRows(
        rows=tuple(range(1, table.rows + 1)),
        groups=dict(table.groups),
        outcomes=table.labels,
        counted=() if positive is None else _counted(table, positive),
        weights=() if table.weights is None else tuple(table.weights.tolist()),
        persons=() if table.persons is None else tuple((table.persons + 1).tolist()),
    )


def _counted(table: DecisionTable, positive: Flags) -> tuple[bool | None, ...]:
    if not table.labels:
        return ()
    pairs = zip(table.truth.known.tolist(), positive.tolist(), strict=True)
    return tuple([hit if known else None for known, hit in pairs])


def _scores(outcomes: Outcomes) -> tuple[float | None, ...]:
    return outcomes.scores if any(score is not None for score in outcomes.scores) else ()
