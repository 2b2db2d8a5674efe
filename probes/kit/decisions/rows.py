"""The rows of a table and what was decided on each, by which two runs are compared."""

from __future__ import annotations

from fairwitness.audit.item_records import DecisionRows
from fairwitness.probes.kit.decisions.categorical import Categorical
from fairwitness.probes.kit.decisions.outcomes import Outcomes
from fairwitness.probes.kit.decisions.table import DecisionTable


def decision_rows(table: DecisionTable, decided: Categorical, outcomes: Outcomes | None = None) -> DecisionRows:
    """Every row of a table. With `outcomes`, one of which is counted, it says which rows are selected and counted.

    `decided` are the decisions, none where a row has none.
    """
    return DecisionRows(
        rows=tuple(range(1, table.rows + 1)),
        groups=dict(table.groups),
        decisions=decided.texts(None),
        outcomes=table.labels,
        selected=() if outcomes is None else tuple(outcomes.selected.tolist()),
        counted=() if outcomes is None else _counted(table, outcomes),
        rule="" if outcomes is None else outcomes.counted,
        scores=() if outcomes is None else _scores(outcomes),
        weights=() if table.weights is None else tuple(table.weights.tolist()),
        persons=() if table.persons is None else tuple((table.persons + 1).tolist()),
    )


def _counted(table: DecisionTable, outcomes: Outcomes) -> tuple[bool | None, ...]:
    if not table.labels:
        return ()
    pairs = zip(table.truth.known.tolist(), outcomes.positive.tolist(), strict=True)
    return tuple([positive if known else None for known, positive in pairs])


def _scores(outcomes: Outcomes) -> tuple[float | None, ...]:
    return outcomes.scores if any(score is not None for score in outcomes.scores) else ()
