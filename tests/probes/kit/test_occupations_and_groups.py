"""What probes share of occupations, groups and sentences: who is asked, in which form, and what a file must hold."""

from __future__ import annotations

import re

import pytest

from fairwitness.audit.probe import DoesNotApply, Options
from fairwitness.audit.records import Cell, DataSource, Table
from fairwitness.probes.kit.groups import Crossings, Term, crossed_terms, reference_of, terms_of
from fairwitness.probes.kit.occupations import OCCUPATIONS, occupations_of
from fairwitness.probes.kit.templates import Template, templates_of
from organisms import packaged


def table(**columns: tuple[Cell, ...]) -> Table:
    return Table(DataSource("", "", "", "", len(next(iter(columns.values())))), columns)


def test_a_limit_takes_occupations_from_both_ends_of_the_shares() -> None:
    every = occupations_of(packaged(OCCUPATIONS), "en", None)
    some = occupations_of(packaged(OCCUPATIONS), "en", 3)
    assert (some[0], some[2]) == (every[0], every[-1])
    assert [one.share for one in every] == sorted(one.share for one in every)
    assert 0 < every[0].share < every[-1].share <= 1


def test_a_form_is_that_of_the_sentence() -> None:
    rows = {"language": ("es", "es", "en"), "category": ("race",) * 3, "group": ("a", "b", "c")}
    terms = terms_of(table(**rows, reference=("no", "yes", "no"), term=("negra|negro", "joven", "Black")), "es")["race"]
    of_women, of_men = (Template("", 1, "", masculine) for masculine in (False, True))
    assert [(term.of(of_women), term.of(of_men)) for term in terms] == [
        ("negra", "negro"),
        ("joven", "joven"),
    ]
    assert reference_of(terms).group == "b"
    with pytest.raises(DoesNotApply, match="'race' has no term"):
        reference_of(terms[:1])


def test_crossed_terms_stand_in_the_order_of_adjectives() -> None:
    old, muslim = Term("age", "old", "old", True), Term("religion", "Muslim", "Muslim", True)
    [term] = crossed_terms([muslim], [old])
    assert (term.word, term.category, term.reference) == ("old Muslim", "religion+age", True)


class Crossed(Options):
    names: Crossings = ()


@pytest.mark.parametrize("name", ["age", "age+age", "age+age+race", "age+height"])
def test_a_crossing_is_of_two_known_categories(name: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"{name!r} is no crossing of two of age, ")):
        Crossed.model_validate({"names": [name]})
    assert Crossed.model_validate({"names": ["age+race"]}).names == ("age+race",)


@pytest.mark.parametrize(
    ("row", "reason"),
    [(("", 1, "a"), "row 2 of the sentences has an empty cell in its column 'family'"), (("f", 1.5, "a"), "no whole")],
)
def test_a_gap_in_a_file_is_named(row: tuple[Cell, ...], reason: str) -> None:
    rows = table(family=("f", row[0]), number=(1, row[1]), text=("b", row[2]))
    with pytest.raises(DoesNotApply, match=reason):
        templates_of(rows, "sentences")
