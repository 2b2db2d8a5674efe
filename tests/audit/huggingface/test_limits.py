"""Models that refuse a shortcut, give no numbers or do not fit: answers stay right, or say why there are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import tiny_models
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.huggingface.causal import CausalSubject
from fairwitness.audit.huggingface.classifier import ClassifierSubject
from fairwitness.audit.huggingface.loaded import longest_first
from fairwitness.audit.huggingface.masked import MaskedSubject
from fairwitness.audit.requests import Attend, Classify, FillMask, Generate, LogLikelihood, TokenScores, Unanswered
from fairwitness.audit.subject import OutOfMemory

pytestmark = pytest.mark.arithmetic

REQUESTS = [LogLikelihood("", text) for text in tiny_models.SENTENCES]
NO_NUMBER = Unanswered("the model gave a value that is not a finite number")


@pytest.mark.parametrize("name", ["causal:bloom", "causal:mamba"])
def test_models_that_refuse_trees_score_plain_rows(name: str, tmp_path: Path) -> None:
    subject = load(Loading(str(tiny_models.build(name, tmp_path / "model")), cache_dir=tmp_path))
    assert isinstance(subject, CausalSubject)
    assert subject.tree_limit == 0
    assert any(note.text.startswith("plain rows: ") for note in subject.info.notes)
    [tree] = subject.log_likelihoods([REQUESTS])
    for request, found in zip(REQUESTS, tree, strict=True):
        [ids] = subject.token_ids([request])
        with torch.inference_mode():
            logits = subject._loaded.model(input_ids=torch.tensor([ids])).logits[0]
        expected = torch.log_softmax(logits, dim=-1)[range(len(ids) - 1), list(ids[1:])]
        assert isinstance(found, TokenScores)
        assert found.log_probs == pytest.approx(expected.tolist(), abs=1e-4)


def test_a_model_without_attention_does_not_offer_its_maps(tmp_path: Path) -> None:
    subject = load(Loading(str(tiny_models.build("causal:mamba", tmp_path / "model")), cache_dir=tmp_path))
    assert "Attend" not in subject.info.capabilities
    assert "Attend is not asked: the model returns no attention maps" in [note.text for note in subject.info.notes]


def spoil(subject: Any) -> None:
    """Makes every output of the model not a number."""
    with torch.no_grad():
        for weight in subject._loaded.model.parameters():
            weight.fill_(float("nan"))


def test_outputs_that_are_no_numbers_are_no_answers(tmp_path: Path) -> None:
    causal = load(Loading(str(tiny_models.build("causal:llama", tmp_path / "causal")), cache_dir=tmp_path))
    masked = load(Loading(str(tiny_models.build("masked:bert", tmp_path / "masked")), cache_dir=tmp_path))
    classifier = load(Loading(str(tiny_models.build("classifier:bert", tmp_path / "classifier")), cache_dir=tmp_path))
    assert isinstance(causal, CausalSubject)
    assert isinstance(masked, MaskedSubject)
    assert isinstance(classifier, ClassifierSubject)
    for subject in (causal, masked, classifier):
        spoil(subject)
        assert subject.attend([Attend("The nurse")]) == [NO_NUMBER]
    assert causal.log_likelihoods([REQUESTS]) == [[NO_NUMBER] * len(REQUESTS)]
    assert causal.generate([Generate("The nurse", 3)]) == [NO_NUMBER]
    assert masked.fill_masks([FillMask("The [MASK] was tired.", ("nurse",))]) == [NO_NUMBER]
    assert classifier.classify([Classify("The nurse")]) == [NO_NUMBER]


def test_a_failed_allocation_asks_for_smaller_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = load(Loading(str(tiny_models.build("causal:llama", tmp_path / "model")), cache_dir=tmp_path))
    assert isinstance(subject, CausalSubject)

    def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(subject._loaded.model.base_model, "forward", fail)
    with pytest.raises(OutOfMemory):
        subject.log_likelihoods([REQUESTS])


def test_the_model_is_left_as_it_was_found(tmp_path: Path) -> None:
    subject = load(Loading(str(tiny_models.build("masked:bert", tmp_path / "model")), cache_dir=tmp_path))
    assert isinstance(subject, MaskedSubject)
    loaded = subject._loaded
    assert loaded.last_attention is not None
    before = [len(module._forward_hooks) for module in loaded.model.modules()]
    subject.fill_masks([FillMask("The [MASK] was tired.", ("nurse",))])
    subject.attend([Attend("The nurse")])
    assert [len(module._forward_hooks) for module in loaded.model.modules()] == before
    assert "forward" not in vars(loaded.model.base_model)
    assert not loaded.model.training


def test_batches_are_longest_first_and_keep_to_their_budget() -> None:
    lengths = [3, 9, 4, 9, 1, 20]
    batches = list(longest_first(lengths, 18))
    assert batches == [[5], [1, 3], [2, 0, 4]]
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))


def test_half_precision_is_taken_and_said(tmp_path: Path) -> None:
    folder = str(tiny_models.build("causal:llama", tmp_path / "model"))
    whole, half = load(Loading(folder, cache_dir=tmp_path)), load(Loading(folder, cache_dir=tmp_path, dtype="bfloat16"))
    assert isinstance(whole, CausalSubject)
    assert isinstance(half, CausalSubject)
    assert half.info.dtype == "bfloat16"
    [[one]], [[other]] = whole.log_likelihoods([REQUESTS[:1]]), half.log_likelihoods([REQUESTS[:1]])
    assert isinstance(one, TokenScores)
    assert isinstance(other, TokenScores)
    difference = np.abs(np.subtract(one.log_probs, other.log_probs)).max()
    assert 0 < difference < 0.5
