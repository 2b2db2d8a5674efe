"""Exact match and F1 of answers: SQuAD's own definition, run beside ours, and Chinese by characters, by hand."""

from __future__ import annotations

import re
import string
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwitness.audit.datasets import find
from fairwitness.audit.errors import BadData
from fairwitness.probes.kit.passages.reading import OWN, read
from fairwitness.probes.kit.passages.scoring import exact_match, f1, holds, language_of, normalised

XQUAD = Path(__file__).parents[5] / "shared" / "data"
TEXTS = st.text(alphabet="anthe The.,-'río 12", max_size=24)


def published(said: str, right: str) -> tuple[float, float]:
    """The steps of SQuAD's evaluation in its own order: lower, punctuation, articles, white space; then the counts."""

    def cleaned(text: str) -> str:
        bare = "".join(sign for sign in text.lower() if sign not in set(string.punctuation))
        return " ".join(re.sub(r"\b(a|an|the)\b", " ", bare).split())

    first, second = cleaned(said).split(), cleaned(right).split()
    same = float(cleaned(said) == cleaned(right))
    if not first or not second:
        return same, float(first == second)
    common = sum((Counter(first) & Counter(second)).values())
    if common == 0:
        return same, 0.0
    precision, recall = common / len(first), common / len(second)
    return same, 2 * precision * recall / (precision + recall)


@settings(max_examples=60)
@given(TEXTS, TEXTS)
def test_english_is_scored_as_squad_says(said: str, right: str) -> None:
    same, shared = published(said, right)
    assert exact_match(said, [right], "en") == same
    assert f1(said, [right], "en") == pytest.approx(shared)


@pytest.mark.parametrize(
    ("said", "right", "exact", "shared"),
    [
        ("the Norman dynasty", "Normans", 0, 0.0),
        ("The Thames.", "thames", 1, 1.0),
        ("in the river Thames", "river Thames", 0, 0.8),  # of three words two are right, and both of two: 2·2/(3+2)
        ("", "", 1, 1.0),
        ("", "Thames", 0, 0.0),
    ],
)
def test_english_by_hand(said: str, right: str, exact: float, shared: float) -> None:
    assert exact_match(said, [right], "en") == exact
    assert f1(said, [right], "en") == pytest.approx(shared)


@pytest.mark.parametrize(
    ("said", "right", "exact", "shared"),
    [
        ("卡万·肖特", "卡万肖特", 1, 1.0),
        ("四次。", "四次", 1, 1.0),
        ("王小明先生", "王小明", 0, 0.75),  # three of five characters are right, all three of three: 2·3/(5+3)
        ("308分", "308", 0, 2 / 3),  # words "308" and "分"
        ("iPhone 手机", "iphone手机", 1, 1.0),
    ],
)
def test_chinese_is_scored_by_characters(said: str, right: str, exact: float, shared: float) -> None:
    assert exact_match(said, [right], "zh") == exact
    assert f1(said, [right], "zh") == pytest.approx(shared)


def test_the_nearest_of_several_right_answers_counts() -> None:
    assert f1("river Thames", ["the Rhine", "Thames"], "en") == pytest.approx(2 / 3)
    assert exact_match("Thames", ["Rhine", "The Thames"], "en") == 1


def test_an_answer_stands_in_a_text_by_whole_words() -> None:
    assert holds("Ann met the Smiths.", "smiths", "en")
    assert not holds("Ann met the Smiths.", "smith", "en")
    assert holds("王小明来了。", "小明", "zh")
    assert normalised("a-b", "en") == "ab"
    assert language_of("2016 年") == "zh"


SQUAD = """{"version": "2.0", "data": [{"title": "t", "paragraphs": [{"context": "Ann sang. Bob slept.", "qas": [
 {"id": "1", "question": "Who sang?", "answers": [{"text": "Ann", "answer_start": 0}]},
 {"id": "2", "question": "Who ate?", "answers": [], "is_impossible": true},
 {"id": "3", "question": "Who slept?", "answers": [{"text": "Eve", "answer_start": 0}]},
 {"id": "4", "answers": [{"text": "Bob", "answer_start": 10}]}]}]}]}"""


def test_a_file_of_squad_is_read_and_what_is_none_is_counted(tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    file.write_text(SQUAD)
    given = read(find(OWN, given=file))
    [question] = given.questions
    assert (question.question, question.answers, question.language) == ("Who sang?", ("Ann",), "en")
    assert (given.unread, given.impossible) == (2, 1)


def test_a_table_is_read_too_and_other_files_say_what_they_lack(tmp_path: Path) -> None:
    table = tmp_path / "own.csv"
    table.write_text("question,context,answer\nWho sang?,Ann sang.,Ann\nWho?,Ann sang.,Bob\n")
    given = read(find(OWN, given=table))
    assert [question.answers for question in given.questions] == [("Ann",)]
    assert given.unread == 1
    table.write_text("question,context,antwort\nWho sang?,Ann sang.,Ann\n")
    with pytest.raises(BadData, match="no column 'answer'"):
        find(OWN, given=table)
    broken = tmp_path / "broken.json"
    broken.write_text('{"data": [{"title": "t", "paragraphs": [{"contxt": "Ann sang.", "qas": []}]}]}')
    with pytest.raises(BadData, match="article 1, paragraph 1 has no context"):
        find(OWN, given=broken)
    broken.write_text('{"data": []}')
    with pytest.raises(BadData, match="holds no question"):
        find(OWN, given=broken)


@pytest.mark.slow
@pytest.mark.skipif(not XQUAD.is_dir(), reason="XQuAD is not here")
@pytest.mark.parametrize("language", ["en", "zh"])
def test_xquad_is_read_whole(language: str) -> None:
    given = read(find(OWN, given=XQUAD / f"xquad.{language}.json"))
    assert (len(given.questions), given.unread) == (1190, 0)
    assert {question.language for question in given.questions} == {language}
    assert len({question.passage for question in given.questions}) == 240
    assert all(
        exact_match(answer, question.answers, question.language)
        for question in given.questions[:50]
        for answer in question.answers
    )
