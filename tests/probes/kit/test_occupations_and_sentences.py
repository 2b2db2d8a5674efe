"""What probes share of occupations and sentences: who is asked, and what a file must hold."""

from __future__ import annotations

import pytest

from fairwitness.audit.probe import DoesNotApply
from fairwitness.audit.records import Cell, DataSource, Table
from fairwitness.probes.kit.occupations import OCCUPATIONS, occupations_of
from fairwitness.probes.kit.templates import templates_of
from organisms import packaged


def table(**columns: tuple[Cell, ...]) -> Table:
    return Table(DataSource(name="", source="", sha256="", licence="", rows=len(next(iter(columns.values())))), columns)


def test_a_limit_takes_occupations_from_both_ends_of_the_shares() -> None:
    every = occupations_of(packaged(OCCUPATIONS), "en", None)
    some = occupations_of(packaged(OCCUPATIONS), "en", 3)
    assert (some[0], some[2]) == (every[0], every[-1])
    assert [one.share for one in every] == sorted(one.share for one in every)
    assert 0 < every[0].share < every[-1].share <= 1


@pytest.mark.parametrize(
    ("row", "reason"),
    [(("", 1, "a"), "row 2 of the sentences has an empty cell in its column 'family'"), (("f", 1.5, "a"), "no whole")],
)
def test_a_gap_in_a_file_is_named(row: tuple[Cell, ...], reason: str) -> None:
    rows = table(family=("f", row[0]), number=(1, row[1]), text=("b", row[2]))
    with pytest.raises(DoesNotApply, match=reason):
        templates_of(rows, "sentences")
