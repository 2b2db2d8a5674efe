"""A small GPT-2 whose weights are set by hand: one head alone brings the gender of a word to the answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import GPT2Config, GPT2LMHeadModel

from trained import word_tokenizer

LAYERS, HEADS, SIZE = 3, 4, 8
WIDTH = HEADS * SIZE
GENDER, PERSON, ANSWER = 0, 1, 2
"""Directions of the residual stream: the gender of a word, that it is a word for a person, and what the head writes."""
NAMED = (
    *("woman/man", "girl/boy", "mother/father", "sister/brother", "daughter/son", "wife/husband", "aunt/uncle"),
    *("queen/king", "lady/gentleman", "bride/groom", "actress/actor", "princess/prince"),
)
PAIRS = tuple(tuple(pair.split("/")) for pair in NAMED)
FRAMES = (
    "The {} said that [MASK]",
    "A {} left because [MASK]",
    "Our {} slept until [MASK]",
    "The {} smiled when [MASK]",
)


def texts() -> list[tuple[str, str]]:
    """Pairs of texts that differ in one word, a pair of words each."""
    return [
        (FRAMES[place % 4].format(first), FRAMES[place % 4].format(second))
        for place, (first, second) in enumerate(PAIRS)
    ]


def planted(layer: int | None, head: int = 0, *, noise: float = 0.02, seed: int = 0) -> tuple[Any, Any]:
    """The model and its tokenizer. Without a layer nothing brings the gender anywhere; all other weights are noise.

    The head looks from every word at the word for a person (its keys read `PERSON`), reads its gender (its values read
    `GENDER`) and writes it to `ANSWER`, which alone tells "she" from "he".
    """
    tokenizer = word_tokenizer([text.replace("[MASK]", "she he") for pair in texts() for text in pair], "gpt2")
    torch.manual_seed(seed)
    config = GPT2Config(
        vocab_size=len(tokenizer), n_positions=32, n_embd=WIDTH, n_layer=LAYERS, n_head=HEADS,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, tie_word_embeddings=False,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, initializer_range=noise,
    )  # fmt: skip
    model: Any = GPT2LMHeadModel(config)
    with torch.no_grad():
        _set_words(model, tokenizer)
        if layer is not None:
            _set_head(model.transformer.h[layer].attn, head)
    return model.eval(), tokenizer


def _set_words(model: Any, tokenizer: Any) -> None:
    words, out = model.transformer.wte.weight, model.lm_head.weight
    words[:] = 0.5 * torch.randn_like(words)
    words[:, [GENDER, PERSON, ANSWER]] = 0.0
    model.transformer.wpe.weight[:, [GENDER, PERSON, ANSWER]] = 0.0
    for pair in PAIRS:
        for sign, word in zip((1.0, -1.0), pair, strict=True):
            number = tokenizer.convert_tokens_to_ids(word)
            words[number, GENDER], words[number, PERSON] = 2.0 * sign, 3.0
    she, he = (tokenizer.convert_tokens_to_ids(word) for word in ("she", "he"))
    out[[she, he]] = 0.0
    out[she, ANSWER], out[he, ANSWER] = 2.0, -2.0


def _set_head(attention: Any, head: int) -> None:
    mine = slice(head * SIZE, (head + 1) * SIZE)
    projection, bias = attention.c_attn.weight, attention.c_attn.bias
    for part in range(3):
        projection[:, part * WIDTH + mine.start : part * WIDTH + mine.stop] = 0.0
    bias[mine.start] = 6.0  # every query asks for a person
    projection[PERSON, WIDTH + mine.start] = 4.0
    projection[GENDER, 2 * WIDTH + mine.start] = 1.0
    attention.c_proj.weight[mine] = 0.0
    attention.c_proj.weight[mine.start, ANSWER] = 4.0


def save(folder: Path, made: tuple[Any, Any]) -> Path:
    """Writes it as a checkpoint that any loader reads."""
    for part in made:
        part.save_pretrained(folder)
    return folder


def columns(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """The pairs as the columns of a table."""
    return {"text": [first for first, _ in pairs], "counterpart": [second for _, second in pairs]}
