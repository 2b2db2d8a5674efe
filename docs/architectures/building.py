"""Builds an example as a folder that a user might have: random weights, large enough that every one of them matters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import CONFIG_MAPPING

from architectures.listed import Example
from architectures.spelling import tokenizer

SPREAD = 0.2
"""Standard deviation of the weights: small ones would hide what changes with padding or with the order of tokens."""


def build(example: Example, folder: Path) -> Path:
    """The checkpoint of an example, always with the same weights."""
    words = tokenizer(example.tokenizer)
    make: Any = CONFIG_MAPPING[example.model_type]
    torch.manual_seed(0)
    model = getattr(transformers, example.architecture)(make(vocab_size=len(words), **example.config))
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.normal_(0.0, SPREAD)
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder
