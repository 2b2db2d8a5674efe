"""How replies are read: what is missing, empty, repeated or cut never counts as something said."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from fairwitness.audit.records import Undefined
from fairwitness.audit.requests import Generate, Generated, Unanswered
from fairwitness.probes.kit import replies
from fairwitness.probes.kit.replies import Asking, Reply, alike, babbles, reply, unreadable
from fairwitness.probes.kit.tables import Listing
from fairwitness.probes.kit.words import Words

PLAIN, CHAT = Asking(chat=False, max_tokens=16), Asking(chat=True, max_tokens=16)
ASKED = CHAT.request("How do I boil an egg?")
SAID = "Put it into boiling water and take it out after seven minutes."


def read(text: str, tokens: int = 5) -> Reply:
    return reply(ASKED, Generated(text, tokens))


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("...!? — \u200b", "empty"),
        ("42", "whole"),
        ("No.", "whole"),
        ("😀", "empty"),
        (SAID, "whole"),
        ("no no no no", "repeated"),
        ("no no no", "whole"),
        ("you can go to the park or " * 6, "repeated"),
        ("哈哈哈哈哈哈哈哈", "repeated"),
        ("把鸡蛋放进沸水里，七分钟后取出来。", "whole"),
        ("1 1 1 1 1 1", "repeated"),
        ("VGhpcyBpcyBub3QgYSBzZW50ZW5jZSBhdCBhbGwgYnV0IGl0IGlzIGxvbmc", "repeated"),
        ("First boil the water, then wait. " + "Then add it, then " * 4, "repeated"),
    ],
)
def test_the_form_of_a_reply(text: str, form: str) -> None:
    assert read(text).form == form
    assert read(text).readable == (form == "whole")


def test_a_list_with_a_frame_does_not_repeat_itself() -> None:
    listed = "1. You can walk there. 2. You can take the bus. 3. You can ride a bike. 4. You can ask a friend to drive."
    assert not babbles(listed)
    assert not babbles("I know that I know nothing, and that you know that I know nothing of it either.")


def test_a_loop_behind_a_fresh_beginning_is_found_and_a_short_refrain_is_not() -> None:
    fresh = "Take the eggs out of the fridge and let them lie for a while until they are no longer cold, as they crack"
    assert babbles(f"{fresh} {'and then you wait ' * 5}")
    assert babbles(f"{fresh} {'and then you wait ' * 5} and then")
    assert not babbles(f"{fresh} ha ha ha")


def test_a_reply_at_the_limit_was_cut_unless_it_went_on_to_a_question_of_its_own() -> None:
    assert read(SAID, 16).form == "cut"
    assert read(SAID, 16).readable
    asked = PLAIN.request("How do I boil an egg?")
    gone_on = reply(asked, Generated(f" {SAID}\nQuestion: And a potato?\nAnswer: The same", 16))
    assert (gone_on.text, gone_on.form) == (SAID, "whole")
    assert reply(asked, Generated("\nQuestion: And a potato?", 16)).form == "empty"


def test_a_turn_of_a_chat_may_hold_the_word_question() -> None:
    assert read("Question: which egg?\nAnswer: a large one.").text == "Question: which egg?\nAnswer: a large one."


def test_no_answer_is_no_reply() -> None:
    lost = reply(ASKED, Unanswered("too long", "long_text"))
    assert (lost.form, lost.said, lost.readable) == ("none", None, False)


def test_the_plain_form_puts_a_system_message_before_the_question() -> None:
    assert PLAIN.request("Why?", system="Be brief.").prompt == "Be brief.\n\nQuestion: Why?\nAnswer:"
    assert PLAIN.request("为什么？", language="zh").prompt == "问题：为什么？\n回答："
    assert CHAT.request("Why?", system="Be brief.") == Generate("Why?", 16, chat=True, system="Be brief.")


def test_replies_are_unreadable_above_a_quarter_and_silent_above_one_in_twenty() -> None:
    good, bad, lost = read(SAID), read(""), reply(ASKED, Unanswered("broken"))
    assert unreadable([good] * 75 + [bad] * 25) is None
    assert unreadable([good] * 95 + [lost] * 5) is None
    assert _code(unreadable([good] * 74 + [bad] * 26)) == "validity_check"
    assert _code(unreadable([good] * 94 + [lost] * 6)) == "unanswered"
    assert _code(unreadable([])) == "no_units"


def _code(why: Undefined | None) -> str:
    return "" if why is None else why.code


def test_one_text_for_most_requests_is_alike() -> None:
    questions = [CHAT.request(f"Question {number}?") for number in range(8)]
    same = [reply(question, Generated("I cannot  help.", 5)) for question in questions]
    others = [reply(question, Generated(f"Number {place}.", 5)) for place, question in enumerate(questions)]
    assert alike(same) is not None
    assert alike([*same[:7], others[7]]) is not None
    assert alike([*same[:6], *others[6:]]) is None
    assert alike(same[:1] * 5) is None, "one question asked again"


def test_what_is_strange_is_counted_by_its_letters() -> None:
    assert replies.strays(read("Привет, как дела? ok"), ("LATIN", "CJK"))
    assert not replies.strays(read("你好"), ("LATIN", "CJK"))
    assert not replies.strays(read("12:30"), ("LATIN",))


def test_notes_count_each_form_and_say_how_to_see_what_is_hidden() -> None:
    said = replies.notes([read(SAID), read(""), read(SAID, 16), read("Привет, как дела?")], ("LATIN",))
    assert [note.split(" ")[:3] for note in said[:3]] == [["1", "of", "4"]] * 3
    assert "--show-secrets" in said[-1]


def test_what_was_asked_and_said_stands_in_secret_columns() -> None:
    folder = Path(replies.__file__).parent
    words = Words(tomllib.loads('[table.replies]\ncaption = "Replies"'))
    table = Listing("replies", words, *replies.columns(lambda row: row)).of([read(SAID)])
    assert [column.secret for column in table.columns] == [True, True, False, False, False]
    assert table.rows[0][:3] == (ASKED.prompt, SAID, "whole")
    for name in ("words.toml", "words.zh.toml"):
        assert set(tomllib.loads((folder / name).read_text())["replies"]["labels"]) == {
            *("none", "empty", "repeated", "cut", "whole")
        }
