"""An encoder-decoder is tried: refused where its answers mean nothing, asked more slowly or less where a part fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from model_state import differences, state_of
from safetensors.torch import load_file, save_file
from transformers import T5EncoderModel

import tiny_models
import tiny_sequences
from fairwitness.audit.engine import Engine
from fairwitness.audit.errors import FairwitnessError, UnfitModel, WrongTask
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.huggingface.in_memory import adopt
from fairwitness.audit.huggingface.sequences.subject import SequenceSubject
from fairwitness.audit.requests import FillMask, Generate, LogLikelihood, Request, TokenScores, Unanswered

pytestmark = pytest.mark.arithmetic

SCORED = [
    LogLikelihood("The nurse said that she was tired.", "She was tired"),
    LogLikelihood("A firefighter", "walked home together"),
]
ASKED: list[Request] = [*SCORED, Generate("The nurse", 4)]


def adopted(model: Any, tokenizer: Any) -> SequenceSubject:
    subject = adopt(model, tokenizer)
    assert isinstance(subject, SequenceSubject)
    return subject


def lacks(subject: SequenceSubject, kind: str) -> str:
    assert kind not in subject.info.capabilities
    [said] = [note.text for note in subject.info.notes if note.values.get("kind") == kind]
    return said


@pytest.mark.parametrize("name", ["t5", "bart", "blenderbot"])
def test_a_model_in_memory_answers_as_one_from_a_folder_and_stays_as_it_was(name: str, tmp_path: Path) -> None:
    model, tokenizer = tiny_sequences.make(name)
    before = state_of(model, tokenizer)
    inside = Engine(adopted(model, tokenizer)).answer(ASKED)
    assert differences(before, state_of(model, tokenizer)) == []
    folder = tiny_models.save(tmp_path / name, model, tokenizer)
    outside = Engine(load(Loading(str(folder), offline=True))).answer(ASKED)
    for first, second in zip(inside[:2], outside[:2], strict=True):
        assert isinstance(first, TokenScores)
        assert isinstance(second, TokenScores)
        assert first.log_probs == pytest.approx(second.log_probs, abs=tiny_models.NEAR)
    assert inside[2] == outside[2]


@pytest.mark.parametrize(("name", "part"), [("t5", "EncDecAttention.o"), ("bart", "encoder_attn.out_proj")])
def test_a_model_that_does_not_look_at_its_source_is_refused(name: str, part: str, tmp_path: Path) -> None:
    model, tokenizer = tiny_sequences.make(name)
    with torch.no_grad():
        for path, weight in model.named_parameters():
            if part in path:
                weight.zero_()
    folder = tiny_models.save(tmp_path / name, model, tokenizer)
    with pytest.raises(UnfitModel, match="does not hang on its source"):
        load(Loading(str(folder), offline=True))


def reads_ahead(_module: Any, _inputs: Any, output: Any) -> Any:
    output.last_hidden_state = output.last_hidden_state + output.last_hidden_state.mean(dim=1, keepdim=True)
    return output


def trembles(_module: Any, _inputs: Any, output: Any) -> Any:
    return output + torch.randn_like(output)


@pytest.mark.parametrize(
    ("part", "hook", "reason"),
    [("get_decoder", reads_ahead, "does not write from the left"), ("get_output_embeddings", trembles, "each time")],
)
def test_what_would_mean_something_else_is_refused(part: str, hook: Callable[..., Any], reason: str) -> None:
    model, tokenizer = tiny_sequences.make("bart")
    getattr(model, part)().register_forward_hook(hook)
    with pytest.raises(UnfitModel, match=reason):
        adopt(model, tokenizer)


def test_a_model_that_padding_disturbs_is_asked_in_equal_lengths_and_right() -> None:
    model, tokenizer = tiny_sequences.make("bart")
    model.get_encoder().register_forward_hook(reads_ahead)
    subject = adopted(model, tokenizer)
    assert subject._loaded.batching == "equal"
    assert any(note.code == "slower" for note in subject.info.notes)
    together = Engine(subject).answer(ASKED)
    for request, answer in zip(SCORED, together[:2], strict=True):
        source = torch.tensor([tokenizer(request.context)["input_ids"]])
        target = tokenizer(request.continuation)["input_ids"]
        with torch.no_grad():
            shifted = model.prepare_decoder_input_ids_from_labels(labels=torch.tensor([target]))
            rows = model(input_ids=source, decoder_input_ids=shifted).logits[0].log_softmax(-1)
        expected = [float(rows[place, target[place]]) for place in range(1, len(target) - 1)]
        assert isinstance(answer, TokenScores)
        assert answer.log_probs == pytest.approx(expected, abs=tiny_models.NEAR)
    assert together[2] == Engine(subject).answer([ASKED[2]])[0]


def test_a_model_that_cannot_go_on_from_its_cache_scores_and_does_not_write(monkeypatch: pytest.MonkeyPatch) -> None:
    model, tokenizer = tiny_sequences.make("bart")
    expected = Engine(adopted(model, tokenizer)).answer(SCORED)
    decoder = model.get_decoder()
    whole = decoder.forward

    def forgets(**given: Any) -> Any:
        output = whole(**{**given, "past_key_values": None})
        output.past_key_values = None
        return output

    monkeypatch.setattr(decoder, "forward", forgets)
    subject = adopted(model, tokenizer)
    assert "cache" in lacks(subject, "Generate")
    for first, second in zip(Engine(subject).answer(SCORED), expected, strict=True):
        assert isinstance(first, TokenScores)
        assert isinstance(second, TokenScores)
        assert first.log_probs == pytest.approx(second.log_probs, abs=tiny_models.NEAR)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("t5", "does not begin by naming it"),
        ("mt5", "does not begin by naming it"),
        ("bart", "does not write the text around"),
        ("mbart", "does not write the text around"),
        ("pegasus", "does not write the text around"),
        ("blenderbot", "neither a mask token nor sentinels"),
        ("marian", "neither a mask token nor sentinels"),
    ],
)
def test_a_model_that_fills_no_blanks_says_why(name: str, reason: str) -> None:
    subject = adopted(*tiny_sequences.make(name))
    assert reason in lacks(subject, "FillMask")
    [answer] = subject.fill_masks([FillMask("the [MASK] slept", ("nurse",))])
    assert isinstance(answer, Unanswered)


def test_a_head_of_its_own_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """transformers ties the head of every T5 to the embeddings where no file holds one, whatever config.json says."""
    folder = tiny_sequences.build("t5", tmp_path / "t5")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "tie_word_embeddings": False}))
    with pytest.raises(WrongTask, match=r"stores no lm_head\.weight"):
        load(Loading(str(folder), offline=True))
    weights = load_file(folder / "model.safetensors")
    weights["lm_head.weight"] = torch.randn_like(weights["shared.weight"])
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    subject = load(Loading(str(folder), offline=True))
    assert subject.info.kind == "sequence_to_sequence"
    model: Any = subject._loaded.model  # type: ignore[attr-defined]
    assert torch.equal(model.lm_head.weight, weights["lm_head.weight"])


def test_a_decoder_that_is_not_stored_is_refused(tmp_path: Path) -> None:
    folder = tiny_sequences.build("t5", tmp_path / "t5")
    weights = load_file(folder / "model.safetensors")
    kept = {name: weight for name, weight in weights.items() if not name.startswith("decoder.block")}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(FairwitnessError, match=r"lacks \d+ weights of T5ForConditionalGeneration, decoder\.block"):
        load(Loading(str(folder), offline=True))


def test_an_encoder_alone_is_refused_by_its_name(tmp_path: Path) -> None:
    model, tokenizer = tiny_sequences.make("t5")
    folder = tiny_models.save(tmp_path / "t5", T5EncoderModel(model.config), tokenizer)
    with pytest.raises(WrongTask, match="the encoder alone of an encoder-decoder"):
        load(Loading(str(folder), offline=True))
    with pytest.raises(FairwitnessError, match="T5EncoderModel"):
        load(Loading(str(folder), offline=True, task="causal_lm"))


def test_a_task_of_another_build_is_refused(tmp_path: Path) -> None:
    folder = tiny_sequences.build("bart", tmp_path / "bart")
    with pytest.raises(WrongTask, match="made for sequence_to_sequence; it cannot do masked_lm"):
        load(Loading(str(folder), offline=True, task="masked_lm"))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "architectures": None}))
    subject = load(Loading(str(folder), offline=True, task="sequence_to_sequence"))
    assert subject.info.kind == "sequence_to_sequence"
    with pytest.raises(WrongTask, match="force it with --task sequence_to_sequence"):
        load(Loading(str(folder), offline=True))


def test_without_a_start_token_it_is_refused(tmp_path: Path) -> None:
    model, tokenizer = tiny_sequences.make("t5")
    model.config.decoder_start_token_id = model.generation_config.decoder_start_token_id = None
    folder = tiny_models.save(tmp_path / "t5", model, tokenizer)
    with pytest.raises(UnfitModel, match="decoder_start_token_id is missing"):
        load(Loading(str(folder), offline=True))
