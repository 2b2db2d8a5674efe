"""Words are filled in for each language, and a claim has a language where all of its parts have it."""

from __future__ import annotations

import pytest

from fairwitness.audit.records import Name, Translated, joined, languages
from fairwitness.audit.words import Words, filled

WORDS = Words(
    {"note": "{count} rows: {why}", "why": {"few": "too few"}, "list": ["a", "b"], "heads": {"p (Holm)": "p, Holm"}},
    {"zh": {"note": "{count} 行：{why}", "why": {"few": "太少"}, "list": ["甲"], "heads": {"p (Holm)": "p 值"}}},
)


def test_texts_within_texts_are_filled_in_by_language() -> None:
    note = WORDS("note", count=3, why=WORDS("why.few"))
    assert languages(note) == {"en": "3 rows: too few", "zh": "3 行：太少"}


def test_names_are_the_same_in_every_language() -> None:
    assert languages(WORDS("note", count="{why}", why="Ada")) == {"en": "{why} rows: Ada", "zh": "{why} 行：Ada"}


def test_plain_english_does_not_stand_within_another_language() -> None:
    assert languages(WORDS("note", count=3, why="too few rows")) == {"en": "3 rows: too few rows"}
    assert languages(WORDS("note", count="3 men", why=WORDS("why.few"))) == {"en": "3 men rows: too few"}
    assert languages(joined(" and ", [WORDS("why.few"), WORDS("why.few")])) == {"en": "too few and too few"}


def test_what_is_called_the_same_in_every_language_is_a_name() -> None:
    assert languages(WORDS("note", count=3, why=Name("Sri Lanka")))["zh"] == "3 行：Sri Lanka"
    assert languages(WORDS("note", count="1 / 2", why="95 %"))["zh"] == "1 / 2 行：95 %"
    assert "zh" not in languages(WORDS("note", count=3, why=Name("Sri Lanka").lower()))


def test_a_part_without_a_language_takes_it_from_the_whole() -> None:
    assert languages(WORDS("note", count=3, why=Translated("English alone"))) == {"en": "3 rows: English alone"}
    assert languages(filled("{why}", {"why": WORDS("why.few")})) == {"en": "too few"}


def test_branches_lists_and_keys_with_any_sign() -> None:
    assert languages(WORDS["why"]("few")) == {"en": "too few", "zh": "太少"}
    assert [languages(text) for text in WORDS.texts("list")] == [{"en": "a", "zh": "甲"}, {"en": "b"}]
    assert languages(WORDS.named("heads", "p (Holm)")) == {"en": "p, Holm", "zh": "p 值"}
    assert languages(WORDS.or_key("heads", "row 1")) == {"en": "row 1"}


def test_a_key_that_no_language_has_is_refused_with_the_nearest() -> None:
    with pytest.raises(KeyError, match=r"no words 'p \(Hlm\)' under \[heads\]; did you mean 'p \(Holm\)'\?"):
        WORDS.named("heads", "p (Hlm)")
    assert "why" in WORDS
