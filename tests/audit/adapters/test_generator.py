"""Functions from prompts to texts."""

from __future__ import annotations

from typing import Any

import pytest

from fairwitness.audit.adapters import Generator
from fairwitness.audit.engine import Engine
from fairwitness.audit.requests import Generate, Generated, Turn, Unanswered


@pytest.mark.parametrize("form", [list, tuple, iter, lambda texts: [{"generated_text": text} for text in texts]])
def test_texts_of_every_usual_form(form: Any) -> None:
    subject = Generator(lambda prompts: form([prompt.upper() for prompt in prompts]))
    answers = Engine(subject).answer([Generate("a", 5), Generate("b c", 5)])
    assert answers == [Generated("A", 1), Generated("B C", 2)]


def test_what_a_pipeline_gives_for_a_prompt_is_read() -> None:
    subject = Generator(lambda prompts: [[{"generated_text": f"{prompt} and so on"}] for prompt in prompts])
    assert Engine(subject).answer([Generate("He came", 5)]) == [Generated(" and so on", 3)]


def test_an_empty_text_is_an_answer_and_none_is_none() -> None:
    subject = Generator(lambda prompts: ["" if prompt == "a" else None for prompt in prompts], name="model")
    first, second = subject.generate([Generate("a", 5), Generate("b", 5)])
    assert first == Generated("", 0)
    assert second == Unanswered("model returned nothing (None) where the text after a prompt is expected")


def test_settings_are_told_to_who_takes_them() -> None:
    seen: list[tuple[list[str], int, float]] = []

    def fn(prompts: list[str], max_tokens: int, temperature: float = 1.0) -> list[str]:
        seen.append((prompts, max_tokens, temperature))
        return [f"{prompt}!" for prompt in prompts]

    def own(prompts: list[str]) -> list[str]:
        return prompts

    with pytest.raises(Exception, match="missing a required argument: 'max_tokens'"):
        Generator(fn)
    subject = Generator(lambda prompts, max_tokens=9, **more: fn(prompts, max_tokens, more["temperature"]))
    asked = [Generate("a", 5), Generate("b", 7), Generate("c", 5), Generate("d", 5, temperature=0.7, seed=1)]
    assert [getattr(answer, "text", "") for answer in subject.generate(asked)] == ["!"] * 4
    assert seen == [(["a", "c"], 5, 0.0), (["b"], 7, 0.0), (["d"], 5, 0.7)]
    assert subject.info.notes[1:] == ()
    assert [note.text for note in Generator(own).info.notes[1:]] == [
        "The function is not told max_tokens, temperature, top_p, seed: these are its own."
    ]


def test_samples_with_different_seeds_are_asked_each() -> None:
    calls: list[int] = []

    def fn(prompts: list[str]) -> list[str]:
        calls.append(len(prompts))
        return ["x"] * len(prompts)

    Engine(Generator(fn)).answer([Generate("a", 5, temperature=1.0, seed=seed) for seed in range(3)])
    assert sum(calls) == 3


def test_a_function_that_names_messages_is_told_the_whole_conversation() -> None:
    seen: list[Any] = []

    def fn(prompts: list[str], messages: list[list[dict[str, str]]] | None = None) -> list[str]:
        seen.append(messages)
        return [f"{prompt}!" for prompt in prompts]

    turns = (Turn("user", "Who?"), Turn("assistant", "Ada."))
    answers = Generator(fn).generate(
        [Generate("a", 5), Generate("b", 5, chat=True, system="Rhyme.", turns=turns), Generate("c", 5, chat=True)]
    )
    assert [getattr(answer, "text", "") for answer in answers] == ["!"] * 3
    assert seen[0] is None
    assert [[message["content"] for message in each] for each in seen[1]] == [["Rhyme.", "Who?", "Ada.", "b"], ["c"]]
    assert [message["role"] for message in seen[1][0]] == ["system", "user", "assistant", "user"]


def test_a_function_that_takes_no_messages_says_so_of_earlier_turns() -> None:
    def any_keyword(prompts: list[str], **more: Any) -> list[str]:
        assert "messages" not in more
        return prompts

    turns = (Turn("user", "Who?"), Turn("assistant", "Ada."))
    for fn in (lambda prompts: prompts, any_keyword):
        turned, begun, alone = Generator(fn, name="model").generate(
            [
                Generate("b", 5, chat=True, turns=turns),
                Generate("b", 5, chat=True, turns=turns[:1], says="assistant"),
                Generate("b", 5, chat=True),
            ]
        )
        assert turned == Unanswered("model takes no `messages`, in which earlier turns are told", "no_chat")
        assert begun == Unanswered("model begins its turn itself", "no_chat")
        assert isinstance(alone, Generated)
