"""Texts inside a model's chat template."""

from __future__ import annotations

from pathlib import Path

import pytest

from asking import bbq_table
from fairwitness.audit import huggingface
from fairwitness.audit.engine import Engine
from fairwitness.audit.requests import LogLikelihood, TokenScores, Unanswered
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
    assert answer == Unanswered("this model has no chat template")
    broken = "{{ raise_exception('no user may speak') }}"
    [answer] = loaded(tmp_path / "broken", broken).answer([LogLikelihood("Who?", "he", chat=True)])
    assert isinstance(answer, Unanswered)
    assert "chat template of this model fails" in answer.reason
    assert "no user may speak" in answer.reason


@pytest.mark.parametrize("form", ["plain", "listed"])
def test_bbq_puts_questions_into_the_template(form: str) -> None:
    requests = first_requests(PROBE, context(PROBE, ["LogLikelihood"], {"bbq": bbq_table()}, chat=True, form=form))
    for one in requests:
        assert isinstance(one, LogLikelihood)
        assert one.chat
        assert not one.context.endswith("Answer:")
        assert not one.continuation.startswith(" ")
