"""Texts inside a model's chat template."""

from __future__ import annotations

from pathlib import Path

import pytest

from asking import bbq_table
from fairwitness.audit import huggingface
from fairwitness.audit.engine import Engine
from fairwitness.audit.requests import Generate, Generated, LogLikelihood, TokenScores, Unanswered, canonical
from fairwitness.probes.bias.bbq.probe import PROBE
from organisms import context, first_requests
from tiny_models import build

pytestmark = pytest.mark.arithmetic

TEMPLATE = (
    "{% for m in messages %}<{{ m.role }}> {{ m.content }} </s>{% endfor %}"
    "{% if add_generation_prompt %}<me> {% endif %}"
)
RENDERED = "<user> Who is it? </s><me> "


def loaded(folder: Path, template: str) -> Engine:
    path = build("causal:gpt2", folder)
    if template:
        (path / "chat_template.jinja").write_text(template)
    return Engine(huggingface.load(huggingface.Loading(str(path), threads=1)))


def test_the_context_is_what_a_user_says_and_the_answer_follows_the_template(tmp_path: Path) -> None:
    engine = loaded(tmp_path, TEMPLATE)
    inside, plain = engine.answer(
        [
            LogLikelihood("Who is it?", "the nurse", chat=True),
            LogLikelihood(RENDERED, "the nurse", bos=False),
        ]
    )
    assert isinstance(inside, TokenScores)
    assert isinstance(plain, TokenScores)
    assert inside.log_probs == pytest.approx(plain.log_probs, abs=1e-5)
    assert [at - len("Who is it?") for at in inside.starts] == [at - len(RENDERED) for at in plain.starts]


def test_a_model_without_a_template_or_with_one_that_fails_says_so(tmp_path: Path) -> None:
    [answer] = loaded(tmp_path / "none", "").answer([LogLikelihood("Who?", "he", chat=True)])
    assert answer == Unanswered("this model has no chat template", "no_chat")
    broken = "{{ raise_exception('no user may speak') }}"
    [answer] = loaded(tmp_path / "broken", broken).answer([LogLikelihood("Who?", "he", chat=True)])
    assert isinstance(answer, Unanswered)
    assert "chat template of this model fails" in answer.reason
    assert "no user may speak" in answer.reason


def test_a_reply_follows_the_template_with_its_system_message(tmp_path: Path) -> None:
    engine = loaded(tmp_path, TEMPLATE)
    for system, before in (("", ""), ("Say it in rhyme.", "<system> Say it in rhyme. </s>")):
        inside, plain, other = engine.answer(
            [
                Generate("Who is it?", 6, chat=True, system=system),
                Generate(before + RENDERED, 6),
                Generate("Who is it?", 6),
            ]
        )
        assert isinstance(inside, Generated)
        assert inside == plain
        assert inside != other


def test_a_system_message_without_a_place_is_no_answer(tmp_path: Path) -> None:
    engine = loaded(tmp_path / "drops", TEMPLATE.replace("messages %}", "messages if m.role == 'user' %}"))
    dropped, kept = engine.answer([Generate("Who?", 2, chat=True, system="Rhyme."), Generate("Who?", 2, chat=True)])
    assert dropped == Unanswered("the chat template of this model drops the system message", "no_chat")
    assert isinstance(kept, Generated)
    [outside] = engine.answer([Generate("Who?", 2, system="Rhyme.")])
    assert isinstance(outside, Unanswered)
    assert outside.fault == "no_chat"
    [none] = loaded(tmp_path / "none", "").answer([Generate("Who?", 2, chat=True)])
    assert none == Unanswered("this model has no chat template", "no_chat")


def test_what_was_asked_before_chats_keeps_its_answers() -> None:
    assert b"chat" not in canonical(Generate("a", 2))
    assert len({canonical(one) for one in (Generate("a", 2), Generate("a", 2, chat=True))}) == 2
    assert b"chat" in canonical(LogLikelihood("a", "b"))


@pytest.mark.parametrize("form", ["plain", "listed"])
def test_bbq_puts_questions_into_the_template(form: str) -> None:
    requests = first_requests(PROBE, context(PROBE, ["LogLikelihood"], {"bbq": bbq_table()}, chat=True, form=form))
    for one in requests:
        assert isinstance(one, LogLikelihood)
        assert one.chat
        assert not one.context.endswith("Answer:")
        assert not one.continuation.startswith(" ")
