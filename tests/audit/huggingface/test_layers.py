"""What layers say and what parts add, beside a two-layer model worked out in numpy, and on every family of models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
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
    GPT2LMHeadModel,
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


def gelu(values: Any) -> Any:
    return values * 0.5 * (1 + np.tanh(np.sqrt(2 / np.pi) * (values + 0.044715 * values**3)))


def normed(values: Any, weight: Any, bias: Any) -> Any:
    centred = values - values.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * weight + bias


def by_hand(width: int, heads: int, vocabulary: int, layers: int) -> dict[str, Any]:
    """Weights of a GPT-2 by a formula: sines of their places, so that each is known and none is like another."""

    def made(number: int, *shape: int) -> Any:
        return np.sin(np.arange(int(np.prod(shape))).reshape(shape) * (0.7 + 0.1 * number) + number) * 0.4

    weights: dict[str, Any] = {"wte": made(1, vocabulary, width), "wpe": made(2, 16, width)}
    for layer in range(layers):
        for number, (name, shape) in enumerate(
            {
                "attn.c_attn.weight": (width, 3 * width),
                "attn.c_attn.bias": (3 * width,),
                "attn.c_proj.weight": (width, width),
                "attn.c_proj.bias": (width,),
                "ln_1.weight": (width,),
                "ln_1.bias": (width,),
                "ln_2.weight": (width,),
                "ln_2.bias": (width,),
                "mlp.c_fc.weight": (width, 2 * width),
                "mlp.c_fc.bias": (2 * width,),
                "mlp.c_proj.weight": (2 * width, width),
                "mlp.c_proj.bias": (width,),
            }.items()
        ):
            weights[f"h.{layer}.{name}"] = made(3 + 12 * layer + number, *shape)
    return weights | {"ln_f.weight": 1 + made(40, width), "ln_f.bias": made(41, width)}


def in_numpy(w: dict[str, Any], ids: tuple[int, ...], pair: tuple[int, int], heads: int) -> dict[str, Any]:
    """Logit lens and direct attribution at the last place, written out step by step."""
    width = w["wte"].shape[1]
    size = width // heads
    stream = w["wte"][list(ids)] + w["wpe"][: len(ids)]
    at, streams, by_head, by_mlp, projected = -1, [stream[-1]], [], [], 0.0
    for layer in range(2):
        g = {name.removeprefix(f"h.{layer}."): value for name, value in w.items() if name.startswith(f"h.{layer}.")}
        inner = normed(stream, g["ln_1.weight"], g["ln_1.bias"])
        query, key, value = np.split(inner @ g["attn.c_attn.weight"] + g["attn.c_attn.bias"], 3, axis=-1)
        added = np.zeros_like(stream) + g["attn.c_proj.bias"]
        for head in range(heads):
            part = slice(head * size, (head + 1) * size)
            scores = query[:, part] @ key[:, part].T / np.sqrt(size)
            scores[np.triu_indices(len(ids), 1)] = -np.inf
            shares = np.exp(scores - scores.max(-1, keepdims=True))
            shares /= shares.sum(-1, keepdims=True)
            out = shares @ value[:, part] @ g["attn.c_proj.weight"][part]
            by_head.append(out[at])
            added += out
        projected = projected + g["attn.c_proj.bias"]
        stream = stream + added
        inner = normed(stream, g["ln_2.weight"], g["ln_2.bias"])
        mlp = gelu(inner @ g["mlp.c_fc.weight"] + g["mlp.c_fc.bias"]) @ g["mlp.c_proj.weight"] + g["mlp.c_proj.bias"]
        by_mlp.append(mlp[at])
        stream = stream + mlp
        streams.append(stream[at])
    logits = normed(np.stack(streams), w["ln_f.weight"], w["ln_f.bias"]) @ w["wte"].T
    lens = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    direction = w["wte"][pair[0]] - w["wte"][pair[1]]
    deviation = np.sqrt(streams[-1].var() + 1e-5)

    def adds(vector: Any) -> float:
        return float((vector - vector.mean()) / deviation * w["ln_f.weight"] @ direction)

    final = np.exp(lens[-1])
    return {
        "log_probs": lens[:, list(pair)],
        "divergences": (final * (lens[-1] - lens)).sum(-1),
        "ranks": (lens > lens[:, [int(lens[-1].argmax())]]).sum(-1) + 1,
        "heads": np.array([adds(vector) for vector in by_head]).reshape(2, heads),
        "mlps": [adds(vector) for vector in by_mlp],
        "embedding": adds(streams[0]),
        "biases": adds(projected) + float(w["ln_f.bias"] @ direction),
        "difference": float(logits[-1, pair[0]] - logits[-1, pair[1]]),
    }


def test_a_model_of_two_layers_set_by_hand_is_read_as_numpy_works_it_out(tmp_path: Path) -> None:
    config = tiny_models.gpt2_config(n_inner=16)
    config.update({"n_positions": 16, "n_embd": 8, "n_head": 2})
    model: Any = GPT2LMHeadModel(config)
    weights = by_hand(8, 2, tiny_models.BYTE_TOKENS, 2)
    renamed = {
        f"transformer.{name}{'.weight' if name in ('wte', 'wpe') else ''}": value for name, value in weights.items()
    }
    known = model.state_dict()
    assert set(renamed) == set(known) - {"lm_head.weight"}
    model.load_state_dict({name: torch.tensor(value) for name, value in renamed.items()}, strict=False)
    subject = subject_of(tiny_models.save(tmp_path, model, tiny_models.byte_level()))
    [layers] = read(subject, "Nobody minded that [MASK] was", top=2)
    tokenizer = tiny_models.byte_level()
    ids = tuple(tokenizer("Nobody minded that").input_ids)
    pair = tuple(tokenizer(f" {word}").input_ids[-1] for word in ("she", "he"))
    hand = in_numpy(weights, ids, (pair[0], pair[1]), 2)
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
