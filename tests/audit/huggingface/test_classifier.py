"""Classifiers: logits of a batch are the library's own, also without a padding token."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification, BertForSequenceClassification

import tiny_models
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.huggingface.classifier import ClassifierSubject
from fairwitness.audit.requests import Attend, Attention, Classify, ClassScores, ForClass, Unanswered
from fairwitness.audit.subject import Classifies, PathGradients, Size

pytestmark = pytest.mark.arithmetic

TEXTS = tiny_models.SENTENCES


@pytest.fixture(scope="module", params=["classifier:bert", "classifier:gpt2"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.build(request.param, tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def subject(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> ClassifierSubject:
    loaded = load(Loading(str(folder), cache_dir=tmp_path_factory.mktemp("cache")))
    assert isinstance(loaded, ClassifierSubject)
    return loaded


def own_logits(folder: Path, subject: ClassifierSubject, text: str, pair: str = "") -> list[float]:
    """The library's logits for one text alone."""
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    inputs = subject._encoder.tokenizer(text, *([pair] if pair else []), return_tensors="pt")
    if not hasattr(model.config, "type_vocab_size"):
        inputs.pop("token_type_ids", None)
    with torch.inference_mode():
        found: list[float] = model(**inputs).logits[0].tolist()
    return found


def test_a_batch_of_texts_and_pairs(folder: Path, subject: ClassifierSubject) -> None:
    assert isinstance(subject, Classifies)
    asked = [*(Classify(text) for text in TEXTS), Classify("The nurse", pair="was tired.")]
    for request, found in zip(asked, subject.classify(asked), strict=True):
        assert isinstance(found, ClassScores)
        assert found.logits == pytest.approx(
            own_logits(folder, subject, request.text, request.pair), abs=tiny_models.NEAR
        )
        assert found.labels == tuple(f"LABEL_{number}" for number in range(len(found.labels)))
        assert not found.multi_label
    assert subject.sizes(asked)[0].rows == 1


def test_small_batches_equal_large_ones(subject: ClassifierSubject) -> None:
    asked = [Classify(text) for text in TEXTS]
    together = subject.classify(asked)
    subject.batch_tokens, before = 1, subject.batch_tokens
    for one, other in zip(together, subject.classify(asked), strict=True):
        assert isinstance(one, ClassScores)
        assert isinstance(other, ClassScores)
        assert one.logits == pytest.approx(other.logits, abs=tiny_models.NEAR)
    subject.batch_tokens = before


def test_texts_that_do_not_fit_say_why(subject: ClassifierSubject) -> None:
    long = Classify(" ".join(TEXTS * 5))
    assert isinstance(subject.classify([long])[0], Unanswered)
    assert subject.sizes([long]) == [Size(0, 0)]


def test_a_blank_is_hidden_from_the_model(subject: ClassifierSubject) -> None:
    texts = ("The [MASK] said", f"The {subject._encoder.hidden_text} said", "The nurse said")
    answers = subject.classify([Classify(text) for text in texts])
    one, other, third = (answer.logits for answer in answers if isinstance(answer, ClassScores))
    assert one == pytest.approx(other, abs=tiny_models.NEAR)
    assert one != pytest.approx(third, abs=1e-2)


def test_attention_leaves_the_model_as_it_was(subject: ClassifierSubject) -> None:
    [before] = subject.classify([Classify(TEXTS[0])])
    [found] = subject.attend([Attend(TEXTS[0])])
    assert isinstance(found, Attention)
    assert found.weights.sum(axis=-1) == pytest.approx(1, abs=1e-5)
    [after] = subject.classify([Classify(TEXTS[0])])
    assert isinstance(before, ClassScores)
    assert isinstance(after, ClassScores)
    assert after.logits == pytest.approx(before.logits, abs=tiny_models.NEAR)
    assert subject._loaded.model.config._attn_implementation != "eager"


def test_gradients_add_up_to_the_log_odds(subject: ClassifierSubject) -> None:
    label = subject.labels[1]
    path = subject.path_gradients(TEXTS[0], ForClass(label), ((np.arange(800) + 0.5) / 800).tolist())
    [scores] = subject.classify([Classify(TEXTS[0])])
    assert isinstance(path, PathGradients)
    assert isinstance(scores, ClassScores)
    rest = np.delete(np.array(scores.logits, dtype=np.float64), 1)
    assert path.full == pytest.approx(scores.logits[1] - np.logaddexp.reduce(rest), abs=1e-4)
    assert path.products.sum(axis=1).mean() == pytest.approx(path.full - path.base, abs=1e-2)
    assert all(not weight.requires_grad or weight.grad is None for weight in subject._loaded.model.parameters())
    assert isinstance(subject.path_gradients(TEXTS[0], ForClass("none such"), [0.5]), Unanswered)


def test_labels_judged_one_by_one_are_said_to_be(tmp_path: Path) -> None:
    torch.manual_seed(0)
    config = tiny_models.bert_config(id2label={0: "rude", 1: "kind"}, problem_type="multi_label_classification")
    tiny_models.save(tmp_path / "model", BertForSequenceClassification(config), tiny_models.wordpiece())
    subject = load(Loading(str(tmp_path / "model"), cache_dir=tmp_path))
    assert isinstance(subject, ClassifierSubject)
    [scores] = subject.classify([Classify(TEXTS[0])])
    assert isinstance(scores, ClassScores)
    assert (scores.labels, scores.multi_label) == (("rude", "kind"), True)
    path = subject.path_gradients(TEXTS[0], ForClass("kind"), [0.5])
    assert isinstance(path, PathGradients)
    assert path.full == pytest.approx(scores.logits[1], abs=tiny_models.NEAR)
