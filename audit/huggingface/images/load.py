"""Loads a model that is given pictures: its weights, its image processor, its tokenizer where it reads texts."""

from __future__ import annotations

from typing import Any

import torch

from fairwitness.audit import image_files
from fairwitness.audit.errors import UnfitModel
from fairwitness.audit.huggingface.abilities import Abilities
from fairwitness.audit.huggingface.encode import UNLIMITED
from fairwitness.audit.huggingface.images.processor import load_processor
from fairwitness.audit.huggingface.images.seeing import Seeing
from fairwitness.audit.huggingface.kinds import Kind
from fairwitness.audit.huggingface.source import Loading, Source, arithmetic
from fairwitness.audit.huggingface.tokenizer import check_tokenizer, load_tokenizer
from fairwitness.audit.huggingface.weights import Weights, load_weights
from fairwitness.audit.records import Note

IMAGE_BATCH_TOKENS = 4096
"""Tokens of the pictures of one pass: 20 of a ViT of 224 pixels in patches of 16."""
FIXED_LENGTH = ("siglip", "siglip2")
"""Types of models whose texts are filled up to one length, without a mask."""


def load_seeing(
    loading: Loading, source: Source, kind: Kind, dtype: torch.dtype | None, device: torch.device
) -> tuple[Seeing, Abilities, tuple[Note, ...]]:
    """The model, what it turned out to be able to do, and notes. Raises what `load` raises."""
    image_files.require_pillow()
    if source.adapter is not None:
        raise UnfitModel(f"{loading.spec} is an adapter of a model of pictures: merge it into that model first")
    if kind.sees is None:
        raise ValueError(f"{source.task} is given no pictures")
    processor = load_processor(loading, source)
    tokenizer = load_tokenizer(loading, source) if kind.reads_texts else None
    weights: Weights = load_weights(loading, source, dtype)
    model = weights.model.to(device).eval()
    seeing = Seeing(
        model,
        processor,
        device,
        model.dtype,
        loading.batch_tokens or IMAGE_BATCH_TOKENS,
        f"{arithmetic(device)} {image_files.versions()}",
    )
    notes = weights.notes
    if tokenizer is not None:
        notes = (*notes, *give_tokenizer(seeing, tokenizer, loading.spec))
    return seeing, kind.sees(seeing, loading.spec), notes


def give_tokenizer(seeing: Seeing, tokenizer: Any, spec: str) -> tuple[Note, ...]:
    """Sets how a model's texts are read. Raises UnfitModel where the tokenizer belongs to another model."""
    text_model = getattr(seeing.model, "text_model", seeing.model)
    fit = check_tokenizer(spec, tokenizer, len(text_model.get_input_embeddings().weight))
    config = text_config(seeing.model.config)
    known = (getattr(config, "max_position_embeddings", None) or UNLIMITED, tokenizer.model_max_length or UNLIMITED)
    seeing.tokenizer = tokenizer
    seeing.without_embedding = fit.without_embedding
    seeing.text_limit = int(min(*known, UNLIMITED))
    seeing.fixed_length = seeing.model.config.model_type in FIXED_LENGTH
    return fit.notes


def text_config(config: Any) -> Any:
    """What a configuration says of the part that reads or writes texts; itself where it is of one part."""
    if hasattr(config, "encoder") and hasattr(config, "decoder"):
        return config.decoder
    return getattr(config, "text_config", config)
