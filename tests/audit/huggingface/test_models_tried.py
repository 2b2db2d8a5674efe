"""A model is tried before it is believed: causality, padding, repeated calls, attention maps, limits."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import (
    BertForSequenceClassification,
    BertLMHeadModel,
    FNetConfig,
    FNetForSequenceClassification,
    LlamaForCausalLM,
    RobertaForMaskedLM,
    SqueezeBertConfig,
    SqueezeBertForMaskedLM,
    XLNetConfig,
    XLNetForSequenceClassification,
)

import tiny_models
from fairwitness.audit.errors import UnfitModel
from fairwitness.audit.huggingface import Loading, load, tries
from fairwitness.audit.huggingface.encode import UNLIMITED
from fairwitness.audit.huggingface.tries import difference
from fairwitness.audit.requests import (
    Attend,
    Classify,
    ForClass,
    PseudoLogLikelihood,
    TokenScores,
    Unanswered,
    UnmaskedLikelihood,
)
from fairwitness.audit.runner import plan, provide
from fairwitness.probes.explanation.attention import probe as attention

pytestmark = pytest.mark.arithmetic

TEXTS = [Classify(text) for text in (*tiny_models.SENTENCES, "The nurse", "The doctor was late.")]


def spread(model: Any, size: float = 0.3) -> Any:
    """The model with weights large enough that all of them matter."""
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.normal_(0.0, size)
    return model


def fnet(folder: Path) -> Path:
    torch.manual_seed(7)
    words = tiny_models.wordpiece()
    config = FNetConfig(vocab_size=len(words), hidden_size=32, num_hidden_layers=2, intermediate_size=64)
    return tiny_models.save(folder, spread(FNetForSequenceClassification(config)), words)


def squeezebert(folder: Path) -> Path:
    torch.manual_seed(7)
    words = tiny_models.wordpiece()
    config = SqueezeBertConfig(vocab_size=len(words), embedding_size=32, max_position_embeddings=64, **tiny_models.SIZE)
    return tiny_models.save(folder, spread(SqueezeBertForMaskedLM(config)), words)


def logits(subject: Any) -> list[tuple[float, ...]]:
    return [answer.logits for answer in subject.classify(TEXTS)]


def test_a_model_that_reads_ahead_is_not_scored_as_causal(tmp_path: Path) -> None:
    torch.manual_seed(7)
    words = tiny_models.wordpiece()
    both = tiny_models.save(tmp_path / "both", BertLMHeadModel(tiny_models.bert_config()), words)
    with pytest.raises(UnfitModel, match=r'no causal model.*last token moves the scores.*"is_decoder": true'):
        load(Loading(str(both), cache_dir=tmp_path))
    left = tiny_models.save(tmp_path / "left", BertLMHeadModel(tiny_models.bert_config(is_decoder=True)), words)
    assert "LogLikelihood" in load(Loading(str(left), cache_dir=tmp_path)).info.capabilities


def test_scores_that_hang_on_the_length_are_no_probabilities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tiny_models.build("causal:llama", tmp_path / "model")
    forward = LlamaForCausalLM.forward

    def longer(self: Any, *given: Any, **more: Any) -> Any:
        output = forward(self, *given, **more)
        output.logits[..., 0] += 0.1 * output.logits.shape[1]
        return output

    monkeypatch.setattr(LlamaForCausalLM, "forward", longer)
    with pytest.raises(UnfitModel, match="hang on how long the text is"):
        load(Loading(str(folder), cache_dir=tmp_path))


def test_texts_that_padding_would_change_share_batches_of_their_length(tmp_path: Path) -> None:
    folder = str(fnet(tmp_path / "model"))
    together, alone = (load(Loading(folder, cache_dir=tmp_path, batch_tokens=size)) for size in (1024, 1))
    for one, other in zip(logits(together), logits(alone), strict=True):
        assert one == pytest.approx(other, abs=1e-4)
    assert any("only texts of equal length share a batch" in note.text for note in together.info.notes)


def test_padding_that_changes_nothing_is_used(tmp_path: Path) -> None:
    subject: Any = load(Loading(str(tiny_models.build("classifier:bert", tmp_path / "model")), cache_dir=tmp_path))
    assert subject._loaded.batching == "padded"
    assert subject.info.notes == ()


def test_texts_that_disturb_one_another_are_asked_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = str(tiny_models.build("classifier:bert", tmp_path / "model"))
    expected = logits(load(Loading(folder, cache_dir=tmp_path, batch_tokens=1)))
    forward = BertForSequenceClassification.forward

    def mixed(self: Any, *given: Any, **more: Any) -> Any:
        output = forward(self, *given, **more)
        output.logits = output.logits + (output.logits.mean(dim=0) if len(output.logits) > 1 else 0.0)
        return output

    monkeypatch.setattr(BertForSequenceClassification, "forward", mixed)
    subject = load(Loading(folder, cache_dir=tmp_path))
    assert any("each text is asked alone" in note.text for note in subject.info.notes)
    for one, other in zip(logits(subject), expected, strict=True):
        assert one == pytest.approx(other, abs=tiny_models.NEAR)


def test_a_model_that_answers_otherwise_each_time_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tiny_models.build("classifier:bert", tmp_path / "model")
    forward, calls = BertForSequenceClassification.forward, iter(range(100))

    def moody(self: Any, *given: Any, **more: Any) -> Any:
        output = forward(self, *given, **more)
        output.logits = output.logits + 0.1 * next(calls)
        return output

    monkeypatch.setattr(BertForSequenceClassification, "forward", moody)
    with pytest.raises(UnfitModel, match="another answer to the same text each time"):
        load(Loading(str(folder), cache_dir=tmp_path))


def test_a_model_that_takes_no_text_is_refused_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tiny_models.build("classifier:bert", tmp_path / "model")

    def forward(*_: Any, **__: Any) -> None:
        raise ValueError("Input language\nunknown")

    monkeypatch.setattr(BertForSequenceClassification, "forward", forward)
    with pytest.raises(
        UnfitModel, match="a plain text cannot be put to it: ValueError: Input language unknown"
    ) as told:
        load(Loading(str(folder), cache_dir=tmp_path))
    assert "\n" not in str(told.value)


def test_maps_whose_rows_are_no_shares_are_not_believed(tmp_path: Path) -> None:
    """SqueezeBERT gives what is there before the softmax."""
    subject: Any = load(Loading(str(squeezebert(tmp_path / "model")), cache_dir=tmp_path))
    reason = "the rows of its attention maps are no shares that sum to 1"
    assert "Attend" not in subject.info.capabilities
    assert f"Attend is not asked: {reason}" in [note.text for note in subject.info.notes]
    assert subject.attend([Attend("The nurse")]) == [Unanswered(reason)]
    [scores] = subject.unmasked_likelihoods([UnmaskedLikelihood("The nurse was late.")])
    assert scores.weights == ()


def test_a_probe_that_does_not_apply_says_why(tmp_path: Path) -> None:
    info = load(Loading(str(squeezebert(tmp_path / "model")), cache_dir=tmp_path)).info
    selected = [(attention.PROBE, attention.PROBE.options())]
    [planned] = plan(selected, info, provide([attention.PROBE.spec], {})).probes
    assert planned.reason.endswith("; Attend is not asked: the rows of its attention maps are no shares that sum to 1")


def test_no_limit_is_said_by_a_negative_one(tmp_path: Path) -> None:
    torch.manual_seed(7)
    words = tiny_models.wordpiece()
    config = XLNetConfig(vocab_size=len(words), d_model=32, n_layer=2, n_head=4, d_inner=64)
    folder = tiny_models.save(tmp_path / "model", spread(XLNetForSequenceClassification(config)), words)
    together: Any = load(Loading(str(folder), cache_dir=tmp_path))
    assert together._encoder.limit == UNLIMITED
    alone = load(Loading(str(folder), cache_dir=tmp_path, batch_tokens=1))
    for one, other in zip(logits(together), logits(alone), strict=True):
        assert one == pytest.approx(other, abs=1e-4)


def test_positions_that_are_counted_from_the_padding_token_are_not_all_read(tmp_path: Path) -> None:
    """The tokenizer says nothing of a limit; of 66 positions two are never used."""
    torch.manual_seed(7)
    words = tiny_models.byte_level(roberta=True)
    words.model_max_length = int(1e30)
    model = RobertaForMaskedLM(tiny_models.roberta_config())
    subject: Any = load(Loading(str(tiny_models.save(tmp_path / "model", model, words)), cache_dir=tmp_path))
    assert subject._encoder.limit == 64
    texts = ["z" * count for count in range(1, 90)]
    sizes = [len(words(text).input_ids) for text in texts]
    longest, beyond = (texts[sizes.index(size)] for size in (64, 65))
    scored, told = subject.pseudo_log_likelihoods([PseudoLogLikelihood(longest), PseudoLogLikelihood(beyond)])
    assert isinstance(scored, TokenScores)
    assert told == Unanswered("the text has 65 tokens and the model reads at most 64", "long_text")


def test_a_model_without_gradients_says_so_and_answers_all_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject: Any = load(Loading(str(tiny_models.build("classifier:bert", tmp_path / "model")), cache_dir=tmp_path))
    forward = BertForSequenceClassification.forward

    def in_place(self: Any, *given: Any, **more: Any) -> Any:
        if (embedded := more.get("inputs_embeds")) is not None:
            embedded += 1  # what CTRL does to its input, and torch forbids
        return forward(self, *given, **more)

    monkeypatch.setattr(BertForSequenceClassification, "forward", in_place)
    answer = subject.path_gradients("The nurse", ForClass("LABEL_1"), [0.5])
    assert isinstance(answer, Unanswered)
    assert answer.reason.startswith("the model gives no gradients of its input: RuntimeError: a leaf Variable")
    assert len(logits(subject)) == len(TEXTS)


def test_no_number_is_no_answer_like_a_number(tmp_path: Path) -> None:
    loaded = load(Loading(str(tiny_models.build("masked:bert", tmp_path))))._loaded  # type: ignore[attr-defined]
    numbers, none = torch.tensor([0.0, 1.0]), torch.tensor([torch.nan, 1.0])
    assert tries.difference(loaded, none, numbers) == float("inf")
    assert tries.difference(loaded, none, none) == 0
    assert tries.difference(loaded, numbers, numbers) == 0


@pytest.mark.parametrize(
    ("expected", "apart", "same"), [(-0.5, 9e-5, True), (-0.5, 2e-4, False), (-25.0, 2e-4, True), (-25.0, 3e-4, False)]
)
def test_numbers_are_rounded_in_proportion_to_their_size(expected: float, apart: float, same: bool) -> None:
    loaded: Any = SimpleNamespace(dtype=torch.float32)
    values = torch.tensor([expected, -1.0], dtype=torch.float64)
    moved = values + torch.tensor([apart, 0.0], dtype=torch.float64)
    assert (difference(loaded, moved, values) == 0) is same
