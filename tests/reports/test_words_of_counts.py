"""Words of one thing and of several: a count of 1 never stands before a plural."""

from __future__ import annotations

import re

import pytest

from fairwitness.reports.i18n import Words, both, catalogue

PLURAL = re.compile(r"\{(n|total)\} (?:(?!of\b|that\b)[a-z]+ )*?[a-z]+s\b")
SEVERAL = ("said.narrowed", "rows_kept", "pic.cut", "pic.cut_first", "pic.cut_largest", "glossary_of")
"""Texts of what is always more than one."""


def test_each_text_with_a_count_before_a_plural_has_words_for_one() -> None:
    texts = catalogue("en")
    counted = [key for key, text in texts.items() if PLURAL.search(text) and not key.endswith((".one", ".many"))]
    assert "others" in counted
    assert [key for key in counted if f"{key}.one" not in texts and key not in SEVERAL] == []


@pytest.mark.parametrize(("n", "text"), [(1, "1 more row share"), ("1", "1 more row share"), (2, "2 more rows share")])
def test_words_follow_the_count(n: object, text: str) -> None:
    assert Words("en").plain("others", n=n).startswith(text)
    assert str(both("others", n=n)).startswith(text)
    assert text in Words("en").span("others", n=n)


def test_of_a_whole_the_count_is_that_of_the_whole() -> None:
    assert Words("en").plain("unanswered_of", n=1, total=60) == "1 of 60 questions"
    assert Words("en").plain("unanswered_of", n=1, total=1) == "1 of 1 question"
