"""Texts of a user's of one to three words, which no four words in a row can show."""

from __future__ import annotations

import pytest

from fairwitness.audit.probe import Findings
from fairwitness.audit.records import (
    Column,
    DecisionRows,
    Evidence,
    Metric,
    ScoredItems,
    Translated,
    Undefined,
    languages,
)
from fairwitness.audit.runner.own_texts import OwnTexts, reason_without, veiled

TEXTS = ("Zqarimqqx9917", "Zqarim qqx9917", "her qqx9917 today", "비밀번호는망고칠칠")
PROMPT, TOKEN = Column("text", "prompt"), Column("token", "token")


def shown(text: str) -> Findings:
    """What explanations and maps show of a text: a table of prompts, a strip and a matrix of its words."""
    strip = Evidence(
        id="strip",
        caption=f"class LABEL_2: “{text}”",
        kind="tokens",
        columns=(TOKEN,),
        rows=tuple((one,) for one in text.split()),
        total=3,
    )
    columns = (Column("from"), Column(text.split()[0], "number"))
    matrix = Evidence(
        id="map",
        caption=f"Layer 2, head 3: {text}",
        kind="matrix",
        columns=columns,
        rows=((text.split()[0], 1.0),),
        total=1,
    )
    prompts = Evidence(
        id="texts",
        caption="Texts that were read",
        kind="table",
        columns=(PROMPT,),
        rows=((text,), ("another",)),
        total=2,
    )
    return Findings(metrics=[], evidence=[strip, matrix, prompts])


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
    prompt = Evidence(
        id="texts",
        caption="Texts that were read",
        kind="table",
        columns=(PROMPT,),
        rows=(("the engineer was late",),),
        total=1,
    )
    assert veiled(Findings(metrics=[], evidence=[prompt]), {"engineer"}).evidence == [prompt]


def test_labels_of_items_that_repeat_a_text_are_numbered_and_stay_apart() -> None:
    own = "my own secret words here"
    other = "my own secret words there"
    items = ScoredItems(
        ids=("1", own, "3"),
        scores={"gap": (1.0, 2.0, None)},
        clusters={"text": (own, other, own), "kind": ("a", "b", "a")},
        unanswered=(False, False, True),
    )
    found = veiled(Findings(metrics=[], items=items), {own, other}).items
    assert isinstance(found, ScoredItems)
    assert found.ids == ("1", "[item: hidden, 1]", "3")
    assert found.clusters["text"] == ("[text: hidden, 1]", "[text: hidden, 2]", "[text: hidden, 1]")
    assert (found.clusters["kind"], found.scores) == (items.clusters["kind"], items.scores)


def test_cells_of_decisions_are_hidden_as_those_of_their_evidence_are() -> None:
    """Only where the probe shows texts, and never the name of a group that a metric speaks of."""
    own, named = "my own secret words here", "a group of four words"
    rows = DecisionRows(
        rows=(1, 2),
        groups={"g": (own, named)},
        decisions=(own, "no"),
        outcomes=(None, own),
        rule=f"the outcome '{own}'",
    )
    few = Undefined("few")
    metric = Metric(name="m", estimate=few, unit="", better="none", claim="", by={"g": named}, scope="group")
    prompt = Evidence(id="rows", caption="Rows", kind="table", columns=(PROMPT,), rows=(("anything",),), total=1)
    assert veiled(Findings(metrics=[metric], items=rows), {own, named}).items == rows
    found = veiled(Findings(metrics=[metric], evidence=[prompt], items=rows), {own, named}).items
    assert isinstance(found, DecisionRows)
    assert found.groups == {"g": ("[g: hidden, 1]", named)}
    assert found.decisions == ("[decision: hidden, 1]", "no")
    assert found.outcomes == (None, "[true outcome: hidden, 1]")
    assert own not in found.rule


PRIVATE = "Ada Quillfeather repaid seventeen crowns"


def test_a_translation_leaks_nothing_that_english_does_not_hold() -> None:
    text = Translated("one text was left out", {"zh": f"略去一个文本：{PRIVATE}"})
    table = Evidence(id="t", caption=text, kind="table", columns=(PROMPT,), rows=((PRIVATE,),), total=1)
    metric = Metric(name="m", estimate=Undefined(text), unit="share", better="none", claim=text)
    found = veiled(Findings(metrics=[metric], evidence=[table], notes=[text]), {PRIVATE})
    [metric], [table], [note] = found.metrics, found.evidence, found.notes
    assert isinstance(metric.estimate, Undefined)
    for shown_text in (metric.claim, metric.estimate.reason, table.caption, note, reason_without(text, {PRIVATE})):
        assert PRIVATE not in str(languages(shown_text))


def test_a_translation_that_repeats_no_text_stays() -> None:
    text = Translated("one text was left out", {"zh": "略去一个文本"})
    table = Evidence(id="t", caption=text, kind="table", columns=(PROMPT,), rows=((PRIVATE,),), total=1)
    found = veiled(Findings(metrics=[], evidence=[table], notes=[text]), {PRIVATE})
    assert languages(found.evidence[0].caption) == languages(found.notes[0]) == languages(text)


def test_of_a_corpus_no_more_runs_are_kept_than_what_is_shown_could_repeat() -> None:
    """All runs of four words of a corpus would take many times the memory of the corpus."""
    corpus = [f"w{at} x{at} y{at} z{at} and so on" for at in range(1_000)]
    kept = OwnTexts.of(corpus, within=["it said w7 x7 y7 z7 again", "nothing of theirs"])
    assert kept
    assert kept.runs == {"w7 x7 y7 z7"}
    assert kept.in_text("w7 x7 y7 z7")
    assert OwnTexts.of(corpus, within=[])  # a strip of words is hidden though no run of four stands in it
    assert not OwnTexts.of(["", "!"])


def test_a_word_of_a_users_names_no_column_of_a_strip() -> None:
    columns = (TOKEN, Column("SHAP with “qqx9917”", "weight"), Column("SHAP", "weight"))
    strip = Evidence(id="strip", caption="class a", kind="tokens", columns=columns, rows=(("a", 1.0, 2.0),), total=1)
    (found,) = veiled(Findings(metrics=[], evidence=[strip]), {"qqx9917"}).evidence
    assert [column.name for column in found.columns] == ["token", "column 2", "SHAP"]


def test_the_caption_of_a_strip_is_hidden_where_its_words_are() -> None:
    """A text of a user's with one word put in place of another is nobody else's, though no file holds it so."""
    caption = "class a, with the word of another group: “The qux sat”"
    strip = Evidence(id="strip", caption=caption, kind="tokens", columns=(TOKEN,), rows=(("The",),), total=1)
    (found,) = veiled(Findings(metrics=[], evidence=[strip]), {"The nurse sat"}).evidence
    assert "qux" not in found.caption
