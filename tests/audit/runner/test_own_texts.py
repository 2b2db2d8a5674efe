"""Texts of a user's of one to three words, which no four words in a row can show."""

from __future__ import annotations

import pytest

from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Column, Evidence
from fairwitness.audit.runner.own_texts import veiled

TEXTS = ("Zqarimqqx9917", "Zqarim qqx9917", "her qqx9917 today", "비밀번호는망고칠칠")
PROMPT, TOKEN = Column("text", "prompt"), Column("token", "token")


def shown(text: str) -> Findings:
    """What explanations and maps show of a text: a table of prompts, a strip and a matrix of its words."""
    strip = Evidence("strip", f"class LABEL_2: “{text}”", "tokens", (TOKEN,), tuple((one,) for one in text.split()), 3)
    columns = (Column("from"), Column(text.split()[0], "number"))
    matrix = Evidence("map", f"Layer 2, head 3: {text}", "matrix", columns, ((text.split()[0], 1.0),), 1)
    prompts = Evidence("texts", "Texts that were read", "table", (PROMPT,), ((text,), ("another",)), 2)
    return Findings([], [strip, matrix, prompts])


@pytest.mark.parametrize("text", TEXTS)
def test_short_texts_stand_in_nothing_that_shows_them(text: str) -> None:
    found = veiled(shown(text), {text})
    for one in found.evidence:
        assert text not in one.caption
        named = [column.name for column in one.columns]
        open_cells = [
            cell for row in one.rows for cell, column in zip(row, one.columns, strict=True) if not column.secret
        ]
        assert text.split()[0] not in [*named, *open_cells]


def test_a_word_of_a_list_hides_no_prompt_that_holds_it() -> None:
    """Who gives a list of words has them in many prompts."""
    prompt = Evidence("texts", "Texts that were read", "table", (PROMPT,), (("the engineer was late",),), 1)
    assert veiled(Findings([], [prompt]), {"engineer"}).evidence == [prompt]
