"""Words for groups: their forms, their references, and two categories crossed."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from fairwitness.audit.probe import DoesNotApply
from fairwitness.audit.records import DataSource, Table
from fairwitness.probes.kit.blanks import blanks_for
from fairwitness.probes.kit.groups import Crossings, Term, crossed_terms, reference_of, terms_of
from fairwitness.probes.kit.templates import Template

ABOUT_WOMEN, ABOUT_MEN = Template("f", 1, "", masculine=False), Template("f", 1, "", masculine=True)


def test_a_cell_with_a_bar_holds_a_form_for_sentences_about_men() -> None:
    columns = {
        "language": ("es", "en"),
        "category": ("race", "race"),
        "group": ("Black", "Black"),
        "reference": ("", ""),
        "term": ("negras|negros", "Black"),
    }
    [term] = terms_of(
        Table(DataSource(name="fill_mask_terms", source="", sha256="", licence="", rows=2), columns), "es"
    )["race"]
    assert (term.of(ABOUT_WOMEN), term.of(ABOUT_MEN)) == ("negras", "negros")


def test_a_category_without_a_reference_is_named() -> None:
    with pytest.raises(DoesNotApply, match="'age' has no term"):
        reference_of([Term("age", "old", "old", reference=False)])


def test_the_adjective_of_age_stands_first_whatever_the_order_of_the_crossing() -> None:
    religion, age = [Term("religion", "Jewish", "Jewish", True)], [Term("age", "old", "old", False)]
    [term] = crossed_terms(religion, age)
    assert (term.word, term.category, term.reference, term.parts) == (
        "old Jewish",
        "religion+age",
        False,
        ("old", "Jewish"),
    )


@pytest.mark.parametrize("name", ["age", "age+age", "age+height", "age+race+religion"])
def test_what_is_no_crossing_of_two_categories_is_a_mistake(name: str) -> None:
    with pytest.raises(ValidationError, match="is no crossing of two of age, "):
        TypeAdapter(Crossings).validate_python((name,))
    assert TypeAdapter(Crossings).validate_python(("age+race",)) == ("age+race",)


def test_a_word_is_hidden_by_a_blank_for_each_word_and_in_chinese_for_each_character() -> None:
    assert blanks_for("dental hygienist", "en") == "[MASK] [MASK]"
    assert blanks_for("护士", "zh") == "[MASK][MASK]"
