"""What a message shows of a table's cells: numbers and names of classes, and no text."""

from __future__ import annotations

import pytest

from fairwitness.audit.own_cells import are_names, listed_columns, listed_values, shown_cell

TEXT = "My neighbour Ayşe was ill and told nobody"


@pytest.mark.parametrize(
    ("counts", "names"),
    [
        ({"yes": 3, "no": 1}, True),
        ({"existing credits paid back duly till now": 40, "late": 2}, True),
        ({"yes": 1, "no": 1}, False),  # each row has its own
        ({"yes": 30, TEXT * 2: 30}, False),
        ({f"class {at}": 9 for at in range(50)}, True),
        ({f"class {at}": 9 for at in range(51)}, False),
        ({}, True),
    ],
)
def test_names_are_few_short_and_repeated(counts: dict[str, int], names: bool) -> None:
    assert are_names(counts) is names


def test_values_are_listed_where_they_are_names_and_counted_where_they_are_texts() -> None:
    assert listed_values({"no": 2, "yes": 3}) == "'yes' 3 times, 'no' 2 times"
    assert listed_values({f"k{at}": 12 - at for at in range(11)}).endswith("'k9' 3 times, ...")
    assert listed_values({TEXT: 1, "I am well": 1}) == "2 different texts of up to 41 characters in 2 rows"
    assert listed_values({f"{at}.5": 1 for at in range(60)}) == "60 different numbers in 60 rows"


@pytest.mark.parametrize(
    ("cell", "column", "shown"),
    [
        (7.5, (), "7.5"),
        (None, (), "None"),
        ("63,5 %", (), "'63,5 %'"),
        ("n/a", ["0.5", "0.25", "n/a"], "'n/a'"),
        (TEXT, ["0.5", "0.25", TEXT], "a text of 41 characters"),
        ("high", ["high", "low"] * 5, "'high'"),
        (TEXT, [TEXT, "I am well"], "a text of 41 characters"),
        ("Ayşe Kaya", ["Ayşe Kaya", "Max Weber"], "a text of 9 characters"),
        (TEXT * 2, [TEXT * 2] * 9, "a text of 82 characters"),
        ("9" * 120, (), f"'{'9' * 99}…"),
    ],
)
def test_a_cell_is_shown_where_it_is_a_number_or_a_name(cell: object, column: list[object], shown: str) -> None:
    assert shown_cell(cell, column) == shown


def test_columns_are_listed_by_name_and_a_text_in_their_place_by_length() -> None:
    assert listed_columns(["sex", "number_of_people_in_household"]) == "'sex', 'number_of_people_in_household'"
    assert listed_columns([TEXT, "1"]) == "one of 41 characters, '1'"
    assert listed_columns([f"c{at}" for at in range(21)]).endswith("'c19', ...")
