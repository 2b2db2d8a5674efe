from __future__ import annotations

import pytest

from fairwitness.audit.attribution.hidings import Removed
from fairwitness.audit.attribution.words import split


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The nurse said that [MASK] was tired.", ["The", "nurse", "said", "that", "was", "tired"]),
        ("Don't stop-it, O’Neil!", ["Don't", "stop", "it", "O’Neil"]),
        ("护士说[MASK]累了。", ["护", "士", "说", "累", "了"]),
        ("我用Python写code。", ["我", "用", "Python", "写", "code"]),
        ("यह किताब अच्छी है", ["यह", "किताब", "अच्छी", "है"]),
        ("Größe cafe\u0301 42_x", ["Größe", "cafe\u0301", "42_x"]),
        ("ok 👍🏽 👩\u200d🔬!", ["ok", "👍🏽", "👩\u200d🔬"]),
        ("'quoted' words'", ["quoted", "words"]),
        (" \u202e.,;", []),
    ],
)
def test_words_are_those_of_a_reader(text: str, words: list[str]) -> None:
    found = split(text)
    assert [word.text for word in found] == words
    assert [text[word.start : word.end] for word in found] == words


def test_hidden_words_take_the_space_before_them_along() -> None:
    text = "The nurse, who left, said [MASK] was tired."
    words = split(text)
    shown = {word.text: word.text not in ("The", "who", "left", "tired") for word in words}
    assert Removed().hide(text, words, [shown[word.text] for word in words]).text == "nurse,, said [MASK] was."
    assert Removed().hide(text, words, [False] * len(words)).text == ",, [MASK]."
    assert Removed().hide(text, words, [True] * len(words)).text == text
