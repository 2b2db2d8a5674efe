"""Texts in several languages behave as English and lose their translations rather than keep a wrong one."""

from __future__ import annotations

import copy

import pytest

from fairwitness.audit.records import Name, Translated, each, from_languages, joined, languages

TEXT = Translated("no rows", {"zh": "没有数据行"})


def test_a_text_is_its_english_string() -> None:
    assert TEXT == "no rows"
    assert TEXT in {"no rows"}
    assert f"{TEXT}" == "no rows"
    assert languages("plain") == {"en": "plain"}


@pytest.mark.parametrize("change", [str.upper, str.strip, lambda text: text.replace("x", "y"), lambda text: text[:]])
def test_what_does_not_know_of_translations_loses_them(change: object) -> None:
    assert callable(change)
    assert languages(change(TEXT)).keys() == {"en"}


def test_what_knows_of_them_changes_every_language() -> None:
    assert languages(each(TEXT, lambda text: f"<{text}>")) == {"en": "<no rows>", "zh": "<没有数据行>"}
    assert languages(TEXT + "!") == {"en": "no rows!", "zh": "没有数据行!"}
    assert languages("? " + TEXT) == {"en": "? no rows", "zh": "? 没有数据行"}
    assert languages(joined("; ", [TEXT, "Ada", TEXT]))["zh"] == "没有数据行; Ada; 没有数据行"


def test_a_language_that_one_part_lacks_is_left_out() -> None:
    assert languages(joined(" ", [TEXT, Translated("only English")])) == {"en": "no rows only English"}


def test_they_come_back_from_a_copy_and_a_mapping() -> None:
    for back in (copy.copy(TEXT), copy.deepcopy(TEXT), from_languages(languages(TEXT))):
        assert languages(back) == languages(TEXT)


def test_a_text_does_not_change() -> None:
    with pytest.raises(AttributeError, match="does not change"):
        TEXT.translations = {}
    with pytest.raises(ValueError, match="no translation"):
        Translated("a", {"en": "b"})


def test_names_between_commas_are_a_name() -> None:
    assert isinstance(joined(", ", [Name("Sri Lanka"), "Ada"]), Name)
    assert not isinstance(joined(", ", [Name("Sri Lanka"), "all rows"]), Name)
