"""What layers say and what parts add, beside a two-layer model worked out in numpy, and on every family of models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lens_by_hand import HAND_TEXT, hand_reading, set_by_hand
from transformers import (
    AlbertConfig,
    AlbertForMaskedLM,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    DistilBertConfig,
    DistilBertForMaskedLM,
    Gemma2Config,
    Gemma2ForCausalLM,
    GemmaConfig,
    GemmaForCausalLM,
    OPTConfig,
    OPTForCausalLM,
)

import tiny_models
from fairwitness.audit import codec
from fairwitness.audit.huggingface import load
from fairwitness.audit.huggingface.source import Loading
from fairwitness.audit.internals import Layers, ReadLayers
from fairwitness.audit.requests import BLANK, Filled, FillMask, LogLikelihood, TokenScores, Unanswered
from fairwitness.audit.veil import unveiled, veiled

pytestmark = [pytest.mark.slow, pytest.mark.arithmetic]
CAUSAL = "The nurse said that [MASK] was tired."
TEXTS = (CAUSAL, "Nobody minded that [MASK] was late.")
NEAR = 1e-4


def shaken(model: Any) -> Any:
    """The model with something in every weight, biases and norms among them."""
    torch.manual_seed(3)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.2 * torch.randn_like(weight))
    return model


def written(folder: Path, name: str) -> Path:
    """A model by name with all of its weights shaken."""
    match name:
        case "distilbert":
            sizes: dict[str, Any] = {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64}
            masked = DistilBertConfig(vocab_size=len(tiny_models.vocabulary()), max_position_embeddings=64, **sizes)
            return tiny_models.save(folder, shaken(DistilBertForMaskedLM(masked)), tiny_models.wordpiece())
        case "opt":
            opt = OPTConfig(**tiny_models.decoder(), ffn_dim=64, word_embed_proj_dim=32, pad_token_id=1)
            return tiny_models.save(folder, shaken(OPTForCausalLM(opt)), tiny_models.byte_level())
        case "gemma":
            gemma = GemmaConfig(**tiny_models.decoder(), head_dim=8, num_key_value_heads=2)
            return tiny_models.save(folder, shaken(GemmaForCausalLM(gemma)), tiny_models.byte_level())
        case "gemma2" | "capped":
            cap = 2.0 if name == "capped" else None
            second = Gemma2Config(
                **tiny_models.decoder(), head_dim=8, num_key_value_heads=2, final_logit_softcapping=cap
            )
            return tiny_models.save(folder, shaken(Gemma2ForCausalLM(second)), tiny_models.byte_level())
        case _:
            built = tiny_models.build(name, folder)
            auto: Any = AutoModelForMaskedLM if name.startswith("masked") else AutoModelForCausalLM
            shaken(auto.from_pretrained(built)).save_pretrained(built)
            return built


def subject_of(folder: Path) -> Any:
    return load(Loading(str(folder)))


def read(subject: Any, *texts: str, targets: tuple[str, ...] = ("she", "he"), top: int = 3) -> list[Layers]:
    answers = subject.read_layers([ReadLayers(text, targets, top) for text in texts])
    assert all(isinstance(answer, Layers) for answer in answers), answers
    return list(answers)


def own_way(subject: Any, text: str) -> list[float]:
    """Log-probabilities of she and he as the model is asked for them without its layers."""
    if hasattr(subject, "fill_masks"):
        [filled] = subject.fill_masks([FillMask(text, ("she", "he"))])
        assert isinstance(filled, Filled)
        return list(filled.log_probs)
    before = text.partition(BLANK)[0].rstrip()
    rows = subject.log_likelihoods([[LogLikelihood(before, f" {word}")] for word in ("she", "he")])
    assert all(isinstance(scores, TokenScores) for (scores,) in rows)
    return [scores.total for (scores,) in rows]


FAMILIES = (
    *("masked:bert", "masked:roberta", "causal:gpt2", "causal:llama", "causal:neox", "causal:bloom"),
    *("distilbert", "opt", "gemma", "gemma2"),
)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_last_layer_is_the_model_itself_and_all_parts_add_up_to_its_logits(tmp_path: Path, name: str) -> None:
    subject = subject_of(written(tmp_path, name))
    for text, layers in zip(TEXTS, read(subject, *TEXTS), strict=True):
        assert layers.log_probs.shape == (3, 2)
        assert layers.log_probs[-1] == pytest.approx(layers.own, abs=NEAR)
        assert layers.own == pytest.approx(own_way(subject, text), abs=NEAR)
        assert layers.ranks[-1] == 1
        assert layers.divergences[-1] == pytest.approx(0.0, abs=NEAR)
        assert layers.difference == pytest.approx(layers.own[0] - layers.own[1], abs=NEAR)
        assert layers.unread == ""
        assert layers.heads.shape == (2, 4)
        assert abs(layers.residual) <= 1e-5 * layers.gross
        assert layers.gross > abs(layers.difference)


def test_a_head_that_is_not_linear_leaves_a_residual(tmp_path: Path) -> None:
    """The logits go through a hyperbolic tangent: what the parts add is not what comes out."""
    [layers] = read(subject_of(written(tmp_path, "capped")), CAUSAL)
    assert layers.log_probs[-1] == pytest.approx(layers.own, abs=NEAR)
    assert abs(layers.residual) > 0.02 * layers.gross


def test_a_model_of_two_layers_set_by_hand_is_read_as_numpy_works_it_out(tmp_path: Path) -> None:
    subject = subject_of(set_by_hand(tmp_path))
    [layers] = read(subject, HAND_TEXT, top=2)
    hand = hand_reading()
    assert layers.log_probs == pytest.approx(hand["log_probs"], abs=1e-5)
    assert layers.divergences == pytest.approx(hand["divergences"], abs=1e-5)
    assert list(layers.ranks) == list(hand["ranks"])
    assert layers.heads == pytest.approx(hand["heads"], abs=1e-5)
    assert layers.mlps == pytest.approx(hand["mlps"], abs=1e-5)
    for name in ("embedding", "biases", "difference"):
        assert getattr(layers, name) == pytest.approx(hand[name], abs=1e-5)
    assert np.abs(hand["heads"]).min() > 1e-4
    assert hand["divergences"][0] > 0.01


def test_layers_survive_codec_and_veil_and_rows_do_not_change_each_other(tmp_path: Path) -> None:
    subject = subject_of(written(tmp_path, "causal:llama"))
    requests = [ReadLayers(text, ("she", "he"), 2) for text in TEXTS]
    together = subject.read_layers(requests)
    for request, answer in zip(requests, together, strict=True):
        [alone] = subject.read_layers([request])
        assert answer.log_probs == pytest.approx(alone.log_probs, abs=NEAR)
        assert answer.heads == pytest.approx(alone.heads, abs=NEAR)
        [hidden] = veiled([request], [answer], subject)
        assert isinstance(hidden, Layers)
        assert hidden.top == ()
        decoded = codec.decode(codec.encode([hidden]))
        [shown] = unveiled([request], decoded, subject) or []
        assert isinstance(shown, Layers)
        assert shown.top == answer.top
        assert np.array_equal(shown.log_probs, answer.log_probs)
        assert np.array_equal(shown.heads, answer.heads)


@pytest.mark.parametrize(
    ("text", "targets", "why"),
    [
        ("The nurse was tired.", ("she", "he"), "the text has no blank"),
        (CAUSAL, ("she",), "layers are read for two targets or more"),
        (CAUSAL, ("she", "firefighter"), "the target 'firefighter' is 3 tokens, and a layer is read for one"),
        ("nurse " * 90 + BLANK, ("she", "he"), "the text has 91 tokens and the model reads at most 64"),
        ("half \ud800 [MASK]", ("she", "he"), "the text holds half a character"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, text: str, targets: tuple[str, ...], why: str) -> None:
    subject = subject_of(written(tmp_path, "masked:bert"))
    [answer] = subject.read_layers([ReadLayers(text, targets)])
    assert isinstance(answer, Unanswered)
    assert answer.reason.startswith(why) or "tokens and the model reads at most" in answer.reason


def test_layers_of_another_kind_are_read_and_their_parts_are_not_told_apart(tmp_path: Path) -> None:
    """A model of states, without attention."""
    subject = subject_of(tiny_models.build("causal:mamba", tmp_path))
    [layers] = read(subject, CAUSAL)
    assert layers.log_probs[-1] == pytest.approx(layers.own, abs=NEAR)
    assert layers.own == pytest.approx(own_way(subject, CAUSAL), abs=NEAR)
    assert layers.unread == "the projection out of the heads and the MLP of its layers were not found"
    assert layers.heads.shape == (0, 0)


def test_a_model_whose_layers_are_not_found_is_not_asked(tmp_path: Path) -> None:
    """All of its layers are one and the same."""
    config = AlbertConfig(
        vocab_size=len(tiny_models.vocabulary()), embedding_size=16, max_position_embeddings=64, **tiny_models.SIZE
    )
    subject = subject_of(tiny_models.save(tmp_path, AlbertForMaskedLM(config), tiny_models.wordpiece()))
    assert "ReadLayers" not in subject.info.capabilities
    [answer] = subject.read_layers([ReadLayers(CAUSAL, ("she", "he"))])
    assert answer == Unanswered("no list of layers was found whose last states lead to the output")


def test_layers_of_a_model_whose_numbers_are_none(tmp_path: Path) -> None:
    folder = tiny_models.build("causal:llama", tmp_path)
    subject = subject_of(folder)
    with torch.no_grad():
        subject._loaded.model.model.layers[1].mlp.down_proj.weight[0, 0] = float("nan")
    [answer] = subject.read_layers([ReadLayers(CAUSAL, ("she", "he"))])
    assert answer == Unanswered("the model gave a value that is not a finite number")
