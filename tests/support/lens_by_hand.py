"""A GPT-2 of two layers whose weights are set by a formula, with logit lens and attribution worked out in numpy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import GPT2LMHeadModel

import tiny_models

HAND_TEXT = "Nobody minded that [MASK] was"
WIDTH, HEADS, LAYERS = 8, 2, 2


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


def unembedded(w: dict[str, Any], streams: Any) -> tuple[Any, Any]:
    """Logits and log-probabilities of streams [..., width], through the final norm and the head."""
    logits = normed(streams, w["ln_f.weight"], w["ln_f.bias"]) @ w["wte"].T
    return logits, logits - np.log(np.exp(logits).sum(-1, keepdims=True))


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
    logits, lens = unembedded(w, np.stack(streams))
    direction = w["wte"][pair[0]] - w["wte"][pair[1]]
    deviation = np.sqrt(streams[-1].var() + 1e-5)

    def adds(vector: Any) -> float:
        return float((vector - vector.mean()) / deviation * w["ln_f.weight"] @ direction)

    final = np.exp(lens[-1])
    return {
        "streams": np.stack(streams),
        "log_probs": lens[:, list(pair)],
        "divergences": (final * (lens[-1] - lens)).sum(-1),
        "ranks": (lens > lens[:, [int(lens[-1].argmax())]]).sum(-1) + 1,
        "heads": np.array([adds(vector) for vector in by_head]).reshape(2, heads),
        "mlps": [adds(vector) for vector in by_mlp],
        "embedding": adds(streams[0]),
        "biases": adds(projected) + float(w["ln_f.bias"] @ direction),
        "difference": float(logits[-1, pair[0]] - logits[-1, pair[1]]),
    }


def hand_weights() -> dict[str, Any]:
    return by_hand(WIDTH, HEADS, tiny_models.BYTE_TOKENS, LAYERS)


def hand_pair() -> tuple[int, int]:
    """The tokens of she and he."""
    tokenizer = tiny_models.byte_level()
    she, he = (int(tokenizer(f" {word}").input_ids[-1]) for word in ("she", "he"))
    return she, he


def hand_reading() -> dict[str, Any]:
    """What `HAND_TEXT` is read as."""
    ids = tuple(tiny_models.byte_level()("Nobody minded that").input_ids)
    return in_numpy(hand_weights(), ids, hand_pair(), HEADS)


def set_by_hand(folder: Path) -> Path:
    """The model with its tokenizer in a folder."""
    config = tiny_models.gpt2_config(n_inner=16)
    config.update({"n_positions": 16, "n_embd": WIDTH, "n_head": HEADS})
    model: Any = GPT2LMHeadModel(config)
    renamed = {
        f"transformer.{name}{'.weight' if name in ('wte', 'wpe') else ''}": value
        for name, value in hand_weights().items()
    }
    assert set(renamed) == set(model.state_dict()) - {"lm_head.weight"}
    model.load_state_dict({name: torch.tensor(value) for name, value in renamed.items()}, strict=False)
    return tiny_models.save(folder, model, tiny_models.byte_level())
