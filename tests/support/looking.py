"""Tiny random models that look at pictures, as checkpoints and in memory, and pictures to show them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import picture_models
import torch
import transformers
from drawn_images import image_of
from drawn_pictures import SIDE, drawn

from fairwitness.audit.requests import Image

ANSWERS = ("yes", "no", "red", "Blue thing")
PROCESSORS = {"vilt": "vilt", "blip answers": "blip", "blip": "blip", "encoder-decoder": "vit", "git": "vit"}
"""The processor of each kind."""
ENDS = 3.0
WIDE = 0.3
"""Spread of weights: small ones would hide what changes with the picture."""


@cache
def model(kind: str) -> Any:
    """A random model, always with the same weights."""
    torch.manual_seed(3)
    made: Any
    if kind == "vilt":
        made = picture_models.vilt(ANSWERS)
    elif kind == "git":
        made = git()
    elif kind == "encoder-decoder":
        made = picture_models.vision_encoder_decoder()
    else:
        made = picture_models.blip("BlipForQuestionAnswering" if "answers" in kind else "BlipForConditionalGeneration")
    with torch.no_grad():
        for weight in made.parameters():
            if weight.dim() > 1:
                weight.normal_(0.0, WIDE)
        if "blip" in kind:  # some answers and captions shall end
            made.text_decoder.cls.predictions.bias[picture_models.END] += ENDS
    return made.eval()


def git() -> Any:
    """A fresh GIT."""
    vision = {
        "hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 1, "num_attention_heads": 4,
        "image_size": SIDE, "patch_size": 8,
    }  # fmt: skip
    size = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 96}
    return transformers.GitForCausalLM(
        transformers.GitConfig(
            vision_config=vision, vocab_size=len(picture_models.tokenizer()), max_position_embeddings=64,
            bos_token_id=2, eos_token_id=3, pad_token_id=0, **size,
        )
    )  # fmt: skip


def saved(folder: Path, kind: str) -> Path:
    """The same as a folder."""
    return picture_models.saved(folder, model(kind), PROCESSORS[kind])


def pictures(folder: Path, count: int, seed: int = 0) -> list[Image]:
    """So many drawn pictures, as files."""
    rng = np.random.default_rng(seed)
    return [image_of(drawn(rng).saved(folder / f"{seed}-{number}.png")) for number in range(count)]


def pixels(kind: str, images: list[Image]) -> Any:
    """Pictures as the library's own processor makes them."""
    from PIL import Image as Pictures

    opened = [Pictures.open(image.path).convert("RGB") for image in images]
    return picture_models.processor(PROCESSORS[kind])(images=opened, return_tensors="pt")["pixel_values"]
