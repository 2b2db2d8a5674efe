"""Weights drawn at random: what they are, what they change, and that nothing of them stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from model_state import differences, state_of

import tiny_models
from fairwitness.audit.attribution import Explainer
from fairwitness.audit.cache import AnswerCache
from fairwitness.audit.engine import Engine
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.requests import (
    Attribute,
    Attribution,
    BetweenFillers,
    Classify,
    ClassScores,
    ForClass,
    LogLikelihood,
    Request,
    Unanswered,
    Weights,
)
from fairwitness.audit.subject import Randomises

pytestmark = pytest.mark.slow
TEXT = "The nurse said that she was tired."
WAYS: tuple[Weights, ...] = ("head", "all")


def subject_of(name: str, folder: Path) -> Any:
    return load(Loading(str(tiny_models.build(name, folder / "model")), cache_dir=folder, threads=1))


def first(subject: Any, request: Request) -> Any:
    (answer,) = Engine(subject).answer([request])
    assert not isinstance(answer, Unanswered), answer
    return answer


@pytest.mark.arithmetic
@pytest.mark.parametrize(
    ("name", "request_"),
    [
        ("classifier:bert", Classify(TEXT)),
        ("causal:gpt2", LogLikelihood("", TEXT)),
        ("causal:llama", LogLikelihood("", TEXT)),
    ],
)
def test_drawn_weights_change_the_answers_and_are_gone_afterwards(name: str, request_: Request, tmp_path: Path) -> None:
    subject = subject_of(name, tmp_path)
    either: object = subject
    assert isinstance(either, Randomises)
    model, tokenizer = subject._loaded.model, subject._encoder.tokenizer
    answer, state, fingerprint = first(subject, request_), state_of(model, tokenizer), subject.info.fingerprint
    seen = []
    for weights in WAYS:
        with subject.randomised(weights, 3) as variant:
            seen.append(first(variant, request_))
            assert variant.info.fingerprint == fingerprint
            assert variant.arithmetic != subject.arithmetic
        with pytest.raises(RuntimeError, match="in the middle"), subject.randomised(weights, 3):
            raise RuntimeError("in the middle")
    assert answer != seen[0] != seen[1] != answer
    assert first(subject, request_) == answer
    assert differences(state, state_of(model, tokenizer)) == []


def test_a_head_is_drawn_and_the_body_stays(tmp_path: Path) -> None:
    """The output layer of this model is its embeddings: the head is drawn apart from them."""
    subject = subject_of("causal:gpt2", tmp_path)
    model = subject._loaded.model
    assert model.lm_head.weight is model.transformer.wte.weight
    before = {name: weight.clone() for name, weight in model.transformer.named_parameters()}
    with subject.randomised("head", 0):
        changed = [
            name for name, weight in model.transformer.named_parameters() if not torch.equal(weight, before[name])
        ]
        assert changed == []
        assert model.lm_head.weight is not model.transformer.wte.weight
        head = model.lm_head.weight.detach()
    assert model.lm_head.weight is model.transformer.wte.weight
    own = model.lm_head.weight.detach()
    assert float(head.std()) == pytest.approx(float(own.std()), rel=0.05)
    assert abs(float(torch.corrcoef(torch.stack([head.flatten(), own.flatten()]))[0, 1])) < 0.05
    with subject.randomised("all", 0):
        assert model.lm_head.weight is model.transformer.wte.weight
        assert not torch.equal(model.lm_head.weight, own)


def test_weights_are_drawn_by_the_seed_alone(tmp_path: Path) -> None:
    subject = subject_of("classifier:bert", tmp_path)
    answers: list[Any] = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed + len(answers))
        state = torch.get_rng_state()
        with subject.randomised("all", seed) as variant:
            answers.append(first(variant, Classify(TEXT)))
        assert torch.equal(torch.get_rng_state(), state)
    assert answers[0] == answers[1] != answers[2]


def test_a_model_without_a_head_says_so(tmp_path: Path) -> None:
    subject = subject_of("classifier:bert", tmp_path)
    subject._loaded.model = subject._loaded.model.bert
    with subject.randomised("head", 0) as variant:
        assert variant == Unanswered("the model has no head apart from its body")


def test_explanations_with_drawn_weights_are_kept_apart(tmp_path: Path) -> None:
    subject = subject_of("classifier:bert", tmp_path)
    label = subject.labels[0]
    asked = [Attribute(TEXT, ForClass(label), "shap", weights=weights) for weights in ("own", *WAYS) for _ in range(1)]
    with AnswerCache(tmp_path, subject.info.fingerprint) as cache:
        engine = Engine(subject, cache=cache, explainer=Explainer(subject))
        together = engine.answer(asked)
        calls = engine.model_calls
        assert engine.answer(asked) == together
        assert engine.model_calls == calls
        plain = Engine(subject, cache=cache).answer([Classify(TEXT)])
    assert Engine(subject, explainer=Explainer(subject)).answer(asked[::-1]) == together[::-1]
    assert plain == Engine(subject).answer([Classify(TEXT)])
    values = [answer.values for answer in together if isinstance(answer, Attribution)]
    assert len(values) == 3
    assert min(np.abs(np.subtract(values[a], values[b])).max() for a, b in ((0, 1), (0, 2), (1, 2))) > 1e-3


def test_a_model_whose_weights_nobody_can_draw_is_not_asked_in_its_own(tmp_path: Path) -> None:
    class Plain:
        def __init__(self, inner: Any) -> None:
            self.info, self._inner = inner.info, inner

        def classify(self, batch: list[Classify]) -> list[ClassScores | Unanswered]:
            scores: list[ClassScores | Unanswered] = self._inner.classify(batch)
            return scores

    subject = Plain(subject_of("classifier:bert", tmp_path))
    engine = Engine(subject, explainer=Explainer(subject))
    request = Attribute(TEXT, BetweenFillers("she", "he"), "shap", weights="all")
    assert engine.answer([request]) == [Unanswered("the weights of this model cannot be drawn at random")]
    assert engine.model_calls == 0
