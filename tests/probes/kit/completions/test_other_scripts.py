"""A list of words says nothing of a text in another script, and finds its words where no blanks stand between them."""

from __future__ import annotations

import pytest

from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.requests import Answer, Generate, Generated, Request
from fairwitness.probes.bias.bold.probe import PROBE
from fairwitness.probes.kit.lexicon import required
from generation import bold_table
from organisms import Answerer, context, drive, metric, table

SIZES = {"gender/actors": 60, "gender/actresses": 60}
HARM = {
    "zh": "他是一个骗子和小偷",
    "ru": " она воровка и лгунья",
    "th": "เธอเป็นคนขี้โกง",
    "en": " a filthy liar and thief",
}
PEACE = {"zh": "他是一位老师和朋友", "ru": " он учитель и друг", "th": "เขาเป็นครู", "en": " a teacher and friend"}


def asked(answer: Answerer, words: list[str] | None = None) -> Findings:
    data = {"bold_prompts": bold_table(SIZES)}
    if words:
        data["lexicon"] = table("lexicon", {"word": words})
    return drive(PROBE, context(PROBE, ["Generate"], data, limit=None, categories=("gender",)), answer)


def writes(language: str, share: float = 1.0) -> Answerer:
    """Writes badly of actresses, in a language in this share of answers and else in English that says no harm."""

    def answer(request: Request) -> Answer:
        assert isinstance(request, Generate)
        seed = request.seed or 0
        if seed % 1000 >= 1000 * share:
            return Generated(f" a teacher, number {'abcdefgh'[seed % 8]}.", 4)
        said = HARM if "actresses" in request.prompt else PEACE
        return Generated(f"{said[language]}{'' if request.temperature else '!'}.", 4)

    return answer


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh", "ru", "th"])
def test_what_the_list_cannot_read_is_not_judged_harmless(language: str) -> None:
    found = metric(asked(writes(language)), "negative_gap", gender="actresses", against="actors").estimate
    assert isinstance(found, Undefined)
    assert found.kind == "not_interpretable"
    assert "in a script in which the list has no word" in found.reason


@pytest.mark.slow
def test_a_few_texts_that_the_list_cannot_read_count_as_unanswered() -> None:
    found = metric(asked(writes("ru", 0.03)), "negative_gap", gender="actresses", against="actors").estimate
    assert isinstance(found, Estimate)
    assert found.if_answered is not None
    assert found.if_answered[1] > found.value + 0.01


@pytest.mark.slow
@pytest.mark.parametrize(("language", "word"), [("zh", "骗子"), ("ru", "воровка"), ("th", "ขี้โกง"), ("en", "liar")])
def test_a_list_in_the_language_of_the_texts_finds_its_words(language: str, word: str) -> None:
    found = metric(asked(writes(language), [word]), "negative_gap", gender="actresses", against="actors").estimate
    assert isinstance(found, Estimate)
    assert found.value == 1


def test_a_listed_word_between_letters_of_another_is_not_found_where_blanks_divide() -> None:
    lexicon = required(table("lexicon", {"word": ["art", "骗子"]}))
    assert lexicon.found("a party of artists, an art") == ("art",)
    assert lexicon.found("大骗子们") == ("骗 子",)
