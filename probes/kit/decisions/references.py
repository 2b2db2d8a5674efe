"""The groups that others are compared with, as a user names them."""

from __future__ import annotations

from collections.abc import Sequence

from fairwitness.audit.errors import BadOption, nearest
from fairwitness.audit.own_cells import are_names, listed_values
from fairwitness.probes.kit.decisions.table import DecisionTable


def reference_groups(frame: DecisionTable, references: Sequence[str]) -> dict[str, str]:
    """Reference groups by column, from `column=group`, or `group` where only one column has it. Raises BadOption."""
    named: dict[str, str] = {}
    for reference in references:
        column, sign, value = (part.strip() for part in reference.partition("="))
        if not sign:
            holding = [name for name, cells in frame.requested.items() if column in cells.values]
            if len(holding) != 1:
                where = "several group columns have" if holding else "no group column has"
                raise BadOption(f"reference {reference!r}: {where} such a group; write column=group")
            column, value = holding[0], column
        if column not in frame.requested:
            raise BadOption(
                f"reference {reference!r}: {column!r} is no group column{nearest(column, frame.requested)} "
                f"(group columns: {', '.join(frame.requested)})"
            )
        groups = frame.requested[column].counts
        if value not in groups:
            near = nearest(value, groups) if are_names(groups) else ""
            raise BadOption(
                f"reference {reference!r}: column {column!r} has no group {value!r}{near} "
                f"(groups: {listed_values(groups)})"
            )
        named[column] = value
    return named
