"""Tiny random models that are given pictures, written to a folder as a user's checkpoint would be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    CLIPConfig,
    CLIPImageProcessorPil,
    CLIPModel,
    PreTrainedTokenizerFast,
    SiglipConfig,
    SiglipImageProcessorPil,
    SiglipModel,
    ViTConfig,
    ViTForImageClassification,
    ViTImageProcessorPil,
)

WORDS = (
    *("a", "an", "the", "photo", "picture", "of", "in", "by", "two", "red", "blue", "green", "yellow", "cat", "dog"),
    *("house", "sea", "winter", "circle", "square", "triangle", "good", "bad", "person", "doctor", "nurse", "shape"),
)
SPECIAL = ("[PAD]", "[UNK]", "[BOS]", "[EOS]")
SIDE, PATCH, WIDTH = 32, 8, 32
TOWER: dict[str, Any] = {
    "hidden_size": WIDTH,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}
VISION: dict[str, Any] = {**TOWER, "image_size": SIDE, "patch_size": PATCH}
LABELS = ("approved", "refused", "unsure")


def words(extra: tuple[str, ...] = (), *, start: bool = True, names: tuple[str, ...] = ()) -> PreTrainedTokenizerFast:
    """A tokenizer of whole words with an end token, and a start token where `start`; `names` are its inputs."""
    vocabulary = {word: number for number, word in enumerate((*SPECIAL, *WORDS, *extra))}
    inner = Tokenizer(models.WordLevel(vocabulary, unk_token=SPECIAL[1]))
    inner.normalizer = normalizers.Lowercase()
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    form = "[BOS] $A [EOS]" if start else "$A [EOS]"
    inner.post_processor = processors.TemplateProcessing(
        single=form, special_tokens=[(token, vocabulary[token]) for token in SPECIAL[2:]]
    )
    padding, unknown, begins, ends = SPECIAL
    named = {"pad_token": padding, "unk_token": unknown, "bos_token": begins, "eos_token": ends}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, model_max_length=16, **named)
    if names:
        tokenizer.model_input_names = list(names)
    return tokenizer


def text_tower(tokenizer: Any) -> dict[str, Any]:
    """The configuration of a text tower that reads what this tokenizer gives."""
    return {
        **TOWER,
        "vocab_size": len(tokenizer),
        "max_position_embeddings": 16,
        "eos_token_id": tokenizer.eos_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }


def clip(tokenizer: Any, **vision: Any) -> CLIPModel:
    """A random CLIP."""
    config = CLIPConfig(text_config=text_tower(tokenizer), vision_config={**VISION, **vision}, projection_dim=WIDTH)
    return CLIPModel(config)


def image_processor(kind: Any = CLIPImageProcessorPil) -> Any:
    """A processor that makes squares of 32 pixels."""
    square = {"height": SIDE, "width": SIDE}
    if kind is CLIPImageProcessorPil:
        return kind(size={"shortest_edge": SIDE}, crop_size=square)
    return kind(size=square)


def build(name: str, folder: Path) -> Path:
    """A random model by name, always with the same weights."""
    torch.manual_seed(7)
    model: Any
    tokenizer: Any = None
    match name:
        case "matcher:clip":
            tokenizer = words()
            model, processor = clip(tokenizer), image_processor()
        case "matcher:siglip":
            tokenizer = words(start=False, names=("input_ids",))
            model = SiglipModel(SiglipConfig(text_config=text_tower(tokenizer), vision_config=VISION))
            torch.nn.init.normal_(model.logit_scale, 1.0, 0.1)
            torch.nn.init.normal_(model.logit_bias, -2.0, 0.1)
            processor = image_processor(SiglipImageProcessorPil)
        case "classifier:vit":
            config = ViTConfig(
                **VISION,
                id2label=dict(enumerate(LABELS)),
                label2id={label: number for number, label in enumerate(LABELS)},
            )
            model, processor = ViTForImageClassification(config), image_processor(ViTImageProcessorPil)
        case _:
            raise ValueError(name)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.mul_(4.0)  # so that different pictures differ
    model.eval().save_pretrained(folder)
    processor.save_pretrained(folder)
    if tokenizer is not None:
        tokenizer.save_pretrained(folder)
    return folder
