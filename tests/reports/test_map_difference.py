"""Two maps that differ in a word are subtracted cell by cell; by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fairwitness.audit.records import Cell, Column, Evidence
from fairwitness.reports.i18n import speaking
from fairwitness.reports.pictures.differences import difference_of


def attention(word: str, rows: tuple[tuple[Cell, ...], ...]) -> Evidence:
    columns = (Column("looking token"), Column("1 The", "number", "share"), Column(f"2 Ġ{word}", "number", "share"))
    return Evidence(id=word, caption=word, kind="matrix", columns=columns, rows=rows, total=len(rows))


SHE = attention("she", (("1 The", 1.0, 0.0), ("2 Ġshe", 0.75, 0.25)))
HE = attention("he", (("1 The", 1.0, 0.0), ("2 Ġhe", 0.25, None)))

NARROW = replace(HE, columns=HE.columns[:2], rows=tuple(row[:2] for row in HE.rows))


def test_the_first_less_the_second_with_both_words() -> None:
    with speaking("en"):
        drawn = difference_of([SHE, HE], "e-x")
    assert drawn is not None
    assert str(drawn.caption).startswith("“she” less “he”")
    assert [str(head.name) for head in drawn.table.heads] == ["looking token", "1 The", "2 she / 2 he"]
    assert 'class="n">0.5000<' in drawn.table.first[1], "0.75 less 0.25"
    assert drawn.chart.count('class="up"') == 1
    assert drawn.chart.count('class="dn"') == 0, "nothing is drawn where both are alike"
    assert drawn.chart.count('class="no"') == 1, "a cross where one has no number"


@pytest.mark.parametrize(
    "maps",
    [
        (SHE,),
        (SHE, SHE),
        (SHE, HE, HE),
        (SHE, replace(HE, rows=HE.rows[:1])),
        (SHE, NARROW),
    ],
    ids=["one", "the same words", "three", "other rows", "other columns"],
)
def test_maps_that_cannot_be_compared_have_no_difference(maps: tuple[Evidence, ...]) -> None:
    assert difference_of(maps, "e-x") is None
