"""What is wrong with a group column has its own code, whatever its sentence says."""

from __future__ import annotations

import pytest
from decision_tables import table

from fairwitness.audit.records import ReasonCode
from fairwitness.probes.kit.decisions.categorical import Categorical, group
from fairwitness.probes.kit.decisions.group_columns import MOST_GROUPS, lacks
from fairwitness.probes.kit.decisions.table import ColumnRoles, DecisionTable


@pytest.mark.parametrize(
    ("cells", "code", "sentence"),
    [
        ([None] * 4, "no_units", "group column 'sex' is empty in all 4 rows"),
        (["a"] * 4, "no_variation", "group column 'sex' holds one group, 'a', in all 4 rows"),
        (["a", "a", None], "no_variation", "in the 2 rows that have a value"),
        ([f"person {row}" for row in range(MOST_GROUPS + 1)], "not_comparable", "has 201 different values in 201 rows"),
    ],
)
def test_each_cause_has_its_code(cells: list[str | None], code: ReasonCode, sentence: str) -> None:
    reason = lacks("sex", Categorical.of(cells, group))
    assert reason is not None
    assert (reason.code, reason.kind) == (code, "not_estimable")
    assert sentence in reason.reason


def test_a_column_of_two_groups_lacks_nothing() -> None:
    assert lacks("sex", Categorical.of(["a", "b", None], group)) is None


CUT = "differ only by blanks at their ends; the 3 rows that have them count as one"


@pytest.mark.parametrize(
    ("cells", "notes"),
    [
        (["A", "A ", "A", "B", "B"], ["Check the data: group column 'sex': 'A' and 'A '"]),
        (["A", "\u00a0A", "A", "B", "B"], ["Check the data: group column 'sex': 'A' and '\\xa0A'"]),
        (["A", "A", "B", " ", "", None], []),
        ([" A", " A", " B", " B"], []),
    ],
)
def test_names_that_blanks_at_their_ends_tell_apart_are_not_taken_for_one_silently(
    cells: list[str | None], notes: list[str]
) -> None:
    rows = table({"sex": cells, "y": cells})
    said = [note for note in DecisionTable(rows, ColumnRoles(groups=("sex",))).notes if "blanks at" in note]
    assert [note.split(" differ")[0] for note in said] == notes
    assert all(CUT in note for note in said)
    every = DecisionTable(rows, ColumnRoles(groups=("sex",), label="y", decided="y")).notes
    for role in ("label", "decision"):
        assert len([note for note in every if f"{role} column 'y'" in note and CUT in note]) == len(notes)
