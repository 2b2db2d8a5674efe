"""Tiny random encoder-decoders with tiny tokenizers, written to a folder as a user's checkpoint would be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import CONFIG_MAPPING

import tiny_models

SPREAD = 0.3
"""Of the weights: small ones would hide what changes with padding or with the source."""
_STACKS: dict[str, Any] = {
    "d_model": 32, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4,
    "decoder_attention_heads": 4, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64, "max_position_embeddings": 64,
}  # fmt: skip
_T5: dict[str, Any] = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4, "n_positions": 64}
LANGUAGES = ("en_XX", "de_DE", "fr_XX")
MODELS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "t5": ("T5ForConditionalGeneration", "t5", {**_T5, "decoder_start_token_id": 0}),
    "mt5": ("MT5ForConditionalGeneration", "mt5", {**_T5, "decoder_start_token_id": 0}),
    "bart": ("BartForConditionalGeneration", "bart", _STACKS),
    "mbart": ("MBartForConditionalGeneration", "mbart", {**_STACKS, "decoder_start_token_id": 2}),
    "marian": (
        "MarianMTModel", "marian", {**_STACKS, "decoder_start_token_id": 1, "eos_token_id": 2, "pad_token_id": 1},
    ),
    "pegasus": ("PegasusForConditionalGeneration", "pegasus", {**_STACKS, "decoder_start_token_id": 0}),
    "blenderbot": ("BlenderbotForConditionalGeneration", "blenderbot", {**_STACKS, "decoder_start_token_id": 1}),
}  # fmt: skip
"""Class, type and configuration by name."""
SPECIAL: dict[str, list[str]] = {
    "t5": ["<pad>", "</s>", "<unk>"],
    "bart": ["<s>", "<pad>", "</s>", "<unk>"],
    "blenderbot": ["<pad>", "<s>", "</s>", "<unk>"],
}
"""First tokens of the vocabulary, whose ids the configurations name."""
HABITS = {"mt5": "t5", "pegasus": "t5", "mbart": "bart", "marian": "bart"}


def make(name: str, seed: int = 7, positions: int = 64, **more: Any) -> tuple[Any, Any]:
    """A random model and its tokenizer, always with the same weights, that reads so many tokens."""
    tokenizer = tokenizer_of(name)
    tokenizer.model_max_length = positions
    architecture, model_type, config = MODELS[name]
    if "max_position_embeddings" in config:
        more = {"max_position_embeddings": positions, **more}
    torch.manual_seed(seed)
    settings: Any = CONFIG_MAPPING[model_type]
    model = getattr(transformers, architecture)(settings(vocab_size=len(tokenizer), **{**config, **more}))
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.normal_(0.0, SPREAD)
    if name == "mbart":  # as one that says a text again in its own language
        model.generation_config.forced_bos_token_id = tokenizer.convert_tokens_to_ids("en_XX")
    return model.eval(), tokenizer


def build(name: str, folder: Path, **more: Any) -> Path:
    """The same as a folder."""
    return tiny_models.save(folder, *make(name, **more))


def tokenizer_of(name: str) -> Any:
    """A tokenizer of bytes with the special tokens of a family where that family has them."""
    special = SPECIAL[HABITS.get(name, name)]
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=tiny_models.BYTE_TOKENS, special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False,
    )  # fmt: skip
    inner.train_from_iterator(tiny_models.SENTENCES, trainer)
    return fast(inner, name)


def fast(inner: Tokenizer, name: str) -> Any:
    """A tokenizer with what its family adds to a text: sentinels, masks, languages and what ends a text."""
    special = SPECIAL[HABITS.get(name, name)]
    given: dict[str, Any] = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    if "<s>" in special:
        given |= {"bos_token": "<s>", "cls_token": "<s>", "sep_token": "</s>"}
    added: list[Any] = []
    if name in ("t5", "mt5"):
        added = [AddedToken(f"<extra_id_{number}>", special=True) for number in range(9)]
    if name == "mbart":
        added = [AddedToken(language, special=True) for language in LANGUAGES]
    inner.add_special_tokens(added)
    if name in ("bart", "mbart", "pegasus"):
        mask = AddedToken("<mask>", lstrip=True, special=True)
        inner.add_special_tokens([mask])
        given["mask_token"] = mask
    shapes = {"bart": "<s> $A </s>", "mbart": "en_XX $A </s>"}
    shape = shapes.get(name, "$A </s>")
    names = [token for token in ("<s>", "</s>", "en_XX") if token in shape.split()]
    inner.post_processor = processors.TemplateProcessing(
        single=shape, special_tokens=[(token, inner.token_to_id(token)) for token in names]
    )
    make_fast: Any = transformers.PreTrainedTokenizerFast
    return make_fast(tokenizer_object=inner, **given)
