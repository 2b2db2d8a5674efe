"""Texts and models that are hard to explain: said, and no other method lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import tiny_models
from fairwitness.audit.attribution import Explainer
from fairwitness.audit.engine import Engine
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.requests import Attribute, Attribution, BetweenFillers, ForClass, Method, Unanswered

pytestmark = [pytest.mark.slow, pytest.mark.arithmetic]

YES = ForClass("LABEL_1")
COALITIONS: tuple[Method, ...] = ("shap", "shap_partition", "lime", "leave_one_out")
GRADIENTS: tuple[Method, ...] = ("integrated_gradients", "expected_gradients", "gradient_x_input")
METHODS: tuple[Method, ...] = (*COALITIONS, *GRADIENTS, "rollout")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.build("classifier:bert", tmp_path_factory.mktemp("model") / "m")


@pytest.fixture(scope="module")
def subject(folder: Path) -> Any:
    return load(Loading(str(folder), cache_dir=folder.parent, threads=1))


@pytest.fixture
def spoilt(folder: Path) -> Any:
    """One that a test may spoil."""
    return load(Loading(str(folder), cache_dir=folder.parent, threads=1))


def explain(subject: Any, text: str, *methods: Method, **more: Any) -> list[Any]:
    engine = Engine(subject, explainer=Explainer(subject))
    return engine.answer([Attribute(text, YES, method, **more) for method in methods])


@pytest.mark.parametrize("text", ["nurse", "护", "nurse!", "  nurse\n"])
def test_one_word_is_worth_what_it_adds(subject: Any, text: str) -> None:
    for answer in explain(subject, text, *COALITIONS):
        assert answer.words == (text.strip().rstrip("!"),)
        assert answer.values == pytest.approx((answer.full - answer.base,))
        assert answer.residual == pytest.approx(0.0, abs=1e-12)


def test_chinese_words_are_single_characters(subject: Any) -> None:
    for answer in explain(subject, "护士说她累了", *METHODS):
        assert isinstance(answer, Attribution), answer
        assert answer.words == tuple("护士说她累了")
        assert answer.starts == tuple(range(6))


def test_a_text_past_the_context_is_at_fault_itself(subject: Any) -> None:
    for answer in explain(subject, "the nurse said " * 200, *METHODS, budget=1200):
        assert isinstance(answer, Unanswered)
        assert answer.fault == "long_text"
        assert "tokens and the model reads at most" in answer.reason


@pytest.mark.parametrize("text", ["", "…", " \u202e., ;"])
def test_a_text_without_words_says_so(subject: Any, text: str) -> None:
    for answer in explain(subject, text, *METHODS):
        assert answer == Unanswered("the text has no word to explain", "no_words")


@pytest.mark.parametrize(
    "text",
    ["[CLS] [SEP]", "[MASK] [MASK] nurse", "<b>nurse</b> &amp; <script>x</script>", "the \u202enurse\u202c \x1bsaid"],
)
def test_odd_texts_are_explained_word_by_word(subject: Any, text: str) -> None:
    for method, answer in zip(METHODS, explain(subject, text, *METHODS), strict=True):
        assert isinstance(answer, Attribution), (method, answer)
        assert np.isfinite(answer.values).all()
        assert all(text[start:].startswith(word) for word, start in zip(answer.words, answer.starts, strict=True))


def test_a_constant_model_has_values_of_zero(spoilt: Any) -> None:
    head = spoilt._loaded.model.classifier
    with torch.no_grad():
        head.weight.zero_()
    for method, answer in zip(METHODS, explain(spoilt, "the nurse said", *METHODS), strict=True):
        assert isinstance(answer, Attribution), (method, answer)
        assert answer.full == pytest.approx(answer.base, abs=1e-6)
        if method != "rollout":
            assert answer.values == pytest.approx([0.0] * 3, abs=1e-6), method


def test_logits_that_are_no_numbers_are_said_by_every_method(spoilt: Any) -> None:
    with torch.no_grad():
        spoilt._loaded.model.classifier.weight.fill_(float("nan"))
    for answer in explain(spoilt, "the nurse said", *METHODS):
        assert answer == Unanswered("the model gave a value that is not a finite number")


def test_a_model_without_maps_or_gradients_keeps_the_other_methods(spoilt: Any) -> None:
    spoilt._loaded.without_maps = "its attention has no maps"

    def no_embeddings() -> None:
        raise NotImplementedError("no embeddings here")

    spoilt._loaded.model.get_input_embeddings = no_embeddings
    answers = dict(zip(METHODS, explain(spoilt, "the nurse said", *METHODS), strict=True))
    assert answers.pop("rollout") == Unanswered("its attention has no maps")
    for method in GRADIENTS:
        refused = answers.pop(method)
        assert isinstance(refused, Unanswered)
        assert refused.reason.startswith("the model gives no gradients of its input: NotImplementedError")
    assert all(isinstance(answer, Attribution) for answer in answers.values())


@pytest.mark.parametrize("kind", ["masked:bert", "causal:gpt2"])
def test_texts_that_are_one_to_a_language_model_say_so(kind: str, tmp_path: Path) -> None:
    """Words that the tokenizer does not know are one token each, whichever they are."""
    subject: Any = load(Loading(str(tiny_models.build(kind, tmp_path / "m")), cache_dir=tmp_path, threads=1))
    engine = Engine(subject, explainer=Explainer(subject))
    texts = [f"{word} [MASK]." for word in ("\u0e01\u0e02", "\u0e03\u0e04", "\u0e01\u0e02 \u0e03", "nurse")]
    answers = engine.answer([Attribute(text, BetweenFillers("she", "he"), "leave_one_out") for text in texts])
    hashes = [answer.unread for answer in answers if isinstance(answer, Attribution)]
    assert len(hashes) == 4, answers
    if subject.unread(texts[0]):
        assert hashes[0] == hashes[1] != hashes[2]
    assert hashes[3] == ""
