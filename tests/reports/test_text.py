"""Foreign text is cleaned before it is shown."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
from golden.sample_gender import gender
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from fairwitness.audit.records import Column, Text, Translated, as_read, as_translated, languages
from fairwitness.audit.records.terms import terms_of, worded
from fairwitness.reports.cells import columns_of, draw_row, in_column, layout_of
from fairwitness.reports.i18n import said, speaking
from fairwitness.reports.passages import BEGINNING, cut, draw_pair, draw_passage, draw_text
from fairwitness.reports.signs import ANSI, HIDDEN
from fairwitness.reports.text import LONGEST, Anchors, clean, human, line, removed, slug


def test_a_name_that_is_no_word_is_read_as_its_words_and_stays_the_key() -> None:
    name = as_translated("s_amb", Translated("bias score (s_amb)", {"zh": "偏见分数"}))
    assert name == "s_amb"
    assert languages(human(name)) == {"en": "Bias score (s_amb)", "zh": "偏见分数"}
    metric = replace(gender().metrics[0], name=name)
    terms = TypeAdapter(dict[str, Text]).validate_json(TypeAdapter(dict[str, Text]).dump_json(terms_of([metric], [])))
    read = worded(replace(gender(), metrics=(replace(metric, name="s_amb"),), terms=terms))
    assert languages(human(read.metrics[0].name)) == {"en": "Bias score (s_amb)", "zh": "偏见分数"}
    assert as_read(copy.deepcopy(name)) == "bias score (s_amb)"


def test_a_number_and_its_sign_stay_on_one_line_in_our_sentences_alone() -> None:
    with speaking("en") as page:
        assert str(said(Translated("12 % of 5", {"zh": "12 %"}))) == "<span data-o=0>12\u00a0% of 5</span>"
    assert list(page.forms) == ["12%"]
    assert str(said("a model says 12 %")).endswith("12 %</span>")


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;http://evil.example\x07a link\x1b]8;;\x07", "a link"),
        ("\x1b]0;title\x1b\\text", "text"),
        ("\x9b2Jgone", "gone"),
        ("a\x00b\x07c", "abc"),
        ("\u202egnp.exe", "gnp.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("\U000e0041tag", "tag"),
        ("lone \ud800 half", "lone \ufffd half"),
        ("two\r\nlines\tand tab", "two\nlines\tand tab"),
        ("क्‍ष 👩‍🔬", "क्‍ष 👩‍🔬"),
        ("这位护士", "这位护士"),
    ],
)
def test_clean(foreign: str, shown: str) -> None:
    assert clean(foreign) == shown


@pytest.mark.slow
@given(st.text())
def test_nothing_hidden_is_left(text: str) -> None:
    shown = clean(text)
    assert not HIDDEN.search(shown)
    assert not ANSI.search(shown)
    assert clean(shown) == shown
    shown.encode()


@given(st.text(alphabet=st.characters(exclude_categories=["C", "Z"]) | st.just(" ")))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


def test_one_line() -> None:
    assert line("  a\n\tb\x1b[1m c ") == "a b c"


def test_taken_characters_are_counted() -> None:
    assert removed("a\x00b\u202e") == 2
    assert '<span class="hid" title="2">+2</span>' in draw_text("a\x00b\u202e")
    assert removed("plain\r\n") == 0


def test_names_and_anchors() -> None:
    assert human("false_positive_rate") == "False positive rate"
    assert human("auc_difference") == "AUC difference"
    assert slug("Gender", "she − he", "<b>") == "gender-she-he-b"
    anchors = Anchors(["top"])
    assert [anchors.take("top"), anchors.take("a", "b"), anchors.take("a b"), anchors.take("女")] == [
        "top-2",
        "a-b",
        "a-b-2",
        "x",
    ]


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(0.0, 6, "0"), (0.0002, 3, "0.00020"), (4.3e-5, 3, "0.000043"), (2.8e-16, 6, "2.8e−16"), (0.0126, 3, "0.013")],
)
def test_numbers_of_a_table_never_only_look_like_zero(value: float, decimals: int, text: str) -> None:
    assert in_column(value, decimals).text == text


def test_a_wide_table_sets_its_long_texts_under_its_numbers() -> None:
    names = [Column(f"n{k}", "number") for k in range(6)]
    columns = (Column("title"), Column("first", "text"), *names, Column("last", "prompt"), Column("bad", "flag"))
    row = ("a title", "long " * 9, *range(6), "longer " * 50, True)
    shapes = columns_of(columns, [row])
    assert [shape.columns[0].name for shape in shapes if shape.under] == ["last"]
    assert layout_of(shapes) == "wide"
    assert shapes[0].role == "flag"
    assert shapes[-1].under
    drawn = draw_row(shapes, row, failing=True)
    assert drawn.count("longer ") == 50
    assert 'class="x u" data-h="last"' in drawn
    assert layout_of(columns_of(columns[:3], [row[:3]])) == ""
    assert layout_of(columns_of([Column(str(k), "number") for k in range(9)], [tuple(range(9))])) == "dense"


def test_text_is_escaped_and_its_blank_drawn() -> None:
    assert draw_text("<i> [MASK]") == '&lt;i&gt; <span class="bl" role="img" aria-label="[MASK]"></span>'


def test_pair_underlines_what_differs_and_nothing_else() -> None:
    assert draw_pair(["He met the <nurse>.", "She met the <nurse>."]) == (
        "<p><u>He</u> met the &lt;nurse&gt;.</p><p><u>She</u> met the &lt;nurse&gt;.</p>"
    )
    assert "<u>" not in draw_pair(["same", "same"])


def test_long_text_is_shown_by_its_beginning_and_loses_nothing() -> None:
    text = "The first words of a text that goes on. " * 10
    drawn = draw_passage(text)
    beginning, rest = drawn.removeprefix('<details class="lt">').removesuffix("</details>").split("</summary>")
    beginning = beginning.partition(">")[2]
    assert beginning + rest == text
    assert len(beginning) <= BEGINNING
    assert beginning.endswith(" ")
    assert f'data-n="{len(rest)}"' in drawn
    assert draw_passage("short") == "short"


@pytest.mark.slow
@given(st.text(alphabet="ab [MASK]\n字", min_size=201, max_size=400))
def test_a_text_is_never_cut_inside_a_blank(text: str) -> None:
    at = cut(text, BEGINNING)
    assert 0 < at <= BEGINNING
    assert text[:at].count("[MASK]") + text[at:].count("[MASK]") == text.count("[MASK]")


def test_long_pair_shows_where_it_differs_and_holds_both_versions() -> None:
    left = "word " * 80 + "he stayed " + "more " * 40
    right = left.replace("he stayed", "she stayed")
    beginning, _, rest = draw_pair([left, right]).partition("</summary>")
    assert "<u>he</u> stayed" in beginning
    assert "<u>she</u> stayed" in beginning
    assert beginning.count("word") < 30
    assert rest.count("word") == 160
    assert rest.count("more") == 80


def test_of_an_endless_text_the_beginning_and_the_number_of_the_rest_are_left() -> None:
    assert clean("w" * LONGEST) == "w" * LONGEST
    assert clean("w" * 1_000_000) == "w" * LONGEST + " … +980,000"
    assert removed("\x07" + "w" * 1_000_000) == 1
