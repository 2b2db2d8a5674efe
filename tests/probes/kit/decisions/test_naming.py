"""People are called by a value only where it is theirs, and a verb is denied only where that means its opposite."""

from __future__ import annotations

import pytest
from decision_tables import table

from fairwitness.probes.kit.decisions.naming import Naming
from fairwitness.probes.kit.decisions.table import ColumnRoles, DecisionTable


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("sex", "Female", "Female applicants"),
        (" SEX ", "Female", "Female applicants"),
        ("race/ethnicity", "Asian", "Asian applicants"),
        ("raceEthnicity", "African-American", "African-American applicants"),
        ("religion", "Catholic", "Catholic applicants"),
        ("officer_sex", "Female", "applicants with officer_sex Female"),
        ("interviewer race", "Black", "applicants with interviewer race Black"),
        ("mother_nationality", "German", "applicants with mother_nationality German"),
        ("origin", "Website", "applicants with origin Website"),
        ("sex of child", "Female", "applicants with sex of child Female"),
        ("race", "all", "applicants with race all"),
        ("race", "not", "applicants with race not"),
        ("race", "Most", "applicants with race Most"),
        ("race", "both", "applicants with race both"),
        ("race", "other", "applicants with race other"),
        ("race", "Prefer not to say", "applicants with race Prefer not to say"),
        ("race", "Two or More Races", "applicants with race Two or More Races"),
    ],
)
def test_only_a_column_of_the_applicants_own_names_them_by_its_values(column: str, value: str, words: str) -> None:
    assert str(Naming(unit="applicants").group({column: value})) == words


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["Female", "Male"], ["Female applicants", "Male applicants"]),
        (
            ["female", "Female", "Male"],
            ["applicants with sex female", "applicants with sex Female", "Male applicants"],
        ),
    ],
)
def test_values_that_are_spelled_alike_keep_their_column(values: list[str], words: list[str]) -> None:
    naming = DecisionTable(table({"sex": values}), ColumnRoles(("sex",), unit="applicants")).naming
    assert [str(naming.group({"sex": value})) for value in values] == words


SURE = [
    ("is granted the loan", "are granted the loan", "are not granted the loan"),
    ("was released", "were released", "were not released"),
    ("has been hired", "have been hired", "have not been hired"),
    ("has the card", "have the card", "do not have the card"),
    ("gets the loan", "get the loan", "do not get the loan"),
    ("does the test", "do the test", "do not do the test"),
    ("passes", "pass", "do not pass"),
    ("goes free", "go free", "do not go free"),
    ("qualifies for a grant", "qualify for a grant", "do not qualify for a grant"),
    ("can enter", "can enter", "cannot enter"),
]
UNSURE = [
    "must pay a deposit",
    "may enter",
    "should be hired",
    "gets no loan",
    "never gets a loan",
    "is not refused",
    "isn't refused",
    "does not get the loan",
    "doesn't pay",
    "is a customer",
    "is released without bail",
    "gets the loan and pays it",
    "always gets a loan",
    "has repaid",
    "loans granted",
    "bekommt den Kredit",
    "receive the loan",
    "is",
    "grants",
]


@pytest.mark.parametrize(("said", "several", "denied"), SURE)
def test_a_verb_that_is_surely_known_is_said_of_several_and_denied(said: str, several: str, denied: str) -> None:
    words = Naming(favourable=said).outcome("1")
    assert (str(words.get), str(words.get_not)) == (several, denied)


@pytest.mark.parametrize("said", UNSURE)
def test_any_other_is_quoted_as_the_decision_that_it_is(said: str) -> None:
    words = Naming(favourable=said).outcome("1")
    assert str(words.get) == f"get the decision “{said}”"
    assert str(words.get_not) == f"do not get the decision “{said}”"
