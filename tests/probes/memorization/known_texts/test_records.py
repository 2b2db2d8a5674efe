"""Frames, copies and forms: what a text gives away of itself, and what a model must know to go on."""

from __future__ import annotations

import re

import pytest

from fairwitness.audit.requests import TokenScores
from fairwitness.probes.kit.memory.passages import Passage
from fairwitness.probes.kit.memory.predictors import explain, form_of, only_new
from fairwitness.probes.kit.memory.quantities import Quantities, measure
from fairwitness.probes.memorization.known_texts.probe import PROBE
from organisms import packaged

TEXTS = packaged(PROBE.spec.data[0])
LOG = "\n".join(
    f"2026-11-{day:02d} {day}:{minute} pump {number} at {level} percent, {name} on watch"
    for day, minute, number, level, name in (
        (10, 41, 7, 83, "Oduya"),
        (12, 17, 3, 29, "Larsen"),
        (14, 58, 9, 64, "Petrov"),
        (16, 20, 4, 77, "Quist"),
        (18, 35, 8, 51, "Ferrand"),
        (19, 46, 2, 90, "Imai"),
        (21, 13, 6, 38, "Wolde"),
        (23, 52, 5, 69, "Castell"),
    )
)
PIECE = re.compile(r"[^\W\d]+|\d|[^\w\s]|\n")


def of(text: str, known: bool) -> Quantities:
    """A model that goes on with what stood in the text before, or one that knows the text by heart."""
    explained = explain(text)
    seen: set[str] = set()
    hits, starts = [], []
    for piece in PIECE.finditer(text):
        again = piece.group() in seen and not piece.group().isdigit()
        hits.append(known or again or explained.at(piece.start()))
        starts.append(piece.start())
        seen.add(piece.group())
    scores = TokenScores((-0.7,) * len(hits[1:]), tuple(hits[1:]), tuple(starts[1:]))
    return measure(Passage("it", "own", "it", text), [scores], [50], 50)


def test_a_model_that_copies_knows_no_records_by_heart() -> None:
    copies = of(LOG, known=False)
    assert copies.form == "records"
    assert copies.hits > copies.scored / 2
    assert copies.run.length > 8  # the frame, and digits that stand there in every line
    assert copies.counted == 0


def test_records_known_by_heart_are_long_runs_of_what_is_new() -> None:
    knows = of(LOG, known=True)
    assert knows.run.length == knows.scored
    assert knows.counted == knows.open > 60  # every digit, and each word once


def test_a_frame_with_a_slot_in_every_line_is_given_away() -> None:
    text = '{"name": "Bo", "age": 7}, {"name": "Ulla", "age": 52}'
    explained = explain(text)
    assert explained.at(text.rindex("name"))
    assert explained.at(text.rindex("age"))
    assert not explained.at(text.index("Ulla"))
    assert not explained.at(text.index("52"))


def test_digits_are_no_copies_and_words_are() -> None:
    text = "set_width(3); get_width(3); draw(width, 7)"
    given = only_new(text, explain(text))
    assert given.at(text.rindex("width"))
    assert not given.at(text.rindex("7"))
    assert not given.at(text.index("draw"))


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Dear Ms. Okafor, thank you for your letter of 3 March, which reached us on Friday.", "sentences"),
        ("她把自行车推过桥，桥上没有人。", "sentences"),
        ("यह किताब अच्छी है और वह पेड़ पुराना है", "sentences"),
        ("4,17,0.93,ok\n5,21,0.88,ok\n6,40,0.12,no", "records"),
        ("for (i = 0; i < n; i++) { sum += a[i]; }", "records"),
    ],
)
def test_the_form_of_a_text(text: str, form: str) -> None:
    assert form_of(text, explain(text).share) == form


def test_sentences_in_one_frame_are_records() -> None:
    text = " ".join(f"The {word} tank holds water and is open." for word in ("red", "blue", "old", "new", "big", "low"))
    assert form_of(text, explain(text).share) == "records"


@pytest.mark.slow
def test_the_written_texts_have_both_forms_and_hardly_give_running_text_away() -> None:
    forms = {"sentences": 0, "records": 0}
    rows = zip(*(TEXTS.columns[name] for name in ("kind", "register", "title", "text")), strict=True)
    for kind, register, title, text in rows:
        if kind == "written":
            share = explain(str(text)).share
            form = form_of(str(text), share)
            forms[form] += 1
            assert form == "records" or share < 0.15, title
            assert form == "sentences" or register not in ("prose", "letters", "chinese"), title
    assert forms["sentences"] >= 150
    assert forms["records"] >= 50
